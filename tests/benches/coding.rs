//! How quick Chromium's wasm decodes payloads of the encoding `residual`: frames of a real clip, which
//! `tests/python/clips.py` fetches, as 1080p. Each is compared with what it was.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::bench::clips::Clip;
use e2e::bench::run::figures;
use e2e::bench::{Figures, run};
use e2e::native::{self, Native};
use e2e::{Capture, drawn};
use gst_video::prelude::*;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::process::ExitCode;
use std::time::Instant;
use wire::coding::Coder;

const TITLE: &str =
    "The encoding `residual`, 1080p of a real clip: GB/s of raw bytes, natively and in Chromium's wasm";
const WIDTH: usize = 1920;
const HEIGHT: usize = 1080;
const SCRIPT: &str = include_str!("coding.js");
const CLIP: &str = "bigbuckbunny";
/// Formats of the clip; what a noisy sensor adds to the last bits makes the worst case.
const CASES: [(&str, bool); 5] =
    [("BGR", false), ("BGR", true), ("BGRx", false), ("NV12", false), ("GRAY16_LE", false)];
const RATIO: &str = "ratio";
const ENCODE: &str = "encode GB/s";
const DECODE: &str = "decode GB/s";
const TILES: &str = "decode and convert, tile by tile, ms";
const COPY: &str = "copy of the picture, ms";
const COLUMNS: [(&str, usize); 5] = [(RATIO, 2), (ENCODE, 2), (DECODE, 2), (TILES, 2), (COPY, 2)];
/// Encodings of a round, whose quickest counts: the first one finds no buffer.
const ENCODINGS: usize = 5;

/// Milliseconds of each in one round, and the digest of what was decoded.
#[derive(Deserialize)]
struct Said {
    rounds: Vec<[f64; 4]>,
    sha256: Vec<u8>,
}

fn main() -> Result<ExitCode> {
    run("coding", TITLE, 0.0, async |bench| {
        gst::init()?;
        let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
        let name = |(format, is_noisy): (&str, bool)| {
            format!("{format}{}", if is_noisy { " with noise" } else { "" })
        };
        let names = CASES.map(name);
        let frames = CASES.map(|(format, is_noisy)| frame(format, is_noisy));
        let frames = frames.into_iter().collect::<Result<Vec<_>>>()?;
        bench.expect(CASES.len());
        bench.turns("1080p", &COLUMNS, &names, async |index| measure(&capture, &frames[index]).await).await?;
        for (format, is_noisy) in CASES {
            let subject = name((format, is_noisy));
            let of = |figure: &'static str| {
                let subject = subject.clone();
                move |round: e2e::bench::results::Round<'_>| round.get(&subject, figure)
            };
            let target = |value: f64| Some(value).filter(|_| format == "BGR");
            bench.at_least(None, &format!("{subject}, bytes to coded bytes"), "1080p", of(RATIO));
            bench.at_least(target(1.5), &format!("{subject}, encoding to 1 GB/s"), "1080p", of(ENCODE));
            bench.at_least(target(1.0), &format!("{subject}, decoding to 1 GB/s"), "1080p", of(DECODE));
        }
        Ok(())
    })
}

async fn measure(capture: &Capture, frame: &Native) -> Result<Figures> {
    let coder = Coder::new(&frame.layout);
    let mut bytes = Vec::new();
    let mut encoding = f64::INFINITY;
    for _ in 0..ENCODINGS {
        let began = Instant::now();
        coder.encode(&[&frame.payload], &mut bytes);
        encoding = encoding.min(began.elapsed().as_secs_f64() * 1e3);
    }
    let browser = drawn::blank(capture).await?;
    let case = json!({
        "layout": serde_json::to_string(&*frame.layout)?,
        "coded": BASE64_STANDARD.encode(&bytes),
        "rounds": 1,
    });
    browser.run(&format!("{SCRIPT}; measure({case})")).await?;
    let said = browser.until("the figure", "return window.figure").await?;
    drawn::finish(browser).await?;
    let Said { rounds, sha256 } = serde_json::from_value(said)?;
    ensure!(sha256 == Sha256::digest(&frame.payload).as_slice(), "what is decoded is not what was encoded");
    let [decode, _, tiles, copy] = rounds.first().copied().context("no round")?;
    #[allow(clippy::cast_precision_loss, reason = "a few megabytes")]
    let (raw, sent) = (frame.payload.len() as f64, bytes.len() as f64);
    let speed = |millis: f64| raw / 1e6 / millis;
    Ok(figures([
        (RATIO, raw / sent),
        (ENCODE, speed(encoding)),
        (DECODE, speed(decode)),
        (TILES, tiles),
        (COPY, copy),
    ]))
}

/// A frame of the clip, repeated to the right and below.
fn frame(format: &str, is_noisy: bool) -> Result<Native> {
    let clip = Clip::of(CLIP)?.tiled(WIDTH, HEIGHT)?;
    let clip = if is_noisy { clip.noisy()? } else { clip };
    let bgr = clip.frames()?.into_iter().next().context("no frame")?;
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
