//! Frames a second without a pace, at every size: what a page only receives by a WebSocket, what the viewer's worker only
//! receives, what `capture`'s viewer decodes with its drawing
//! gate off, and what the do-it-yourself viewer decodes; with the CPU time of a frame on both sides, and the memory.
//!
//! *Decoded* frames are received, converted and put on the canvas. The source costs nothing: one picture, sent again and
//! again, the next one when the one before is taken.

use anyhow::Result;
use e2e::Capture;
use e2e::bench::clips::Clip;
use e2e::bench::peers::{Python, Script};
use e2e::bench::results::Round;
use e2e::bench::source::{self, Size};
use e2e::bench::watch::{self, BROWSER_CPU, BROWSER_MEMORY, DECODED, SERVER_CPU, SERVER_MEMORY, Watch};
use e2e::bench::{Figures, run};
use serde_json::{Value, json};
use std::process::ExitCode;

const TITLE: &str = "Frames a second in Chromium, unpaced";
const COLUMNS: [(&str, usize); 5] =
    [(DECODED, 1), (SERVER_CPU, 3), (BROWSER_CPU, 2), (SERVER_MEMORY, 1), (BROWSER_MEMORY, 0)];
const RECEIVER: &str = "a page that only receives";
const ALONE: &str = "Sinkview's receiver alone";
const SINKVIEW: &str = "Sinkview";

/// The same viewer, with the encoding for pictures of cameras.
const RESIDUAL: &str = "Sinkview, residual";
/// What is shown of real footage: a clip, side by side with itself.
const FOOTAGE: &str = "1080p BGR, footage";

#[derive(Clone, Copy)]
enum Subject {
    Receiver,
    Alone,
    Sinkview,
    Residual,
    Peer(Script),
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Receiver => RECEIVER,
            Self::Alone => ALONE,
            Self::Sinkview => SINKVIEW,
            Self::Residual => RESIDUAL,
            Self::Peer(script) => script.name(),
        }
    }
}

fn main() -> Result<ExitCode> {
    run("unpaced", TITLE, 2.0, async |bench| {
        let python = Python::ready().await?;
        let group = |format: &str, size: Size, subjects| {
            (format!("{} {format}", size.name), source::unpaced(format, size), subjects)
        };
        let mut groups: Vec<(String, String, Vec<Subject>)> = source::SIZES
            .into_iter()
            .flat_map(|size| [group("BGR", size, subjects(size)), group("NV12", size, subjects_of_yuv())])
            .collect();
        if bench.wants(FOOTAGE) {
            let footage = Clip::of("bigbuckbunny")?.tiled(1920, 1080)?.pipeline(0);
            let subjects = vec![Subject::Receiver, Subject::Sinkview, Subject::Residual];
            groups.push((FOOTAGE.to_owned(), footage, subjects));
        }
        bench.expect(groups.iter().map(|(_, _, subjects)| subjects.len()).sum());
        let seconds = bench.seconds();
        for (group, pipeline, subjects) in groups {
            let names: Vec<_> = subjects.iter().map(|subject| subject.name()).collect();
            let measure = async |index: usize| match subjects[index] {
                Subject::Receiver => ours(&pipeline, watch::receiver(), seconds).await,
                Subject::Alone => ours(&pipeline, watch::receiver_alone(), seconds).await,
                Subject::Sinkview => {
                    ours(&pipeline, watch::element(false, &json!({ "encoding": "raw" })), seconds).await
                }
                Subject::Residual => {
                    ours(&pipeline, watch::element(false, &json!({ "encoding": "residual" })), seconds).await
                }
                Subject::Peer(script) => theirs(&python, script, &pipeline, seconds).await,
            };
            bench.turns(&group, &COLUMNS, &names, measure).await?;
            let of = |figure: &'static str, subject: &'static str, peer: &'static str| {
                move |round: Round<'_>| Some(round.get(subject, figure)? / round.get(peer, figure)?)
            };
            let ratio = |figure, peer| of(figure, SINKVIEW, peer);
            let is_1080p_bgr = group == "1080p BGR";
            let name = "decoded, to the viewer's receiver alone";
            bench.at_least(None, name, &group, ratio(DECODED, ALONE));
            let target = is_1080p_bgr.then_some(0.85);
            bench.at_least(target, "decoded to only received", &group, ratio(DECODED, RECEIVER));
            let name = "decoded, residual to only received";
            bench.at_least(Some(1.2), name, &group, of(DECODED, RESIDUAL, RECEIVER));
            let raw = Script::Raw.name();
            bench.at_least(Some(1.6), "decoded, to the do-it-yourself viewer", &group, ratio(DECODED, raw));
            let name = "server CPU of a frame, to the do-it-yourself viewer";
            bench.at_most(Some(0.125), name, &group, ratio(SERVER_CPU, raw));
        }
        Ok(())
    })
}

/// The do-it-yourself viewer knows BGR alone. Compressing large frames takes it most of a second each, and is measured up
/// to 1080p.
fn subjects(size: Size) -> Vec<Subject> {
    let mut subjects = vec![Subject::Receiver, Subject::Alone, Subject::Sinkview, Subject::Peer(Script::Raw)];
    if matches!(size.name, "640x480" | "1080p") {
        subjects.push(Subject::Peer(Script::Deflate));
    }
    subjects
}

fn subjects_of_yuv() -> Vec<Subject> {
    vec![Subject::Receiver, Subject::Alone, Subject::Sinkview]
}

async fn ours(pipeline: &str, subject: Value, seconds: f64) -> Result<Figures> {
    let capture = Capture::start(["--policy", "every", pipeline]).await?;
    // A page of its origin without a view on it: scripts may load the element from it.
    let page = format!("{}sink-view.js", capture.url());
    let server = capture.id()?;
    Watch { page: &page, subject, server, to_wall: 0.0, seconds, is_paced: false }.figures().await
}

async fn theirs(python: &Python, script: Script, pipeline: &str, seconds: f64) -> Result<Figures> {
    let peer = python.start(script, pipeline, None).await?;
    let (subject, server) = (watch::peer(), peer.id()?);
    Watch { page: peer.url(), subject, server, to_wall: 0.0, seconds, is_paced: false }.figures().await
}
