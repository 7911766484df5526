//! How much the server takes on, and that it goes on serving after it was too much. No browser.

use anyhow::{Context, Result, bail, ensure};
use e2e::{Capture, Client, http, program, until, within};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use wire::{ClientMessage, close};

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// Viewers at a time, unless the server is told otherwise.
const VIEWERS_MAX: usize = 64;

/// A time that a loaded machine may add to any other.
const SLACK: Duration = Duration::from_secs(8);

#[tokio::test]
async fn the_viewer_after_the_last_is_told_to_come_later() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut clients = Vec::new();
    for _ in 0..VIEWERS_MAX {
        let mut client = Client::subscribed(capture.address(), "k").await?;
        client.frame().await?;
        clients.push(client);
    }
    let Some((code, reason)) = Client::connect(capture.address()).await?.closed().await? else {
        bail!("no close frame")
    };
    assert_eq!(code, close::TRY_AGAIN_LATER, "{reason}");
    assert!(reason.contains("64"), "{reason}");
    let held = capture.stream("k").await?["held"].as_u64();
    assert!(held.is_some_and(|held| held <= 6), "{held:?}");
    clients.pop();
    until("room for one more", async || {
        let mut client = Client::subscribed(capture.address(), "k").await?;
        Ok(client.frame().await.ok())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_request_that_does_not_come_to_its_end_is_cut_off() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut silent = TcpStream::connect(capture.address()).await?;
    let mut slow = TcpStream::connect(capture.address()).await?;
    slow.write_all(format!("GET /ws HTTP/1.1\r\nHost: {}\r\n", capture.address()).as_bytes()).await?;
    let dripping = async {
        // A header now and then keeps no connection alive.
        let mut beat = tokio::time::interval(Duration::from_millis(300));
        let mut said = [0; 1024];
        loop {
            tokio::select! {
                _ = beat.tick() => if slow.write_all(b"X-Drip: 1\r\n").await.is_err() { break },
                read = slow.read(&mut said) => if !matches!(read, Ok(1..)) { break },
            }
        }
    };
    let mut said = Vec::new();
    let (ended, _) = tokio::join!(within("the end of the slow one", dripping), async {
        within("the end of the silent one", silent.read_to_end(&mut said)).await
    });
    ended?;
    assert_eq!(http::get(capture.address(), "/streams").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_head_too_large_is_refused() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let host = capture.address().to_string();
    let large = "x".repeat(20 * 1024);
    let answer = http::request(capture.address(), "GET /", &[("Host", &host), ("X-Large", &large)], "").await;
    assert!(!answer.is_ok_and(|answer| answer.status == 200));
    let headers: Vec<_> = std::iter::once(("Host", host.as_str())).chain(vec![("X", "y"); 150]).collect();
    let answer = http::request(capture.address(), "GET /", &headers, "").await;
    assert!(!answer.is_ok_and(|answer| answer.status == 200));
    assert_eq!(http::get(capture.address(), "/streams").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn descriptors_that_run_out_do_not_end_the_accept_loop() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut viewer = Client::subscribed(capture.address(), "k").await?;
    viewer.frame().await?;
    // Lowered while it runs: with so few it could not load GStreamer's plugins.
    let limited =
        Command::new("prlimit").args(["--nofile=24", "--pid", &capture.id()?.to_string()]).status()?;
    assert!(limited.success());
    let mut connections = Vec::new();
    for _ in 0..60 {
        connections.push(TcpStream::connect(capture.address()).await?);
    }
    capture.logged("cannot be accepted").await?;
    let frame = viewer.frame().await?;
    viewer.drawn(&frame).await?;
    drop(connections);
    let answer = until("an answer", async || Ok(http::get(capture.address(), "/streams").await.ok())).await?;
    assert_eq!(answer.status, 200);
    let mut late = Client::subscribed(capture.address(), "k").await?;
    late.frame().await?;
    viewer.frame().await?;
    Ok(())
}

/// Reads until the connection ends, and says how long that took.
async fn ends(stream: &mut TcpStream, what: &str) -> Result<(Duration, String)> {
    let (begun, mut said) = (Instant::now(), Vec::new());
    // A reset is an end.
    within(what, stream.read_to_end(&mut said)).await?.ok();
    Ok((begun.elapsed(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test]
async fn the_limits_are_options() -> Result<()> {
    let capture = Capture::start(["--max-viewers", "1", "--max-messages", "20", LIVE]).await?;
    let mut first = Client::subscribed(capture.address(), "k").await?;
    first.frame().await?;
    let closed = Client::connect(capture.address()).await?.closed().await?;
    ensure!(
        matches!(&closed, Some((close::TRY_AGAIN_LATER, reason)) if reason.contains("1 viewers")),
        "{closed:?}"
    );
    for _ in 0..200 {
        // It may be closed before all are sent.
        if first.say(&ClientMessage::Clock { client_sent: 1 }).await.is_err() {
            break;
        }
    }
    let closed = first.closed().await?;
    ensure!(matches!(&closed, Some((close::POLICY, reason)) if reason.contains("20 messages")), "{closed:?}");
    for option in ["--max-viewers=0", "--handshake-timeout=5", "--idle-timeout=0s", "--max-messages=-1"] {
        let ended = program::run([option, LIVE]).await?;
        ensure!(ended.status.code() == Some(2), "{option}: {}", ended.status);
    }
    let ended =
        program::run(["--history=2MiB", "--max-frame-memory=2MiB", "--listen=127.0.0.1:0", LIVE]).await?;
    ensure!(ended.status.code() == Some(2), "{}", ended.status);
    Ok(())
}

#[tokio::test]
async fn a_message_too_long_is_answered_with_its_own_close_code() -> Result<()> {
    let capture = Capture::start([LIVE]).await?;
    let mut client = Client::connect(capture.address()).await?;
    client.send(Message::text("x".repeat(70_000))).await?;
    let closed = client.closed().await?;
    ensure!(matches!(&closed, Some((close::TOO_BIG, _))), "{closed:?}");
    Ok(())
}

#[tokio::test]
async fn a_connection_too_many_is_told_to_come_later_and_not_kept_waiting() -> Result<()> {
    let capture = Capture::start(["--max-sockets", "4", LIVE]).await?;
    let mut viewer = Client::subscribed(capture.address(), "k").await?;
    viewer.frame().await?;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(capture.address()).await?);
    }
    let refused = http::get(capture.address(), "/").await?;
    ensure!(refused.status == 503 && refused.header("retry-after").is_some(), "{refused:?}");
    ensure!(refused.text().contains("4 connections"), "{}", refused.text());
    ensure!(Client::connect(capture.address()).await.is_err());
    let frame = viewer.frame().await?;
    viewer.drawn(&frame).await?;
    drop(held);
    until("room for one more", async || {
        Ok((http::get(capture.address(), "/").await?.status == 200).then_some(()))
    })
    .await
}

/// An address of this machine that is not loopback, if it is in a network; nothing is sent.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

#[tokio::test]
async fn one_address_cannot_take_all_places_before_it_is_let_in() -> Result<()> {
    let mut command = program::command()?;
    command.args(["--listen", "0.0.0.0:0", "--token", "secret", "--max-waiting", "3", LIVE]);
    let capture = Capture::spawn(command).await?;
    let here = SocketAddr::from(([127, 0, 0, 1], capture.address().port()));
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(TcpStream::connect(here).await?);
    }
    ensure!(http::get(here, "/icon.svg").await?.status == 200, "loopback is not exempt");
    let Some(outer) = outer_address() else {
        eprintln!("this machine is in no network: only loopback was tried");
        return Ok(());
    };
    let outer = SocketAddr::new(outer, here.port());
    for _ in 0..3 {
        held.push(TcpStream::connect(outer).await?);
    }
    let refused = until("a refusal", async || {
        let answer = http::get(outer, "/icon.svg").await?;
        Ok((answer.status == 503).then_some(answer))
    })
    .await?;
    ensure!(refused.text().contains("3 connections"), "{}", refused.text());
    ensure!(http::get(here, "/icon.svg").await?.status == 200, "another address is kept out");
    drop(held);
    // Who shows the token is let in, and does not wait any more.
    let host = outer.to_string();
    let mut let_in = Vec::new();
    for _ in 0..6 {
        let mut stream = until("a place", async || {
            let mut stream = TcpStream::connect(outer).await?;
            let request =
                format!("GET /streams HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer secret\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            let answer = http::read(&mut stream).await?;
            Ok((answer.status == 200).then_some(stream))
        })
        .await?;
        stream.write_all(b"GET").await?;
        let_in.push(stream);
    }
    Ok(())
}

#[tokio::test]
async fn no_byte_prolongs_a_request_and_an_idle_connection_is_closed() -> Result<()> {
    let capture = Capture::start(["--handshake-timeout", "1s", "--idle-timeout", "2s", LIVE]).await?;
    let host = capture.address();
    let ask = format!("GET /icon.svg HTTP/1.1\r\nHost: {host}\r\n\r\n");

    let mut idle = TcpStream::connect(host).await?;
    idle.write_all(ask.as_bytes()).await?;
    ensure!(http::read(&mut idle).await?.status == 200);
    let (took, _) = ends(&mut idle, "the end of an idle connection").await?;
    ensure!(took > Duration::from_millis(1_500) && took < Duration::from_secs(2) + SLACK, "{took:?}");

    // The second request of a connection has no more time than the first.
    let mut second = TcpStream::connect(host).await?;
    second.write_all(ask.as_bytes()).await?;
    ensure!(http::read(&mut second).await?.status == 200);
    second.write_all(b"GET / HTTP/1.1\r\n").await?;
    let begun = Instant::now();
    while second.write_all(b"X-Drip: 1\r\n").await.is_ok() && begun.elapsed() < SLACK {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(begun.elapsed() < SLACK, "a dripping request goes on");

    // A body is nothing that is waited for.
    let mut body = TcpStream::connect(host).await?;
    body.write_all(
        format!("GET /icon.svg HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9999\r\n\r\nx").as_bytes(),
    )
    .await?;
    let begun = Instant::now();
    while body.write_all(b"x").await.is_ok() && begun.elapsed() < SLACK {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(begun.elapsed() < SLACK, "a dripping body goes on");
    let (_, said) = ends(&mut body, "the end of the body").await?;
    ensure!(said.is_empty() || said.starts_with("HTTP/1.1 200"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_reader_that_stops_in_the_middle_of_an_answer_is_dropped() -> Result<()> {
    const LARGE: &str =
        "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=4096,height=2160 ! appsink name=k";
    let capture = Capture::start(["--max-sockets", "2", LARGE]).await?;
    let host = capture.address();
    let mut viewer = Client::subscribed(host, "k").await?;
    viewer.frame().await?;
    let mut slow = TcpStream::connect(host).await?;
    slow.write_all(format!("GET /streams/k/frame.raw HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut first = [0; 1024];
    ensure!(slow.read(&mut first).await? > 0);
    // Its place is free when it is dropped: 25 s after the last piece that it took.
    let begun = Instant::now();
    let freed = async {
        while http::get(host, "/icon.svg").await.ok().is_none_or(|answer| answer.status != 200) {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), freed).await.context("the reader is still served")?;
    ensure!(begun.elapsed() > Duration::from_secs(10), "dropped after {:?}", begun.elapsed());
    Ok(())
}

/// How many distinct frames viewers hold who come one after the other and read nothing after their first bytes.
async fn held_by_who_does_not_read(capture: &Capture) -> Result<u64> {
    let mut stuck = Vec::new();
    for _ in 0..5 {
        let mut client = Client::subscribed(capture.address(), "k").await?;
        // The rest of the second one stays in the sockets.
        client.frame().await?;
        stuck.push(client);
        let before = capture.stream("k").await?["arrived"].as_u64();
        until("newer frames", async || {
            let now = capture.stream("k").await?["arrived"].as_u64();
            Ok((now > before.map(|count| count + 3)).then_some(()))
        })
        .await?;
    }
    capture.stream("k").await?["held"].as_u64().context("no count")
}

#[tokio::test]
async fn memory_for_frames_is_bounded_in_all() -> Result<()> {
    const LARGE: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=2560,height=1440,framerate=10/1 ! \
                         appsink name=k";
    let capture = Capture::start([LARGE]).await?;
    let held = held_by_who_does_not_read(&capture).await?;
    ensure!((3..=6).contains(&held), "{held} frames are held without the bound");
    drop(capture);
    let capture = Capture::start(["--max-frame-memory", "12MB", LARGE]).await?;
    let held = held_by_who_does_not_read(&capture).await?;
    ensure!(held <= 2, "{held} frames are held");
    capture.logged("--max-frame-memory").await?;
    let refused = http::get(capture.address(), "/streams/k/frame.raw").await?;
    ensure!(refused.status == 503 && refused.header("retry-after").is_some(), "{refused:?}");
    // Who reads goes on getting frames beside one that does not.
    drop(capture);
    let capture = Capture::start(["--max-frame-memory", "12MB", LARGE]).await?;
    let mut stuck = Client::subscribed(capture.address(), "k").await?;
    stuck.frame().await?;
    let mut quick = Client::subscribed(capture.address(), "k").await?;
    for _ in 0..20 {
        let frame = quick.frame().await?;
        quick.drawn(&frame).await?;
    }
    Ok(())
}
