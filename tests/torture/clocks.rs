//! A wall clock that jumps while everything plays.

use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found, not_run};
use crate::server::{LARGER, has_panicked};
use crate::threat::Threat;
use crate::torture::Torture;
use anyhow::{Context, Result};
use e2e::{Capture, Client, http, program, until};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// Where the clock jumps to, relative to the time it is.
const JUMPS: [&str; 8] = ["+1h", "-1h", "+10d", "-10d", "+5y", "-5y", "+30s", "+0"];

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = Fault {
        threat: Threat::Clocks,
        name: "the wall clock jumps by up to five years, forth and back",
        with: "libfaketime, DONT_FAKE_MONOTONIC=1",
        must: "viewers stay connected and keep their rate within 5 %; PTS go on to grow",
    };
    torture.fault(fault, jumps).await;
    Ok(())
}

/// Where Debian has the library, in the folder of its architecture.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|folder| folder.path());
    let libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    libraries.into_iter().find(|library| library.is_file())
}

async fn jumps() -> Result<Found> {
    let library = library().ok_or_else(|| not_run("libfaketime is missing: apt install faketime"))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("time");
    fs::write(&file, "+0")?;
    let mut command = program::command()?;
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &file);
    command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_NO_CACHE", "1");
    command.args(["--listen", "127.0.0.1:0", LARGER]);
    let capture = Capture::spawn(command).await?;
    let mut healthy = Healthy::start(&[], capture.address(), "k").await?;
    let before = healthy.rate(Duration::from_secs(5)).await;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let (mut found, mut last) = (Found::default(), 0);
    let mark = healthy.mark();
    for jump in JUMPS {
        set(&file, jump)?;
        if jump.contains('y') {
            // The answers' date is kept for a second.
            until("a clock that jumps", async || {
                let answer = http::get(capture.address(), "/streams").await?;
                let date = answer.header("date").unwrap_or_default();
                Ok((!date.contains(&year().to_string())).then_some(()))
            })
            .await?;
        }
        for _ in 0..60 {
            let frame = client.frame().await?;
            client.drawn(&frame).await?;
            let pts = frame.header.pts_nanos.context("no PTS")?;
            found.expect(pts > last, || format!("after {jump}: PTS {pts} follows {last}"));
            last = pts;
        }
        sleep(Duration::from_millis(500)).await;
    }
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    found.expect(healthy.is_connected()?, || "the viewer lost its connection".to_owned());
    found.expect(!has_panicked(&capture), || "a panic is in the log".to_owned());
    Ok(found)
}

/// Replaces the file in one step: it is read at every look at the clock.
fn set(file: &Path, jump: &str) -> Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, jump)?;
    Ok(fs::rename(new, file)?)
}

/// The year that it is.
fn year() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    1970 + since.as_secs() / 31_556_952
}
