//! The committed ratios, in `tests/benches/ratios.json`, and what is worse than they are.
//!
//! It must not know what the ratios are of. A ratio may be worse by its tolerance, which is in units of the ratio; what is
//! better is no fault, and is committed when somebody says so with `SINKVIEW_BENCH_COMMIT=1`.

use super::results::{Ratio, Results};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The share of a new ratio by which it may get worse, unless the file says otherwise: what runs on a machine that does
/// other things too differ by.
const TOLERANCE: f64 = 0.15;
/// The least that a ratio may differ by, for those near 0.
const LEAST_TOLERANCE: f64 = 0.05;

/// Ratios by bench and name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Committed(BTreeMap<String, BTreeMap<String, Entry>>);

/// A ratio as it was committed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The ratio.
    pub ratio: f64,
    /// By how much it may be worse.
    pub tolerance: f64,
}

/// What is to be said of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As good as committed, or better.
    Held,
    /// Worse than committed by more than its tolerance.
    Worse,
    /// Not committed yet.
    New,
}

impl Committed {
    /// Reads the file; an absent one has none.
    pub fn read() -> Result<Self> {
        let path = path();
        if !path.exists() {
            return Ok(Self::default());
        }
        serde_json::from_slice(&fs::read(&path)?).with_context(|| path.display().to_string())
    }

    /// The ratio of a bench by its name.
    #[must_use]
    pub fn get(&self, bench: &str, name: &str) -> Option<Entry> {
        self.0.get(bench)?.get(name).copied()
    }

    /// What is to be said of a ratio of a bench.
    #[must_use]
    pub fn verdict(&self, bench: &str, ratio: &Ratio) -> Verdict {
        let Some(entry) = self.get(bench, &ratio.name) else { return Verdict::New };
        let worse_by =
            if ratio.more_is_better { entry.ratio - ratio.value } else { ratio.value - entry.ratio };
        if worse_by > entry.tolerance { Verdict::Worse } else { Verdict::Held }
    }

    /// Takes the ratios of a bench for the committed ones and writes the file; tolerances that are there stay.
    pub fn commit(&mut self, results: &Results) -> Result<()> {
        let entries = self.0.entry(results.bench.clone()).or_default();
        for Ratio { name, value, .. } in &results.ratios {
            // Three digits are more than a run can tell.
            let ratio = (value * 1000.0).round() / 1000.0;
            let tolerance = (ratio.abs() * TOLERANCE * 1000.0).round() / 1000.0;
            let new = Entry { ratio, tolerance: tolerance.max(LEAST_TOLERANCE) };
            entries.entry(name.clone()).and_modify(|entry| entry.ratio = ratio).or_insert(new);
        }
        Ok(fs::write(path(), serde_json::to_string_pretty(self)? + "\n")?)
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join("ratios.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_is_worse_by_more_than_the_tolerance() {
        let entry = Entry { ratio: 1.0, tolerance: 0.1 };
        let committed = Committed(BTreeMap::from([("b".into(), BTreeMap::from([("r".into(), entry)]))]));
        let verdict = |value, more_is_better| {
            committed.verdict("b", &Ratio { name: "r".into(), value, more_is_better, target: None })
        };
        assert_eq!(verdict(0.95, true), Verdict::Held);
        assert_eq!(verdict(0.85, true), Verdict::Worse);
        assert_eq!(verdict(5.0, true), Verdict::Held);
        assert_eq!(verdict(1.05, false), Verdict::Held);
        assert_eq!(verdict(1.15, false), Verdict::Worse);
        let other = Ratio { name: "other".into(), value: 1.0, more_is_better: true, target: None };
        assert_eq!(committed.verdict("b", &other), Verdict::New);
    }
}
