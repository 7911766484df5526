//! Every parser of bytes from outside, for a minute each.

use crate::baseline::folder;
use crate::row::{Fault, Found, not_run};
use crate::threat::Threat;
use crate::tools::{is_there, output, output_within, said};
use crate::torture::Torture;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// Crates that have targets.
const CRATES: [&str; 3] = ["wire", "capture", "viewer-wasm"];
/// Building takes minutes the first time.
const BUILD_MAX: Duration = Duration::from_mins(15);

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let seconds: u64 = match std::env::var("TORTURE_FUZZ") {
        Ok(text) => text.parse().context("TORTURE_FUZZ is a number of seconds")?,
        Err(_) => 60,
    };
    let targets: [(Threat, &str, &str, &str); 5] = [
        (Threat::LyingCaps, "wire", "frame", "frame messages and metas: truncated, flipped, of any lengths"),
        (Threat::HostileFrames, "wire", "messages", "JSON messages of either side, and their layouts"),
        (Threat::LyingCaps, "wire", "coding", "the encoding residual: encoded and damaged payloads"),
        (
            Threat::LyingCaps,
            "capture",
            "requests",
            "requests: addresses, names, cookies, and caps and numbers in queries",
        ),
        (
            Threat::LyingCaps,
            "viewer-wasm",
            "converter",
            "layouts of any strides, offsets and sizes, converted",
        ),
    ];
    for (threat, package, target, name) in targets {
        let must = "no panic, no read past an end, no hang";
        let fault = Fault { threat, name, with: "cargo-fuzz, AddressSanitizer", must };
        let longest = BUILD_MAX + Duration::from_secs(seconds + 60);
        torture.fault_within(longest, fault, || fuzz(package, target, seconds)).await;
    }
    let fault = Fault {
        threat: Threat::LyingCaps,
        name: "no target is left out",
        with: "cargo fuzz list",
        must: "each target of each crate is a row here",
    };
    let known = targets.map(|(_, package, target, _)| (package, target));
    torture.fault(fault, || none_left_out(&known)).await;
    Ok(())
}

/// The folder of a crate.
fn home(package: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package)
}

async fn cargo_fuzz(package: &str, arguments: &[&str]) -> Result<Command> {
    if !is_there("rustup") {
        return Err(not_run("rustup is missing, which picks the nightly compiler"));
    }
    let mut probe = Command::new("cargo");
    let is_installed = output(probe.args(["+nightly", "fuzz", "--version"])).await?.status.success();
    if !is_installed {
        let what = "rustup toolchain install nightly; cargo install cargo-fuzz";
        return Err(not_run(format!("no nightly compiler with cargo-fuzz: {what}")));
    }
    let mut command = Command::new("cargo");
    command.arg("+nightly").arg("fuzz").args(arguments).current_dir(home(package));
    // What the runner itself was started with is for another compiler.
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(name);
    }
    // The page is no parser of ours, and what GLib makes once and keeps is no leak of a target.
    command.env("SINKVIEW_VIEWER", "skip").env("ASAN_OPTIONS", "detect_leaks=0");
    command.env("CARGO_TARGET_DIR", folder()?.join("fuzz").join(package));
    Ok(command)
}

async fn fuzz(package: &str, target: &str, seconds: u64) -> Result<Found> {
    let built = output_within(BUILD_MAX, &mut cargo_fuzz(package, &["build", target]).await?).await?;
    ensure!(built.status.success(), "{}", said(&built));
    let corpus = tempfile::tempdir()?;
    let seeds = home(package).join("fuzz/seeds").join(target);
    ensure!(seeds.is_dir(), "{} is missing", seeds.display());
    let mut command = cargo_fuzz(package, &["run", target]).await?;
    command.arg(corpus.path()).arg(&seeds);
    command.args([
        "--",
        &format!("-max_total_time={seconds}"),
        "-len_control=0",
        "-max_len=4096",
        "-print_final_stats=1",
    ]);
    let ended = output_within(Duration::from_secs(seconds + 60), &mut command).await?;
    let text = said(&ended);
    let runs = text.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let mut found = Found::tried(runs.and_then(|runs| runs.trim().parse().ok()).unwrap_or(0));
    if !ended.status.success() {
        let crash: Vec<_> =
            text.lines().filter(|line| line.contains("panicked") || line.contains("ERROR")).collect();
        found.lost.push(format!("it ended with {}: {}", ended.status, crash.join("; ")));
    }
    Ok(found)
}

async fn none_left_out(known: &[(&str, &str)]) -> Result<Found> {
    let mut found = Found::default();
    for package in CRATES {
        let listed = output(&mut cargo_fuzz(package, &["list"]).await?).await?;
        for target in String::from_utf8_lossy(&listed.stdout).lines() {
            found.expect(known.contains(&(package, target)), || format!("{package} has {target} too"));
        }
    }
    Ok(found)
}
