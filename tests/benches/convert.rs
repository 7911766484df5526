//! Milliseconds to convert a frame of 1920x1080 in Chromium's wasm, beside a plain copy of the output in the same rounds:
//! by the path that a viewer takes and by the general one, in both colour modes.
//!
//! What counts is the ratio: the copy is what any path must at least do on the same machine at the same moment.

use anyhow::Result;
use e2e::bench::run::figures;
use e2e::bench::{Figures, run};
use e2e::browser::Browser;
use e2e::native::{self, Native};
use e2e::{Capture, drawn};
use serde::Deserialize;
use serde_json::json;
use std::process::ExitCode;

const TITLE: &str = "1920x1080 to RGBA in Chromium's wasm; a copy is that of the RGBA picture";

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
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

/// Milliseconds of a conversion, by the path that a viewer takes and by the general one.
const MILLIS: &str = "ms/frame";
const GENERAL: &str = "general ms";
/// Milliseconds of a copy of the output, and of both hashes as a viewer that verifies takes them.
const COPY: &str = "copy ms";
const HASH: &str = "hash ms";
/// The same in copies of the same round.
const COPIES: &str = "copies";
const GENERAL_COPIES: &str = "general copies";
const COLUMNS: [(&str, usize); 6] =
    [(MILLIS, 2), (COPIES, 2), (GENERAL, 2), (GENERAL_COPIES, 1), (COPY, 2), (HASH, 2)];

fn main() -> Result<ExitCode> {
    run("convert", TITLE, 0.0, async |bench| {
        gst::init()?;
        let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
        let names =
            CASES.map(
                |(format, has_range, _)| {
                    if has_range { format!("{format} with a display range") } else { format.to_owned() }
                },
            );
        bench.expect(CASES.len() * MODES.len());
        for mode in MODES {
            // What is adjusted is drawn by the formula in either mode.
            let cases: Vec<_> = CASES
                .iter()
                .zip(&names)
                .filter(|((_, has_range, _), _)| mode == "itu" || !has_range)
                .collect();
            let subjects: Vec<_> = cases.iter().map(|(_, name)| name).collect();
            let measure = async |index: usize| {
                let &((format, has_range, _), _) = &cases[index];
                measure(&capture, format, *has_range, mode).await
            };
            bench.turns(mode, &COLUMNS, &subjects, measure).await?;
            for ((_, _, target), name) in &cases {
                let target = target.filter(|_| mode == "itu");
                bench.at_most(target, &format!("{name}, to a copy"), mode, |round| round.get(name, COPIES));
            }
        }
        Ok(())
    })
}

/// A fresh browser for each round, so that none inherits another's memory.
async fn measure(capture: &Capture, format: &str, has_range: bool, mode: &str) -> Result<Figures> {
    let browser = drawn::blank(capture).await?;
    let fast = time(&browser, format, has_range, mode, false).await?;
    let general = time(&browser, format, has_range, mode, true).await?;
    drawn::finish(browser).await?;
    Ok(figures([
        (MILLIS, fast.convert),
        (COPIES, fast.convert / fast.copy),
        (GENERAL, general.convert),
        (GENERAL_COPIES, general.convert / general.copy),
        (COPY, fast.copy),
        (HASH, fast.hash),
    ]))
}

/// Milliseconds of each.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Times {
    convert: f64,
    copy: f64,
    hash: f64,
}

async fn time(browser: &Browser, format: &str, has_range: bool, mode: &str, general: bool) -> Result<Times> {
    let frame = frame(format)?;
    let levels = if has_range { json!([RANGE.0, RANGE.1]) } else { json!("full") };
    let case = json!({
        "layout": serde_json::to_string(&*frame.layout)?,
        "length": frame.payload.len(),
        "picture": json!({ "color": mode, "levels": levels }).to_string(),
        "general": general,
    });
    browser.run(&format!("{SCRIPT}; measure({case})")).await?;
    Ok(serde_json::from_value(browser.until("the figure", "return window.figure").await?)?)
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
