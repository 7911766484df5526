//! A bench: its settings, its rounds, its progress, and its end with tables, JSON and a verdict.
//!
//! | what is set | by | else |
//! |---|---|---|
//! | rounds of each group | `SINKVIEW_BENCH_ROUNDS` | 5 |
//! | seconds of each figure | `SINKVIEW_BENCH_SECONDS` | the bench's own |
//! | groups whose names contain a word | the first argument: `cargo bench -p e2e --bench paced -- 1080p` | all |
//! | the committed ratios are written anew | `SINKVIEW_BENCH_COMMIT=1` | they are compared with |

use super::committed::{Committed, Verdict};
use super::results::{Figures, Group, Ratio, Results, Round, Row};
use super::table;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::str::FromStr;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

const ROUNDS: usize = 5;
/// How often a figure is tried: a browser that does not start once is no fault of what is measured.
const TRIES: usize = 2;

/// A bench that runs.
#[derive(Debug)]
pub struct Bench {
    results: Results,
    only: Option<String>,
    progress: ProgressBar,
    failures: Vec<String>,
}

/// Runs a bench from its first group to its verdict; an interrupt ends it and all that it started.
///
/// The exit code is 1 where a ratio is worse than committed, or a figure could not be taken.
pub fn run(
    name: &str,
    title: &str,
    seconds: f64,
    measure: impl AsyncFnOnce(&mut Bench) -> Result<()>,
) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut bench = Bench::new(name, title, seconds)?;
        // Whatever is dropped here stops what it started: processes, network namespaces, folders.
        tokio::select! {
            measured = measure(&mut bench) => measured?,
            stopped = stopped() => {
                stopped?;
                bail!("stopped by a signal");
            }
        }
        bench.finish()
    })
}

impl Bench {
    fn new(name: &str, title: &str, seconds: f64) -> Result<Self> {
        let rounds = setting("SINKVIEW_BENCH_ROUNDS")?.unwrap_or(ROUNDS);
        let seconds = setting("SINKVIEW_BENCH_SECONDS")?.unwrap_or(seconds);
        let style =
            ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {elapsed_precise} (-{eta}) {msg}")?;
        let progress = ProgressBar::new(0).with_style(style).with_prefix(name.to_owned());
        progress.enable_steady_tick(Duration::from_millis(500));
        println!("{title}; {rounds} rounds of {seconds} s in turn, medians\n");
        let (bench, title, machine) = (name.to_owned(), title.to_owned(), machine());
        Ok(Self {
            results: Results { bench, title, rounds, seconds, machine, ..Results::default() },
            // Cargo adds `--bench`.
            only: std::env::args().skip(1).find(|argument| !argument.starts_with("--")),
            progress,
            failures: Vec::new(),
        })
    }

    /// Rounds of each group.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.results.rounds
    }

    /// Seconds of each figure.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.results.seconds
    }

    /// Whether a group of that name is to be measured.
    #[must_use]
    pub fn wants(&self, group: &str) -> bool {
        self.only.as_ref().is_none_or(|word| group.contains(word.as_str()))
    }

    /// Tells how many figures a round of all groups will be, so that progress is told as a share.
    pub fn expect(&self, figures: usize) {
        self.progress.set_length((figures * self.rounds()) as u64);
    }

    /// Measures subjects in turn, round for round, and prints the table of the group.
    ///
    /// `columns` are the figures in their order, with the digits that are worth printing; others are kept too.
    pub async fn turns<S: AsRef<str>>(
        &mut self,
        group: &str,
        columns: &[(&str, usize)],
        subjects: &[S],
        mut measure: impl AsyncFnMut(usize) -> Result<Figures>,
    ) -> Result<()> {
        if !self.wants(group) {
            return Ok(());
        }
        let mut rows: Vec<Row> = subjects
            .iter()
            .map(|subject| Row { subject: subject.as_ref().to_owned(), ..Row::default() })
            .collect();
        for _ in 0..self.rounds() {
            for (index, row) in rows.iter_mut().enumerate() {
                self.progress.set_message(format!("{group}: {}", row.subject));
                let mut figures = None;
                for attempt in 1..=TRIES {
                    match measure(index).await {
                        Ok(taken) => {
                            figures = Some(taken);
                            break;
                        }
                        Err(error) => {
                            let what = format!("{group}, {}: {error:#}", row.subject);
                            self.progress.suspend(|| eprintln!("{what} (attempt {attempt})"));
                            if attempt == TRIES {
                                self.failures.push(what);
                            }
                        }
                    }
                }
                row.rounds.push(figures);
                self.progress.inc(1);
            }
        }
        rows.iter_mut().for_each(Row::settle);
        let columns = columns.iter().map(|&(name, digits)| (name.to_owned(), digits)).collect();
        let group = Group { name: group.to_owned(), columns, rows };
        self.progress.suspend(|| println!("{}", table::group(&group)));
        self.results.groups.push(group);
        Ok(())
    }

    /// Says that something is not measured, and why.
    pub fn skip(&mut self, why: impl Into<String>) {
        let why = why.into();
        self.progress.suspend(|| println!("not measured: {why}\n"));
        self.results.skipped.push(why);
    }

    /// Notes a ratio of what `of` makes of each round: more is better, and `target` is aimed at.
    pub fn at_least(
        &mut self,
        target: Option<f64>,
        name: &str,
        group: &str,
        of: impl Fn(Round<'_>) -> Option<f64>,
    ) {
        self.ratio(true, target, name, group, of);
    }

    /// Notes a ratio of what `of` makes of each round: less is better, and `target` is aimed at.
    pub fn at_most(
        &mut self,
        target: Option<f64>,
        name: &str,
        group: &str,
        of: impl Fn(Round<'_>) -> Option<f64>,
    ) {
        self.ratio(false, target, name, group, of);
    }

    fn ratio(
        &mut self,
        more_is_better: bool,
        target: Option<f64>,
        name: &str,
        group: &str,
        of: impl Fn(Round<'_>) -> Option<f64>,
    ) {
        if let Some(value) = self.results.median_of(group, of) {
            let name = format!("{group}: {name}");
            self.results.ratios.push(Ratio { name, value, more_is_better, target });
        }
    }

    /// Prints the ratios beside the committed ones, writes the JSON, and says how it went.
    fn finish(self) -> Result<ExitCode> {
        self.progress.finish_and_clear();
        let mut committed = Committed::read()?;
        let results = &self.results;
        print!("{}", table::ratios(results, &committed));
        println!("\nwritten to {}", results.write(self.only.is_none())?.display());
        for failure in &self.failures {
            println!("failed: {failure}");
        }
        if std::env::var("SINKVIEW_BENCH_COMMIT").is_ok_and(|value| value == "1") {
            committed.commit(results)?;
            println!("committed {} ratios", results.ratios.len());
        }
        let worse: Vec<_> = results
            .ratios
            .iter()
            .filter(|ratio| committed.verdict(&results.bench, ratio) == Verdict::Worse)
            .collect();
        for ratio in &worse {
            println!("worse than committed: {} is {}", ratio.name, table::number(ratio.value));
        }
        let is_good = worse.is_empty() && self.failures.is_empty();
        Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Waits until somebody wants the bench to end.
async fn stopped() -> Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

/// Figures from pairs of name and value.
#[must_use]
pub fn figures<const N: usize>(pairs: [(&str, f64); N]) -> Figures {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn setting<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(name: &str) -> Result<Option<T>> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    text.parse().map(Some).with_context(|| format!("{name}={text} is no number"))
}

/// What the figures depend on, as far as it can be asked.
fn machine() -> BTreeMap<String, String> {
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let known = [
        ("cores", Some(cores.to_string())),
        ("kernel", said("uname", "-r")),
        ("chromium", said("chromium", "--version")),
        (
            "gstreamer",
            said("gst-launch-1.0", "--gst-version").or_else(|| said("gst-launch-1.0", "--version")),
        ),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
