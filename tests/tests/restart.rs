//! Pipelines that fail or end and are built anew, under viewers that stay; no browser but in one test.

use anyhow::{Context, Result, ensure};
use e2e::sender::{free_port, from_shm, from_tcp};
use e2e::{Browser, Capture, Client, Heard, Sender, until};
use serde_json::{Value, json};
use std::fs;
use tempfile::tempdir;
use wire::ServerMessage;
use wire::control::{BusKind, Phase};

/// Fails at its tenth frame, after a third of a second.
const FAILS: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 \
    ! identity error-after=10 ! appsink name=k";
const QUICKLY: [&str; 4] = ["--restart", "on-failure", "--restart-delay", "100ms..200ms"];
/// No start comes sooner after a failure.
const DELAY_NANOS: u64 = 100_000_000;
const RESTARTS: u64 = 20;

/// Opens the section of bus messages in the pages to come.
const BUS: &str =
    "localStorage.setItem('sinkview.panel', 'open'); localStorage.setItem('sinkview.section.Bus', 'open')";

/// The next frame, its credit given back.
async fn frame(client: &mut Client) -> Result<e2e::Frame> {
    let frame = client.frame().await?;
    client.drawn(&frame).await?;
    Ok(frame)
}

/// Descriptors, and threads that are not of the pool whose size follows what is asked of it.
fn held(process: u32) -> Result<(usize, usize)> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd"))?.count();
    let threads = fs::read_dir(format!("/proc/{process}/task"))?
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| !name.starts_with("tokio"))
        .count();
    Ok((descriptors, threads))
}

#[tokio::test]
async fn twenty_failures_in_a_row_lose_no_viewer_no_descriptor_and_no_patience() -> Result<()> {
    let capture = Capture::start(QUICKLY.into_iter().chain([FAILS])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let process = capture.id()?;
    let (mut early, mut restarts, mut failed_at, mut sequences) = (None, 0, None, vec![]);
    while restarts < RESTARTS || sequences.last().is_none_or(|&(_, after)| after < RESTARTS) {
        match client.hear().await? {
            Heard::Frame(frame) => {
                if let Some(failed_at) = failed_at.take() {
                    let waited = frame.header.arrival_nanos.saturating_sub(failed_at);
                    ensure!(waited >= DELAY_NANOS, "a frame {waited} ns after the failure");
                    if restarts == 2 {
                        early = Some(held(process)?);
                    }
                }
                sequences.push((frame.header.sequence, restarts));
                client.drawn(&frame).await?;
            }
            Heard::Message(message) => {
                if let ServerMessage::Bus { message } = *message
                    && message.kind == BusKind::Restarting
                {
                    restarts += 1;
                    failed_at = Some(message.at_nanos);
                    ensure!(message.text.contains("identity"), "{message:?}");
                }
            }
            Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
        }
    }
    assert!(sequences.is_sorted_by(|(a, _), (b, _)| a < b), "{sequences:?}");
    // Nine frames each: none of a pipeline that is gone comes late, and none is counted twice.
    let last = sequences.last().context("no frame")?.0;
    assert!((RESTARTS * 9..RESTARTS * 9 + 9).contains(&last), "frame {last}");
    let ledger = client.ledger("k").await?;
    assert!(ledger.balances(), "{ledger:?}");
    assert_eq!(ledger.source_gap, 0, "a new beginning is no gap");
    let pipeline = capture.pipeline(0).await?;
    assert_eq!(pipeline["left_behind"], 0, "{pipeline}");
    assert!(pipeline["last_failure"].as_str().is_some_and(|why| why.contains("identity")), "{pipeline}");
    let early = early.context("no frame after the second restart")?;
    until("no more descriptors and threads than after two restarts", async || {
        let now = held(process)?;
        Ok((now.0 <= early.0 && now.1 <= early.1).then_some(()))
    })
    .await
    .with_context(|| format!("{early:?} early, {:?} now", held(process)))
}

#[tokio::test]
async fn a_page_says_that_a_stream_is_restarted_and_shows_it_again_by_itself() -> Result<()> {
    let slowly = ["--restart", "on-failure", "--restart-delay", "400ms..500ms"];
    let capture = Capture::start(slowly.into_iter().chain([FAILS])).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run(BUS).await?;
    browser.open(capture.url()).await?;
    browser.call::<Value>("watch", json!([])).await?;
    for _ in 0..2 {
        let why = browser.state("restarting").await?;
        assert!(why.contains("identity"), "{why}");
        let words =
            "return document.querySelector('sink-view').shadowRoot.querySelector('.notice').innerText";
        browser
            .until("the words over the picture", &format!("{words}.includes('restarting')"))
            .await
            .context("the picture is not said to be old")?;
        browser.state("live").await?;
    }
    capture.lives(0, "running", RESTARTS).await?;
    browser.state("live").await?;
    let drawn: Value = browser.call("noted", json!([])).await?;
    let before = drawn["count"].as_u64().context("no count")?;
    browser.until("frames again", &format!("return e2e.frames.length > {before} + 15")).await?;
    let noted: Value = browser.call("noted", json!([])).await?;
    let states = noted["states"].as_array().into_iter().flatten().map(|one| &one["state"]);
    // Once it is connected, it is live from one end of a pipeline's life to the other.
    let states: Vec<_> = states.skip_while(|state| **state == "connecting").collect();
    assert!(states.iter().all(|state| **state == "live" || **state == "restarting"), "{states:?}");
    let listed = "return document.querySelectorAll('.bus [data-kind=restarting]').length > 0";
    browser.until("the restarts among the messages", listed).await?;
    browser.finish(&[]).await
}

/// Starts a pipeline before there is a sender, and kills each sender once it was seen.
async fn comes_and_goes(restart: &str, pipeline: &str, send: impl Fn() -> Result<Sender>) -> Result<()> {
    let delay = ["--restart-delay", "200ms..500ms"];
    let capture = Capture::start(["--restart", restart].into_iter().chain(delay).chain([pipeline])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let pipeline = capture.lives(0, "restarting", 2).await?;
    assert_eq!(capture.stream("k").await?["phase"], "restarting", "{pipeline}");
    let mut last = None;
    for _ in 0..2 {
        let sender = send()?;
        for _ in 0..5 {
            let sequence = frame(&mut client).await.with_context(|| capture.log())?.header.sequence;
            assert!(last.is_none_or(|last| sequence > last), "{sequence} after {last:?}");
            last = Some(sequence);
        }
        let restarts = capture.pipeline(0).await?["restarts"].as_u64().context("no count")?;
        sender.kill().await?;
        capture.lives(0, "restarting", restarts + 1).await?;
    }
    let ledger = client.ledger("k").await?;
    assert!(ledger.balances(), "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn a_sender_over_tcp_that_is_killed_and_comes_back_is_seen_again() -> Result<()> {
    let port = free_port()?;
    // A connection that is closed is the end of a stream, and not a failure.
    comes_and_goes("always", &from_tcp(port), || Sender::over_tcp(port)).await
}

#[tokio::test]
async fn a_sender_through_shared_memory_that_is_killed_and_comes_back_is_seen_again() -> Result<()> {
    let folder = tempdir()?;
    let socket = folder.path().join("pictures");
    comes_and_goes("on-failure", &from_shm(&socket), || Sender::over_shm(&socket)).await
}

#[tokio::test]
async fn an_end_is_followed_by_a_new_beginning_where_that_is_asked_for() -> Result<()> {
    let ends = "videotestsrc num-buffers=5 ! video/x-raw,format=RGB,width=64,height=48 ! appsink name=k";
    let delay = ["--restart-delay", "100ms..200ms"];
    let capture = Capture::start(["--restart", "always"].into_iter().chain(delay).chain([ends])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let mut last = 0;
    while last < 20 {
        last = frame(&mut client).await?.header.sequence;
    }
    capture.lives(0, "restarting", 4).await?;
    let stream = capture.stream("k").await?;
    assert_eq!(stream["failure"], "the stream ended", "{stream}");

    // An end is no failure.
    let capture = Capture::start(["--restart", "on-failure"].into_iter().chain(delay).chain([ends])).await?;
    let pipeline = capture.lives(0, "ended", 0).await?;
    assert_eq!((&pipeline["restarts"], &pipeline["last_failure"]), (&json!(0), &Value::Null));
    assert_eq!(capture.stream("k").await?["phase"], "ended");

    // What is said of the end comes first.
    let exit = ["--restart", "always", "--on-eos", "exit", ends];
    assert_eq!(Capture::start(exit).await?.exited().await?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn every_frame_is_given_before_and_after_a_restart_where_every_one_is_wanted() -> Result<()> {
    let fails =
        "videotestsrc ! video/x-raw,format=RGB,width=64,height=48 ! identity error-after=10 ! appsink name=k";
    let capture = Capture::start(QUICKLY.into_iter().chain(["--policy", "every", fails])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    // Nine of each pipeline.
    for expected in 0..40 {
        assert_eq!(frame(&mut client).await?.header.sequence, expected, "{}", capture.log());
    }
    let ledger = client.ledger("k").await?;
    assert!(ledger.balances() && ledger.skipped + ledger.dropped == 0, "{ledger:?}");
    Ok(())
}

#[tokio::test]
async fn a_pipeline_that_fails_leaves_the_others_alone() -> Result<()> {
    let steady = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=s";
    let capture = Capture::start(QUICKLY.into_iter().chain(["-p", FAILS, "-p", steady])).await?;
    let mut client = Client::subscribed(capture.address(), "s").await?;
    capture.lives(0, "running", 3).await?;
    let first = frame(&mut client).await?.header.sequence;
    while frame(&mut client).await?.header.sequence < first + 60 {}
    let ledger = client.ledger("s").await?;
    assert!(ledger.balances() && ledger.source_gap == 0, "{ledger:?}");
    let steady = capture.pipeline(1).await?;
    assert_eq!((&steady["life"], &steady["restarts"]), (&json!("running"), &json!(0)));
    assert_eq!(capture.stream("s").await?["phase"], json!(Phase::Running));
    Ok(())
}
