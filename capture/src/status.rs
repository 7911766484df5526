//! What runs, on the terminal: a status line that makes room for log lines; without a terminal, log lines alone.

use crate::args::LogFormat;
use capture::Registry;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How often the line changes.
const REFRESH: Duration = Duration::from_millis(500);

/// The status line; hidden where there is no terminal.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    line: ProgressBar,
    format: LogFormat,
}

/// Counts of all streams together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    frames: u64,
    dropped: u64,
    missed: u64,
    bytes: u64,
    viewers: usize,
}

impl Status {
    /// Installs the logger; its lines go to stderr, above the status line.
    pub(crate) fn install(format: LogFormat) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let line = if is_terminal {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        line.set_style(
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or(ProgressStyle::default_spinner()),
        );
        let status = Self { line, format };
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(status.clone());
        match format {
            LogFormat::Text => log.with_target(false).with_ansi(is_terminal).init(),
            LogFormat::Json => log.json().flatten_event(true).init(),
        }
        status
    }

    /// Keeps the line up to date, for as long as it is polled.
    pub(crate) async fn run(&self, registry: Arc<Registry>) {
        if self.line.is_hidden() {
            return std::future::pending().await;
        }
        let mut refresh = tokio::time::interval(REFRESH);
        let (mut last, mut at) = (sum(&registry), Instant::now());
        loop {
            refresh.tick().await;
            let (now, then) = (sum(&registry), at.elapsed());
            at = Instant::now();
            self.line.set_message(words(now, last, then));
            self.line.tick();
            last = now;
        }
    }

    /// Keeps the line up to date with how many frames are verified, for as long as it is polled.
    pub(crate) async fn verifying(&self, verified: &AtomicU64, wanted: u64) {
        if self.line.is_hidden() {
            return std::future::pending().await;
        }
        let mut refresh = tokio::time::interval(REFRESH);
        loop {
            refresh.tick().await;
            self.line
                .set_message(format!("{} of {wanted} frames verified", verified.load(Ordering::Relaxed)));
            self.line.tick();
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        self.line.finish_and_clear();
    }

    /// Prints lines for a person at the terminal, in one piece above the status line.
    pub(crate) fn print(&self, lines: &str) -> io::Result<()> {
        Lines(&self.line).write_all(lines.as_bytes())
    }

    /// Says why the program ends, in a sentence.
    pub(crate) fn fail(&self, why: &str) {
        self.clear();
        match self.format {
            LogFormat::Text => eprintln!("capture: {why}"),
            LogFormat::Json => tracing::error!("{why}"),
        }
    }
}

fn sum(registry: &Registry) -> Sum {
    registry.streams().iter().map(|stream| stream.counts()).fold(Sum::default(), |sum, counts| Sum {
        frames: sum.frames + counts.arrived,
        dropped: sum.dropped + counts.dropped,
        missed: sum.missed + counts.source_gap,
        bytes: sum.bytes + counts.bytes,
        viewers: sum.viewers + counts.viewers,
    })
}

fn words(now: Sum, last: Sum, passed: Duration) -> String {
    let seconds = passed.as_secs_f64().max(f64::EPSILON);
    #[expect(clippy::cast_precision_loss, reason = "a rate for a person to read")]
    let rate = |now: u64, last: u64| now.saturating_sub(last) as f64 / seconds;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate of bytes is not negative and far below 2^64"
    )]
    let bytes = HumanBytes(rate(now.bytes, last.bytes) as u64);
    let Sum { frames, dropped, missed, viewers, .. } = now;
    let fps = rate(frames, last.frames);
    format!(
        "{frames} frames  {fps:.1} fps  {viewers} viewers  {bytes}/s  {dropped} dropped  {missed} missed at the source"
    )
}

impl<'a> MakeWriter<'a> for Status {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines(&self.line)
    }
}

/// Writes a log line while the status line steps aside.
pub(crate) struct Lines<'a>(&'a ProgressBar);

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_second() {
        let last = Sum { frames: 10, bytes: 0, ..Sum::default() };
        let now = Sum { frames: 25, dropped: 1, missed: 2, bytes: 1024, viewers: 3 };
        assert_eq!(
            words(now, last, Duration::from_millis(500)),
            "25 frames  30.0 fps  3 viewers  2.00 KiB/s  1 dropped  2 missed at the source"
        );
    }
}
