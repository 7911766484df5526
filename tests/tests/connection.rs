//! An open page whose server goes away and comes back, that changes its stream, and pages of another origin.

use anyhow::{Context, Result, ensure};
use e2e::site::{Proxy, Site};
use e2e::{Browser, Capture, Client};
use serde_json::{Value, json};
use std::collections::HashMap;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// What a browser writes on its console when a server is away or refuses, whatever the page does about it.
const REFUSED: [&str; 2] = ["WebSocket connection to", "Failed to load resource"];

#[tokio::test]
async fn an_open_page_says_that_the_server_is_gone_and_comes_back_by_itself() -> Result<()> {
    let mut capture = Capture::start([LIVE]).await?;
    let port = capture.address().port();
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    for signal in ["KILL", "TERM"] {
        capture.signal(signal)?;
        capture.exited().await?;
        let text = browser.state("disconnected").await?;
        assert!(!text.is_empty());
        let now: Value = browser.call("now", json!([])).await?;
        let retry = now["state"]["retryInMillis"].as_f64();
        // Further attempts fail while nobody listens; each says when the next one is.
        assert!(now["state"]["state"] != "disconnected" || retry.is_some(), "{now}");
        browser
            .until("the words on the page", "return document.body.innerText.includes('disconnected')")
            .await?;
        capture = Capture::start_at(port, [LIVE]).await?;
        browser.state("live").await?;
        browser.call::<Value>("watch", json!([])).await?;
        let drawn: Value = browser.call("noted", json!([])).await?;
        let count = drawn["count"].as_u64().context("no count")?;
        browser.until("a new frame", &format!("return e2e.frames.length > {count}")).await?;
    }
    browser.finish(&REFUSED).await
}

/// A page that shows a stream of another server.
fn page(script: &str, socket: &str) -> HashMap<String, String> {
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>other</title><link rel=icon href='data:,'>\
         <script type=module src='{script}'></script><sink-view src='{socket}' stream=k></sink-view>"
    );
    HashMap::from([("/other.html".to_owned(), html)])
}

#[tokio::test]
async fn a_page_of_another_origin_is_told_why_and_does_not_hammer() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let proxy = Proxy::start(capture.address()).await?;
    let socket = format!("ws://{}/ws", proxy.address());
    let site = Site::start(capture.address(), page("/sink-view.js", &socket)).await?;
    let browser = Browser::at(&format!("{}/other.html", site.origin())).await?;
    let text = browser.state("failed").await?;
    assert!(text.contains("--allow-origin"), "{text}");
    let shown: Value = browser.call("now", json!([])).await?;
    assert!(shown["shown"].as_str().is_some_and(|shown| shown.contains("--allow-origin")), "{shown}");
    assert_eq!(proxy.handshakes(), 1);
    // As long as the first two attempts to reconnect would take, and what would hasten them.
    browser
        .run("dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange'));")
        .await?;
    let mut clock = Client::subscribed(capture.address(), "k").await?;
    for _ in 0..90 {
        let frame = clock.frame().await?;
        clock.drawn(&frame).await?;
    }
    assert_eq!(proxy.handshakes(), 1);
    browser.state("failed").await?;
    browser.finish(&REFUSED).await
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_uses_the_element_from_the_server() -> Result<()> {
    // The site's origin must be known before the server starts, and the server's address before its page is written:
    // so the page is told by its query.
    let html =
        "<!doctype html><html lang=en><meta charset=utf-8><title>other</title><link rel=icon href='data:,'>\
        <script type=module>
          const server = new URLSearchParams(location.search).get('server');
          const { SinkView } = await import(`http://${server}/sink-view.js`);
          const view = new SinkView();
          view.stream = 'k';
          document.body.append(view);
        </script><body></body>";
    let nowhere = ([127, 0, 0, 1], 9).into();
    let pages = HashMap::from([("/other.html".to_owned(), html.to_owned())]);
    let site = Site::start(nowhere, pages).await?;
    let capture = Capture::start(["--allow-origin", &site.origin(), LIVE]).await?;
    let browser = Browser::at(&format!("{}/other.html?server={}", site.origin(), capture.address())).await?;
    browser.state("live").await?;
    let read: Value = browser.call("read", json!([])).await?;
    assert_eq!((&read["width"], &read["height"]), (&json!(64), &json!(48)));
    browser.finish(&[]).await
}

#[tokio::test]
async fn frames_of_two_streams_with_the_same_numbers_are_told_apart() -> Result<()> {
    // The same numbers on both, and other pictures.
    let stream = |name: &str, pattern: &str| {
        format!(
            "videotestsrc is-live=true pattern={pattern} ! video/x-raw,format=RGB,width=37,height=23,framerate=30/1 \
             ! appsink name={name}"
        )
    };
    let capture = Capture::start(["-p", &stream("k", "smpte"), "-p", &stream("m", "snow")]).await?;
    let browser = Browser::showing(&capture).await?;
    browser
        .run(
            "const view = document.createElement('sink-view');
            view.style = 'display: block; width: 300px; height: 200px';
            view.setAttribute('verifying', '');
            document.body.replaceChildren(view);",
        )
        .await?;
    for stream in ["k", "m", "k", "m"] {
        browser.run(&format!("document.querySelector('sink-view').stream = '{stream}'")).await?;
        let found = "const { layout, verification } = document.querySelector('sink-view');
            return layout?.stream === stream && verification.count >= 10 && verification";
        let found = browser.until("verified frames", &format!("const stream = '{stream}'; {found}")).await?;
        ensure!(found["state"] == "verified", "{stream}: {found}");
    }
    Ok(())
}
