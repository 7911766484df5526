//! A viewer whose browser is stopped: nobody else notices, and when it goes on it shows no old picture.

use anyhow::{Context, Result};
use e2e::{Browser, Capture, Client, process};
use serde::Deserialize;
use serde_json::json;

const FPS: u64 = 30;
/// Ten seconds of frames.
const STOPPED: u64 = 10 * FPS;
/// The age above which nothing is drawn while something newer is due.
const LATE_MILLIS: f64 = 500.0;

#[derive(Debug, Deserialize)]
struct Noted {
    count: usize,
    frames: Vec<Drawn>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Drawn {
    sequence: u64,
    age_millis: Option<f64>,
}

#[tokio::test]
async fn a_stopped_browser_delays_nobody_and_shows_nothing_old_afterwards() -> Result<()> {
    let pipeline = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=640,height=480,framerate=30/1 ! appsink name=k";
    let capture = Capture::start([pipeline]).await?;
    let browser = Browser::showing(&capture).await?;
    let mut other = Client::subscribed(capture.address(), "k").await?;
    browser.call::<serde_json::Value>("watch", json!([])).await?;
    browser.until("frames drawn", "return e2e.frames.length > 20").await?;
    let before = other.ledger("k").await?;
    assert!(before.balances(), "{before:?}");

    let processes = browser.processes()?;
    process::signal("STOP", &processes)?;
    let mut last = 0;
    for count in 0..STOPPED {
        let frame = other.frame().await?;
        other.drawn(&frame).await?;
        last = frame.header.sequence;
        if count % 10 == 0 {
            let stream = capture.stream("k").await?;
            assert!(stream["held"].as_u64().is_some_and(|held| held <= 6), "{stream}");
            assert_eq!(stream["viewers"], 2, "{stream}");
        }
    }
    process::signal("CONT", &processes)?;

    let after = other.ledger("k").await?;
    assert!(after.balances(), "{after:?}");
    // It gave each credit back at once: what it did not get is what this machine was too busy for.
    let missed = after.skipped + after.dropped - before.skipped - before.dropped;
    assert!(missed <= STOPPED / 20, "{missed} frames missed: {before:?} {after:?}");
    assert_eq!(after.abandoned, 0);

    let resumed = format!("return e2e.frames.filter(({{ sequence }}) => sequence > {last}).length > {FPS}");
    browser.until("frames drawn again", &resumed).await?;
    let noted: Noted = browser.call("noted", json!([])).await?;
    let newest = noted.frames.last().context("no frame")?.sequence;
    assert!(newest > last, "{newest}");
    // A frame that was on the canvas before the stop may be told late, with the age it was drawn at.
    let old: Vec<_> =
        noted.frames.iter().filter(|drawn| drawn.age_millis.is_some_and(|age| age > LATE_MILLIS)).collect();
    assert!(old.is_empty(), "drawn too late: {old:?} of {}", noted.count);
    let aged = noted.frames.iter().filter(|drawn| drawn.age_millis.is_some()).count();
    assert!(aged > noted.count / 2, "{aged} of {} frames have an age", noted.count);
    browser.finish(&[]).await
}
