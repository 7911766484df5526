//! How much the server takes on, and that it goes on serving after it was too much. No browser.

use anyhow::{Result, bail};
use e2e::{Capture, Client, http, until, within};
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::close;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// Viewers at a time, as the server has it.
const VIEWERS_MAX: usize = 64;

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
    assert_eq!(http::get(capture.address(), "/healthz").await?.status, 200);
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
    assert_eq!(http::get(capture.address(), "/healthz").await?.status, 200);
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
    let answer = until("an answer", async || Ok(http::get(capture.address(), "/healthz").await.ok())).await?;
    assert_eq!(answer.status, 200);
    let mut late = Client::subscribed(capture.address(), "k").await?;
    late.frame().await?;
    viewer.frame().await?;
    Ok(())
}
