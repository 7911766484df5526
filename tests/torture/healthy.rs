//! A viewer that does everything right, beside whatever is done to the server: what it gets tells who is disturbed.
//!
//! It is a process of its own, this program with other arguments, so that it can be in a network namespace, and so that
//! what the run does costs it nothing.

use crate::row::count;
use anyhow::{Context, Result, bail};
use e2e::bench::drain::Drains;
use e2e::until;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// The argument that makes this program a viewer.
pub(crate) const ARGUMENT: &str = "--viewer";
/// How often it tells what it has.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// What the rate of a viewer that nobody disturbs may vary by.
pub(crate) const UNDISTURBED: f64 = 0.95;

/// A viewer that is counted; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Healthy {
    child: Child,
    told: Arc<Mutex<Vec<(Duration, u64)>>>,
}

/// Is that viewer, until it is killed or its connection ends: arguments are address and stream.
pub(crate) fn be(arguments: &[String]) -> Result<()> {
    let [address, stream] = arguments else { bail!("{ARGUMENT} ADDRESS STREAM") };
    let drains = Drains::start(address.parse()?, stream, 1)?;
    let started = Instant::now();
    while drains.alive() > 0 {
        println!("{} {}", started.elapsed().as_millis(), drains.frames());
        std::thread::sleep(TELL_EVERY);
    }
    bail!("the connection ended")
}

impl Healthy {
    /// Lets one watch a stream, run by another program (its name and arguments) if that is not empty; waits for a frame.
    pub(crate) async fn start(runner: &[&str], address: SocketAddr, stream: &str) -> Result<Self> {
        let own = std::env::current_exe()?;
        let mut command = match runner {
            [] => Command::new(own),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own);
                command
            }
        };
        command.args([ARGUMENT, &address.to_string(), stream]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("stdout is piped")?).lines();
        let told = Arc::<Mutex<Vec<_>>>::default();
        let noted = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let Some((millis, frames)) = line.split_once(' ') else { continue };
                if let (Ok(millis), Ok(frames)) = (millis.parse(), frames.parse()) {
                    let entry = (Duration::from_millis(millis), frames);
                    noted.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
                }
            }
        });
        let healthy = Self { child, told };
        until("the healthy viewer's first frame", async || Ok((healthy.last().1 > 0).then_some(()))).await?;
        Ok(healthy)
    }

    /// Frames a second over a time from now on.
    pub(crate) async fn rate(&self, span: Duration) -> f64 {
        let from = self.last();
        sleep(span).await;
        rate(from, self.last())
    }

    /// Begins to count; [`Self::since`] ends it.
    pub(crate) fn mark(&self) -> (Duration, u64) {
        self.last()
    }

    /// Frames a second since a mark.
    pub(crate) fn since(&self, mark: (Duration, u64)) -> f64 {
        rate(mark, self.last())
    }

    /// Whether it still has its connection.
    pub(crate) fn is_connected(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    fn last(&self) -> (Duration, u64) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.last().copied().unwrap_or_default()
    }
}

fn rate(from: (Duration, u64), to: (Duration, u64)) -> f64 {
    count(to.1 - from.1) / (to.0.saturating_sub(from.0)).as_secs_f64()
}
