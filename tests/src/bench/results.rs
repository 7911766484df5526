//! Figures by group, subject and round; medians of them, and ratios of figures of the same round.
//!
//! It must not know what the figures are of.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Figures of one subject in one round, by name; the unit is part of the name.
pub type Figures = BTreeMap<String, f64>;

/// Everything that a bench found out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// The bench.
    pub bench: String,
    /// What it measures, in a sentence.
    pub title: String,
    /// Rounds of each group.
    pub rounds: usize,
    /// Seconds of each figure.
    pub seconds: f64,
    /// What it ran on.
    pub machine: BTreeMap<String, String>,
    /// In the order they were measured in.
    pub groups: Vec<Group>,
    /// Ratios, in the order they were asked for.
    pub ratios: Vec<Ratio>,
    /// What could not be measured, and why.
    pub skipped: Vec<String>,
}

/// Subjects that were measured in turn.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Group {
    /// What is done.
    pub name: String,
    /// Figures in the order of columns, with the digits that are worth printing.
    pub columns: Vec<(String, usize)>,
    /// Who does it.
    pub rows: Vec<Row>,
}

/// A subject of a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Who it is.
    pub subject: String,
    /// Its figures, round for round; none where it failed.
    pub rounds: Vec<Option<Figures>>,
    /// The medians of those.
    pub medians: Figures,
}

/// A ratio of figures of the same round, or of a figure to what is due: the median of the rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ratio {
    /// Of what to what.
    pub name: String,
    /// The median of the rounds' own ratios.
    pub value: f64,
    /// Whether more is better.
    pub more_is_better: bool,
    /// What the project set itself.
    pub target: Option<f64>,
}

/// The figures of a group in one round.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    group: &'a Group,
    index: usize,
}

impl Round<'_> {
    /// A figure of a subject.
    #[must_use]
    pub fn get(&self, subject: &str, figure: &str) -> Option<f64> {
        let row = self.group.rows.iter().find(|row| row.subject == subject)?;
        row.rounds.get(self.index)?.as_ref()?.get(figure).copied()
    }
}

impl Results {
    /// A group by its name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The median of what `of` makes of each round of a group; none where the group or its figures are not there.
    #[must_use]
    pub fn median_of(&self, group: &str, of: impl Fn(Round<'_>) -> Option<f64>) -> Option<f64> {
        let group = self.group(group)?;
        let rounds = group.rows.iter().map(|row| row.rounds.len()).max().unwrap_or(0);
        median((0..rounds).filter_map(|index| of(Round { group, index })))
    }

    /// Writes them into the folder of all results; what is not whole goes beside, so that no table mixes two runs.
    pub fn write(&self, is_whole: bool) -> Result<PathBuf> {
        let folder = if is_whole { folder()? } else { folder()?.join("part") };
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.json", self.bench));
        fs::write(&file, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(file)
    }

    /// The newest results of all benches, by name.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let entries = fs::read_dir(folder)
            .with_context(|| format!("{} has no results: run `make bench` first", folder.display()))?;
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files
            .iter()
            .map(|file| serde_json::from_slice(&fs::read(file)?).with_context(|| file.display().to_string()))
            .collect()
    }
}

impl Row {
    /// Takes the medians of the rounds there are.
    pub(super) fn settle(&mut self) {
        let names: Vec<String> =
            self.rounds.iter().flatten().flat_map(|figures| figures.keys().cloned()).collect();
        for name in names {
            let values = self.rounds.iter().flatten().filter_map(|figures| figures.get(&name).copied());
            if let Some(value) = median(values) {
                self.medians.insert(name, value);
            }
        }
    }
}

/// The median; of an even number of values the mean of the middle two, none of none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

/// Where results are kept: below the folder that everything is built into.
pub fn folder() -> Result<PathBuf> {
    Ok(target()?.join("bench"))
}

/// The folder that everything is built into: programs are in `release/deps` or `release/examples` of it.
pub(super) fn target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors().nth(3).map(Path::to_owned).context("the bench is not in a target folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, f64::NAN, 3.0]), Some(2.5));
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let row = |subject: &str, values: [Option<f64>; 3]| Row {
            subject: subject.into(),
            rounds: values.map(|value| value.map(|value| Figures::from([("fps".into(), value)]))).to_vec(),
            ..Row::default()
        };
        let rows =
            vec![row("a", [Some(10.0), Some(1.0), Some(8.0)]), row("b", [Some(20.0), None, Some(4.0)])];
        let group = Group { name: "g".into(), rows, ..Group::default() };
        let results = Results { groups: vec![group], ..Results::default() };
        let ratio = results.median_of("g", |round| Some(round.get("a", "fps")? / round.get("b", "fps")?));
        assert_eq!(ratio, Some(1.25));
        assert_eq!(results.median_of("elsewhere", |_| Some(1.0)), None);
    }
}
