//! Frames at 30 and 60 a second, at every size: how many are presented, how old they are then, and what that costs both
//! sides; beside the do-it-yourself viewer and MJPEG, stamped as `bench::stamp` says.

use anyhow::Result;
use e2e::Capture;
use e2e::bench::peers::{Python, Script};
use e2e::bench::results::Round;
use e2e::bench::source::{self, Size};
use e2e::bench::stamp::server_to_wall;
use e2e::bench::watch::{
    self, BROWSER_CPU, BROWSER_MEMORY, P50, P95, P99, PRESENTED, REFRESH_MILLIS, SERVER_CPU, SERVER_MEMORY,
    Watch,
};
use e2e::bench::{Bench, Figures, run};
use serde_json::json;
use std::process::ExitCode;

const TITLE: &str =
    "Frames presented in Chromium, and their age in milliseconds since they reached the appsink";
const COLUMNS: [(&str, usize); 8] = [
    (PRESENTED, 1),
    (P50, 1),
    (P95, 1),
    (P99, 1),
    (SERVER_CPU, 2),
    (BROWSER_CPU, 2),
    (SERVER_MEMORY, 1),
    (BROWSER_MEMORY, 0),
];
const SINKVIEW: &str = "Sinkview";

/// Frames of one kind, and who shows them besides Sinkview.
struct Case {
    format: &'static str,
    size: Size,
    fps: u32,
    peers: Vec<Script>,
}

fn main() -> Result<ExitCode> {
    run("paced", TITLE, 3.0, async |bench| {
        let python = Python::ready().await?;
        let cases = cases();
        bench.expect(cases.iter().map(|case| 1 + case.peers.len()).sum());
        for case in cases {
            measure(bench, &python, &case).await?;
        }
        Ok(())
    })
}

/// The peers know BGR alone, and are as fast at 60 as they get.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for size in source::SIZES {
        for fps in [30, 60] {
            let mut peers = vec![Script::Raw];
            if fps == 60 {
                peers.push(Script::Mjpeg);
            }
            if fps == 30 && size.name == "1080p" {
                peers.push(Script::Deflate);
            }
            cases.push(Case { format: "BGR", size, fps, peers });
            cases.push(Case { format: "NV12", size, fps, peers: Vec::new() });
        }
    }
    cases
}

async fn measure(bench: &mut Bench, python: &Python, case: &Case) -> Result<()> {
    let Case { format, size, fps, peers } = case;
    let group = format!("{} {format} at {fps}", size.name);
    let pipeline = source::paced(format, *size, *fps);
    let names: Vec<_> = std::iter::once(SINKVIEW).chain(peers.iter().map(|peer| peer.name())).collect();
    let seconds = bench.seconds();
    let figures = async |index: usize| match index.checked_sub(1) {
        None => ours(&pipeline, seconds).await,
        Some(peer) => theirs(python, peers[peer], &pipeline, seconds).await,
    };
    bench.turns(&group, &COLUMNS, &names, figures).await?;

    let due = source::due(*fps);
    let target = (group == "1080p BGR at 60").then_some(57.0 / due);
    bench.at_least(target, "presented to made", &group, |round| Some(round.get(SINKVIEW, PRESENTED)? / due));
    let target = (group == "1080p BGR at 60").then_some(1.0);
    bench.at_most(target, "p95 beyond p50, in refreshes", &group, |round| {
        Some((round.get(SINKVIEW, P95)? - round.get(SINKVIEW, P50)?) / REFRESH_MILLIS)
    });
    let raw = Script::Raw.name();
    let ratio = |figure: &'static str| {
        move |round: Round<'_>| Some(round.get(SINKVIEW, figure)? / round.get(raw, figure)?)
    };
    let target = (group == "1080p BGR at 30").then_some(0.75);
    bench.at_most(target, "p50, to the do-it-yourself viewer", &group, ratio(P50));
    bench.at_least(None, "presented, to the do-it-yourself viewer", &group, ratio(PRESENTED));
    bench.at_most(None, "server CPU of a frame, to the do-it-yourself viewer", &group, ratio(SERVER_CPU));
    bench.at_most(None, "browser CPU of a frame, to the do-it-yourself viewer", &group, ratio(BROWSER_CPU));
    Ok(())
}

async fn ours(pipeline: &str, seconds: f64) -> Result<Figures> {
    let capture = Capture::start([pipeline]).await?;
    let to_wall = server_to_wall(capture.address()).await?;
    // A page of its origin without a view on it: scripts may load the element from it.
    let page = format!("{}sink-view.js", capture.url());
    let subject = watch::element(true, &json!({}));
    Watch { page: &page, subject, server: capture.id()?, to_wall, seconds, is_paced: true }.figures().await
}

async fn theirs(python: &Python, script: Script, pipeline: &str, seconds: f64) -> Result<Figures> {
    let peer = python.start(script, pipeline, None).await?;
    let (page, subject, server) = (peer.url(), watch::peer(), peer.id()?);
    Watch { page, subject, server, to_wall: 0.0, seconds, is_paced: true }.figures().await
}
