//! The program: arguments in, pipelines and server put together, an exit code out. Everything else is the library's.

mod address;
mod args;
mod entrance;
mod limit;
mod recording;
mod service;
mod status;
mod token;

use anyhow::{Context, Result, anyhow};
use args::Args;
use capture::Registry;
use capture::health::STALLED_AFTER;
use capture::history::History;
use capture::pipeline::{Built, Life, OnEos, Restart, Runner, build, build_ahead};
use capture::sample::Convert;
use capture::server::{self, Tls};
use capture::verify::{self, Report};
use entrance::Entrance;
use recording::Recordings;
use status::Status;
use std::env::args_os;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};
use wire::control::{Phase, Policy};

/// Wrong usage: also a pipeline that does not parse, a busy port, a missing file.
const USAGE: u8 = 2;
/// A pipeline failed.
const FAILED: u8 = 1;
/// The program ends within two seconds of being told to, even if an element hangs; this leaves time to exit.
const WATCHDOG: Duration = Duration::from_millis(1_750);

fn main() -> ExitCode {
    let args = match Args::read(args_os()) {
        Ok(args) => args,
        Err(error) => return refuse(error),
    };
    match args.print_of_itself(args_os()) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return refuse(error),
    }
    let status = Status::install(args.operation.log_format);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return end(&status, FAILED, &anyhow!("no threads to run on: {error}")),
    };
    let prepared = gst::init().context("GStreamer cannot be initialised").and_then(|()| {
        let convert = Convert::of(args.convert.iter().map(String::as_str)).context("--convert")?;
        // A source that is tried again may appear later.
        let waits = args.life.options().restart != Restart::Never;
        let make = if waits { build_ahead } else { build };
        let asked = args.descriptions();
        let built = asked.iter().map(|one| Ok(make(one)?.converting(convert.clone())));
        let built = built.collect::<Result<Vec<Built>>>()?;
        let listener = runtime.block_on(listen(args.access.listen))?;
        let entrance = Entrance::new(&args.access, listener.local_addr()?)?;
        args.limits.memory(args.history)?;
        if let Some(options) = args.recording() {
            recording::make(&options.folder)?;
        }
        Ok((built, listener, entrance))
    });
    let (built, listener, entrance) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return end(&status, USAGE, &error),
    };
    let code = match runtime.block_on(serve(&args, built, listener, entrance, &status)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => end(&status, FAILED, &error),
    };
    // Tasks that hang are left behind.
    runtime.shutdown_background();
    code
}

/// Says what is wrong with the command line, or helps with it.
fn refuse(error: anyhow::Error) -> ExitCode {
    match error.downcast::<clap::Error>() {
        Ok(error) => {
            // A closed stdout is no reason to end otherwise.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
        Err(error) => {
            eprintln!("capture: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

/// Says why the program ends, in a sentence.
fn end(status: &Status, code: u8, error: &anyhow::Error) -> ExitCode {
    status.fail(&format!("{error:#}"));
    ExitCode::from(code)
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "{address} is in use; stop the program that listens there (`ss -tlnp` names it), or pick another port: \
             --listen {}:0",
            address.ip()
        ),
        std::io::ErrorKind::AddrNotAvailable => anyhow!(
            "{address} is no address of this machine; `ip address` lists them, 0.0.0.0 stands for all"
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow!("{address} may not be listened on: ports below 1024 need a privilege; pick one above")
        }
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

async fn serve(
    args: &Args,
    built: Vec<Built>,
    listener: TcpListener,
    mut entrance: Entrance,
    status: &Status,
) -> Result<u8> {
    let mut signals = Signals::new()?;
    let listening = listener.local_addr()?;
    let history = History::new(args.history);
    let registry = Registry::within(args.limits.memory(args.history)?, args.life.policy(), history);
    let (stop, stopped) = oneshot::channel::<()>();
    let stalled_after = args.life.options().stall_timeout.unwrap_or(STALLED_AFTER);
    let options = server::Options {
        allow_hosts: args.access.allow_hosts.clone(),
        allow_origins: args.access.allow_origins.clone(),
        frame_ancestors: args.access.frame_ancestors.clone(),
        token: entrance.token.clone(),
        tls: entrance.tls.clone(),
        limits: args.limits.server(),
        refused: Arc::default(),
        stalled_after,
    };
    let mut server = tokio::spawn(server::run(listener, Arc::clone(&registry), options, async {
        let _ = stopped.await;
    }));
    // Whoever reads the line below may subscribe at once: all streams are there by then.
    let mut runner = Runner::start(built, &registry, args.life.options());
    // A closed stdout is no reason to end.
    let _ = writeln!(std::io::stdout(), "listening on {}", entrance.url());
    entrance.tell()?;
    service::ready();
    if args.operation.open {
        entrance.open();
    }
    let mut recordings = Recordings::start(args.recording().as_ref(), &registry);
    // A stream that fails, or ends before enough was verified, is verifying's to report.
    let is_over = async {
        if args.verify.is_some() {
            std::future::pending::<()>().await;
        }
        over(runner.lives(), args.life.on_eos()).await;
    };
    let mut reports = Vec::new();
    tokio::select! {
        () = is_over => {}
        () = recordings.done() => {}
        all = verified(args, listening, &entrance, &registry, status) => reports = all,
        () = args.life.limit().reached(&registry, runner.lives()) => {}
        () = signals.next() => tracing::info!("stopping; a second signal stops at once"),
        () = status.run(Arc::clone(&registry)), if args.verify.is_none() => {}
        () = service::watch(Arc::clone(&registry), stalled_after) => {}
        ended = &mut server => return Err(anyhow!("the server ended by itself: {ended:?}")),
    }
    // Streams that have ended are written to their end; others stop here.
    let recorded = tokio::select! {
        recorded = recordings.finish(runner.lives().borrow().iter().all(Life::is_over)) => recorded,
        () = signals.next() => false,
    };
    let failed = !recorded
        || runner.lives().borrow().iter().any(|life| life.failure().is_some())
        || registry.streams().iter().any(|stream| stream.phase() == Phase::Failed);
    status.clear();
    for report in &reports {
        // A closed stdout is no reason to end otherwise.
        let _ = writeln!(std::io::stdout(), "{report}");
    }
    let unverified =
        args.verify.is_some() && (reports.is_empty() || !reports.iter().all(Report::is_verified));
    let lacks_frames = args.life.limit().lacks_frames(&registry);
    let code = if failed || unverified || lacks_frames { FAILED } else { 0 };
    if let Some(why) = none_started(&runner.lives().borrow()) {
        status.fail(&format!("no pipeline could be started; {why}"));
    }
    if args.life.policy() == Policy::Every
        && args.verify.is_none()
        && runner.lives().borrow().iter().all(Life::is_over)
    {
        tokio::select! {
            () = shown(&registry) => {}
            () = signals.next() => {}
        }
    }
    service::stopping();
    entrance.close();
    watch_over_the_end(code, signals);
    // The server goes first: its clients are told, and nobody holds frames when the pipelines end.
    let _ = stop.send(());
    let pipelines = tokio::task::spawn_blocking(move || runner.stop());
    let _ = server.await;
    if !pipelines.await.unwrap_or(false) {
        tracing::warn!("a pipeline does not stop; leaving it behind");
        exit(code.into());
    }
    Ok(code)
}

/// Ready when all streams are verified, where that is asked for.
async fn verified(
    args: &Args,
    listening: SocketAddr,
    entrance: &Entrance,
    registry: &Registry,
    status: &Status,
) -> Vec<Report> {
    let Some(frames) = args.verify else { return std::future::pending().await };
    let streams: Vec<_> = registry.streams().iter().map(|stream| stream.name().to_owned()).collect();
    let wanted = frames.saturating_mul(streams.len() as u64);
    let address = address::local(listening);
    let tls = match entrance.tls.as_ref().map(Tls::pinned).transpose() {
        Ok(tls) => tls,
        Err(error) => {
            tracing::error!(%error, "this server cannot be verified");
            return Vec::new();
        }
    };
    let options = verify::Options {
        address,
        token: entrance.token.clone(),
        tls,
        frames,
        is_loop: args.life.on_eos() == OnEos::Loop,
        patience: verify::PATIENCE,
    };
    let counted = Arc::default();
    tokio::select! {
        reports = verify::run(&options, &streams, &counted) => reports,
        () = status.verifying(&counted, wanted) => Vec::new(),
    }
}

/// Ready when the program has no more to do: all pipelines are over or stalled and are not to be held, or none could
/// start.
async fn over(mut lives: watch::Receiver<Vec<Life>>, on_eos: OnEos) {
    let nothing_left = |lives: &Vec<Life>| {
        none_started(lives).is_some() || (on_eos == OnEos::Exit && lives.iter().all(Life::is_still))
    };
    if lives.wait_for(nothing_left).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Why the first pipeline could not be started, if none could.
fn none_started(lives: &[Life]) -> Option<String> {
    let all = lives.iter().all(|life| matches!(life, Life::NotStarted { .. }));
    lives.first()?.failure().filter(|_| all).map(str::to_owned)
}

/// Ready when the last frame of every stream was given to its viewers, which policy `every` promises.
async fn shown(registry: &Registry) {
    let mut changes = registry.changes();
    loop {
        let waits = registry.streams().into_iter().find(|stream| stream.is_untaken());
        if waits.is_none() {
            return;
        }
        let _ = tokio::time::timeout(Duration::from_millis(50), changes.changed()).await;
    }
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ends the program at a second signal at once, and in any case in time.
fn watch_over_the_end(code: u8, mut signals: Signals) {
    tokio::spawn(async move {
        let () = signals.next().await;
        exit(i32::from(FAILED));
    });
    std::thread::spawn(move || {
        std::thread::sleep(WATCHDOG);
        exit(code.into());
    });
}
