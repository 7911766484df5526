//! Messages in the body of an answer: the same messages in the same order, frames exact to the bit, and whatever happens to
//! a body, the viewer goes on.

use anyhow::{Context, Result, ensure};
use e2e::{Browser, Capture, Client, Heard, http, until, within};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wire::{ClientMessage, Hash, ServerMessage};

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// What a browser looks for beside a page that names none.
const ICON: &str = "favicon.ico";
/// Frames of more than a fragment each, and more bytes a second than a viewer takes by its WebSocket.
const LARGE: &str = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=BGR,width=1280,height=720,framerate=30/1 ! appsink name=k";
const SMALL: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

#[tokio::test]
async fn messages_go_on_in_the_body_and_frames_are_exact() -> Result<()> {
    let capture = Capture::start(["--policy", "every", LARGE]).await?;
    let mut client = Client::connect(capture.address()).await?;
    client.say(&ClientMessage::Verify { stream: "k".to_owned(), on: true }).await?;
    client.subscribe("k").await?;
    let first = client.frame().await?;
    client.drawn(&first).await?;
    let mut heard = client.take_body(capture.address(), KEY).await?;
    let before = heard.len();
    let mut sequences = vec![first.header.sequence];
    let mut said = None;
    while sequences.len() < 20 {
        let next = if heard.is_empty() { client.hear().await? } else { heard.remove(0) };
        match next {
            Heard::Frame(frame) => {
                let hash: Hash = said.take().context("a frame without its hash before it")?;
                ensure!(hash == Hash::of(&frame.payload), "frame {} has other bytes", frame.header.sequence);
                ensure!(frame.payload.len() == 1280 * 720 * 3);
                sequences.push(frame.header.sequence);
                client.drawn(&frame).await?;
            }
            Heard::Message(message) => {
                if let ServerMessage::Hashes { buffer, .. } = *message {
                    said = Some(buffer);
                }
            }
            Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
        }
    }
    ensure!(before < 20, "all of it came by the socket");
    let expected: Vec<_> = (sequences[0]..).take(sequences.len()).collect();
    assert_eq!(sequences, expected, "none is lost or twice where the way changes");
    ensure!(client.ledger("k").await?.balances());
    Ok(())
}

#[tokio::test]
async fn the_end_is_said_by_the_socket_when_the_body_has_ended() -> Result<()> {
    let capture = Capture::start([SMALL]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    client.take_body(capture.address(), KEY).await?;
    capture.signal("TERM")?;
    let closed = client.closed().await?.context("no close frame")?;
    ensure!(closed.0 == 1001 && closed.1.contains("stopping"), "{closed:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_lost_ends_the_connection() -> Result<()> {
    let capture = Capture::start([LARGE]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    client.take_body(capture.address(), KEY).await?;
    let frame = client.frame().await?;
    client.drawn(&frame).await?;
    client.drop_body();
    client.closed().await?;
    until("the viewer to be gone", async || Ok((capture.stream("k").await?["viewers"] == 0).then_some(())))
        .await?;
    // Its place is free again.
    for key in [KEY, "fedcba9876543210"] {
        let mut next = Client::subscribed(capture.address(), "k").await?;
        next.take_body(capture.address(), key).await?;
        ensure!(next.frame().await?.payload.len() == 1280 * 720 * 3);
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_nobody_has_changes_nothing() -> Result<()> {
    let capture = Capture::start([SMALL]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let refused = async |client: &mut Client, key: &str| {
        client.say(&ClientMessage::Body { key: key.to_owned() }).await?;
        loop {
            match client.hear().await? {
                Heard::Message(message) => {
                    if let ServerMessage::Error { code, .. } = *message {
                        return anyhow::Ok(code);
                    }
                }
                Heard::Frame(frame) => client.drawn(&frame).await?,
                Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
            }
        }
    };
    assert_eq!(refused(&mut client, KEY).await?, "no_such_body");
    client.take_body(capture.address(), KEY).await?;
    assert_eq!(refused(&mut client, KEY).await?, "has_body");
    ensure!(client.ledger("k").await?.balances());
    Ok(())
}

#[tokio::test]
async fn who_may_have_a_body() -> Result<()> {
    let capture = Capture::start([SMALL]).await?;
    let address = capture.address();
    let host = address.to_string();
    let get = async |method: &str, path: &str, more: &[(&str, &str)]| {
        let headers: Vec<_> = [("Host", host.as_str())].into_iter().chain(more.iter().copied()).collect();
        anyhow::Ok(http::request(address, &format!("{method} {path}"), &headers, "").await?.status)
    };
    for key in ["", "short", "0123456789abcde!", &"a".repeat(65)] {
        assert_eq!(get("GET", &format!("/body?key={key}"), &[]).await?, 400, "{key}");
    }
    let path = format!("/body?key={KEY}");
    for header in [("X-Forwarded-For", "10.0.0.1"), ("Via", "1.1 proxy"), ("Sec-Fetch-Site", "cross-site")] {
        assert_eq!(get("GET", &path, &[header]).await?, 403, "{header:?}");
    }
    assert_eq!(get("HEAD", &path, &[]).await?, 403);
    assert_eq!(get("GET", &path, &[("Host", "evil.test")]).await?, 403);
    // Two of an address have one, and get their bytes; the third does not. Untaken ones end by themselves.
    let (mut one, head) = http::open_body(address, KEY).await?;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-security-policy").map(str::is_empty), Some(false));
    let (_two, head) = http::open_body(address, "fedcba9876543210").await?;
    assert_eq!(head.status, 200);
    assert_eq!(get("GET", "/body?key=00112233445566778899", &[]).await?, 503);
    let mut rest = Vec::new();
    within("an untaken body to end", one.read_to_end(&mut rest)).await??;
    assert_eq!(rest, [0x89, 0]);
    let guarded = Capture::start(["--token", "secret", SMALL]).await?;
    let (_, head) = http::open_body(guarded.address(), KEY).await?;
    assert_eq!(head.status, 401);
    Ok(())
}

/// Views with `verifying` in a page of the program's origin.
async fn show(browser: &Browser, url: &str, views: usize) -> Result<()> {
    browser.open(&format!("{url}sink-view.js")).await?;
    browser
        .run_async(
            "const [count, done] = arguments;
             import('/sink-view.js').then(() => {
                 document.body.replaceChildren();
                 for (let n = 0; n < count; n++) {
                     const view = document.createElement('sink-view');
                     view.stream = 'k';
                     view.setAttribute('verifying', '');
                     view.style = 'display: block; width: 300px; height: 100px';
                     document.body.append(view);
                 }
                 done();
             });",
            vec![json!(views)],
        )
        .await?;
    Ok(())
}

const CARRIERS: &str =
    "[...document.querySelectorAll('sink-view')].map(({ statistics }) => statistics?.carrier).sort()";
const NOT_VERIFIED: &str = "[...document.querySelectorAll('sink-view')]
    .map(({ verification }) => verification).filter(({ state }) => state !== 'verified')";

/// Bytes of a body that is cut off: those of a few seconds, within a frame.
const CUT_AFTER: usize = 250_000_000;

/// Waits for these carriers, and then for frames that are verified on them.
async fn carried(browser: &Browser, carriers: &[&str]) -> Result<()> {
    let wanted = json!(carriers).to_string();
    let changed = format!("return JSON.stringify({CARRIERS}) === {}", json!(wanted));
    let until = browser.until("the carriers", &changed).await;
    until.with_context(|| format!("{carriers:?}"))?;
    let counts = "[...document.querySelectorAll('sink-view')].map(({ verification }) => verification.count)";
    let before = browser.run(&format!("return {counts}")).await?;
    let more = format!("return {counts}.every((count, n) => count >= {before}[n] + 20)");
    browser.until("20 further frames", &more).await?;
    let not = browser.run(&format!("return {NOT_VERIFIED}")).await?;
    ensure!(not == json!([]), "{not}");
    Ok(())
}

#[tokio::test]
async fn a_browser_changes_over_and_every_frame_is_verified() -> Result<()> {
    let capture = Capture::start([LARGE]).await?;
    let browser = Browser::start().await?;
    show(&browser, capture.url(), 1).await?;
    carried(&browser, &["HTTP"]).await?;
    // What is asked for comes the same way.
    let read = "const done = arguments[0];
        document.querySelector('sink-view').readFrame().then(({ data }) => done(data.length), done)";
    assert_eq!(browser.run_async(read, Vec::new()).await?, json!(1280 * 720 * 3));
    browser.finish(&[ICON]).await
}

#[tokio::test]
async fn another_stream_has_a_body_of_its_own() -> Result<()> {
    let capture = Capture::start(["-p", LARGE, "-p", &LARGE.replace("name=k", "name=m")]).await?;
    let browser = Browser::start().await?;
    show(&browser, capture.url(), 1).await?;
    // More often than bodies may be cut off.
    for stream in ["k", "m", "k", "m"] {
        browser.run(&format!("document.querySelector('sink-view').stream = '{stream}'")).await?;
        carried(&browser, &["HTTP"]).await.context(stream)?;
    }
    browser.finish(&[ICON]).await
}

#[tokio::test]
async fn over_tls_too() -> Result<()> {
    let capture = Capture::start(["--tls-self-signed", LARGE]).await?;
    let browser = Browser::trusting_all().await?;
    show(&browser, capture.url(), 1).await?;
    carried(&browser, &["HTTP"]).await?;
    browser.finish(&[ICON]).await
}

#[tokio::test]
async fn small_frames_stay_with_the_socket() -> Result<()> {
    let capture = Capture::start([SMALL]).await?;
    let browser = Browser::start().await?;
    show(&browser, capture.url(), 1).await?;
    carried(&browser, &["WebSocket"]).await?;
    browser.finish(&[ICON]).await
}

/// What became of bodies on their way.
#[derive(Debug, Default)]
struct Counts {
    asked: AtomicUsize,
    /// By the browser, or because all came through that was to.
    ended: AtomicUsize,
}

/// Forwards connections as they are, but for bodies: of each, so many bytes come through, and then no more, or its end.
/// Gives its address, and the counts of bodies.
async fn forward(target: SocketAddr, bytes: usize, ends: bool) -> Result<(SocketAddr, Arc<Counts>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let bodies = Arc::<Counts>::default();
    let counted = Arc::clone(&bodies);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(forward_one(near, target, bytes, ends, Arc::clone(&counted)));
        }
    });
    Ok((address, bodies))
}

async fn forward_one(
    mut near: TcpStream,
    target: SocketAddr,
    bytes: usize,
    ends: bool,
    bodies: Arc<Counts>,
) -> std::io::Result<()> {
    let mut far = TcpStream::connect(target).await?;
    let (mut asks, mut answered) = near.split();
    let (mut answers, mut asked) = far.split();
    // What is left to come through; a browser asks for a body on a connection that it has used before.
    let left = AtomicUsize::new(usize::MAX);
    let asking = async {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = asks.read(&mut piece).await?;
            if piece[..count].starts_with(b"GET /body?") {
                bodies.asked.fetch_add(1, Ordering::Relaxed);
                left.store(bytes, Ordering::Relaxed);
            }
            asked.write_all(&piece[..count]).await?;
            if count == 0 {
                return std::io::Result::Ok(());
            }
        }
    };
    let answering = async {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = answers.read(&mut piece).await?;
            let through = count.min(left.load(Ordering::Relaxed));
            left.fetch_sub(through, Ordering::Relaxed);
            answered.write_all(&piece[..through]).await?;
            match (through == count, ends) {
                (true, _) if count > 0 => {}
                (false, false) => std::future::pending().await,
                _ => return answered.shutdown().await,
            }
        }
    };
    let ended = tokio::select! {
        ended = asking => ended,
        ended = answering => ended,
    };
    if left.load(Ordering::Relaxed) < usize::MAX / 2 {
        bodies.ended.fetch_add(1, Ordering::Relaxed);
    }
    ended
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_missed() -> Result<()> {
    let capture = Capture::start([LARGE]).await?;
    let (address, bodies) = forward(capture.address(), 0, false).await?;
    let browser = Browser::start().await?;
    show(&browser, &format!("http://{address}/"), 1).await?;
    until("a body to be given up", async || Ok((bodies.ended.load(Ordering::Relaxed) > 0).then_some(())))
        .await?;
    carried(&browser, &["WebSocket"]).await?;
    assert_eq!(bodies.asked.load(Ordering::Relaxed), 1);
    browser.finish(&[ICON]).await
}

#[tokio::test]
async fn bodies_that_are_cut_off_are_asked_for_twice() -> Result<()> {
    let capture = Capture::start([LARGE]).await?;
    let (address, bodies) = forward(capture.address(), CUT_AFTER, true).await?;
    let browser = Browser::start().await?;
    show(&browser, &format!("http://{address}/"), 1).await?;
    browser.until("the body in use", &format!("return {CARRIERS}[0] === 'HTTP'")).await?;
    until("two bodies to be cut off", async || Ok((bodies.ended.load(Ordering::Relaxed) == 2).then_some(())))
        .await?;
    carried(&browser, &["WebSocket"]).await?;
    let states: Value = browser.run("return document.querySelector('sink-view').state.state").await?;
    assert_eq!(states, "live");
    assert_eq!(bodies.asked.load(Ordering::Relaxed), 2);
    Ok(())
}

#[tokio::test]
async fn a_third_view_of_one_browser_leaves_its_connections_to_others() -> Result<()> {
    // Small enough for three in a debug build, and large enough to be worth a body.
    let capture = Capture::start([LARGE.replace("30/1", "15/1").as_str()]).await?;
    let browser = Browser::start().await?;
    show(&browser, capture.url(), 3).await?;
    carried(&browser, &["HTTP", "HTTP", "WebSocket"]).await?;
    // Requests are answered beside them.
    let asked = "const done = arguments[0];
        Promise.all(Array.from({ length: 4 }, () => fetch('/streams').then(({ status }) => status))).then(done, done)";
    assert_eq!(browser.run_async(asked, Vec::new()).await?, json!([200, 200, 200, 200]));
    Ok(())
}
