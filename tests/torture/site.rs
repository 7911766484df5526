//! Pages of other sites, names that are rebound, strangers on the network, methods and paths.

use crate::row::{Fault, Found};
use crate::server::LIVE;
use crate::threat::Threat;
use crate::tools::{output, said, script, tool};
use crate::torture::Torture;
use anyhow::{Context, Result, ensure};
use e2e::site::Site;
use e2e::{Browser, Capture, http};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A token that would be noticed wherever it should not be.
const TOKEN: &str = "c0ffee-not-to-be-seen";
/// Routes that tell something of the streams.
const SECRET: [&str; 8] = [
    "/",
    "/streams",
    "/pipelines",
    "/pipelines/0/graph.json",
    "/streams/k/frame.raw",
    "/streams/k/frame.json",
    "/layout",
    "/ws",
];
/// And those that do not.
const OPEN: [&str; 3] = ["/healthz", "/sink-view.js", "/nowhere"];

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::OtherSite,
                "handshakes with false origins, with a valid cookie",
                "Python websockets",
                "403 before the 101; our own origin and none are let in",
            ),
            false_origins,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::OtherSite,
                "a page of another localhost port opens the socket and reads, with a valid cookie",
                "Chromium",
                "no connection, nothing to read",
            ),
            page_of_another_port,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Rebinding,
                "every route under names that are not ours",
                "curl -H 'Host: …'",
                "403 on each",
            ),
            false_hosts,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Rebinding,
                "a page of a name that is rebound to us, its origin and host alike",
                "Chromium --host-resolver-rules",
                "the page is a 403, its scripts get no connection and nothing to read",
            ),
            rebound,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Network,
                "strangers without, with a wrong and with another port's token; then the right one",
                "curl",
                "401 or 429 and nothing else on each route; bearer and cookie get in",
            ),
            strangers,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Network,
                "every address of the machine is bound without a word of tokens",
                "curl",
                "401 for strangers on each route",
            ),
            bound_to_all,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Pipelines,
                "methods other than GET and HEAD on every route",
                "curl -X",
                "405 on each, nothing changes",
            ),
            methods,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::Traversal,
                "paths that leave the folder, in ten spellings",
                "curl --path-as-is",
                "404, nothing of the file system",
            ),
            traversal,
        )
        .await;
    Ok(())
}

async fn false_origins() -> Result<Found> {
    let capture = Capture::start(["--token", TOKEN, LIVE]).await?;
    let port = capture.address().port();
    let other = port ^ 1;
    let wrong = [
        "null".to_owned(),
        "http://evil.test".to_owned(),
        "http://127.0.0.1".to_owned(),
        format!("http://127.0.0.1:{other}"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1.evil.test:{port}"),
        format!("http://evil.test:{port}"),
        format!("file://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}@evil.test"),
        format!("evil.test,http://evil.test:{port}"),
        "evil.test,-".to_owned(),
    ];
    let right =
        ["-".to_owned(), format!("http://127.0.0.1:{port}"), format!("localhost,http://localhost:{port}")];
    let mut command = script("origins.py").await?;
    command.args([&port.to_string(), &cookie(&capture).await?]).args(&wrong).args(&right);
    let ended = output(&mut command).await?;
    let statuses: Vec<u16> = serde_json::from_slice(&ended.stdout).with_context(|| said(&ended))?;
    ensure!(statuses.len() == wrong.len() + right.len(), "{} answers", statuses.len());
    let mut found = Found::default();
    for (case, status) in wrong.iter().chain(&right).zip(statuses) {
        let due = if wrong.contains(case) { 403 } else { 101 };
        found.expect(status == due, || format!("{case}: {status}"));
    }
    Ok(found)
}

/// The cookie that the right token is exchanged for, its name and value.
async fn cookie(capture: &Capture) -> Result<String> {
    let answer = http::get(capture.address(), &format!("/?token={TOKEN}")).await?;
    let set = answer.header("set-cookie").context("no cookie for the right token")?;
    Ok(set.split(';').next().unwrap_or_default().to_owned())
}

/// What a page does to a server of another origin; gives back what it got.
const INTRUDE: &str = "
    const [authority, done] = arguments;
    (async () => {
      const got = [];
      await new Promise((ended) => {
        const socket = new WebSocket(`ws://${authority}/ws`, ['sinkview.v1']);
        socket.onopen = () => { got.push('a connection'); ended(); };
        socket.onerror = () => ended();
      });
      for (const path of ['/streams', '/pipelines', '/streams/k/frame.raw', '/']) {
        for (const mode of ['cors', 'same-origin']) {
          try {
            const answer = await fetch(`http://${authority}${path}`, { credentials: 'include', mode });
            if (answer.status !== 403) got.push(`${path}: ${answer.status}`);
          } catch { /* not to be read at all */ }
        }
      }
      return got;
    })().then(done, (error) => done([`it fails: ${error}`]));
";

/// Tries of [`INTRUDE`].
const INTRUSIONS: u64 = 9;

async fn page_of_another_port() -> Result<Found> {
    let capture = Capture::start(["--token", TOKEN, LIVE]).await?;
    let page =
        "<!doctype html><html lang=en><meta charset=utf-8><title>other</title><link rel=icon href='data:,'>";
    let pages = HashMap::from([("/other.html".to_owned(), page.to_owned())]);
    let site = Site::start(capture.address(), pages).await?;
    // The cookie is there: browsers send it to every port of a host.
    let browser = Browser::at(&format!("{}?token={TOKEN}", capture.url())).await?;
    browser.state("live").await?;
    browser.open(&format!("{}/other.html", site.origin())).await?;
    let authority = capture.address().to_string();
    let got = browser.run_async(INTRUDE, vec![json!(authority)]).await?;
    intruded(&got)
}

fn intruded(got: &Value) -> Result<Found> {
    let got = got.as_array().context("the page gives no list")?;
    let mut found = Found::tried(INTRUSIONS);
    found.lost.extend(got.iter().map(ToString::to_string));
    Ok(found)
}

/// Asks for a path with header lines of one's own, and returns the status and the body.
async fn ask(capture: &Capture, path: &str, arguments: &[&str]) -> Result<(u16, String)> {
    let mut command = tool("curl", "curl")?;
    command.args(["--silent", "--show-error", "--max-time", "20", "--write-out", "\n%{http_code}"]);
    command.args(["--path-as-is", "--noproxy", "*"]).args(arguments);
    let port = capture.address().port();
    command.arg(format!("http://127.0.0.1:{port}{path}"));
    let ended = output(&mut command).await?;
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').with_context(|| said(&ended))?;
    Ok((status.parse()?, body.to_owned()))
}

async fn false_hosts() -> Result<Found> {
    let capture = Capture::start([LIVE]).await?;
    let mut found = Found::default();
    for host in ["evil.test", "evil.test:8080", "127.0.0.1.evil.test", "localhost.evil.test", "[evil]", "1"] {
        for path in SECRET.iter().chain(&OPEN) {
            let (status, body) = ask(&capture, path, &["-H", &format!("Host: {host}")]).await?;
            found.expect(status == 403 && body.len() < 1024, || format!("{path} as {host}: {status}"));
        }
    }
    Ok(found)
}

async fn rebound() -> Result<Found> {
    let capture = Capture::start([LIVE]).await?;
    let browser = Browser::start_with(&["--host-resolver-rules=MAP evil.test 127.0.0.1"]).await?;
    let authority = format!("evil.test:{}", capture.address().port());
    browser.open(&format!("http://{authority}/")).await?;
    let text = browser.run("return document.body.innerText").await?;
    let got = browser.run_async(INTRUDE, vec![json!(authority)]).await?;
    let mut found = intruded(&got)?;
    found.expect(text.to_string().contains("--allow-host"), || format!("the page says {text}"));
    Ok(found)
}

async fn strangers() -> Result<Found> {
    let capture = Capture::start(["--token", TOKEN, LIVE]).await?;
    let port = capture.address().port();
    let mut found = Found::default();
    let cookie = cookie(&capture).await?;
    let value = cookie.split_once('=').map_or("", |(_, value)| value);
    let wrong = [
        String::new(),
        "Authorization: Bearer wrong".to_owned(),
        format!("Authorization: Basic {TOKEN}"),
        format!("Authorization: Bearer {TOKEN}x"),
        format!("Cookie: sinkview-{}={value}", port ^ 1),
        format!("Cookie: sinkview-{port}={}", value.get(1..).unwrap_or_default()),
        format!("Sec-WebSocket-Protocol: {TOKEN}"),
    ];
    // The right ones first: failures may be rate limited.
    for header in [format!("Authorization: Bearer {TOKEN}"), format!("Cookie: {cookie}")] {
        for path in ["/", "/streams", "/pipelines", "/streams/k/frame.json"] {
            let (status, _) = ask(&capture, path, &["-H", &header]).await?;
            found.expect(status == 200, || format!("{path} with the right token: {status}"));
        }
    }
    for header in &wrong {
        for path in SECRET {
            let (status, body) = ask(&capture, path, &["-H", header]).await?;
            let is_refused = matches!(status, 401 | 429) && body.len() < 1024 && !body.contains("\"k\"");
            found.expect(is_refused, || format!("{path} with {header:?}: {status}"));
        }
    }
    let seen = capture.log().matches(TOKEN).count();
    found.expect(seen == 0, || format!("the token is {seen} times in the log"));
    Ok(found)
}

async fn bound_to_all() -> Result<Found> {
    let mut command = e2e::program::command()?;
    let folder = tempfile::tempdir()?;
    // A token that is made up may be kept in a file.
    command.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path());
    command.args(["--listen", "0.0.0.0:0", LIVE]);
    let capture = Capture::spawn(command).await?;
    let mut found = Found::default();
    for path in SECRET {
        let (status, _) = ask(&capture, path, &[]).await?;
        found.expect(matches!(status, 401 | 429), || format!("{path}: {status}"));
    }
    Ok(found)
}

async fn methods() -> Result<Found> {
    let capture = Capture::start([LIVE]).await?;
    let mut found = Found::default();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "NONSENSE"] {
        for path in SECRET.iter().chain(&OPEN) {
            let (status, _) = ask(&capture, path, &["-X", method, "--data", "x=1"]).await?;
            found.expect(status == 405, || format!("{method} {path}: {status}"));
        }
    }
    Ok(found)
}

async fn traversal() -> Result<Found> {
    let capture = Capture::start([LIVE]).await?;
    let mut found = Found::default();
    for path in [
        "/../../../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/%252e%252e/%252e%252e/etc/passwd",
        "//etc/passwd",
        "/etc/passwd",
        "/....//....//....//etc/passwd",
        "/view/../../../../../etc/passwd",
        "/..\\..\\..\\etc\\passwd",
        "/index.html%00.js",
        "/streams/../../../../etc/passwd/frame.raw",
        "/streams/%2e%2e%2f%2e%2e%2fetc%2fpasswd/frame.raw",
        "/pipelines/../../../etc/passwd",
    ] {
        let (status, body) = ask(&capture, path, &[]).await?;
        found.expect(status == 404 && !body.contains("root:"), || format!("{path}: {status}"));
    }
    Ok(found)
}
