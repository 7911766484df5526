//! Servers that are killed, come back, refuse, or are told to stop, with viewers on them.

use crate::row::{Fault, Found};
use crate::server::LIVE;
use crate::threat::Threat;
use crate::tools::script;
use crate::torture::Torture;
use anyhow::{Context, Result, ensure};
use e2e::site::Proxy;
use e2e::{Browser, Capture, Client, within};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::task::JoinSet;
use tokio::time::sleep;
use wire::close;

/// Viewers at a time, as the server has it.
const VIEWERS: u64 = 64;
/// Backoff is 10 s at most, and a busy machine takes its time.
const BACK_MAX: f64 = 25.0;
/// How soon it has ended after a signal.
const EXIT_MAX: f64 = 2.0;

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::Drops,
                "the server is killed under 64 viewers and comes back, three times",
                "kill -9; 63 native viewers, Chromium",
                "the page marks its picture and comes back by itself; all viewers have new frames",
            ),
            killed,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Drops,
                "the server comes back with a token that the page does not know",
                "kill -9, Chromium, a proxy that counts",
                "the page says why and asks no more: no loop on 401",
            ),
            refused,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Shutdown,
                "SIGTERM with 64 viewers, and SIGINT",
                "Python websockets, native viewers",
                "close code 1001 at each of them, exit with 0 within 2 s",
            ),
            told_to_stop,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Shutdown,
                "a signal, and a second one, while a pipeline does not stop",
                "identity sleep-time",
                "exit within 2 s of the one, at once on the second",
            ),
            twice_told,
        )
        .await;
    Ok(())
}

/// A native viewer that connects again and again until it has a frame.
async fn new_frame(address: SocketAddr) -> Result<Client> {
    loop {
        let client = async {
            let mut client = Client::subscribed(address, "k").await?;
            let frame = client.frame().await?;
            client.drawn(&frame).await?;
            anyhow::Ok(client)
        };
        if let Ok(client) = client.await {
            return Ok(client);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

async fn killed() -> Result<Found> {
    let mut capture = Capture::start([LIVE]).await?;
    let address = capture.address();
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    browser.call::<Value>("watch", json!([])).await?;
    let mut clients = Vec::new();
    for _ in 1..VIEWERS {
        clients.push(new_frame(address).await?);
    }
    let (mut found, mut longest) = (Found::default(), 0.0_f64);
    for _ in 0..3 {
        capture.signal("KILL")?;
        capture.exited().await?;
        browser.state("disconnected").await?;
        let words = "return document.body.innerText.includes('disconnected')";
        found.expect(browser.until("the words", words).await.is_ok(), || {
            "the picture is not marked".to_owned()
        });
        let started = Instant::now();
        capture = Capture::start_at(address.port(), [LIVE]).await?;
        let mut again = JoinSet::new();
        for client in clients.drain(..) {
            drop(client);
            again.spawn(async move { within("a viewer to come back", new_frame(address)).await? });
        }
        while let Some(client) = again.join_next().await {
            let client = client?;
            found.expect(client.is_ok(), || "a viewer did not come back".to_owned());
            clients.extend(client);
        }
        browser.state("live").await?;
        let drawn = browser.run("return e2e.frames.length").await?.as_u64().context("no count")?;
        browser.until("a new frame", &format!("return e2e.frames.length > {drawn}")).await?;
        longest = longest.max(started.elapsed().as_secs_f64());
    }
    found.at_most("all are back after, s", longest, BACK_MAX);
    browser.finish(&["WebSocket connection to", "Failed to load resource"]).await?;
    Ok(found)
}

async fn refused() -> Result<Found> {
    const WATCHED: Duration = Duration::from_secs(15);
    let mut capture = Capture::start([LIVE]).await?;
    let port = capture.address().port();
    let proxy = Proxy::start(capture.address()).await?;
    let browser = Browser::at(&format!("http://{}/", proxy.address())).await?;
    browser.state("live").await?;
    capture.signal("KILL")?;
    capture.exited().await?;
    capture = Capture::start_at(port, ["--token", "unknown-to-the-page", LIVE]).await?;
    let text = browser.state("failed").await?;
    let mut found = Found::default();
    found.expect(text.contains("token"), || format!("the page says {text:?}"));
    let before = proxy.handshakes();
    sleep(WATCHED).await;
    let more = proxy.handshakes() - before;
    found.expect(more == 0, || format!("{more} more handshakes in {} s", WATCHED.as_secs()));
    drop(capture);
    browser.finish(&["WebSocket connection to", "Failed to load resource"]).await?;
    Ok(found)
}

async fn told_to_stop() -> Result<Found> {
    const JUDGES: u64 = 8;
    let (mut found, mut longest) = (Found::default(), 0.0_f64);
    for signal in ["TERM", "INT"] {
        let mut capture = Capture::start([LIVE]).await?;
        let address = capture.address();
        let mut judge = script("closes.py").await?;
        judge.args([&address.port().to_string(), "k", &JUDGES.to_string()]);
        let mut judge = judge.spawn()?;
        let mut lines = BufReader::new(judge.stdout.take().context("stdout is piped")?).lines();
        let ready = within("the judges", lines.next_line()).await??;
        ensure!(ready.as_deref() == Some("ready"), "the judges say {ready:?}");
        let mut clients = Vec::new();
        for _ in JUDGES..VIEWERS {
            clients.push(new_frame(address).await?);
        }
        let started = Instant::now();
        capture.signal(signal)?;
        let mut closing = JoinSet::new();
        for mut client in clients {
            closing.spawn(async move { client.closed().await });
        }
        let status = capture.exited().await?;
        longest = longest.max(started.elapsed().as_secs_f64());
        found.expect(status.code() == Some(0), || format!("{signal}: it ended with {status}"));
        while let Some(closed) = closing.join_next().await {
            let closed = closed??;
            let is_told = closed.as_ref().is_some_and(|(code, _)| *code == close::GOING_AWAY);
            found.expect(is_told, || format!("{signal}: a viewer was told {closed:?}"));
        }
        let codes = within("the judges", lines.next_line()).await??.context("the judges end")?;
        for code in serde_json::from_str::<Vec<Option<u16>>>(&codes)? {
            found.expect(code == Some(close::GOING_AWAY), || format!("{signal}: websockets has {code:?}"));
        }
    }
    found.at_most("exit after, s", longest, EXIT_MAX);
    Ok(found)
}

async fn twice_told() -> Result<Found> {
    /// An element that hangs for longer than anybody waits.
    const HANGING: &str = "videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! identity sleep-time=20000000 ! \
         appsink name=k";
    const AT_ONCE: f64 = 0.5;
    let mut found = Found::default();
    let mut spans = [0.0_f64; 2];
    for (times, longest) in spans.iter_mut().enumerate() {
        let mut capture = Capture::start([HANGING]).await?;
        sleep(Duration::from_secs(1)).await;
        capture.signal("TERM")?;
        let mut started = Instant::now();
        if times == 1 {
            sleep(Duration::from_millis(300)).await;
            started = Instant::now();
            capture.signal("TERM")?;
        }
        capture.exited().await?;
        *longest = started.elapsed().as_secs_f64();
        found.times += 1;
    }
    found.at_most("exit after one signal, s", spans[0], EXIT_MAX);
    found.at_most("exit after the second, s", spans[1], AT_ONCE);
    Ok(found)
}
