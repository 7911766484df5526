//! Memory that is read before it is written, read or written past an end, or never given back.

use crate::baseline::folder;
use crate::row::{Fault, Found, not_run};
use crate::threat::Threat;
use crate::tools::{output, said, tool};
use crate::torture::Torture;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Frames of each stream; under valgrind, a frame takes as long as fifty.
const FRAMES: &str = "40";
/// Streams of the ways that samples take: planes, mosaic, converted words. Rows have no padding, which the source leaves
/// unwritten and we send as it is.
const PIPELINES: [&str; 3] = [
    "videotestsrc num-buffers=90 ! video/x-raw,format=NV12,width=320,height=240 ! appsink name=planes",
    "videotestsrc num-buffers=90 ! video/x-bayer,format=rggb,width=320,height=240 ! appsink name=mosaic",
    "videotestsrc num-buffers=90 ! video/x-raw,format=RGB16,width=320,height=240 ! appsink name=words",
];

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = Fault {
        threat: Threat::Memory,
        name: "frames of three formats, one converted, with a history, are sent and verified",
        with: "valgrind memcheck and leak check, capture --verify",
        must: "no error and no definite leak but those of GLib that are listed; all frames are verified",
    };
    torture.fault(fault, memcheck).await;
    Ok(())
}

/// The unoptimised program: an optimiser branches on bits before it masks them, which looks like an error.
fn binary() -> Result<PathBuf> {
    let target = folder()?.parent().map(Path::to_owned).context("no target folder")?;
    let binary = target.join("debug/capture");
    if binary.is_file() { Ok(binary) } else { Err(not_run("no unoptimised program: cargo build -p capture")) }
}

async fn memcheck() -> Result<Found> {
    let mut command = tool("valgrind", "valgrind")?;
    let log = tempfile::NamedTempFile::new()?;
    let suppressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("torture/gstreamer.supp");
    command.args(["--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
    command.arg("--num-callers=40").arg(format!("--suppressions={}", suppressions.display()));
    command.arg(format!("--log-file={}", log.path().display())).arg(binary()?);
    command.args(["--verify", FRAMES, "--policy", "every", "--history", "20MiB", "--convert", "RGB16"]);
    command.args(PIPELINES.iter().flat_map(|text| ["-p", text]));
    let ended = output(&mut command).await?;
    let report = fs::read_to_string(log.path())?;
    let mut found = Found::default();
    found.expect(ended.status.success(), || format!("--verify: {}", said(&ended)));
    let summary = report.lines().find_map(|line| line.split_once("ERROR SUMMARY: ").map(|(_, rest)| rest));
    let errors: f64 = summary
        .and_then(|summary| summary.split(' ').next()?.parse().ok())
        .with_context(|| format!("valgrind has no summary: {report}"))?;
    found.at_most("errors", errors, 0.0);
    if errors > 0.0 {
        let kept = folder()?.join("valgrind.log");
        fs::write(&kept, &report)?;
        found.lost.push(format!("see {}", kept.display()));
    }
    Ok(found)
}
