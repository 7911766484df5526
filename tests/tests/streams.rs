//! Which frames a client gets, and that every frame it did not get has a cause. No browser.

use anyhow::Result;
use e2e::{Capture, Client};
use std::collections::HashMap;
use wire::ClientMessage;
use wire::control::{Outcome, Policy};

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

#[tokio::test]
async fn policy_every_gives_each_frame_once_and_in_order() -> Result<()> {
    const FRAMES: u64 = 50;
    let pipeline = format!(
        "videotestsrc num-buffers={FRAMES} ! video/x-raw,format=RGB,width=32,height=24 ! appsink name=k sync=false"
    );
    let capture = Capture::start(["--policy", "every", &pipeline]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let mut sequences = Vec::new();
    while let Some(frame) = client.frame_or_end().await? {
        sequences.push(frame.header.sequence);
        client.drawn(&frame).await?;
    }
    assert_eq!(client.policy, Some(Policy::Every));
    assert_eq!(sequences, (0..FRAMES).collect::<Vec<_>>());
    let ledger = client.ledger("k").await?;
    assert!(ledger.balances(), "{ledger:?}");
    assert_eq!((ledger.sent, ledger.drawn, ledger.skipped, ledger.dropped), (FRAMES, FRAMES, 0, 0));
    Ok(())
}

#[tokio::test]
async fn without_credits_no_frame_comes_and_each_one_missed_is_counted() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut idle = Client::subscribed(capture.address(), "k").await?;
    let mut busy = Client::subscribed(capture.address(), "k").await?;
    let first = idle.frame().await?;
    let second = idle.frame().await?;
    for _ in 0..40 {
        let frame = busy.frame().await?;
        busy.drawn(&frame).await?;
    }
    // Two frames and no credit: the accounts go on, frames do not.
    let ledger = idle.ledger_when("k", |ledger| ledger.arrived > 40).await?;
    assert!(ledger.balances(), "{ledger:?}");
    assert_eq!(ledger.sent, 2);
    assert_eq!(ledger.in_flight(), 2);
    assert!(ledger.skipped >= 30, "{ledger:?}");
    // With a credit back comes the newest frame, not the next one.
    idle.drawn(&first).await?;
    let newest = idle.frame().await?;
    assert!(newest.header.sequence > second.header.sequence + 20, "{newest:?}", newest = newest.header);
    Ok(())
}

#[tokio::test]
async fn what_passes_during_a_pause_was_not_requested() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut pausing = Client::subscribed(capture.address(), "k").await?;
    let mut counting = Client::subscribed(capture.address(), "k").await?;
    let frame = pausing.frame().await?;
    pausing.drawn(&frame).await?;
    pausing.say(&ClientMessage::Pause { stream: "k".to_owned(), paused: true }).await?;
    for _ in 0..45 {
        let frame = counting.frame().await?;
        counting.drawn(&frame).await?;
    }
    pausing.say(&ClientMessage::Pause { stream: "k".to_owned(), paused: false }).await?;
    let ledger = pausing.ledger_when("k", |ledger| ledger.not_requested >= 35 && ledger.drawn > 5).await?;
    assert!(ledger.balances(), "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn two_streams_on_one_connection_both_come() -> Result<()> {
    let pipeline = "videotestsrc is-live=true ! video/x-raw,framerate=30/1,width=64,height=48 ! tee name=t \
        t. ! queue ! videoconvert ! video/x-raw,format=RGB ! appsink name=left \
        t. ! queue ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=right";
    let capture = Capture::start([pipeline]).await?;
    let mut client = Client::connect(capture.address()).await?;
    client.subscribe("left").await?;
    client.subscribe("right").await?;
    let mut counts: HashMap<String, u32> = HashMap::new();
    while counts.len() < 2 || counts.values().any(|&count| count < 20) {
        let frame = client.frame().await?;
        assert_eq!(frame.payload.len(), if frame.stream == "left" { 64 * 48 * 3 } else { 64 * 48 });
        client.drawn(&frame).await?;
        *counts.entry(frame.stream).or_default() += 1;
    }
    for stream in ["left", "right"] {
        let ledger = client.ledger(stream).await?;
        assert!(ledger.balances(), "{stream}: {ledger:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_never_reads_holds_little_and_delays_nobody() -> Result<()> {
    // Large enough that the kernel cannot take two of them for the client that does not read.
    let pipeline = "videotestsrc is-live=true pattern=black \
        ! video/x-raw,format=BGRA,width=1920,height=1080,framerate=15/1 ! appsink name=k";
    let capture = Capture::start([pipeline]).await?;
    let mut stuck = Client::subscribed(capture.address(), "k").await?;
    let mut reading = Client::subscribed(capture.address(), "k").await?;
    let mut sequences = Vec::new();
    for _ in 0..40 {
        let frame = reading.frame().await?;
        reading.drawn(&frame).await?;
        sequences.push(frame.header.sequence);
        let held = capture.stream("k").await?["held"].as_u64();
        assert!(held.is_some_and(|held| held <= 6), "{held:?}");
    }
    let ledger = reading.ledger("k").await?;
    assert!(ledger.balances(), "{ledger:?}");
    assert_eq!(ledger.abandoned, 0);
    // It keeps its rate within a twentieth: two frames of these forty.
    assert!(ledger.skipped + ledger.dropped <= 2, "{ledger:?} {sequences:?}");
    // Reading again, it gets whole frames, and its account is right as well.
    let old = stuck.frame().await?;
    stuck.drawn(&old).await?;
    let ledger = stuck.ledger("k").await?;
    assert!(ledger.balances(), "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn outcomes_are_counted_as_they_are_told() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    for outcome in [Outcome::Drawn, Outcome::Overtaken, Outcome::Overtaken, Outcome::Late, Outcome::Undrawn] {
        let sequence = client.frame().await?.header.sequence;
        client.say(&ClientMessage::Credit { stream: "k".to_owned(), sequence, outcome }).await?;
    }
    let ledger = client.ledger_when("k", |ledger| ledger.undrawn > 0).await?;
    assert!(ledger.balances(), "{ledger:?}");
    assert_eq!((ledger.overtaken, ledger.late, ledger.undrawn), (2, 1, 1));
    Ok(())
}

#[tokio::test]
async fn after_the_end_the_last_frame_is_still_served() -> Result<()> {
    let pipeline =
        "videotestsrc num-buffers=7 ! video/x-raw,format=GRAY8,width=16,height=8 ! appsink name=k sync=false";
    let capture = Capture::start([pipeline]).await?;
    capture.logged("end of stream").await?;
    for _ in 0..2 {
        let mut client = Client::subscribed(capture.address(), "k").await?;
        assert_eq!(client.frame().await?.header.sequence, 6);
        assert!(client.frame_or_end().await?.is_none());
    }
    assert_eq!(capture.stream("k").await?["phase"], "ended");
    Ok(())
}
