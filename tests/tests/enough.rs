//! Programs that end by themselves after a time, or after so many frames. No browser.

use anyhow::{Context, Result};
use e2e::{Capture, program};
use std::time::{Duration, Instant};
use tempfile::tempdir;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";
const HERE: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// Runs it to its end; the exit code and what it said on stderr.
async fn run(arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let output = program::run(HERE.iter().chain(arguments)).await?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[tokio::test]
async fn it_ends_after_a_time_and_finishes_the_files_of_other_branches() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.path().join("a.mkv");
    let pipeline = format!(
        "videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! tee name=t \
         ! queue ! appsink name=k  t. ! queue ! matroskamux ! filesink location={}",
        file.display()
    );
    let started = Instant::now();
    let (code, said) = run(&["--duration", "1500ms", &pipeline]).await?;
    assert_eq!(code, Some(0), "{said}");
    assert!(started.elapsed() >= Duration::from_millis(1_500));
    // A file that was not finished has no duration.
    let check = format!("filesrc location={} ! matroskademux ! video/x-raw ! appsink name=k", file.display());
    let capture = Capture::start([&*check]).await?;
    let pipeline = capture.lives(0, "ended", 0).await?;
    assert!(pipeline["duration_nanos"].as_u64() > Some(500_000_000), "{pipeline}");
    Ok(())
}

#[tokio::test]
async fn it_ends_when_every_stream_has_had_its_frames() -> Result<()> {
    let slow = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=10/1 ! appsink name=s";
    let started = Instant::now();
    let (code, said) = run(&["--frames", "15", "-p", LIVE, "-p", slow]).await?;
    assert_eq!(code, Some(0), "{said}");
    assert!(started.elapsed() >= Duration::from_millis(1_300), "the slower one has not had them");
    Ok(())
}

#[tokio::test]
async fn too_few_frames_and_failures_end_with_1() -> Result<()> {
    let few = "videotestsrc num-buffers=5 ! video/x-raw,format=RGB,width=64,height=48 ! appsink name=k";
    assert_eq!(run(&["--frames", "6", few]).await?.0, Some(1));
    assert_eq!(run(&["--frames", "5", few]).await?.0, Some(0));
    let fails = LIVE.replace("! appsink", "! identity error-after=5 ! appsink");
    assert_eq!(run(&["--frames", "30", &fails]).await?.0, Some(1));
    assert_eq!(run(&["--duration", "2s", &fails]).await?.0, Some(1));
    // What is restarted gives its frames in the end.
    let (code, said) =
        run(&["--frames", "12", "--restart", "on-failure", "--restart-delay", "100ms..100ms", &fails])
            .await?;
    let restarts = said.matches("restarting in").count();
    assert!(restarts >= 2, "{said}");
    assert!(code.context("killed")? <= 1);
    Ok(())
}

#[tokio::test]
async fn whichever_comes_first_ends_it() -> Result<()> {
    let started = Instant::now();
    assert_eq!(run(&["--frames", "3", "--duration", "1h", LIVE]).await?.0, Some(0));
    assert!(started.elapsed() < Duration::from_mins(1));
    Ok(())
}
