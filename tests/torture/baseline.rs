//! The committed rows, in `tests/torture/baseline.json`, and the files that a run leaves.
//!
//! A row that was not run takes no committed row's place: it proves nothing, and what was proved before stays told.

use crate::row::{Outcome, Row};
use crate::table;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Reads the committed rows; none where there is no file.
pub(crate) fn read() -> Result<Vec<Row>> {
    let path = path();
    if !path.exists() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&fs::read(&path)?).with_context(|| path.display().to_string())
}

/// The committed row of the same fault.
pub(crate) fn find<'a>(committed: &'a [Row], row: &Row) -> Option<&'a Row> {
    committed.iter().find(|before| before.part == row.part && before.fault == row.fault)
}

/// Takes `rows` for the committed ones of `parts`, and writes the file and `docs/torture.md`.
pub(crate) fn commit(mut committed: Vec<Row>, rows: &[Row], parts: &[&str]) -> Result<()> {
    let is_same = |a: &Row, b: &Row| a.part == b.part && a.fault == b.fault;
    let is_proof = |row: &&Row| row.outcome != Outcome::NotRun;
    committed.retain(|before| {
        let is_of_part = parts.contains(&before.part.as_str());
        let now = rows.iter().find(|row| is_same(row, before));
        // A fault that no part tries any more goes.
        now.map_or(!is_of_part, |now| !is_proof(&now) && is_proof(&before))
    });
    for row in rows {
        if !committed.iter().any(|before| is_same(before, row)) {
            committed.push(row.clone());
        }
    }
    committed.sort_by_key(|row| row.threat);
    fs::write(path(), serde_json::to_string_pretty(&committed)? + "\n")?;
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/torture.md");
    fs::create_dir_all(table.parent().context("a file is in a folder")?)?;
    Ok(fs::write(table, table::markdown(&committed))?)
}

/// Writes the rows of this run below the folder that everything is built into, and says where.
pub(crate) fn write(rows: &[Row]) -> Result<PathBuf> {
    let folder = folder()?;
    let file = folder.join("rows.json");
    fs::write(&file, serde_json::to_string_pretty(rows)? + "\n")?;
    fs::write(folder.join("rows.md"), table::markdown(rows))?;
    Ok(file)
}

/// Where a run keeps its files: below the folder that everything is built into.
pub(crate) fn folder() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().nth(3).context("the program is not in a target folder")?.join("torture");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("torture").join("baseline.json")
}
