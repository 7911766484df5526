//! Links that lose packets, break and heal, and peers that are gone without a word.

use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found, not_run};
use crate::server::{LIVE, freed, sockets};
use crate::threat::Threat;
use crate::tools::{output, run as run_tool, said, tool};
use crate::torture::Torture;
use crate::viewers::{CONGESTION, FREED_MAX, linked};
use anyhow::Result;
use e2e::bench::drain::Drain;
use e2e::bench::link::Link;
use e2e::{Browser, Client};
use std::time::{Duration, Instant};
use tokio::process::Command;
use tokio::time::sleep;

/// What the rate of the healthy viewer is measured over before.
const BEFORE: Duration = Duration::from_secs(4);
/// Faster than anything that is sent here.
const RATE: &str = "1gbit";
/// A connection is dropped after 25 s at the latest; looking at it takes longer than that.
const PATIENCE: Duration = Duration::from_secs(45);

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |threat, name, with, must| Fault { threat, name, with, must };
    torture
        .fault(
            fault(
                Threat::HalfOpen,
                "the link of nine viewers drops everything, of one of them while it sends nothing",
                "nft drop",
                "their connections are freed within 30 s; a viewer beside keeps its rate within 5 %",
            ),
            half_open,
        )
        .await;
    torture
        .fault(
            fault(
                Threat::HalfOpen,
                "sockets of eight viewers are destroyed in the kernel",
                "ss -K",
                "their connections are freed within 30 s; a viewer beside keeps its rate within 5 %",
            ),
            destroyed,
        )
        .await;
    for congestion in CONGESTION {
        let names = [
            ("the link breaks for 8 s and heals, three times, bbr", "5 % of the packets are lost, bbr"),
            ("the link breaks for 8 s and heals, three times, cubic", "5 % of the packets are lost, cubic"),
        ];
        let (breaks, loses) = if congestion == "bbr" { names[0] } else { names[1] };
        torture
            .fault(
                fault(
                    Threat::Drops,
                    breaks,
                    "nft drop, Chromium",
                    "the page says that its picture is old, and is live again by itself",
                ),
                || partitions(congestion),
            )
            .await;
        torture
            .fault(
                fault(
                    Threat::Drops,
                    loses,
                    "nft numgen random",
                    "frames go on to come whole and in order; a viewer beside keeps its rate within 5 %",
                ),
                || lossy(congestion),
            )
            .await;
    }
    Ok(())
}

/// A command in the namespace of a link.
fn inside(link: &Link, program: &str, package: &str) -> Result<Command> {
    tool(program, package)?;
    let [runner, arguments @ ..] = link.inside();
    let mut command = Command::new(runner);
    command.args(arguments).arg(program);
    Ok(command)
}

/// Drops what passes the link, in both directions, or a share of it; what is on the server's own loopback passes.
async fn drop_packets(link: &Link, rule: &str) -> Result<()> {
    let table = format!(
        "add table inet torture; \
         add chain inet torture in {{ type filter hook input priority 0; }}; \
         add chain inet torture out {{ type filter hook output priority 0; }}; \
         add rule inet torture in iif != lo {rule} drop; \
         add rule inet torture out oif != lo {rule} drop"
    );
    let ended = output(inside(link, "nft", "nftables")?.arg(table)).await?;
    if ended.status.success() { Ok(()) } else { Err(not_run(format!("nft makes no rule: {}", said(&ended)))) }
}

async fn heal(link: &Link) -> Result<()> {
    run_tool(inside(link, "nft", "nftables")?.arg("delete table inet torture")).await?;
    Ok(())
}

async fn half_open() -> Result<Found> {
    const VIEWERS: u64 = 8;
    let (link, capture) = linked(RATE, CONGESTION[0], LIVE).await?;
    let healthy = Healthy::start(&link.inside(), capture.address(), "k").await?;
    let before = healthy.rate(BEFORE).await;
    let known = sockets(capture.id()?)?;
    let mut far = Vec::new();
    for _ in 0..VIEWERS {
        far.push(Healthy::start(&[], capture.address(), "k").await?);
    }
    let mut silent = Client::connect(capture.address()).await?;
    silent.hear().await?;
    let mark = healthy.mark();
    drop_packets(&link, "").await?;
    let after = freed(capture.id()?, &known, PATIENCE).await?;
    let mut found = Found::tried(VIEWERS + 1);
    found.at_most("freed after, s", after.as_secs_f64(), FREED_MAX);
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    heal(&link).await?;
    Ok(found)
}

async fn destroyed() -> Result<Found> {
    const VIEWERS: u64 = 8;
    let (link, capture) = linked(RATE, CONGESTION[0], LIVE).await?;
    let healthy = Healthy::start(&link.inside(), capture.address(), "k").await?;
    let before = healthy.rate(BEFORE).await;
    let known = sockets(capture.id()?)?;
    let mut far = Vec::new();
    for _ in 0..VIEWERS {
        let mut drain = Drain::connect(capture.address(), None)?;
        drain.subscribe("k", false)?;
        far.push(drain);
    }
    let mark = healthy.mark();
    // The viewer beside is on loopback, and has the server's own address at both ends.
    let destination = format!("{}", link.viewer());
    let ended = output(inside(&link, "ss", "iproute2")?.args(["-K", "dst", &destination])).await?;
    let killed = said(&ended).lines().count().saturating_sub(1);
    if killed == 0 {
        return Err(not_run(format!("this kernel destroys no sockets: {}", said(&ended))));
    }
    let after = freed(capture.id()?, &known, PATIENCE).await?;
    let mut found = Found::tried(VIEWERS);
    found.at_most("freed after, s", after.as_secs_f64(), FREED_MAX);
    sleep(Duration::from_secs(2)).await;
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    Ok(found)
}

async fn partitions(congestion: &str) -> Result<Found> {
    const BROKEN: Duration = Duration::from_secs(8);
    const LIVE_MAX: f64 = 30.0;
    let (link, capture) = linked(RATE, congestion, LIVE).await?;
    let browser = Browser::showing(&capture).await?;
    browser.state("live").await?;
    let mut found = Found::default();
    let mut longest = 0.0_f64;
    for _ in 0..3 {
        drop_packets(&link, "").await?;
        let started = Instant::now();
        browser.state("stalled").await?;
        let is_told = browser.until("the words", "return document.body.innerText.includes('stalled')").await;
        found.expect(is_told.is_ok(), || "the page does not say that its picture is old".to_owned());
        sleep(BROKEN.saturating_sub(started.elapsed())).await;
        heal(&link).await?;
        let healed = Instant::now();
        browser.state("live").await?;
        longest = longest.max(healed.elapsed().as_secs_f64());
    }
    found.at_most("live after, s", longest, LIVE_MAX);
    Ok(found)
}

async fn lossy(congestion: &str) -> Result<Found> {
    const SPAN: Duration = Duration::from_secs(15);
    let (link, capture) = linked(RATE, congestion, LIVE).await?;
    let healthy = Healthy::start(&link.inside(), capture.address(), "k").await?;
    let before = healthy.rate(BEFORE).await;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    client.frame().await?;
    drop_packets(&link, "numgen random mod 100 < 5").await?;
    let (mark, end) = (healthy.mark(), Instant::now() + SPAN);
    let mut found = Found::default();
    let (mut frames, mut last) = (0, 0);
    while Instant::now() < end {
        let frame = client.frame().await?;
        client.drawn(&frame).await?;
        let (sequence, len) = (frame.header.sequence, frame.payload.len());
        found.expect(sequence > last && len == 64 * 48 * 3, || {
            format!("frame {sequence} of {len} after {last}")
        });
        (frames, last) = (frames + 1, sequence);
    }
    found.at_least("viewer's rate to before", healthy.since(mark) / before, UNDISTURBED);
    found.tell("frames a second through the loss", f64::from(frames) / SPAN.as_secs_f64());
    Ok(found)
}
