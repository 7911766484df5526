//! Results as tables: aligned text for a terminal, Markdown for the README.
//!
//! It must not know what the figures are of.

use super::committed::{Committed, Verdict};
use super::results::{Group, Ratio, Results};
use std::fmt::Write as _;

/// What stands where there is no figure.
const NONE: &str = "–";

/// A group's medians, a line a subject.
#[must_use]
pub fn group(group: &Group) -> String {
    let (head, lines) = cells(group);
    aligned(&head, &lines)
}

/// The ratios of a bench beside what was committed and what is aimed at.
#[must_use]
pub fn ratios(results: &Results, committed: &Committed) -> String {
    let (head, lines) = ratio_cells(results, committed);
    aligned(&head, &lines)
}

/// All of a bench as Markdown.
#[must_use]
pub fn markdown(results: &Results, committed: &Committed) -> String {
    let mut text = format!(
        "{}; medians of {} rounds of {} s in turn.\n",
        results.title, results.rounds, results.seconds
    );
    for one in &results.groups {
        let (head, lines) = cells(one);
        text += &marked(&head, &lines);
    }
    if !results.ratios.is_empty() {
        let (head, lines) = ratio_cells(results, committed);
        text += &marked(&head, &lines);
    }
    for skipped in &results.skipped {
        // Writing to a string does not fail.
        let _ = write!(text, "\nNot measured: {skipped}\n");
    }
    text
}

/// A number with digits that tell something: three at least.
#[must_use]
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    let digits = if magnitude >= 100.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 || magnitude == 0.0 {
        2
    } else {
        3
    };
    format!("{value:.digits$}")
}

fn cells(group: &Group) -> (Vec<String>, Vec<Vec<String>>) {
    let head =
        std::iter::once(&group.name).chain(group.columns.iter().map(|(name, _)| name)).cloned().collect();
    let lines = group.rows.iter().map(|row| {
        let figure = |(name, digits): &(String, usize)| {
            row.medians.get(name).map_or(NONE.to_owned(), |value| format!("{value:.digits$}"))
        };
        std::iter::once(row.subject.clone()).chain(group.columns.iter().map(figure)).collect()
    });
    (head, lines.collect())
}

fn ratio_cells(results: &Results, committed: &Committed) -> (Vec<String>, Vec<Vec<String>>) {
    let head =
        ["ratio, of the same round", "value", "committed", "", "target", ""].map(str::to_owned).to_vec();
    let lines = results.ratios.iter().map(|ratio| {
        let entry = committed.get(&results.bench, &ratio.name);
        let verdict = match committed.verdict(&results.bench, ratio) {
            Verdict::Held => "held",
            Verdict::Worse => "WORSE",
            Verdict::New => "new",
        };
        let bound = if ratio.more_is_better { "≥" } else { "≤" };
        vec![
            ratio.name.clone(),
            number(ratio.value),
            entry.map_or(NONE.to_owned(), |entry| number(entry.ratio)),
            verdict.to_owned(),
            ratio.target.map_or(NONE.to_owned(), |target| format!("{bound} {}", number(target))),
            match is_met(ratio) {
                None => "",
                Some(true) => "met",
                Some(false) => "MISSED",
            }
            .to_owned(),
        ]
    });
    (head, lines.collect())
}

/// Whether a ratio is what the project set itself; none where it set nothing.
#[must_use]
pub fn is_met(ratio: &Ratio) -> Option<bool> {
    let target = ratio.target?;
    Some(if ratio.more_is_better { ratio.value >= target } else { ratio.value <= target })
}

fn aligned(head: &[String], lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        std::iter::once(head)
            .chain(lines.iter().map(Vec::as_slice))
            .map(|line| line[column].chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in std::iter::once(head).chain(lines.iter().map(Vec::as_slice)) {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let _ =
                if column == 0 { write!(text, "{cell:<width$}") } else { write!(text, "  {cell:>width$}") };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn marked(head: &[String], lines: &[Vec<String>]) -> String {
    let mut text = format!("\n| {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    for line in lines {
        let _ = writeln!(text, "| {} |", line.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Figures;
    use crate::bench::results::Row;

    #[test]
    fn columns_are_aligned_and_absent_figures_marked() {
        let row =
            |subject: &str, medians: Figures| Row { subject: subject.into(), medians, ..Row::default() };
        let columns = vec![("fps".to_owned(), 1)];
        let rows = vec![row("a", Figures::from([("fps".into(), 12.34)])), row("longer", Figures::new())];
        let one = Group { name: "g".into(), columns, rows };
        assert_eq!(group(&one), "g        fps\na       12.3\nlonger     –\n");
    }
}
