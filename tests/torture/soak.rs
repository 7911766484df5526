//! Viewers that come and go for a long time, and what is left of them.

use crate::healthy::{Healthy, UNDISTURBED};
use crate::row::{Fault, Found, count};
use crate::server::{LARGER, answers, descriptors, has_panicked, resident};
use crate::threat::Threat;
use crate::torture::Torture;
use anyhow::{Context, Result};
use e2e::{Browser, Capture, Client, http};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::time::{interval, sleep};

/// How long it lasts, unless `TORTURE_SOAK` says otherwise, in seconds.
const SECONDS: u64 = 900;
/// The part of it, a third, in which caches fill, threads start and allocators settle.
const WARM_UP: usize = 3;
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks of which the least counts: a quarter of a minute.
const LOOKS: usize = 15;
/// Growth of resident memory that is none, in MiB an hour.
const SLOPE_MAX: f64 = 1.0;

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let seconds: u64 = match std::env::var("TORTURE_SOAK") {
        Ok(text) => text.parse().context("TORTURE_SOAK is a number of seconds")?,
        Err(_) => SECONDS,
    };
    let fault = Fault {
        threat: Threat::LongRuns,
        name: "viewers, browsers and requests come and go, 15 minutes or as long as was said",
        with: "native viewers, Chromium, /proc",
        must: "resident memory grows by less than 1 MB an hour, extrapolated; descriptors as before; no panic; a viewer \
               that stays keeps its rate",
    };
    let most = Duration::from_secs(seconds + 300);
    torture.fault_within(most, fault, || soak(Duration::from_secs(seconds))).await;
    Ok(())
}

/// One after the other: viewers that leave in the middle, files, lists, and now and then a browser.
async fn come_and_go(address: SocketAddr, url: &str, index: u64) -> Result<()> {
    match index % 40 {
        0 => {
            let browser = Browser::at(url).await?;
            browser.state("live").await?;
            browser.finish(&[]).await
        }
        1..8 => {
            for path in [
                "/streams",
                "/pipelines",
                "/streams/k/frame.npy",
                "/streams/k/frame.png",
                "/",
                "/viewer_bg.wasm",
            ] {
                http::get(address, path).await?;
            }
            Ok(())
        }
        _ => {
            let mut client = Client::subscribed(address, "k").await?;
            for _ in 0..index % 5 {
                let frame = client.frame().await?;
                client.drawn(&frame).await?;
            }
            // It leaves without a word.
            Ok(())
        }
    }
}

async fn soak(span: Duration) -> Result<Found> {
    let capture = Capture::start(["--history", "64MiB", LARGER]).await?;
    let (address, process) = (capture.address(), capture.id()?);
    let mut healthy = Healthy::start(&[], address, "k").await?;
    let before = healthy.rate(Duration::from_secs(5)).await;
    // Each kind once, so that what is made once is there.
    for index in 0..40 {
        come_and_go(address, capture.url(), index).await?;
    }
    sleep(Duration::from_secs(3)).await;
    let known = descriptors(process)?;
    let (started, mark) = (Instant::now(), healthy.mark());
    let mut found = Found::default();
    let mut memory = Vec::new();
    let mut beat = interval(LOOK_EVERY);
    let coming = async {
        let (mut index, mut lost) = (1_u64, Vec::new());
        while started.elapsed() < span {
            lost.extend(
                come_and_go(address, capture.url(), index).await.err().map(|error| format!("{error:#}")),
            );
            index += 1;
            sleep(Duration::from_millis(100)).await;
        }
        (index, lost)
    };
    tokio::pin!(coming);
    loop {
        tokio::select! {
            (times, lost) = &mut coming => {
                (found.times, found.lost) = (times, lost);
                break;
            }
            _ = beat.tick() => memory.push((started.elapsed().as_secs_f64(), resident(process)?)),
        }
    }
    let rate = healthy.since(mark) / before;
    sleep(Duration::from_secs(3)).await;
    let settled = memory.split_off(memory.len() / WARM_UP);
    let (slope, noise) = slope(&settled).context("it was too short for a slope")?;
    found.at_most("resident memory, MiB an hour", slope, SLOPE_MAX);
    found.tell("minutes", span.as_secs_f64() / 60.0);
    found.tell("that slope's noise, MiB an hour", noise);
    found.tell("resident at the end, MiB", settled.last().map_or(0.0, |(_, memory)| *memory));
    found.at_most("descriptors more", count(descriptors(process)?) - count(known), 0.0);
    found.at_least("viewer's rate to before", rate, UNDISTURBED);
    found.expect(healthy.is_connected()?, || "the viewer that stays lost its connection".to_owned());
    found.expect(answers(&capture).await, || "the server does not answer".to_owned());
    found.expect(!has_panicked(&capture), || "a panic is in the log".to_owned());
    Ok(found)
}

/// The growth of a second value by the hour of a first in seconds, and how far slopes of single pairs are off.
///
/// Of each quarter of a minute it takes the least: what a file or a browser needs for a moment is no growth. Of those, it
/// takes the median of the slopes of all pairs (Theil and Sen), which single ones do not move. Its noise is half the
/// distance between the quartiles of these slopes.
fn slope(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let least: Vec<_> = points
        .chunks_exact(LOOKS)
        .filter_map(|chunk| chunk.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)))
        .collect();
    let pairs = (0..least.len()).flat_map(|later| (0..later).map(move |earlier| (earlier, later)));
    let slope = |(a, b): (usize, usize)| (least[b].1 - least[a].1) / (least[b].0 - least[a].0) * 3600.0;
    let mut slopes: Vec<_> = pairs.map(slope).collect();
    slopes.sort_by(f64::total_cmp);
    let at = |quarter: usize| slopes.get(slopes.len().saturating_sub(1) * quarter / 4).copied();
    Some((at(2)?, (at(3)? - at(1)?) / 2.0))
}
