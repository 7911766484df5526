//! The server that faults are tried on: its pipelines, its descriptors, its memory.

use anyhow::{Context, Result};
use e2e::{Capture, http};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// A small live stream of 30 frames a second, named `k`; it costs next to nothing.
pub(crate) const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";
/// The same with frames of 0.9 MB, 221 Mbit/s.
pub(crate) const LARGER: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=640,height=480,framerate=30/1 ! appsink name=k";
/// Frames of 8K, 133 MB each, five a second, named `huge`.
pub(crate) const HUGE: &str = "videotestsrc num-buffers=1 ! video/x-raw,format=BGRx,width=7680,height=4320 ! \
     imagefreeze is-live=true ! video/x-raw,framerate=5/1 ! appsink name=huge";
/// Frames of one stream that may be held for all of its viewers together.
pub(crate) const HELD_MAX: f64 = 6.0;

/// How often sockets are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The column of `/proc/net/tcp` with a socket's number.
const INODE: usize = 9;

/// Descriptors that a process has open.
pub(crate) fn descriptors(process: u32) -> Result<usize> {
    let folder = format!("/proc/{process}/fd");
    Ok(fs::read_dir(&folder).with_context(|| folder)?.count())
}

/// TCP sockets among them, by their numbers in the kernel; what pipelines wake themselves with is left out.
pub(crate) fn sockets(process: u32) -> Result<HashSet<String>> {
    let folder = format!("/proc/{process}/fd");
    let links = fs::read_dir(&folder).with_context(|| folder)?.flatten();
    let targets = links.filter_map(|link| fs::read_link(link.path()).ok());
    let names = targets.map(|target| target.to_string_lossy().into_owned());
    // Of the namespace that the process is in.
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")));
    let tables = tables.map(Result::unwrap_or_default).concat();
    let known: HashSet<_> = tables.lines().filter_map(|line| line.split_whitespace().nth(INODE)).collect();
    let number = |name: &str| name.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned);
    Ok(names.filter_map(|name| number(&name)).filter(|number| known.contains(number.as_str())).collect())
}

/// How long each socket of a process is open that comes after this is made.
#[derive(Debug)]
pub(crate) struct Lifetimes {
    process: u32,
    before: HashSet<String>,
    seen: HashMap<String, (Instant, Instant)>,
}

impl Lifetimes {
    /// Begins to look at a process; the sockets that it has are not counted.
    pub(crate) fn of(process: u32) -> Result<Self> {
        Ok(Self { process, before: sockets(process)?, seen: HashMap::new() })
    }

    /// Looks until `done` is ready and then until all new sockets are closed, `most` at the longest.
    pub(crate) async fn follow(
        &mut self,
        done: impl Future<Output = Result<()>>,
        most: Duration,
    ) -> Result<()> {
        let mut over = None;
        tokio::pin!(done);
        loop {
            tokio::select! {
                ended = &mut done, if over.is_none() => {
                    ended?;
                    over = Some(Instant::now());
                }
                () = sleep(LOOK_EVERY) => {}
            }
            let now = Instant::now();
            let open = sockets(self.process)?;
            let new: Vec<_> = open.difference(&self.before).collect();
            let is_done = over.is_some_and(|over| new.is_empty() || over.elapsed() > most);
            for name in new {
                self.seen.entry(name.clone()).and_modify(|(_, last)| *last = now).or_insert((now, now));
            }
            if is_done {
                return Ok(());
            }
        }
    }

    /// Seconds that the longest was open.
    pub(crate) fn longest(&self) -> f64 {
        let spans = self.seen.values().map(|(first, last)| last.duration_since(*first).as_secs_f64());
        spans.fold(0.0, f64::max)
    }
}

/// Resident memory of a process in MiB.
pub(crate) fn resident(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.split_whitespace().next().context("VmRSS is empty")?.parse()?;
    Ok(kib / 1024.0)
}

/// How long it takes until a process has no sockets but those it had; `most` if it does not come to that.
pub(crate) async fn freed(process: u32, before: &HashSet<String>, most: Duration) -> Result<Duration> {
    let started = Instant::now();
    while !sockets(process)?.is_subset(before) && started.elapsed() < most {
        sleep(LOOK_EVERY).await;
    }
    Ok(started.elapsed())
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
