//! How quick Chromium's wasm decodes payloads of the encoding `residual`: frames of a real clip, which
//! `tests/python/clips.py` fetches, as 1080p. Each is compared with what it was.
#![allow(clippy::cast_precision_loss, reason = "figures are printed with a few digits")]

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::native::{self, Native};
use e2e::{Capture, drawn};
use gst_video::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Command;
use wire::coding::Coder;

const WIDTH: usize = 1920;
const HEIGHT: usize = 1080;
const ROUNDS: usize = 9;
const SCRIPT: &str = include_str!("coding.js");
const CLIP: &str = "bigbuckbunny";
/// Formats of the clip; what a noisy sensor adds to the last bits makes the worst case.
const CASES: [(&str, bool); 5] =
    [("BGR", false), ("BGR", true), ("BGRx", false), ("NV12", false), ("GRAY16_LE", false)];
/// Raw bytes a second of BGR, in billions, that decoding must reach.
const TARGET: f64 = 1.0;

#[derive(Deserialize)]
struct Figure {
    rounds: Vec<[f64; 4]>,
    sha256: Vec<u8>,
}

#[tokio::main]
async fn main() -> Result<()> {
    gst::init()?;
    let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
    println!("{CLIP}, 1920x1080 in Chromium's wasm: GB/s of raw bytes, medians of {ROUNDS} rounds\n");
    println!(
        "{:<16} {:>6} {:>8} {:>8} {:>10} {:>12} {:>8} {:>7}",
        "format", "ratio", "encode", "decode", "convert ms", "tile by tile", "copy ms", "target"
    );
    for (format, is_noisy) in CASES {
        let frame = frame(format, is_noisy)?;
        let coder = Coder::new(&frame.layout);
        let mut bytes = Vec::new();
        let mut encoding = Vec::new();
        for _ in 0..ROUNDS {
            let began = std::time::Instant::now();
            coder.encode(&[&frame.payload], &mut bytes);
            encoding.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let browser = drawn::blank(&capture).await?;
        let case = json!({
            "layout": serde_json::to_string(&*frame.layout)?,
            "coded": BASE64_STANDARD.encode(&bytes),
            "rounds": ROUNDS,
        });
        browser.run(&format!("{SCRIPT}; measure({case})")).await?;
        let figure = browser.until("the figure", "return window.figure").await?;
        drawn::finish(browser).await?;
        let Figure { rounds, sha256 } = serde_json::from_value(figure)?;
        ensure!(sha256 == Sha256::digest(&frame.payload).as_slice(), "{format} is not what it was");
        let millis = |which: usize| median(rounds.iter().map(|round| round[which]).collect());
        let speed = |millis: f64| frame.payload.len() as f64 / 1e6 / millis;
        let decode = speed(millis(0));
        let verdict = match format {
            "BGR" if decode >= TARGET => "met",
            "BGR" => "MISSED",
            _ => "",
        };
        println!(
            "{:<16} {:>6.2} {:>8.2} {decode:>8.2} {:>10.2} {:>12.2} {:>8.2} {verdict:>7}",
            format!("{format}{}", if is_noisy { " +noise" } else { "" }),
            frame.payload.len() as f64 / bytes.len() as f64,
            speed(median(encoding)),
            millis(1),
            millis(2),
            millis(3),
        );
    }
    Ok(())
}

/// A frame of the clip, repeated to the right and below.
fn frame(format: &str, is_noisy: bool) -> Result<Native> {
    let (clip, width, height) = clip()?;
    let mut state = 0x9e37_79b9_u32;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // The sum of three even numbers has a standard deviation of 2 with these bounds.
        let [a, b, c, _] = state.to_le_bytes();
        [a, b, c].map(|byte| i16::from(byte & 3) + i16::from(byte >> 4 & 1)).iter().sum::<i16>() - 6
    };
    let mut bgr = vec![0; 3 * WIDTH * HEIGHT];
    for (at, byte) in bgr.iter_mut().enumerate() {
        let (x, y) = (at / 3 % WIDTH % width, at / 3 / WIDTH % height);
        let code = clip[3 * (y * width + x) + at % 3];
        *byte = if is_noisy { (i16::from(code) + noise()).clamp(0, 255).to_le_bytes()[0] } else { code };
    }
    let caps = |format: &str| -> Result<gst::Caps> {
        let caps = format!("video/x-raw,format={format},width={WIDTH},height={HEIGHT},framerate=30/1");
        Ok(caps.parse()?)
    };
    let (from, to) = (caps("BGR")?, caps(format)?);
    let info = gst_video::VideoInfo::from_caps(&from)?;
    let source = gst_video::VideoFrame::from_buffer_readable(native::buffer(&from, &bgr, None)?, &info);
    let source = source.map_err(|_| anyhow::anyhow!("the clip's frame cannot be mapped"))?;
    let info = gst_video::VideoInfo::from_caps(&to)?;
    let buffer = gst::Buffer::with_size(info.size())?;
    let target = gst_video::VideoFrame::from_buffer_writable(buffer, &info);
    let mut target = target.map_err(|_| anyhow::anyhow!("the converted frame cannot be mapped"))?;
    let converter = gst_video::VideoConverter::new(source.info(), &info, None)?;
    converter.frame(&source, &mut target);
    Native::read(&to, target.into_buffer())
}

/// The first frame of the clip and its size.
fn clip() -> Result<(Vec<u8>, usize, usize)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3")
        .arg(tests.join("python/clips.py"))
        .arg(tests.join("../target/clips"))
        .args(["4", "BGR"])
        .output()
        .context("python3")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let clips = String::from_utf8(output.stdout)?;
    let clips = clips.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    let clip = clips.iter().find(|clip| clip["name"] == CLIP).context("no such clip")?;
    let side = |key: &str| clip[key].as_u64().and_then(|side| usize::try_from(side).ok()).context("no size");
    let bytes = std::fs::read(clip["path"].as_str().context("no path")?)?;
    Ok((bytes, side("width")?, side("height")?))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
