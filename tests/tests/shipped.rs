//! Random frames of every raw format through the wasm that ships, whose fast paths are compiled for nothing else: in `gst`
//! mode they are what `videoconvert` makes of them, and in both modes what the general path and the native one make.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::cases::{self, QUIRKS};
use e2e::native::{self, Native};
use e2e::random::{Random, seed};
use e2e::{Capture, drawn, frames, judge};
use gst_video::{VideoFormat, VideoInfo};
use serde::Deserialize;
use serde_json::json;
use viewer_wasm::convert::{ColorMode, Picture};

/// Frames of each format.
const FRAMES: usize = 10;
/// Formats whose frames travel to the page at a time.
const BATCH: usize = 12;
const MODES: [(&str, ColorMode); 2] = [("gst", ColorMode::Gst), ("itu", ColorMode::Itu)];

struct Case {
    caps: gst::Caps,
    info: VideoInfo,
    bytes: Vec<u8>,
    native: Native,
}

/// What the page made of a frame: in each mode by the viewer's path and by the general one.
#[derive(Deserialize)]
struct Converted {
    rgba: Vec<String>,
    error: Option<String>,
}

#[tokio::test]
async fn random_frames_through_the_wasm_that_ships() -> Result<()> {
    gst::init()?;
    let seed = seed();
    let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
    let browser = drawn::blank(&capture).await?;
    let formats: Vec<VideoFormat> = VideoFormat::iter_raw().collect();
    let mut wrong = Vec::new();
    let mut count = 0;
    for batch in formats.chunks(BATCH) {
        let cases = batch.iter().map(|&format| cases_of(format, seed)).collect::<Result<Vec<_>>>()?;
        let cases: Vec<Case> = cases.into_iter().flatten().collect();
        let sent: Vec<_> = cases.iter().map(sent).collect::<Result<_>>()?;
        let converted: Vec<Converted> = browser.call("convert", json!([sent])).await?;
        ensure!(converted.len() == cases.len(), "{} of {} came back", converted.len(), cases.len());
        count += cases.len();
        for (case, converted) in cases.iter().zip(&converted) {
            if let Err(error) = compare(case, converted) {
                wrong.push(format!("{}: {error:#}", case.caps));
            }
        }
    }
    println!("{count} frames of {} formats", formats.len());
    assert!(wrong.is_empty(), "{} frames are wrong: {wrong:#?}", wrong.len());
    assert!(count >= formats.len() * FRAMES / 2, "{count} frames only");
    drawn::finish(browser).await
}

/// Some of all the caps there are for a format, with noise.
fn cases_of(format: VideoFormat, seed: u64) -> Result<Vec<Case>> {
    let mut random = Random::of(seed, format.to_str().as_str());
    let all = cases::caps(format, &mut random);
    let mut cases = Vec::new();
    for _ in 0..FRAMES {
        let caps = random.one_of(&all).clone();
        let info = VideoInfo::from_caps(&caps)?;
        if QUIRKS.iter().any(|quirk| quirk.is_of(&info)) {
            continue;
        }
        let bytes = random.bytes(info.size());
        let native = Native::read(&caps, native::buffer(&caps, &bytes, None)?)?;
        cases.push(Case { caps, info, bytes, native });
    }
    Ok(cases)
}

fn sent(case: &Case) -> Result<serde_json::Value> {
    let layout = serde_json::to_string(&*case.native.layout)?;
    let pictures = MODES.map(|(mode, _)| json!({ "color": mode }).to_string());
    Ok(
        json!({ "layout": layout, "payload": BASE64_STANDARD.encode(&case.native.payload), "pictures": pictures }),
    )
}

fn compare(case: &Case, converted: &Converted) -> Result<()> {
    if let Some(error) = &converted.error {
        anyhow::bail!("{error}");
    }
    let pictures = converted.rgba.iter().map(|text| BASE64_STANDARD.decode(text));
    let pictures = pictures.collect::<Result<Vec<_>, _>>()?;
    let width = case.info.width() as usize;
    for ((name, mode), paths) in MODES.into_iter().zip(pictures.chunks(2)) {
        let [fast, general] = paths else { anyhow::bail!("{} pictures", pictures.len()) };
        frames::same_pixels(general, fast, width)
            .with_context(|| format!("{name}, the general path expected"))?;
        let native = case.native.rgba(&Picture::from(mode))?;
        frames::same_pixels(&native, fast, width)
            .with_context(|| format!("{name}, the native path expected"))?;
        if mode == ColorMode::Gst {
            let buffer = native::buffer(&case.caps, &case.bytes, None)?;
            let worst = frames::difference(fast, &judge::convert(&case.info, buffer)?);
            ensure!(worst == 0, "{name} differs from videoconvert by {worst}");
        }
    }
    Ok(())
}
