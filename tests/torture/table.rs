//! Rows as one table: text for a terminal, Markdown for `docs/torture.md`.

use crate::row::{Figure, Outcome, Row};
use crate::threat::Threat;
use std::fmt::Write as _;

/// What `docs/torture.md` begins with.
const HEAD: &str = "# What was done to it, and what held

`make torture` does all of this to the real binary, with tools of others as judges, and writes this table; `make torture
PART=name` runs one part. It needs root for network namespaces and some minutes; each row says what a machine lacks if it
cannot be tried there. The numbers are of a 2-core virtual machine that did other things too; a later run that is worse by
more than a figure's tolerance (`tests/torture/baseline.json`) fails.

*lost* counts what did not hold. A figure that does not hold is measured up to three times, and *tries* says so. A row that was not run is no success, and says why.
";

/// The rows for a terminal, each with what it measured below it.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in sorted(rows) {
        let (outcome, part) = (word(row.outcome), &row.part);
        let (fault, times, lost) = (&row.fault, row.times, row.lost);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{outcome:7} {part:12} {fault} | {} | {times} tried, {lost} lost", row.with);
        if !row.figures.is_empty() {
            let _ = writeln!(text, "{:20} {}", "", figures(row));
        }
        if let Some(why) = &row.why {
            let _ = writeln!(text, "{:20} {why}", "");
        }
    }
    text
}

/// All rows as Markdown, threats without a row named as such.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    let (ok, lost, not_run) = (count(Outcome::Ok), count(Outcome::Lost), count(Outcome::NotRun));
    let _ = writeln!(text, "\n{ok} rows hold, {lost} do not, {not_run} were not run.\n");
    text +=
        "| fault | tried with | times | must hold | measured | lost | |\n|---|---|---:|---|---|---:|---|\n";
    for threat in Threat::ALL {
        let _ = writeln!(text, "| **{}** | | | | | | |", threat.words());
        for row in rows.iter().filter(|row| row.threat == threat) {
            let measured = [Some(figures(row)), row.why.clone()].into_iter().flatten();
            let measured: Vec<_> = measured.filter(|words| !words.is_empty()).collect();
            let cells = [
                row.fault.clone(),
                row.with.clone(),
                row.times.to_string(),
                row.must.clone(),
                measured.join("; "),
                row.lost.to_string(),
                word(row.outcome).to_owned(),
            ];
            let cells: Vec<_> =
                cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

/// The rows by what they are faults of.
fn sorted(rows: &[Row]) -> Vec<&Row> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| row.threat);
    rows
}

fn figures(row: &Row) -> String {
    row.figures.iter().map(Figure::words).collect::<Vec<_>>().join(", ")
}

pub(crate) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Lost => "LOST",
        Outcome::NotRun => "not run",
    }
}
