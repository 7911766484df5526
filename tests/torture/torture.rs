//! A run: faults tried one after the other, each told when it is done.

use crate::row::{Fault, Figure, Found, Row, count};
use crate::table::word;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Longer than any fault takes but the soak, which says so itself.
const FAULT_MAX: Duration = Duration::from_mins(10);

/// How often a figure is measured that does not hold.
const TRIES: u32 = 3;

/// The rows up to now, and what is going on.
#[derive(Debug)]
pub(crate) struct Torture {
    part: &'static str,
    rows: Vec<Row>,
    progress: ProgressBar,
}

impl Torture {
    pub(crate) fn new() -> Result<Self> {
        let progress = ProgressBar::new_spinner();
        progress.set_style(ProgressStyle::with_template("{spinner} {elapsed_precise} {prefix}: {msg}")?);
        progress.enable_steady_tick(Duration::from_millis(500));
        Ok(Self { part: "", rows: Vec::new(), progress })
    }

    /// Says which part the faults from now on are of.
    pub(crate) fn begin(&mut self, part: &'static str) {
        self.part = part;
        self.progress.set_prefix(part);
    }

    /// Tries a fault; whatever comes of it is a row.
    ///
    /// Where nothing is wrong but a figure, it is tried again: the machine may have been busy with other things.
    pub(crate) async fn fault(&mut self, fault: Fault, attempt: impl AsyncFn() -> Result<Found>) {
        for tries in 1..=TRIES {
            self.fault_within(FAULT_MAX, fault, &attempt).await;
            if self.rows.pop_if(|row| tries < TRIES && row.misses_figures_alone()).is_none() {
                if tries > 1
                    && let Some(row) = self.rows.last_mut()
                {
                    row.figures.push(Figure::told("tries", count(tries)));
                }
                return;
            }
        }
    }

    /// The same once, for a fault that takes longer.
    pub(crate) async fn fault_within(
        &mut self,
        most: Duration,
        fault: Fault,
        attempt: impl AsyncFnOnce() -> Result<Found>,
    ) {
        self.progress.set_message(fault.name);
        let started = Instant::now();
        let tried = timeout(most, attempt()).await;
        let tried = tried.with_context(|| format!("it hangs: {} s", most.as_secs())).flatten();
        let row = Row::of(self.part, &fault, tried);
        let seconds = started.elapsed().as_secs_f64();
        let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        self.progress.suspend(|| {
            println!("{:7} {}: {} ({seconds:.1} s){why}", word(row.outcome), self.part, fault.name);
        });
        self.rows.push(row);
    }

    /// All rows, in the order they were tried in.
    pub(crate) fn finish(self) -> Vec<Row> {
        self.progress.finish_and_clear();
        self.rows
    }
}
