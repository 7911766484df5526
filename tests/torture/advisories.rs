//! Dependencies with known faults.

use crate::row::{Fault, Found, not_run};
use crate::threat::Threat;
use crate::tools::{output, said};
use crate::torture::Torture;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = Fault {
        threat: Threat::Advisories,
        name: "every crate of Cargo.lock is looked up",
        with: "cargo-audit, the RustSec database",
        must: "none has a known vulnerability",
    };
    torture.fault(fault, audit).await;
    Ok(())
}

/// The database, where `ADVISORY_DB` says or cargo-audit keeps it; it is fetched by hand, since this run needs no network.
fn database() -> Option<PathBuf> {
    let named = std::env::var_os("ADVISORY_DB").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    named.into_iter().chain([cargo.join("advisory-db")]).find(|folder| folder.join("crates").is_dir())
}

async fn audit() -> Result<Found> {
    let mut probe = Command::new("cargo");
    if !output(probe.args(["audit", "--version"])).await?.status.success() {
        return Err(not_run("cargo-audit is missing: cargo install cargo-audit"));
    }
    let database = database().ok_or_else(|| {
        not_run("no advisory database: clone rustsec/advisory-db from GitHub and say ADVISORY_DB=FOLDER")
    })?;
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let mut command = Command::new("cargo");
    command
        .args(["audit", "--json", "--no-fetch", "--stale", "--db"])
        .arg(&database)
        .arg("--file")
        .arg(&lock);
    let ended = output(&mut command).await?;
    let report: Value = serde_json::from_slice(&ended.stdout).with_context(|| said(&ended))?;
    let crates = report["lockfile"]["dependency-count"].as_u64().context("no count of crates")?;
    let advisories = report["database"]["advisory-count"].as_f64().context("no count of advisories")?;
    let mut found = Found::tried(crates);
    found.tell("advisories in the database", advisories);
    let list = report["vulnerabilities"]["list"].as_array().context("no list of vulnerabilities")?;
    for entry in list {
        let (id, name) = (&entry["advisory"]["id"], &entry["package"]["name"]);
        found
            .lost
            .push(format!("{name} {}: {id} {}", entry["package"]["version"], entry["advisory"]["title"]));
    }
    Ok(found)
}
