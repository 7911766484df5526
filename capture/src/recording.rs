//! Recordings asked for on the command line: one a stream, and what is said of each at its end.

use anyhow::{Context, Result};
use capture::Registry;
use capture::record::{Options, RecordError, Report, record};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Gaps that are named on a line, at most; the description names all.
const MOST_GAPS: usize = 8;

/// Recordings that are made.
pub(crate) struct Recordings {
    tasks: JoinSet<(String, Result<Report, RecordError>)>,
    stop: watch::Sender<bool>,
    is_wanted: bool,
    has_failed: bool,
}

/// Makes the folder of recordings.
pub(crate) fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("--record-to {}", folder.display()))
}

impl Recordings {
    /// Begins to record every stream, if that is wanted.
    pub(crate) fn start(options: Option<&Options>, registry: &Registry) -> Self {
        let mut tasks = JoinSet::new();
        let (stop, stopped) = watch::channel(false);
        if let Some(options) = options {
            for stream in registry.streams() {
                let (name, options, stopped) = (stream.name().to_owned(), options.clone(), stopped.clone());
                tasks.spawn(async move { (name, record(stream, options, stopped).await) });
            }
        }
        Self { tasks, stop, is_wanted: options.is_some(), has_failed: false }
    }

    /// Ready when all are made; never where none was wanted.
    pub(crate) async fn done(&mut self) {
        if !self.is_wanted {
            std::future::pending::<()>().await;
        }
        self.tell().await;
    }

    /// Ends all, but those that end by themselves; false where one failed.
    pub(crate) async fn finish(&mut self, end_by_themselves: bool) -> bool {
        // Nobody listens where nothing is recorded any more.
        let _ = self.stop.send(!end_by_themselves);
        self.tell().await;
        !self.has_failed
    }

    /// Says of each that it is made, in a line.
    async fn tell(&mut self) {
        while let Some(made) = self.tasks.join_next().await {
            let Ok((name, made)) = made else {
                self.has_failed = true;
                continue;
            };
            match made {
                // A closed stdout is no reason to end.
                Ok(report) => drop(writeln!(std::io::stdout(), "{}", said(&name, &report))),
                Err(error) => {
                    self.has_failed = true;
                    tracing::error!("recording {name}: {error}");
                }
            }
        }
    }
}

/// Frames, file, and what is missing in between.
fn said(name: &str, report: &Report) -> String {
    let Report { path, frames, missing, end } = report;
    let mut line = format!("recorded {frames} frames of {name} to {} ({})", path.display(), end.words());
    let total: u64 = missing.iter().map(|gap| gap.frames()).sum();
    if total == 0 {
        line.push_str(", none missing");
        return line;
    }
    // Writing to a string does not fail.
    let _ = write!(line, ", {total} missing:");
    for gap in missing.iter().take(MOST_GAPS) {
        let (first, last) = (gap.after + 1, gap.before - 1);
        let _ = if first == last { write!(line, " {first}") } else { write!(line, " {first}-{last}") };
    }
    if missing.len() > MOST_GAPS {
        line.push_str(" …");
    }
    line
}
