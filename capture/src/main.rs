//! The program: arguments in, what they ask for prepared, an exit code out. Everything else is the library's.

mod address;
mod args;
mod entrance;
mod limit;
mod recording;
mod service;
mod serving;
mod signals;
mod status;
mod token;

use anyhow::{Context, Result, anyhow};
use args::Args;
use capture::pipeline::{Built, Restart, build, build_ahead};
use capture::sample::Convert;
use entrance::Entrance;
use serving::serve;
use status::Status;
use std::env::args_os;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Wrong usage: also a pipeline that does not parse, a busy port, a missing file.
const USAGE: u8 = 2;
/// A pipeline failed.
const FAILED: u8 = 1;

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
