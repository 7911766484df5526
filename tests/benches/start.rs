//! How long a person waits: from the start of `capture` with its test pattern until the first frame is on the screen, in
//! a Chromium that runs already and is sent to the page the moment the program says that it listens.
//!
//! *Presented* is the animation frame after the view's first `frame` event, by the browser's own clock of the same machine.
//! Each round has a port of its own, so that the browser knows nothing of the page; the first round, which fills the
//! registry of GStreamer and the file cache, is not counted. `--json FILE` writes all rounds.

use anyhow::{Context, Result, bail};
use e2e::Capture;
use e2e::browser::Browser;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ROUNDS: usize = 11;
const BLANK: &str = "about:blank";
/// Notes, in milliseconds of the machine's clock, when the page was begun, had run its scripts, and had its first frame.
const NOTE: &str = "
    addEventListener('frame', () => {
        if (window.noted) return;
        const at = (millis) => performance.timeOrigin + millis;
        window.noted = { begun: at(0), frame: at(performance.now()) };
        requestAnimationFrame((now) => {
            const [page] = performance.getEntriesByType('navigation');
            window.presented = { ...window.noted, ran: at(page.domContentLoadedEventEnd), presented: at(performance.now()) };
        });
    }, { capture: true });
";
/// What is measured, each from the start of the one before; the last is the sum.
const STEPS: [&str; 5] = [
    "process start to `listening on`",
    "to the navigation's start",
    "to the end of the page's scripts",
    "to the first `frame` event",
    "to the animation frame after it",
];

type Round = [f64; STEPS.len()];

#[tokio::main]
async fn main() -> Result<()> {
    let json = file()?;
    let browser = Browser::start().await?;
    browser.before_pages(NOTE).await?;
    let mut rounds: Vec<Round> = Vec::new();
    for round in 0..=ROUNDS {
        let measured = measure(&browser).await?;
        if round > 0 {
            rounds.push(measured);
        }
    }
    println!("milliseconds from the program's start to the first frame presented, {ROUNDS} rounds\n");
    println!("{:<34} {:>8} {:>8} {:>8}", "", "p50", "best", "worst");
    let line = |name: &str, values: Vec<f64>| {
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        let (p50, best, worst) = (sorted[ROUNDS / 2], sorted[0], sorted[ROUNDS - 1]);
        println!("{name:<34} {p50:>8.0} {best:>8.0} {worst:>8.0}");
        json!({ "name": name, "p50": p50, "best": best, "worst": worst })
    };
    let mut lines: Vec<Value> = STEPS
        .iter()
        .enumerate()
        .map(|(step, name)| line(name, rounds.iter().map(|round| round[step]).collect()))
        .collect();
    let presented = |round: &Round| round[1..].iter().sum();
    lines.push(line("`listening on` to presented", rounds.iter().map(presented).collect()));
    lines.push(line("process start to presented", rounds.iter().map(|round| round.iter().sum()).collect()));
    if let Some(file) = json {
        let written = json!({ "unit": "ms", "steps": STEPS, "rounds": rounds, "lines": lines });
        std::fs::write(&file, format!("{written:#}\n")).with_context(|| file)?;
    }
    browser.finish(&[]).await
}

async fn measure(browser: &Browser) -> Result<Round> {
    let started = now()?;
    let capture = Capture::start::<&str>([]).await?;
    let listening = now()?;
    browser.open(capture.url()).await?;
    let noted = browser.until("the first frame", "return window.presented").await?;
    let at = |name: &str| noted[name].as_f64().with_context(|| format!("no {name} in {noted}"));
    let times = [started, listening, at("begun")?, at("ran")?, at("frame")?, at("presented")?];
    // Its views go before their server does.
    browser.open(BLANK).await?;
    drop(capture);
    let mut round = Round::default();
    for (step, pair) in round.iter_mut().zip(times.windows(2)) {
        *step = pair[1] - pair[0];
    }
    Ok(round)
}

/// Milliseconds of the machine's clock.
fn now() -> Result<f64> {
    let since: Duration = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(since.as_secs_f64() * 1e3)
}

/// The file named by `--json`.
fn file() -> Result<Option<String>> {
    let mut arguments = std::env::args().skip(1);
    let mut file = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => file = Some(arguments.next().context("--json wants a file")?),
            // cargo says so.
            "--bench" => {}
            other => bail!("{other} is unknown; there is --json FILE"),
        }
    }
    Ok(file)
}
