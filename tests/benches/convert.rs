//! Milliseconds to convert a frame of 1920x1080 in Chromium's wasm, beside a plain copy of the output in the same rounds:
//! by the path that a viewer takes and by the general one, in both colour modes.
//!
//! What counts is the ratio: the copy is what any path must at least do on the same machine at the same moment.

use anyhow::{Context, Result, ensure};
use e2e::Capture;
use e2e::browser::Browser;
use e2e::drawn;
use e2e::native::{self, Native};
use serde_json::json;

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
const ROUNDS: usize = 9;
const SCRIPT: &str = include_str!("convert.js");
/// Colour modes.
const MODES: [&str; 2] = ["itu", "gst"];
/// Of words of sixteen bits.
const RANGE: (u16, u16) = (1000, 50_000);

/// A format, whether it has a display range, and the copies that its conversion in `itu` may take.
type Case = (&'static str, bool, Option<f64>);

const CASES: [Case; 18] = [
    ("BGR", false, Some(1.5)),
    ("RGB", false, None),
    ("BGRx", false, None),
    ("GRAY8", false, None),
    ("GRAY16_LE", false, None),
    ("GRAY16_LE", true, Some(4.0)),
    ("NV12", false, Some(4.0)),
    ("NV21", false, None),
    ("I420", false, Some(4.0)),
    ("YV12", false, None),
    ("YUY2", false, None),
    ("UYVY", false, None),
    ("P010_10LE", false, Some(4.0)),
    ("RGB16", false, None),
    ("ABGR64_LE", false, None),
    ("RGBA64_LE", false, None),
    ("v210", false, None),
    ("rggb", false, Some(6.0)),
];

/// What a path takes: milliseconds, and copies.
struct Figure {
    millis: f64,
    copies: f64,
    copy_millis: f64,
    /// Of both hashes, as a viewer that verifies takes them.
    hash_millis: f64,
}

#[tokio::main]
async fn main() -> Result<()> {
    gst::init()?;
    let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
    println!(
        "1920x1080 in Chromium's wasm, medians of {ROUNDS} rounds; a copy is that of the RGBA picture\n"
    );
    println!(
        "{:<18} {:>5} {:>9} {:>8} {:>7} {:>7} {:>11} {:>8} {:>8} {:>8}",
        "format", "mode", "ms/frame", "copies", "target", "", "general ms", "copies", "copy ms", "hash ms"
    );
    let mut missed = Vec::new();
    for (format, has_range, target) in CASES {
        for mode in MODES {
            // What is adjusted is drawn by the formula in either mode.
            if has_range && mode != "itu" {
                continue;
            }
            // A fresh browser for each, so that none inherits another's memory.
            let browser = drawn::blank(&capture).await?;
            let name = if has_range { format!("{format}+range") } else { format.to_owned() };
            let fast =
                measure(&browser, format, has_range, mode, false).await.with_context(|| name.clone())?;
            let general =
                measure(&browser, format, has_range, mode, true).await.with_context(|| name.clone())?;
            drawn::finish(browser).await?;
            let target = target.filter(|_| mode == "itu");
            let verdict = target.map_or("", |target| if fast.copies <= target { "met" } else { "MISSED" });
            if verdict == "MISSED" {
                missed.push(name.clone());
            }
            println!(
                "{name:<18} {mode:>5} {:>9.2} {:>8.2} {:>7} {verdict:>7} {:>11.2} {:>8.2} {:>8.2} {:>8.2}",
                fast.millis,
                fast.copies,
                target.map_or(String::new(), |target| format!("{target:.1}")),
                general.millis,
                general.copies,
                fast.copy_millis,
                fast.hash_millis,
            );
        }
    }
    println!("\ntargets missed: {}", if missed.is_empty() { "none".to_owned() } else { missed.join(", ") });
    Ok(())
}

async fn measure(
    browser: &Browser,
    format: &str,
    has_range: bool,
    mode: &str,
    general: bool,
) -> Result<Figure> {
    let frame = frame(format)?;
    let levels = if has_range { json!([RANGE.0, RANGE.1]) } else { json!("full") };
    let case = json!({
        "layout": serde_json::to_string(&*frame.layout)?,
        "length": frame.payload.len(),
        "picture": json!({ "color": mode, "levels": levels }).to_string(),
        "general": general,
        "rounds": ROUNDS,
    });
    browser.run(&format!("{SCRIPT}; measure({case})")).await?;
    let rounds = browser.until("the figure", "return window.figure").await?;
    let rounds: Vec<[f64; 3]> = serde_json::from_value(rounds)?;
    ensure!(rounds.len() == ROUNDS, "{} rounds", rounds.len());
    Ok(Figure {
        millis: median(rounds.iter().map(|[convert, ..]| *convert)),
        copies: median(rounds.iter().map(|[convert, copy, _]| convert / copy)),
        copy_millis: median(rounds.iter().map(|[_, copy, _]| *copy)),
        hash_millis: median(rounds.iter().map(|[.., hash]| *hash)),
    })
}

/// The layout that the program would send of a frame, and its length.
fn frame(format: &str) -> Result<Native> {
    let is_bayer = format.bytes().all(|letter| letter.is_ascii_lowercase());
    let media = if is_bayer { "video/x-bayer" } else { "video/x-raw" };
    let caps = format!("{media},format={format},width={WIDTH},height={HEIGHT},framerate=30/1");
    let caps: gst::Caps = caps.parse()?;
    let len =
        if is_bayer { (WIDTH * HEIGHT) as usize } else { gst_video::VideoInfo::from_caps(&caps)?.size() };
    Native::read(&caps, native::buffer(&caps, &vec![0; len], None)?)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
