//! Sources that go silent without an error or an end; no browser but in one test.

use anyhow::{Context, Result};
use e2e::sender::{free_port, from_tcp};
use e2e::{Browser, Capture, Client, Sender, until};
use serde_json::Value;
use tempfile::tempdir;
use tokio::net::TcpStream;

/// The next frame, its credit given back.
async fn frame(client: &mut Client) -> Result<u64> {
    let frame = client.frame().await?;
    client.drawn(&frame).await?;
    Ok(frame.header.sequence)
}

/// Waits until the stream `k` is in this phase.
async fn phase(capture: &Capture, phase: &str) -> Result<Value> {
    let what = format!("the phase {phase}");
    let found = until(&what, async || {
        let stream = capture.stream("k").await?;
        Ok((stream["phase"] == phase).then_some(stream))
    });
    found.await.with_context(|| capture.log())
}

/// Starts a sender, and waits until somebody may connect; with it, the pipeline that does.
async fn listening() -> Result<(Sender, String)> {
    let port = free_port()?;
    let sender = Sender::over_tcp(port)?;
    let connected = async || Ok(TcpStream::connect(("127.0.0.1", port)).await.ok());
    until("a sender that listens", connected).await?;
    Ok((sender, from_tcp(port)))
}

#[tokio::test]
async fn a_silent_source_is_restarted_and_its_viewers_see_it_again() -> Result<()> {
    let options = ["--restart", "always", "--restart-delay", "100ms..300ms", "--stall-timeout", "800ms"];
    let (sender, pipeline) = listening().await?;
    let capture = Capture::start(options.into_iter().chain([&*pipeline])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    frame(&mut client).await.with_context(|| capture.log())?;
    let before = capture.pipeline(0).await?["restarts"].as_u64().context("no count")?;
    sender.signal("STOP")?;
    // The kernel still accepts its connections: what follows waits for a first frame.
    let pipeline = until("a restart", async || {
        let pipeline = capture.pipeline(0).await?;
        Ok((pipeline["restarts"].as_u64() > Some(before)).then_some(pipeline))
    });
    let pipeline = pipeline.await.with_context(|| capture.log())?;
    let why = pipeline["last_failure"].as_str().context("no reason")?;
    assert!(why.contains("no frame at `k`") && why.contains("tcpclientsrc"), "{why}");
    assert_eq!(phase(&capture, "restarting").await?["failure"], pipeline["last_failure"]);
    sender.signal("CONT")?;
    phase(&capture, "running").await?;
    let first = frame(&mut client).await?;
    while frame(&mut client).await? < first + 10 {}
    let ledger = client.ledger("k").await?;
    assert!(ledger.balances(), "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn a_silent_source_that_is_not_restarted_is_said_to_stall_until_it_goes_on() -> Result<()> {
    let options = ["--restart", "never", "--stall-timeout", "800ms"];
    let (sender, pipeline) = listening().await?;
    let mut capture = Capture::start(options.into_iter().chain([&*pipeline])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    for _ in 0..2 {
        frame(&mut client).await?;
        sender.signal("STOP")?;
        let stream = phase(&capture, "stalled").await?;
        assert!(stream["failure"].as_str().is_some_and(|why| why.contains("tcpclientsrc")), "{stream}");
        let pipeline = capture.lives(0, "stalled", 0).await?;
        assert_eq!(pipeline["state"], "PLAYING", "{pipeline}");
        sender.signal("CONT")?;
        phase(&capture, "running").await?;
        let pipeline = capture.lives(0, "running", 0).await?;
        assert_eq!(pipeline["failure"], Value::Null, "{pipeline}");
        assert_eq!(pipeline["last_failure"], stream["failure"]);
    }
    // It plays, after all.
    capture.signal("TERM")?;
    assert_eq!(capture.exited().await?.code(), Some(0), "{}", capture.log());
    Ok(())
}

#[tokio::test]
async fn a_page_says_that_a_source_is_silent_and_which_one() -> Result<()> {
    let (sender, pipeline) = listening().await?;
    let capture = Capture::start(["--stall-timeout", "800ms", &pipeline]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    sender.signal("STOP")?;
    let why = browser.state("stalled").await?;
    assert!(why.contains("tcpclientsrc"), "{why}");
    browser.until("the words on the page", "return document.body.innerText.includes('tcpclientsrc')").await?;
    sender.signal("CONT")?;
    browser.state("live").await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn an_element_that_hangs_is_left_behind_and_its_successor_is_seen() -> Result<()> {
    // Each of its frames takes longer than a pipeline may take to go down, and the next one begins with the same.
    let slow = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 \
        ! identity sleep-time=6000000 ! appsink name=k";
    let options = ["--restart", "on-failure", "--restart-delay", "100ms..200ms", "--stall-timeout", "500ms"];
    let mut capture = Capture::start(options.into_iter().chain([slow])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let mut last = None;
    for _ in 0..2 {
        let sequence = frame(&mut client).await.with_context(|| capture.log())?;
        assert!(last.is_none_or(|last| sequence > last), "{sequence} after {last:?}");
        last = Some(sequence);
    }
    let pipeline = capture.pipeline(0).await?;
    assert!(pipeline["left_behind"].as_u64() >= Some(1), "{pipeline}");
    capture.signal("TERM")?;
    capture.exited().await?;
    Ok(())
}

#[tokio::test]
async fn a_start_that_hangs_is_tried_again() -> Result<()> {
    let folder = tempdir()?;
    let pipe = folder.path().join("pipe");
    // Whoever opens it to read waits for somebody who writes.
    let made = std::process::Command::new("mkfifo").arg(&pipe).status()?;
    assert!(made.success(), "{made}");
    let text = format!(
        "filesrc location={} ! rawvideoparse format=rgb width=64 height=48 ! appsink name=k sync=false",
        pipe.display()
    );
    let options = ["--restart", "on-failure", "--restart-delay", "100ms..200ms", "--stall-timeout", "500ms"];
    let mut capture = Capture::start(options.into_iter().chain([&*text])).await?;
    let stream = phase(&capture, "restarting").await?;
    assert!(stream["failure"].as_str().is_some_and(|why| why.contains("no first frame at `k`")), "{stream}");
    capture.lives(0, "starting", 1).await?;
    let pipeline = capture.pipeline(0).await?;
    assert_eq!(pipeline["left_behind"], 1, "{pipeline}");
    capture.signal("TERM")?;
    capture.exited().await?;
    Ok(())
}

#[tokio::test]
async fn a_pipeline_that_waits_for_its_viewers_does_not_stall() -> Result<()> {
    let waits = "videotestsrc ! video/x-raw,format=RGB,width=64,height=48 ! appsink name=k";
    let other = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=s";
    let options = ["--policy", "every", "--stall-timeout", "200ms", "--restart", "on-failure"];
    let capture = Capture::start(options.into_iter().chain(["-p", waits, "-p", other])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    // Another one that never gives a credit back, and then nobody at all.
    let mut slow = Client::subscribed(capture.address(), "k").await?;
    for _ in 0..2 {
        slow.frame().await?;
        frame(&mut client).await?;
    }
    // Accounts come once a second.
    let mut clock = Client::subscribed(capture.address(), "s").await?;
    for _ in 0..3 {
        clock.ledger("s").await?;
    }
    drop((client, slow));
    for _ in 0..3 {
        clock.ledger("s").await?;
    }
    let pipeline = capture.pipeline(0).await?;
    assert_eq!(
        (pipeline["restarts"].as_u64(), &pipeline["last_failure"]),
        (Some(0), &Value::Null),
        "{pipeline}"
    );
    Ok(())
}
