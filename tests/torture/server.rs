//! The server that faults are tried on: its pipelines, its descriptors, its memory.

use anyhow::{Context, Result};
use e2e::{Capture, http};
use std::fs;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// A small live stream of 30 frames a second, named `k`; it costs next to nothing.
pub(crate) const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";
/// The same with frames of 0.9 MB, 221 Mbit/s.
pub(crate) const LARGER: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=640,height=480,framerate=30/1 ! appsink name=k";
/// Frames of one stream that may be held for all of its viewers together.
pub(crate) const HELD_MAX: u64 = 6;

/// Descriptors that a process has open.
pub(crate) fn descriptors(process: u32) -> Result<usize> {
    let folder = format!("/proc/{process}/fd");
    Ok(fs::read_dir(&folder).with_context(|| folder)?.count())
}

/// Sockets among them.
pub(crate) fn sockets(process: u32) -> Result<usize> {
    let folder = format!("/proc/{process}/fd");
    let links = fs::read_dir(&folder).with_context(|| folder)?.flatten();
    let targets = links.filter_map(|link| fs::read_link(link.path()).ok());
    Ok(targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count())
}

/// Resident memory of a process in MiB.
pub(crate) fn resident(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.split_whitespace().next().context("VmRSS is empty")?.parse()?;
    Ok(kib / 1024.0)
}

/// How long it takes until a process has no more than so many sockets; `most` if it does not come to that.
pub(crate) async fn until_sockets(process: u32, wanted: usize, most: Duration) -> Result<Duration> {
    let started = Instant::now();
    while sockets(process)? > wanted && started.elapsed() < most {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(started.elapsed().min(most))
}

/// Frames of stream `k` that are held.
pub(crate) async fn held(capture: &Capture) -> Result<u64> {
    capture.stream("k").await?["held"].as_u64().context("no `held`")
}

/// Whether it answers.
pub(crate) async fn answers(capture: &Capture) -> bool {
    http::get(capture.address(), "/streams").await.is_ok_and(|answer| answer.status == 200)
}

/// Whether its log has a panic.
pub(crate) fn has_panicked(capture: &Capture) -> bool {
    capture.log().contains("panicked")
}
