//! Pipelines and server together, from the first line on stdout to the exit code.

use crate::args::Args;
use crate::entrance::Entrance;
use crate::recording::Recordings;
use crate::signals::{Signals, watch_over_the_end};
use crate::status::Status;
use crate::{FAILED, address, service};
use anyhow::{Result, anyhow};
use capture::Registry;
use capture::health::STALLED_AFTER;
use capture::history::History;
use capture::pipeline::{Built, Life, OnEos, Runner};
use capture::server::{self, Tls};
use capture::verify::{self, Report};
use std::io::Write;
use std::net::SocketAddr;
use std::process::exit;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use wire::control::{Phase, Policy};

/// Serves until there is nothing more to do, and gives the exit code.
pub(crate) async fn serve(
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
    entrance.tell(status)?;
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
