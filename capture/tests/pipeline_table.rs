//! Every pipeline of `pipelines/table.tsv` through the library, in policy `every`, against the outcome beside it.
//!
//! | outcome | means |
//! |---|---|
//! | `frames\|k=3xRGB:8x8 k2=…` | each stream gave these frames, then ended; runs of layouts are joined by commas, `@n/d` is the framerate |
//! | `newest\|k=60xRGB:8x8` | so many arrived, those that came through are of this layout, the others were dropped |
//! | `parse\|WORD\|REMEDY` | it is not built, and the error says both |
//! | `fails\|k=2x…\|ELEMENT\|REMEDY` | after these frames it failed, and the stream's failure or the bus said both |
//! | `refused\|k\|WORD\|REMEDY` | the stream cannot be shown, and its failure says both |
//! | `rtsp\|…`, `shm\|…` | like `frames`, with a second process or pipeline at the other end |
//! | `skip\|REASON\|PATH` | not run while PATH does not exist |
//!
//! The counts are those that `gst-launch-1.0 … ! checksumsink` of GStreamer 1.22 prints: its `videotestsrc` ends after
//! one frame at 0/1, its `identity eos-after=5` lets four pass, and its `y4mdec` misreads frames of odd size.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod common;

use capture::pipeline::{Description, Life, OnEos, build};
use common::{Played, Player};
use gst::prelude::*;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use wire::control::{BusKind, Phase, Policy};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipelines")
}

#[test]
fn every_pipeline_meets_its_outcome() {
    gst::init().unwrap();
    let table = std::fs::read_to_string(here().join("table.tsv")).unwrap();
    let only = std::env::var("ONLY").ok();
    let mut failed = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [id, outcome, text] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if only.as_deref().is_some_and(|only| only != id) {
            continue;
        }
        let text = text.replace("{here}", &here().display().to_string());
        let result = std::panic::catch_unwind(|| run(id, outcome, &text));
        println!("{id}: {result:?}");
        match result {
            Ok(Ok(_)) => {}
            Ok(Err(why)) => failed.push(format!("{id}: {why}")),
            Err(_) => failed.push(format!("{id}: panicked, see above")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Runs one line; says what came of it, or what came that should not.
fn run(id: &str, outcome: &str, text: &str) -> Result<String, String> {
    let parts: Vec<&str> = outcome.split('|').collect();
    match parts[..] {
        ["frames", expected] => frames(expected, &play(text)?.0),
        ["newest", expected] => newest(expected, &play(text)?.0),
        ["parse", word, remedy] => match build(&Description::one(text)) {
            Ok(_) => Err("it parses".to_owned()),
            Err(error) => says(&error.to_string(), &[word, remedy]),
        },
        ["fails", expected, element, remedy] => {
            let _ranks = (id == "err_missing_decoder").then(WithoutDecoders::new);
            let (played, bus) = play(text)?;
            let came = listed(&played, false);
            if came != expected {
                return Err(format!("{came} came before the failure"));
            }
            if !matches!(played.life, Life::Failed { .. } | Life::NotStarted { .. }) {
                return Err(format!("it did not fail: {:?}", played.life));
            }
            if played.streams.iter().any(|stream| stream.phase != Phase::Failed) {
                return Err(format!("a stream did not fail: {:?}", played.streams));
            }
            says(&format!("{} | {bus}", played.life.failure().unwrap_or_default()), &[element, remedy])
        }
        ["refused", stream, word, remedy] => {
            let (played, _) = play(text)?;
            let seen = played.streams.iter().find(|seen| seen.name == stream).ok_or("no such stream")?;
            if seen.phase != Phase::Failed || seen.arrived != seen.dropped {
                return Err(format!("it was shown: {seen:?}"));
            }
            says(seen.failure.as_deref().unwrap_or_default(), &[word, remedy])
        }
        ["rtsp", expected] => {
            let Some(_server) = RtspServer::start() else {
                return Ok(
                    "skipped: no RTSP server, needs python3-gi and gir1.2-gst-rtsp-server-1.0".to_owned()
                );
            };
            first_frame(expected, text)
        }
        ["shm", expected] => {
            let folder = tempfile::tempdir().unwrap();
            let socket = folder.path().join("socket").display().to_string();
            let source = gst::parse::launch(&format!(
                "videotestsrc is-live=true ! video/x-raw,format=RGB,width=8,height=8,framerate=30/1 ! \
                 shmsink socket-path={socket} wait-for-connection=true"
            ))
            .unwrap();
            source.set_state(gst::State::Playing).unwrap();
            let result =
                play(&text.replace("{socket}", &socket)).and_then(|(played, _)| frames(expected, &played));
            source.set_state(gst::State::Null).unwrap();
            result
        }
        ["skip", reason, path] if !Path::new(path).exists() => Ok(format!("skipped: {reason}")),
        ["skip", ..] => Ok("skipped: what comes of it depends on the device".to_owned()),
        _ => Err(format!("unreadable outcome {outcome}")),
    }
}

/// Plays to the end; tells also what the bus said of failures.
fn play(text: &str) -> Result<(Played, String), String> {
    let built = build(&Description::one(text)).map_err(|error| format!("it is not built: {error}"))?;
    let registry = capture::Registry::new(Policy::Every);
    let mut bus = registry.bus();
    let runner = capture::pipeline::Runner::start(vec![built], &registry, OnEos::Hold);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let viewers = Player { runtime, registry, runner };
    let played = viewers.play();
    let mut said = String::new();
    while let Ok(message) = bus.try_recv() {
        if matches!(message.kind, BusKind::Error | BusKind::MissingPlugin) {
            let _ = write!(said, "{}: {}; ", message.source, message.text);
        }
    }
    Ok((played, said))
}

fn listed(played: &Played, rates: bool) -> String {
    let all: Vec<String> =
        played.streams.iter().map(|stream| format!("{}={}", stream.name, stream.runs(rates))).collect();
    all.join(" ")
}

fn frames(expected: &str, played: &Played) -> Result<String, String> {
    let came = listed(played, expected.contains('@'));
    let ended =
        played.life == Life::Ended && played.streams.iter().all(|stream| stream.phase == Phase::Ended);
    if !ended || expected != came {
        return Err(format!("{came}, {:?}", played.life));
    }
    for stream in &played.streams {
        let numbers: Vec<u64> = stream.frames.iter().map(|frame| frame.header.sequence).collect();
        if numbers != (0..stream.frames.len() as u64).collect::<Vec<_>>() {
            return Err(format!("numbered {numbers:?}"));
        }
    }
    Ok(came)
}

fn newest(expected: &str, played: &Played) -> Result<String, String> {
    let (_, wanted) = expected.split_once('=').ok_or("no stream")?;
    let (count, layout) = wanted.split_once('x').ok_or("no count")?;
    let [stream] = &played.streams[..] else { return Err("not one stream".to_owned()) };
    let taken = stream.frames.len() as u64;
    let fits = stream.runs(false) == format!("{taken}x{layout}") && taken > 0;
    // What is dropped after the last frame taken is never missed at the appsink, so it may be fewer than arrived.
    if !fits || played.life != Life::Ended || stream.arrived > count.parse().unwrap_or(0) {
        return Err(format!("{}, {} arrived", stream.runs(false), stream.arrived));
    }
    if stream.arrived != taken + stream.dropped {
        return Err(format!("{taken} taken and {} dropped of {}", stream.dropped, stream.arrived));
    }
    Ok(format!("{taken} of {}", stream.arrived))
}

fn says(text: &str, words: &[&str]) -> Result<String, String> {
    match words.iter().find(|word| !text.contains(**word)) {
        Some(word) => Err(format!("`{word}` is not in: {text}")),
        None => Ok(text.to_owned()),
    }
}

/// Plays until a frame came, for sources that have no end.
fn first_frame(expected: &str, text: &str) -> Result<String, String> {
    let built = build(&Description::one(text)).map_err(|error| error.to_string())?;
    let mut viewers = Player::start(built, Policy::Latest, OnEos::Hold);
    viewers.wait_until("a frame or a failure", |registry| {
        registry.streams()[0].newest().is_some() || registry.streams()[0].phase() == Phase::Failed
    });
    let stream = viewers.registry.streams()[0].clone();
    let frame = stream.newest().ok_or_else(|| format!("{:?}", stream.state()))?;
    let layout = frame.layout();
    let came = format!("{}={}:{}x{}", stream.name(), layout.format, layout.width, layout.height);
    assert!(viewers.runner.stop());
    if came == expected { Ok(came) } else { Err(came) }
}

/// As if no decoder for VP8 were installed.
struct WithoutDecoders(Vec<(gst::ElementFactory, gst::Rank)>);

impl WithoutDecoders {
    fn new() -> Self {
        let caps = gst::Caps::new_empty_simple("video/x-vp8");
        let decoders: Vec<_> =
            gst::ElementFactory::factories_with_type(gst::ElementFactoryType::DECODER, gst::Rank::NONE)
                .into_iter()
                .filter(|factory| factory.can_sink_any_caps(&caps))
                .map(|factory| (factory.clone(), factory.rank()))
                .collect();
        for (factory, _) in &decoders {
            factory.set_rank(gst::Rank::NONE);
        }
        Self(decoders)
    }
}

impl Drop for WithoutDecoders {
    fn drop(&mut self) {
        for (factory, rank) in &self.0 {
            factory.set_rank(*rank);
        }
    }
}

struct RtspServer(Child);

impl RtspServer {
    /// Starts the server and waits until it says that it listens; none where its libraries are not installed.
    fn start() -> Option<Self> {
        let child = Command::new("/usr/bin/python3")
            .arg(here().join("rtsp_server.py"))
            .arg("18554")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Self(child);
        let mut line = String::new();
        BufReader::new(server.0.stdout.take()?).read_line(&mut line).ok()?;
        line.starts_with("rtsp://").then_some(server)
    }
}

impl Drop for RtspServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
