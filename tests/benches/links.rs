//! Links that are slower than the frames: 100 and 20 Mbit/s between the server and the browser, and frames larger than the
//! view they are shown in; what is presented, and how old it is then. Beside the do-it-yourself viewer and MJPEG.
//!
//! Attributes of the element say how much is sent: `view`, which part of a frame in which steps, and `encoding`. A
//! viewer that does not know them shows whole frames, raw.

use anyhow::Result;
use e2e::Capture;
use e2e::bench::clips::{CLIPS, Clip};
use e2e::bench::link::Link;
use e2e::bench::peers::{Python, Script};
use e2e::bench::results::Round;
use e2e::bench::source::{paced, size};
use e2e::bench::stamp::server_to_wall;
use e2e::bench::watch::{self, BROWSER_CPU, P50, P95, PRESENTED, SERVER_CPU, Watch};
use e2e::bench::{Bench, Figures, run};
use e2e::program;
use serde_json::{Value, json};
use std::process::ExitCode;

const TITLE: &str = "Frames presented over shaped links, and their age in milliseconds";
const COLUMNS: [(&str, usize); 5] = [(PRESENTED, 1), (P50, 1), (P95, 1), (SERVER_CPU, 2), (BROWSER_CPU, 2)];
const WHOLE: &str = "Sinkview, whole, raw";
const AUTO: &str = "Sinkview, auto";
const RESIDUAL: &str = "Sinkview, whole, residual";
const LZ4: &str = "Sinkview, whole, lz4";
/// A view of 1280 pixels a row, at the window's corner so that all of it is in sight.
const VIEW: &str = "display: block; position: fixed; left: 0; top: 0; width: 1280px; height: 720px";

/// What frames pass through.
#[derive(Clone, Copy)]
struct Wire {
    name: &'static str,
    /// As `tc` writes it, with the server's congestion control; none for loopback.
    rate: Option<(&'static str, &'static str)>,
}

const LOOPBACK: Wire = Wire { name: "loopback", rate: None };
const FAST: Wire = Wire { name: "100 Mbit/s", rate: Some(("100mbit", "bbr")) };
const FAST_CUBIC: Wire = Wire { name: "100 Mbit/s, cubic", rate: Some(("100mbit", "cubic")) };
const SLOW: Wire = Wire { name: "20 Mbit/s", rate: Some(("20mbit", "bbr")) };

/// What is shown, over what, and by whom.
struct Case {
    what: String,
    pipeline: String,
    wire: Wire,
    is_large: bool,
    subjects: &'static [Subject],
}

#[derive(Clone, Copy)]
enum Subject {
    /// A name, and the attributes `view` and `encoding`.
    Sinkview(&'static str, &'static str, &'static str),
    Peer(Script),
}

const RAW: Subject = Subject::Sinkview(WHOLE, "full", "raw");
const AS_NEEDED: Subject = Subject::Sinkview(AUTO, "auto", "auto");

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Sinkview(name, ..) => name,
            Self::Peer(script) => script.name(),
        }
    }
}

fn main() -> Result<ExitCode> {
    run("links", TITLE, 4.0, async |bench| {
        let python = Python::ready().await?;
        let mut cases = cases()?;
        if let Err(why) = Link::shaped("100mbit", "bbr") {
            bench.skip(format!("links of a given rate: {why:#}"));
            cases.retain(|case| case.wire.rate.is_none());
        }
        bench.expect(cases.iter().map(|case| case.subjects.len()).sum());
        for case in &cases {
            measure(bench, &python, case).await?;
        }
        Ok(())
    })
}

fn cases() -> Result<Vec<Case>> {
    let small = paced("BGR", size("640x480"), 30);
    let mut cases = Vec::new();
    let all: &[Subject] = &[RAW, AS_NEEDED, Subject::Peer(Script::Raw), Subject::Peer(Script::Mjpeg)];
    for (wire, subjects) in [(FAST, all), (FAST_CUBIC, &all[..1]), (SLOW, &all[..2])] {
        let (what, pipeline) = ("640x480 BGR at 30".to_owned(), small.clone());
        cases.push(Case { what, pipeline, wire, is_large: false, subjects });
    }
    for format in ["BGR", "NV12"] {
        for (wire, subjects) in [(LOOPBACK, &all[..2]), (FAST, &all[1..2])] {
            let what = format!("2160p {format} at 60, 1280 pixels of view");
            let pipeline = paced(format, size("2160p"), 60);
            cases.push(Case { what, pipeline, wire, is_large: true, subjects });
        }
    }
    let encodings: &[Subject] =
        &[RAW, Subject::Sinkview(RESIDUAL, "full", "residual"), Subject::Sinkview(LZ4, "full", "lz4")];
    for name in CLIPS {
        let clip = Clip::of(name)?;
        for (words, clip) in [("", clip.clone()), (", with noise", clip.noisy()?)] {
            let (what, pipeline) = (format!("the clip {name}{words}"), clip.pipeline(60));
            cases.push(Case { what, pipeline, wire: FAST, is_large: false, subjects: encodings });
        }
    }
    Ok(cases)
}

async fn measure(bench: &mut Bench, python: &Python, case: &Case) -> Result<()> {
    let group = format!("{}, {}", case.what, case.wire.name);
    if !bench.wants(&group) {
        return Ok(());
    }
    let link = case.wire.rate.map(|(rate, congestion)| Link::shaped(rate, congestion)).transpose()?;
    let names: Vec<_> = case.subjects.iter().map(|subject| subject.name()).collect();
    let seconds = bench.seconds();
    let figures = async |index: usize| match case.subjects[index] {
        Subject::Sinkview(_, view, encoding) => {
            let mut attributes = json!({ "view": view, "encoding": encoding });
            if case.is_large {
                attributes["style"] = VIEW.into();
            }
            ours(case, &attributes, link.as_ref(), seconds).await
        }
        Subject::Peer(script) => theirs(python, script, &case.pipeline, link.as_ref(), seconds).await,
    };
    bench.turns(&group, &COLUMNS, &names, figures).await?;

    let ratio = |figure: &'static str, of: &'static str, to: &'static str| {
        move |round: Round<'_>| Some(round.get(of, figure)? / round.get(to, figure)?)
    };
    let raw = Script::Raw.name();
    bench.at_least(
        None,
        "presented, whole to the do-it-yourself viewer",
        &group,
        ratio(PRESENTED, WHOLE, raw),
    );
    bench.at_most(None, "p95, whole to the do-it-yourself viewer", &group, ratio(P95, WHOLE, raw));
    for (name, words) in [(AUTO, "auto"), (RESIDUAL, "residual"), (LZ4, "lz4")] {
        let target = match (words, case.what.contains("noise")) {
            ("residual", true) => Some(1.45),
            ("residual", false) => Some(2.3),
            _ => None,
        };
        bench.at_least(target, &format!("presented, {words} to raw"), &group, ratio(PRESENTED, name, WHOLE));
        bench.at_most(None, &format!("p95, {words} to raw"), &group, ratio(P95, name, WHOLE));
    }
    Ok(())
}

async fn ours(case: &Case, attributes: &Value, link: Option<&Link>, seconds: f64) -> Result<Figures> {
    let capture = match link {
        None => Capture::start([&case.pipeline]).await?,
        Some(link) => {
            let mut command = program::command_within(&link.inside())?;
            // Nobody else reaches the address.
            command.args(["--listen", &format!("{}:0", link.server()), "--no-auth"]);
            Capture::spawn({
                command.arg(&case.pipeline);
                command
            })
            .await?
        }
    };
    let to_wall = server_to_wall(capture.address()).await?;
    // A page of its origin without a view on it: scripts may load the element from it.
    let page = format!("{}sink-view.js", capture.url());
    let subject = watch::element(true, attributes);
    Watch { page: &page, subject, server: capture.id()?, to_wall, seconds, is_paced: true }.figures().await
}

async fn theirs(
    python: &Python,
    script: Script,
    pipeline: &str,
    link: Option<&Link>,
    seconds: f64,
) -> Result<Figures> {
    let peer = python.start(script, pipeline, link).await?;
    let (page, subject, server) = (peer.url(), watch::peer(), peer.id()?);
    Watch { page, subject, server, to_wall: 0.0, seconds, is_paced: true }.figures().await
}
