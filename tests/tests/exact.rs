//! Exactness in a real browser: what the main thread reads from the canvas is what `videoconvert` makes of the bytes,
//! and the frame's bytes are those that a second branch of the same pipeline saw.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::judge::{Judge, Planes};
use e2e::{Browser, Capture, frames};
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Frames that are compared in each case.
const WANTED: usize = 22;
/// Frames the source gives: stopping at one frame passes over those that are on the way.
const GIVEN: usize = 80;
/// How long the page waits for the next frame before it takes the stream to be over.
const WAIT_MILLIS: u64 = 10_000;

/// What the page says of a frame it read.
#[derive(Debug, Deserialize)]
struct Read {
    sequence: usize,
    caps: String,
    width: usize,
    height: usize,
    rgba: String,
    data: String,
}

/// One pipeline without its sinks, and how its frames can be judged.
struct Case<'a> {
    source: String,
    planes: Option<Planes<'static>>,
    /// How many of the frames that are compared must be different ones.
    distinct: usize,
    folder: &'a Path,
}

impl Case<'_> {
    /// Shows the frames in a browser, stops at one after the other, and compares each in whole.
    async fn check(&self) -> Result<()> {
        let pipeline = format!(
            "{} ! tee name=t t. ! queue ! appsink name=k sync=false \
             t. ! queue ! multifilesink location={}/%05d.seen",
            self.source,
            self.folder.display()
        );
        let capture = Capture::start(["--policy", "every", &pipeline]).await?;
        let browser = Browser::showing(&capture).await?;
        browser.call::<serde_json::Value>("watch", json!([])).await?;
        let read: Vec<Read> = browser.call("readPaused", json!([WANTED, WAIT_MILLIS])).await?;
        ensure!(read.len() == WANTED, "{} frames were drawn, {WANTED} expected: {read:?}", read.len());
        ensure!(read.windows(2).all(|pair| pair[0].sequence < pair[1].sequence), "out of order: {read:?}");

        let judge = Judge::new(&read[0].caps, self.planes)?;
        let mut expected = Vec::new();
        for (index, frame) in read.iter().enumerate() {
            let seen = self.folder.join(format!("{:05}.seen", frame.sequence));
            let bytes = fs::read(&seen).with_context(|| seen.display().to_string())?;
            let pixels = judge.opaque(&bytes)?;
            ensure!(frame.width * frame.height * 4 == pixels.len(), "the canvas has another size: {frame:?}");
            if frame.rgba != frames::digest(&pixels) {
                let actual = whole(&browser, index, "rgba").await?;
                let other = (0..GIVEN).find(|other| {
                    let seen = fs::read(self.folder.join(format!("{other:05}.seen")));
                    seen.is_ok_and(|seen| judge.opaque(&seen).is_ok_and(|pixels| pixels == actual))
                });
                frames::same_pixels(&pixels, &actual, judge.width()).with_context(|| {
                    format!("frame {} of {}; the canvas shows frame {other:?}", frame.sequence, frame.caps)
                })?;
            }
            if frame.data != frames::digest(&bytes) {
                let actual = whole(&browser, index, "data").await?;
                frames::same_bytes(&bytes, &actual)
                    .with_context(|| format!("readFrame() of frame {} of {}", frame.sequence, frame.caps))?;
            }
            expected.push(pixels);
        }
        let distinct = frames::distinct(expected.iter().map(Vec::as_slice));
        ensure!(distinct >= self.distinct, "{distinct} of {WANTED} frames are distinct");
        let is_single = judge.width() == expected[0].len() / 4 && judge.width() == 1;
        ensure!(is_single || expected.iter().all(|pixels| !frames::is_constant(pixels)), "a constant frame");
        browser.finish(&[]).await
    }
}

/// A frame the page has read, whole.
async fn whole(browser: &Browser, index: usize, part: &str) -> Result<Vec<u8>> {
    let text: String = browser.call("whole", json!([index, part])).await?;
    Ok(BASE64_STANDARD.decode(text)?)
}

/// Noise in every bit of every sample: all channels, alpha, and the low bytes of 16 bits.
async fn noise(format: &str, bytes_per_pixel: usize, width: usize, height: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    // As `rawvideoparse` expects it: rows rounded up to four bytes.
    let stride = (width * bytes_per_pixel).next_multiple_of(4);
    let file = folder.path().join("noise.raw");
    fs::write(&file, frames::noise(width as u64, stride * height * GIVEN))?;
    let source = format!(
        "filesrc location={} ! rawvideoparse format={} width={width} height={height} framerate=30/1",
        file.display(),
        format.to_ascii_lowercase().replace('_', "-"),
    );
    // A single gray pixel has few values to be different in.
    let distinct = if width * height == 1 { WANTED / 2 } else { WANTED };
    Case { source, planes: None, distinct, folder: folder.path() }.check().await
}

/// Bars that move over the picture and a corner of snow.
async fn bars(format: &str, width: u32, height: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let source = format!(
        "videotestsrc num-buffers={GIVEN} pattern=smpte horizontal-speed=5 \
         ! video/x-raw,format={format},width={width},height={height}"
    );
    Case { source, planes: None, distinct: WANTED, folder: folder.path() }.check().await
}

#[tokio::test]
async fn bgr() -> Result<()> {
    noise("BGR", 3, 321, 241).await
}

#[tokio::test]
async fn bgr_from_videotestsrc() -> Result<()> {
    bars("BGR", 640, 480).await
}

#[tokio::test]
async fn rgb() -> Result<()> {
    noise("RGB", 3, 321, 241).await
}

#[tokio::test]
async fn rgb_of_odd_size_from_videotestsrc() -> Result<()> {
    bars("RGB", 641, 481).await
}

#[tokio::test]
async fn rgb_of_one_pixel() -> Result<()> {
    noise("RGB", 3, 1, 1).await
}

#[tokio::test]
async fn rgb_of_three_by_five() -> Result<()> {
    noise("RGB", 3, 3, 5).await
}

#[tokio::test]
async fn gray8() -> Result<()> {
    noise("GRAY8", 1, 321, 241).await
}

#[tokio::test]
async fn gray16_le() -> Result<()> {
    noise("GRAY16_LE", 2, 321, 241).await
}

#[tokio::test]
async fn rgbx() -> Result<()> {
    noise("RGBx", 4, 321, 241).await
}

#[tokio::test]
async fn bgra_drawn_opaque() -> Result<()> {
    noise("BGRA", 4, 321, 241).await
}

#[tokio::test]
async fn abgr64_le() -> Result<()> {
    noise("ABGR64_LE", 8, 321, 241).await
}

#[tokio::test]
async fn i420() -> Result<()> {
    bars("I420", 321, 241).await
}

#[tokio::test]
async fn nv12() -> Result<()> {
    bars("NV12", 321, 241).await
}

#[tokio::test]
async fn yuy2() -> Result<()> {
    bars("YUY2", 321, 241).await
}

#[tokio::test]
async fn p010_10le() -> Result<()> {
    bars("P010_10LE", 321, 241).await
}

/// The corpus' frame with padded rows and a gap before the first, and frames made of it by flipping its bits.
#[tokio::test]
async fn rgb_with_padded_strides() -> Result<()> {
    const FRAME: &[u8] = include_bytes!("../data/RGB_padded.raw");
    const PLANES: Planes<'static> = Planes { strides: &[128], offsets: &[64] };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("padded.raw");
    let flipped = (0..GIVEN).flat_map(|flip| FRAME.iter().map(move |byte| byte ^ flip.to_le_bytes()[0]));
    fs::write(&file, flipped.collect::<Vec<_>>())?;
    let source = format!(
        "filesrc location={} ! rawvideoparse format=rgb width=37 height=23 plane-strides=<128> \
         plane-offsets=<64> frame-size={}",
        file.display(),
        FRAME.len()
    );
    Case { source, planes: Some(PLANES), distinct: WANTED, folder: folder.path() }.check().await
}
