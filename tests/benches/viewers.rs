//! 1, 8 and 64 viewers of one stream of 1080p: whether taking frames from the appsink ever waits for them, what the one in
//! Chromium sees, and what they cost the server. All but that one drain what they are sent.

use anyhow::{Context, Result, ensure};
use e2e::Capture;
use e2e::bench::drain::Drains;
use e2e::bench::stamp::server_to_wall;
use e2e::bench::watch::{self, P50, P95, P99, PRESENTED, SERVER_CPU, SERVER_MEMORY, Watch};
use e2e::bench::{Figures, run, source};
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

const TITLE: &str = "Viewers of 1080p BGR at 30 frames a second, the first in Chromium";
const GROUP: &str = "1080p BGR at 30";
const FPS: u32 = 30;
const COUNTS: [usize; 3] = [1, 8, 64];
const NAMES: [&str; 3] = ["1 viewer", "8 viewers", "64 viewers"];
const PULLED: &str = "pulled/s";
const DROPPED: &str = "dropped";
const DRAINED: &str = "to the others/s";
/// By how much the server's memory may grow from 1 viewer to 64.
const GROWTH_MIB: f64 = 64.0;
const COLUMNS: [(&str, usize); 9] = [
    (PULLED, 1),
    (DROPPED, 0),
    (PRESENTED, 1),
    (P50, 1),
    (P95, 1),
    (P99, 1),
    (DRAINED, 0),
    (SERVER_CPU, 2),
    (SERVER_MEMORY, 1),
];

fn main() -> Result<ExitCode> {
    run("viewers", TITLE, 4.0, async |bench| {
        bench.expect(COUNTS.len());
        let seconds = bench.seconds();
        bench.turns(GROUP, &COLUMNS, &NAMES, async |index| measure(COUNTS[index], seconds).await).await?;
        let due = source::due(FPS);
        for name in NAMES {
            // What is pulled is neither dropped nor waited for.
            let what = format!("frames pulled to made, {name}");
            bench.at_least(Some(0.98), &what, GROUP, |round| Some(round.get(name, PULLED)? / due));
        }
        bench.at_most(Some(1.0), "memory of 64 viewers beyond that of 1, to 64 MiB", GROUP, |round| {
            let [few, many] = [NAMES[0], NAMES[2]].map(|name| round.get(name, SERVER_MEMORY));
            Some((many? - few?) / GROWTH_MIB)
        });
        bench.at_most(None, "p50 with 8 viewers to 1", GROUP, |round| {
            Some(round.get(NAMES[1], P50)? / round.get(NAMES[0], P50)?)
        });
        Ok(())
    })
}

async fn measure(count: usize, seconds: f64) -> Result<Figures> {
    let capture = Capture::start([&source::paced("BGR", source::size("1080p"), FPS)]).await?;
    let to_wall = server_to_wall(capture.address()).await?;
    let others = Drains::start(capture.address(), "s", count - 1)?;
    let before = (counts(&capture).await?, others.frames(), Instant::now());
    let page = format!("{}sink-view.js", capture.url());
    let subject = watch::element(true, &json!({}));
    let watch = Watch { page: &page, subject, server: capture.id()?, to_wall, seconds, is_paced: true };
    let mut figures = watch.figures().await?;
    let after = (counts(&capture).await?, others.frames(), before.2.elapsed().as_secs_f64());
    ensure!(others.alive() == count - 1, "{} of {count} viewers were sent away", count - 1 - others.alive());
    let (arrived, dropped) = (after.0.0 - before.0.0, after.0.1 - before.0.1);
    figures.insert(PULLED.to_owned(), (arrived - dropped) / after.2);
    figures.insert(DROPPED.to_owned(), dropped);
    #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
    figures.insert(DRAINED.to_owned(), (after.1 - before.1) as f64 / after.2);
    Ok(figures)
}

/// Frames that reached the appsink up to now, and those that were dropped there.
async fn counts(capture: &Capture) -> Result<(f64, f64)> {
    let stream = capture.stream("s").await?;
    let count = |name: &str| stream[name].as_f64().with_context(|| format!("no {name} in {stream}"));
    Ok((count("arrived")?, count("dropped")?))
}
