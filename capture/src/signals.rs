//! What tells the program to end, and that it does, whatever hangs.

use anyhow::Result;
use std::process::exit;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The program ends within two seconds of being told to, even if an element hangs; this leaves time to exit.
const WATCHDOG: Duration = Duration::from_millis(1_750);

/// SIGINT and SIGTERM.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Ready at the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ends the program at a second signal at once, and in any case in time.
pub(crate) fn watch_over_the_end(code: u8, mut signals: Signals) {
    tokio::spawn(async move {
        let () = signals.next().await;
        exit(i32::from(crate::FAILED));
    });
    std::thread::spawn(move || {
        std::thread::sleep(WATCHDOG);
        exit(code.into());
    });
}
