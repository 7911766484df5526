//! What is found out of a fault: a row of the table, and the figures in it.
//!
//! It must not know how any fault is tried.

use crate::threat::Threat;
use serde::{Deserialize, Serialize};

/// A fault before it is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// What it is a fault of.
    pub(crate) threat: Threat,
    /// What is done; the name of its row.
    pub(crate) name: &'static str,
    /// The tools that do it, and that judge.
    pub(crate) with: &'static str,
    /// What must hold.
    pub(crate) must: &'static str,
}

/// What a fault did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// How often it was tried.
    pub(crate) times: u64,
    /// What did not hold, in words; each is one that was lost.
    pub(crate) lost: Vec<String>,
    /// What was measured.
    pub(crate) figures: Vec<Figure>,
}

/// A measured number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    /// What it is, with its unit.
    pub(crate) name: String,
    /// The number.
    pub(crate) value: f64,
    /// What it must keep to; a figure without one is only told.
    pub(crate) bound: Option<Bound>,
    /// By how much a later run may be worse than a committed one.
    #[serde(default)]
    pub(crate) tolerance: f64,
}

/// What a figure must keep to, and so which way is worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// Less is better.
    AtMost(f64),
    /// More is better.
    AtLeast(f64),
}

/// A fault that was tried, or why it was not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// What it is a fault of.
    pub(crate) threat: Threat,
    /// The part of the run that tries it.
    pub(crate) part: String,
    /// What is done.
    pub(crate) fault: String,
    /// The tools.
    pub(crate) with: String,
    /// What must hold.
    pub(crate) must: String,
    /// How often it was tried.
    pub(crate) times: u64,
    /// What was measured.
    pub(crate) figures: Vec<Figure>,
    /// How often it did not hold.
    pub(crate) lost: u64,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What did not hold, or why it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// How a fault ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// Everything held.
    #[serde(rename = "ok")]
    Ok,
    /// Something did not hold.
    #[serde(rename = "LOST")]
    Lost,
    /// It could not be tried, which is no success.
    #[serde(rename = "not run")]
    NotRun,
}

/// Why a fault cannot be tried here: a tool or an option is missing, and what to do about it.
#[derive(Debug)]
pub(crate) struct NotRun(pub(crate) String);

impl std::fmt::Display for NotRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRun {}

/// The error of a fault that cannot be tried.
pub(crate) fn not_run(why: impl Into<String>) -> anyhow::Error {
    NotRun(why.into()).into()
}

impl Found {
    /// Tried so often, and nothing lost yet.
    pub(crate) fn tried(times: u64) -> Self {
        Self { times, ..Self::default() }
    }

    /// One more try; where it did not hold, `else_lost` says what.
    pub(crate) fn expect(&mut self, holds: bool, else_lost: impl FnOnce() -> String) {
        self.times += 1;
        if !holds {
            self.lost.push(else_lost());
        }
    }

    /// A figure that may not be more.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, most: f64) {
        self.figures.push(Figure::new(name, value, Some(Bound::AtMost(most))));
    }

    /// A figure that may not be less.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, least: f64) {
        self.figures.push(Figure::new(name, value, Some(Bound::AtLeast(least))));
    }

    /// A figure that is only told.
    pub(crate) fn tell(&mut self, name: &str, value: f64) {
        self.figures.push(Figure::told(name, value));
    }
}

impl Figure {
    fn new(name: &str, value: f64, bound: Option<Bound>) -> Self {
        // A quarter of what is allowed: what runs on a machine that does other things too differ by.
        let tolerance = match bound {
            Some(Bound::AtMost(limit) | Bound::AtLeast(limit)) => limit.abs() / 4.0,
            None => 0.0,
        };
        Self { name: name.to_owned(), value, bound, tolerance }
    }

    /// One that is only told.
    pub(crate) fn told(name: &str, value: f64) -> Self {
        Self::new(name, value, None)
    }

    /// Whether it keeps to its bound; no number keeps to none.
    pub(crate) fn holds(&self) -> bool {
        match self.bound {
            Some(Bound::AtMost(most)) => self.value <= most,
            Some(Bound::AtLeast(least)) => self.value >= least,
            None => true,
        }
    }

    /// Whether it is worse than a committed one by more than that one's tolerance.
    pub(crate) fn is_worse_than(&self, committed: &Self) -> bool {
        let worse_by = match self.bound {
            Some(Bound::AtMost(_)) => self.value - committed.value,
            Some(Bound::AtLeast(_)) => committed.value - self.value,
            None => return false,
        };
        worse_by.is_nan() || worse_by > committed.tolerance
    }
}

impl Row {
    /// The row of a fault of a part, by what came of trying it.
    pub(crate) fn of(part: &str, fault: &Fault, tried: anyhow::Result<Found>) -> Self {
        let mut row = Self {
            threat: fault.threat,
            part: part.to_owned(),
            fault: fault.name.to_owned(),
            with: fault.with.to_owned(),
            must: fault.must.to_owned(),
            times: 0,
            figures: Vec::new(),
            lost: 0,
            outcome: Outcome::Ok,
            why: None,
        };
        match tried {
            Ok(Found { times, mut lost, figures }) => {
                lost.extend(figures.iter().filter(|figure| !figure.holds()).map(Figure::words));
                if times == 0 {
                    lost.push("it was tried not once".to_owned());
                }
                (row.times, row.figures, row.lost) = (times, figures, lost.len() as u64);
                row.why = (!lost.is_empty()).then(|| shortened(&lost));
                row.outcome = if lost.is_empty() { Outcome::Ok } else { Outcome::Lost };
            }
            Err(error) => {
                let cannot = error.chain().find_map(|cause| cause.downcast_ref::<NotRun>());
                (row.outcome, row.why, row.lost) = match cannot {
                    Some(NotRun(why)) => (Outcome::NotRun, Some(why.clone()), 0),
                    None => (Outcome::Lost, Some(format!("{error:#}")), 1),
                };
            }
        }
        row
    }

    /// Whether nothing is wrong but figures that do not hold.
    pub(crate) fn misses_figures_alone(&self) -> bool {
        let missed = self.figures.iter().filter(|figure| !figure.holds()).count() as u64;
        self.lost > 0 && self.lost == missed
    }

    /// What is worse than in a committed row of the same fault, if anything.
    pub(crate) fn worse_than(&self, committed: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        if self.outcome == Outcome::NotRun {
            return worse;
        }
        if self.lost > committed.lost {
            worse.push(format!("{} lost, committed {}", self.lost, committed.lost));
        }
        for figure in &self.figures {
            let before = committed.figures.iter().find(|before| before.name == figure.name);
            if let Some(before) = before
                && figure.is_worse_than(before)
            {
                worse.push(format!("{}, committed {}", figure.words(), number(before.value)));
            }
        }
        worse
    }
}

impl Figure {
    /// Name and value, with the bound.
    pub(crate) fn words(&self) -> String {
        let bound = match self.bound {
            Some(Bound::AtMost(most)) => format!(" (≤ {})", number(most)),
            Some(Bound::AtLeast(least)) => format!(" (≥ {})", number(least)),
            None => String::new(),
        };
        format!("{} {}{bound}", self.name, number(self.value))
    }
}

/// The first few losses, and how many more there are.
fn shortened(lost: &[String]) -> String {
    const SHOWN: usize = 5;
    let text = lost.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    match lost.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{text}; and {more} more"),
        _ => text,
    }
}

/// How many there are, as a figure.
pub(crate) fn count(number: impl TryInto<u32>) -> f64 {
    number.try_into().map_or(f64::INFINITY, f64::from)
}

/// A number with as many digits as tell something.
pub(crate) fn number(value: f64) -> String {
    let digits = if value.fract() == 0.0 || value.abs() >= 100.0 {
        0
    } else if value.abs() >= 1.0 {
        2
    } else {
        3
    };
    format!("{value:.digits$}")
}
