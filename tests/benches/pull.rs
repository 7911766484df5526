//! What it costs to take frames from an appsink: CPU time of a frame in a pipeline whose appsink `capture` pulls from,
//! without viewers, less that of the same pipeline with a fakesink.
//!
//! Both are processes of their own. The source is live and makes a frame when it is due, so that either is woken as often.

use anyhow::{Context, Result, ensure};
use e2e::Capture;
use e2e::bench::run::figures;
use e2e::bench::usage::Usage;
use e2e::bench::{Figures, run, source};
use gst::prelude::*;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const TITLE: &str = "Pulling BGR frames from an appsink without viewers, 200 a second";
const FPS: u32 = 200;
const SINKS: [&str; 2] = ["fakesink", "capture"];
const CPU: &str = "CPU us/frame";
const ARRIVED: &str = "frames/s";
/// What pulling a frame may cost, in microseconds.
const TARGET_MICROS: f64 = 60.0;
/// How long a pipeline runs before it counts.
const WARM_UP: Duration = Duration::from_millis(500);

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [sink, pipeline, seconds] = &arguments[..]
        && sink == "fakesink"
    {
        return throw_away(pipeline, seconds.parse()?);
    }
    run("pull", TITLE, 2.0, async |bench| {
        bench.expect(source::SIZES.len() * SINKS.len());
        let seconds = bench.seconds();
        for size in source::SIZES {
            let pipeline = source::paced("BGR", size, FPS);
            let measure = async |sink: usize| match SINKS[sink] {
                "capture" => pulled(&pipeline, seconds).await,
                _ => thrown_away(&pipeline, seconds),
            };
            bench.turns(size.name, &[(CPU, 1), (ARRIVED, 1)], &SINKS, measure).await?;
            bench.at_most(Some(1.0), "CPU of a pull to 60 us", size.name, |round| {
                Some((round.get("capture", CPU)? - round.get("fakesink", CPU)?) / TARGET_MICROS)
            });
        }
        Ok(())
    })
}

async fn pulled(pipeline: &str, seconds: f64) -> Result<Figures> {
    let capture = Capture::start([pipeline]).await?;
    tokio::time::sleep(WARM_UP).await;
    let arrived = async || capture.stream("s").await?["arrived"].as_u64().context("no count");
    let before = (arrived().await?, Usage::of(&[capture.id()?])?, Instant::now());
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let after = (Usage::of(&[capture.id()?])?, Instant::now());
    let frames = arrived().await? - before.0;
    of(frames, after.0.cpu_seconds - before.1.cpu_seconds, after.1 - before.2)
}

/// Starts a process that runs the pipeline with a fakesink, and takes what it says of itself.
fn thrown_away(pipeline: &str, seconds: f64) -> Result<Figures> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["fakesink", pipeline, &seconds.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(child.stdout.take().context("stdout is not piped")?).lines();
    let line = said.next().context("the pipeline ended early")??;
    child.wait()?;
    let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [frames, cpu_seconds, seconds] = numbers[..] else { anyhow::bail!("it said {line:?}") };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    of(frames as u64, cpu_seconds, Duration::from_secs_f64(seconds))
}

fn of(frames: u64, cpu_seconds: f64, span: Duration) -> Result<Figures> {
    ensure!(frames > 0, "no frames");
    #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
    let frames = frames as f64;
    Ok(figures([(CPU, cpu_seconds / frames * 1e6), (ARRIVED, frames / span.as_secs_f64())]))
}

/// The process with the fakesink: says how many frames came, what they cost it and how long that took.
fn throw_away(pipeline: &str, seconds: f64) -> Result<ExitCode> {
    gst::init()?;
    let text = pipeline.replace("appsink name=s", "fakesink name=s sync=false");
    let pipeline = gst::parse::launch(&text)?.downcast::<gst::Pipeline>().ok().context("no pipeline")?;
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    let pad = pipeline.by_name("s").and_then(|sink| sink.static_pad("sink")).context("no pad")?;
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing)?;
    std::thread::sleep(WARM_UP);
    let before = (count.load(Ordering::Relaxed), Usage::own()?, Instant::now());
    std::thread::sleep(Duration::from_secs_f64(seconds));
    let after = (count.load(Ordering::Relaxed), Usage::own()?, Instant::now());
    println!(
        "{} {} {}",
        after.0 - before.0,
        after.1.cpu_seconds - before.1.cpu_seconds,
        (after.2 - before.2).as_secs_f64()
    );
    pipeline.set_state(gst::State::Null)?;
    Ok(ExitCode::SUCCESS)
}
