//! HTTP requests that are damaged at random: lines, headers, cookies, queries, and caps within queries.

use crate::row::{Fault, Found, count};
use crate::server::{LIVE, answers, has_panicked};
use crate::threat::Threat;
use crate::torture::Torture;
use anyhow::{Context, Result};
use e2e::random::{Random, seed};
use e2e::{Capture, Client};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Requests in all.
const REQUESTS: u64 = 20_000;
/// A request must be complete within 5 s, and its answer comes at once.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// Requests to damage; the rest of the head follows.
const STARTS: [&str; 10] = [
    "GET / HTTP/1.1",
    "GET /ws HTTP/1.1",
    "GET /streams?token=abc HTTP/1.1",
    "GET /streams/k/frame.npy?sequence=1 HTTP/1.1",
    "HEAD /streams/%6b/frame.json HTTP/1.1",
    "GET /pipelines/0/graph.dot HTTP/1.1",
    "GET /layout?caps=video%2Fx-raw%2Cformat%3DNV12%2Cwidth%3D16%2Cheight%3D8&format=I420&strides=16,8,8&quiet HTTP/1.1",
    "GET /layout?caps=video/x-bayer,format=rggb,width=64,height=48&width=32&offsets=0&matrix=bt709&range=full HTTP/1.1",
    "GET /formats?length=4096&format=NV12&width=64&height=48 HTTP/1.1",
    "GET /sink-view.js HTTP/1.1",
];
/// Headers to damage.
const HEADERS: [&str; 12] = [
    "Host: 127.0.0.1:8080",
    "Host: [::1]:8080",
    "Origin: http://127.0.0.1:8080",
    "Cookie: a=b; sinkview-8080=0123456789abcdef",
    "Authorization: Bearer abcdef",
    "Accept-Encoding: br;q=0.5, gzip, *;q=0",
    "If-None-Match: W/\"abc\", \"def\"",
    "Connection: Upgrade, keep-alive",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: sinkview.v1, sinkview.token.abc",
];
/// What damage puts in: of syntax, of numbers, and of no text at all.
const ODD: [&[u8]; 16] = [
    b"%",
    b"%00",
    b"%ff",
    b"&",
    b"=",
    b",",
    b";",
    b"..",
    b"/",
    b"18446744073709551616",
    b"-1",
    b"4294967295",
    b"\0",
    b"\xff\xfe",
    b"\xc3\xa4",
    b"(",
];

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = Fault {
        threat: Threat::LyingCaps,
        name: "20,000 requests damaged at random: lines, headers, cookies, queries, caps in queries",
        with: "bytes put in, left out, doubled and changed; the seed is printed",
        must: "each is answered or closed, none with a 5xx; no panic; a viewer is served all the while",
    };
    torture.fault(fault, damaged).await;
    Ok(())
}

/// A request, damaged in a few places.
fn request(random: &mut Random, address: SocketAddr) -> Vec<u8> {
    let mut head = random.one_of(&STARTS).as_bytes().to_vec();
    // Most have the right host, so that they come further.
    if random.to(4) > 1 {
        head.extend_from_slice(format!("\r\nHost: {address}").as_bytes());
    }
    for _ in 0..random.to(6) {
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(random.one_of(&HEADERS).as_bytes());
    }
    for _ in 0..random.to(4) {
        let at = random.to(u32::try_from(head.len()).unwrap_or(u32::MAX)) as usize - 1;
        match random.to(4) {
            1 => drop(head.splice(at..at, random.one_of(&ODD).iter().copied())),
            2 => drop(head.drain(at..(at + random.to(8) as usize).min(head.len()))),
            3 => {
                let end = (at + random.to(40) as usize).min(head.len());
                let again = head[at..end].to_vec();
                drop(head.splice(at..at, again));
            }
            _ => head[at] = u8::try_from(random.to(256) - 1).unwrap_or_default(),
        }
    }
    head.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
    head
}

/// The status of the answer, or nothing where the connection was just closed.
async fn status(address: SocketAddr, request: &[u8]) -> Result<Option<u16>> {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(request).await?;
        let mut start = [0; 12];
        let read = socket.read_exact(&mut start).await;
        anyhow::Ok(read.ok().and_then(|_| std::str::from_utf8(&start[9..]).ok()?.parse().ok()))
    };
    timeout(ANSWER_MAX, exchange).await.context("no answer and no end")?
}

async fn damaged() -> Result<Found> {
    let capture = Capture::start(["--history", "1MiB", LIVE]).await?;
    let address = capture.address();
    let mut random = Random::new(seed());
    let mut viewer = Client::subscribed(address, "k").await?;
    let mut found = Found::tried(REQUESTS);
    let mut good = 0.0;
    for index in 0..REQUESTS {
        let request = request(&mut random, address);
        let shown = || String::from_utf8_lossy(&request).into_owned();
        match status(address, &request).await {
            Ok(Some(status)) if status >= 500 => found.lost.push(format!("{status} for {:?}", shown())),
            Ok(status) => good += f64::from(u8::from(status.is_some_and(|status| status < 400))),
            Err(error) if error.is::<std::io::Error>() => {}
            Err(error) => found.lost.push(format!("{error:#} for {:?}", shown())),
        }
        if index % 20 == 0 {
            let frame = viewer.frame().await?;
            viewer.drawn(&frame).await?;
        }
    }
    found.tell("share that was valid all the same", good / count(REQUESTS));
    found.expect(!has_panicked(&capture), || "a panic is in the log".to_owned());
    found.expect(answers(&capture).await, || "the server does not answer".to_owned());
    Ok(found)
}
