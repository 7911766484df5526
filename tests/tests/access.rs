//! Who may talk to the server, and what every answer carries; no browser.

use anyhow::{Context, Result, bail};
use e2e::client::Handshake;
use e2e::{Capture, Client, Heard, http};
use tokio_tungstenite::tungstenite::Message;
use wire::ServerMessage;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

#[tokio::test]
async fn the_page_and_the_lists_are_there() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let page = http::get(capture.address(), "/").await?;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let wasm = http::get(capture.address(), "/viewer_bg.wasm").await?;
    assert_eq!((wasm.status, wasm.header("content-type")), (200, Some("application/wasm")));
    assert_eq!(wasm.body.get(..4), Some(&b"\0asm"[..]));
    let stream = capture.stream("k").await?;
    assert_eq!(stream["name"], "k");
    assert!(stream["held"].is_number(), "{stream}");
    Ok(())
}

#[tokio::test]
async fn every_answer_is_hardened() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    for path in ["/", "/streams", "/healthz", "/sink-view.js", "/nowhere", "/ws"] {
        let answer = http::get(capture.address(), path).await?;
        let header = |name| answer.header(name).with_context(|| format!("{path} has no {name}"));
        let policy = header("content-security-policy")?;
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'self'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options")?, "nosniff", "{path}");
        assert_eq!(header("referrer-policy")?, "no-referrer", "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn only_get_and_head_are_answered() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let host = capture.address().to_string();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "NONSENSE"] {
        for path in ["/", "/streams", "/ws"] {
            let start = format!("{method} {path}");
            let answer = http::request(capture.address(), &start, &[("Host", &host)], "x").await?;
            assert_eq!(answer.status, 405, "{start}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{start}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_path_leaves_the_table_of_files() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let paths = [
        "/../Cargo.toml",
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/./index.html",
        "/view/../index.html",
        "/view",
        "/view/",
        "/index.html%00.js",
        "/nowhere",
    ];
    for path in paths {
        assert_eq!(http::get(capture.address(), path).await?.status, 404, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_host_that_is_not_this_server_is_refused_on_every_route() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    for path in ["/", "/streams", "/healthz", "/ws", "/sink-view.js"] {
        for host in ["evil.test", "evil.test:8080", "127.0.0.1.evil.test", ""] {
            let answer =
                http::request(capture.address(), &format!("GET {path}"), &[("Host", host)], "").await?;
            assert_eq!(answer.status, 403, "{path} for {host:?}");
            assert!(answer.text().contains("--allow-host"), "{}", answer.text());
        }
    }
    let rebound = Handshake { host: Some("evil.test"), ..Handshake::default() };
    assert_eq!(Client::handshake(capture.address(), rebound).await?.err(), Some(403));
    // A page that reached us by DNS rebinding has an origin that fits its host.
    let rebound =
        Handshake { host: Some("evil.test"), origin: Some("http://evil.test"), ..Handshake::default() };
    assert_eq!(Client::handshake(capture.address(), rebound).await?.err(), Some(403));
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_before_the_upgrade() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let port = capture.address().port();
    let other_port = format!("http://127.0.0.1:{}", port ^ 1);
    let same_port_other_name = format!("http://localhost:{port}");
    for origin in ["null", "http://evil.test", "http://127.0.0.1", &other_port, &same_port_other_name, ""] {
        let claims = Handshake { origin: Some(origin), ..Handshake::default() };
        assert_eq!(Client::handshake(capture.address(), claims).await?.err(), Some(403), "{origin}");
    }
    let own = format!("http://127.0.0.1:{port}");
    let claims = Handshake { origin: Some(&own), ..Handshake::default() };
    assert!(Client::handshake(capture.address(), claims).await?.is_ok());
    // What is no browser says no origin.
    assert!(Client::handshake(capture.address(), Handshake::default()).await?.is_ok());
    Ok(())
}

#[tokio::test]
async fn an_allowed_host_and_an_allowed_origin_are_let_in() -> Result<()> {
    let capture =
        Capture::start(["--allow-host", "cam.test", "--allow-origin", "http://lab.test:8000", LIVE]).await?;
    let lab = Handshake { origin: Some("http://lab.test:8000"), ..Handshake::default() };
    assert!(Client::handshake(capture.address(), lab).await?.is_ok());
    let neighbour = Handshake { origin: Some("http://lab.test"), ..Handshake::default() };
    assert_eq!(Client::handshake(capture.address(), neighbour).await?.err(), Some(403));
    let cam = Handshake { host: Some("cam.test"), ..Handshake::default() };
    assert!(Client::handshake(capture.address(), cam).await?.is_ok());

    let host = capture.address().to_string();
    let headers = [("Host", host.as_str()), ("Origin", "http://lab.test:8000")];
    let script = http::request(capture.address(), "GET /sink-view.js", &headers, "").await?;
    assert_eq!(script.header("access-control-allow-origin"), Some("http://lab.test:8000"));
    Ok(())
}

#[tokio::test]
async fn without_a_common_subprotocol_the_close_says_why() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    for offered in [None, Some("sinkview.v0, other")] {
        let claims = Handshake { subprotocols: offered, ..Handshake::default() };
        let mut client = match Client::handshake(capture.address(), claims).await {
            Ok(Ok(client)) => client,
            other => bail!("{offered:?}: {other:?}"),
        };
        let Some((code, reason)) = client.closed().await? else { bail!("{offered:?}: no close frame") };
        assert_eq!(code, wire::close::UNKNOWN_SUBPROTOCOL);
        assert!(reason.contains(wire::SUBPROTOCOL), "{reason}");
    }
    Ok(())
}

#[tokio::test]
async fn hello_comes_first_and_names_the_streams() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut client = Client::connect(capture.address()).await?;
    let Heard::Message(message) = client.hear().await? else { bail!("no message") };
    let ServerMessage::Hello { streams, server, .. } = *message else { bail!("{message:?}") };
    assert!(server.starts_with("sinkview "), "{server}");
    assert_eq!(streams.iter().map(|stream| stream.name.as_str()).collect::<Vec<_>>(), ["k"]);
    client.send(Message::Ping(vec![1, 2, 3].into())).await?;
    client.subscribe("k").await?;
    assert_eq!(client.frame().await?.payload.len(), 64 * 48 * 3);
    Ok(())
}
