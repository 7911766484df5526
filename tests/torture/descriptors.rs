//! Descriptors that run out, and ten thousand connections that come and go.

use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found, count};
use crate::server::{LARGER, LIVE, descriptors, has_panicked, resident};
use crate::threat::Threat;
use crate::tools::{run as run_tool, tool};
use crate::torture::Torture;
use anyhow::{Context, Result, bail, ensure};
use e2e::{Capture, Client, Heard, http, until};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wire::ServerMessage;

/// Connections of either kind that come and go.
const COMING_AND_GOING: u64 = 5_000;
/// How many of them at a time.
const AT_A_TIME: u64 = 16;
/// What allocators may keep of ten thousand connections, in MiB.
const GROWTH_MAX: f64 = 16.0;

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::Descriptors,
                "60 connections where 24 descriptors are allowed, three times",
                "prlimit --nofile=24",
                "it says so once a time and goes on; the viewer that is there keeps its rate; then it serves again",
            ),
            running_out,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::LongRuns,
                "10,000 connections that come and go, half of them WebSocket",
                "16 clients at a time",
                "each is answered; descriptors are as many as before; no panic",
            ),
            coming_and_going,
        )
        .await;
    Ok(())
}

async fn running_out() -> Result<Found> {
    let capture = Capture::start([LARGER]).await?;
    let process = capture.id()?.to_string();
    let mut healthy = Healthy::start(&[], capture.address(), "k").await?;
    let before = healthy.rate(Duration::from_secs(4)).await;
    let known = descriptors(capture.id()?)?;
    let mut found = Found::default();
    // Lowered while it runs: with so few it could not load GStreamer's plugins.
    run_tool(tool("prlimit", "util-linux")?.args(["--nofile=24", "--pid", &process])).await?;
    let mark = healthy.mark();
    for _ in 0..3 {
        let mut connections = Vec::new();
        for _ in 0..60 {
            connections.push(TcpStream::connect(capture.address()).await?);
        }
        capture.logged("cannot be accepted").await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(connections);
        let answer =
            until("an answer", async || Ok(http::get(capture.address(), "/streams").await.ok())).await?;
        found.expect(answer.status == 200, || format!("afterwards /streams is {}", answer.status));
        let mut late = Client::subscribed(capture.address(), "k").await?;
        late.frame().await?;
    }
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    found.expect(healthy.is_connected()?, || "the viewer lost its connection".to_owned());
    let after = until("as many descriptors as before", async || {
        let now = descriptors(capture.id()?)?;
        Ok((now <= known).then_some(now))
    });
    found.expect(after.await.is_ok(), || "descriptors are left".to_owned());
    Ok(found)
}

async fn coming_and_going() -> Result<Found> {
    let capture = Capture::start([LIVE]).await?;
    let (address, process) = (capture.address(), capture.id()?);
    // What the first connections make once is no leak.
    rounds(address, AT_A_TIME * 10).await?;
    let before = settled(process, usize::MAX).await?;
    let memory = resident(process)?;
    let lost = rounds(address, COMING_AND_GOING).await?;
    let mut found = Found::tried(2 * COMING_AND_GOING);
    found.lost = lost;
    let after = settled(process, before).await?;
    found.at_most("descriptors left", count(after - before.min(after)), 0.0);
    found.at_most("resident memory more, MiB", resident(process)? - memory, GROWTH_MAX);
    found.expect(!has_panicked(&capture), || "a panic is in the log".to_owned());
    Ok(found)
}

/// Descriptors once they are as few as wanted, or after the time that connections have to end.
async fn settled(process: u32, wanted: usize) -> Result<usize> {
    let few = until("few descriptors", async || {
        let now = descriptors(process)?;
        Ok((now <= wanted).then_some(now))
    });
    if wanted == usize::MAX {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    few.await.or_else(|_| descriptors(process))
}

/// So many requests and as many WebSocket connections; what was not answered as it is due.
async fn rounds(address: SocketAddr, count: u64) -> Result<Vec<String>> {
    let mut clients = JoinSet::new();
    for _ in 0..AT_A_TIME {
        clients.spawn(async move {
            let mut lost = Vec::new();
            for _ in 0..count / AT_A_TIME {
                lost.extend(request(address).await.err());
                lost.extend(connection(address).await.err());
            }
            lost
        });
    }
    let mut lost = Vec::new();
    while let Some(ended) = clients.join_next().await {
        lost.extend(ended.context("a client")?.iter().map(|error| format!("{error:#}")));
    }
    Ok(lost)
}

async fn request(address: SocketAddr) -> Result<()> {
    let answer = http::get(address, "/streams").await?;
    ensure!(answer.status == 200, "/streams is {}", answer.status);
    Ok(())
}

async fn connection(address: SocketAddr) -> Result<()> {
    let mut client = Client::subscribed(address, "k").await?;
    let Heard::Message(message) = client.hear().await? else { bail!("no hello") };
    ensure!(matches!(*message, ServerMessage::Hello { .. }), "{message:?}");
    Ok(())
}
