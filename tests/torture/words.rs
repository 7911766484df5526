//! Texts that are code to somebody, and texts that nobody is to see.

use crate::row::{Fault, Found};
use crate::server::LIVE;
use crate::threat::Threat;
use crate::tools::{output, tool};
use crate::torture::Torture;
use anyhow::Result;
use e2e::{Browser, Capture, http, program};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// What a browser would run if it took it for HTML.
const SCRIPT: &str = "<img src=x onerror=window.harmed=1>";
/// A password that would be noticed wherever it should not be.
const PASSWORD: &str = "s3cr3t-n0t-t0-be-seen";
/// A token of the same kind.
const TOKEN: &str = "t0ken-n0t-t0-be-seen";

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::Injection,
                "elements, a stream, caps and an error's text that are HTML with a script",
                "Chromium; the grid, the stage, every panel, the graph",
                "no script runs, no such element is made, the names are shown as they are",
            ),
            scripts,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Credentials,
                "a URI with user and password, that fails",
                "grep in log, /streams, /pipelines, graph.json, graph.dot, /metrics",
                "the password is in none of them",
            ),
            passwords,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Credentials,
                "a token, right and wrong, in URL, header, cookie and subprotocol",
                "curl, grep in the log with RUST_LOG=trace",
                "the token is not in it",
            ),
            tokens,
        )
        .await;
    Ok(())
}

async fn scripts() -> Result<Found> {
    let pipelines = [
        format!(
            "videotestsrc is-live=true name=\"z{SCRIPT}\" ! video/x-raw,format=RGB,width=64,height=48 ! \
             identity name=\"a{SCRIPT}\" ! appsink name=\"{SCRIPT}\""
        ),
        format!("filesrc name=\"b{SCRIPT}\" location=\"/nowhere/{SCRIPT}\" ! appsink name=\"c{SCRIPT}\""),
        format!("videotestsrc is-live=true ! identity name=\"d{SCRIPT}\" error-after=20 ! appsink name=d"),
    ];
    let capture = Capture::start(pipelines.iter().flat_map(|text| ["-p", text])).await?;
    let browser = Browser::showing(&capture).await?;
    browser.until("a picture", "return document.querySelector('sink-view')?.state?.state === 'live'").await?;
    let mut found = Found::default();
    let harm = "
        const made = (root) => [...root.querySelectorAll('*')].flatMap((one) => [
          ...(one.localName === 'img' && one.getAttribute('src') === 'x' ? [one.outerHTML] : []),
          ...(one.hasAttribute('onerror') ? [one.outerHTML] : []),
          ...(one.shadowRoot ? made(one.shadowRoot) : []),
        ]);
        return [...(window.harmed ? ['a script ran'] : []), ...made(document)];
    ";
    let look = async |found: &mut Found, browser: &Browser, where_: &str| -> Result<()> {
        sleep(Duration::from_millis(700)).await;
        let harmed = browser.run(harm).await?;
        found.expect(harmed == json!([]), || format!("{where_}: {harmed}"));
        Ok(())
    };
    look(&mut found, &browser, "the grid").await?;
    for index in 0..3 {
        let open = format!("location.hash = encodeURIComponent([{0}][{index}])", names());
        browser.run(&open).await?;
        look(&mut found, &browser, "the stage").await?;
        for key in ["i", "m", "d", "g"] {
            browser.press(&[key]).await?;
            browser.run("document.querySelectorAll('details').forEach((one) => (one.open = true))").await?;
            look(&mut found, &browser, key).await?;
            if key != "i" {
                browser.press(&["\u{e00c}"]).await?;
            }
        }
    }
    let shown = browser.run("return document.body.innerText.includes('onerror')").await?;
    found.expect(shown == Value::Bool(true), || "the names are not shown".to_owned());
    // What the page complains of is no matter here: a script that ran would have been seen.
    drop(browser);
    Ok(found)
}

/// The streams' names as a list in JavaScript.
fn names() -> String {
    format!("'{SCRIPT}', 'c{SCRIPT}', 'd'")
}

async fn passwords() -> Result<Found> {
    let uri = format!("rtsp://admin:{PASSWORD}@127.0.0.1:9/stream");
    let texts = [
        format!("rtspsrc location={uri} ! decodebin ! videoconvert ! appsink name=k"),
        uri.clone(),
        format!("rtspsrc location=rtsp://127.0.0.1:9/x user-id=admin user-pw={PASSWORD} ! fakesink"),
        format!(
            "souphttpsrc location=\"http://127.0.0.1:9/x?user=admin&password={PASSWORD}\" ! appsink name=h"
        ),
    ];
    let mut found = Found::default();
    for (index, text) in texts.iter().enumerate() {
        let mut command = program::command()?;
        // A pipeline that plays keeps the program up whatever becomes of the other.
        command.args(["--listen", "127.0.0.1:0", "-p", LIVE, "-p", text]).env("RUST_LOG", "trace");
        let capture = Capture::spawn(command).await?;
        sleep(Duration::from_secs(2)).await;
        for path in [
            "/streams",
            "/pipelines",
            "/pipelines/1/graph.json",
            "/pipelines/1/graph.dot",
            "/metrics",
            "/healthz",
        ] {
            let body = http::get(capture.address(), path).await?.text();
            found.expect(!body.contains(PASSWORD), || format!("pipeline {index}: {path} has the password"));
        }
        let log = capture.log();
        found.expect(!log.contains(PASSWORD), || format!("pipeline {index}: the log has the password"));
    }
    Ok(found)
}

async fn tokens() -> Result<Found> {
    let mut command = program::command()?;
    command.args(["--listen", "127.0.0.1:0", "--token", TOKEN, LIVE]).env("RUST_LOG", "trace");
    let capture = Capture::spawn(command).await?;
    let (address, port) = (capture.address(), capture.address().port());
    let base = format!("http://{address}");
    let wrong = format!("{TOKEN}-wrong");
    let mut found = Found::default();
    for token in [TOKEN, &wrong] {
        let cases = [
            vec![format!("{base}/?token={token}")],
            vec![format!("{base}/streams"), "-H".into(), format!("Authorization: Bearer {token}")],
            vec![format!("{base}/streams"), "-H".into(), format!("Cookie: sinkview-{port}={token}")],
            vec![
                format!("{base}/ws"),
                "-H".into(),
                format!("Sec-WebSocket-Protocol: sinkview.v1, sinkview.token.{token}"),
            ],
        ];
        for case in cases {
            output(tool("curl", "curl")?.args(["--silent", "--max-time", "10"]).args(&case)).await?;
            let seen = capture.log().matches(TOKEN).count();
            found.expect(seen == 0, || format!("after {case:?} the token is {seen} times in the log"));
        }
    }
    Ok(found)
}
