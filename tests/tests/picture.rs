//! The attributes of `<sink-view>` that say how frames are shown: on a real canvas they do what the converter does
//! natively, and the `picture` event says so.

use anyhow::{Context, Result, ensure};
use e2e::drawn::{self, Drawn};
use e2e::judge::Judge;
use e2e::native::{self, Native};
use e2e::random::Random;
use e2e::{Browser, Capture, frames};
use serde_json::{Value, json};
use std::fs;
use viewer_wasm::convert::Picture;

const SOURCES: &str = "\
    videotestsrc num-buffers=1 ! video/x-raw,format=NV12,width=98,height=61,colorimetry=bt601 ! appsink name=nv12 \
    videotestsrc num-buffers=1 ! video/x-raw,format=GRAY8,width=98,height=61 ! appsink name=gray \
    videotestsrc num-buffers=1 ! video/x-raw,format=GRAY16_LE,width=98,height=61 ! appsink name=deep \
    videotestsrc num-buffers=1 ! video/x-bayer,format=grbg,width=98,height=61 ! appsink name=mosaic \
    videotestsrc num-buffers=1 ! video/x-raw,format=BGR,width=98,height=61 ! appsink name=bgr ";

/// The canvas is what the converter makes of the frame's bytes by this picture, natively.
fn is_as(drawn: &Drawn, picture: &Value) -> Result<()> {
    let caps: gst::Caps = drawn.caps.parse()?;
    let native = Native::read(&caps, native::buffer(&caps, &drawn.data, None)?)?;
    let picture = Picture::from_json(&picture.to_string())?;
    frames::same_pixels(&native.rgba(&picture)?, &drawn.rgba, drawn.size.0)
}

#[tokio::test]
async fn attributes_do_what_pictures_do() -> Result<()> {
    gst::init()?;
    // Stream, attributes, and the picture they stand for.
    let cases = [
        ("nv12", json!({}), json!({})),
        ("nv12", json!({ "color": "gst" }), json!({ "color": "gst" })),
        ("nv12", json!({ "color": "itu", "matrix": "bt709" }), json!({ "matrix": "bt709" })),
        ("nv12", json!({ "range": "0-255" }), json!({ "range": "0-255" })),
        ("nv12", json!({ "chroma-site": "cosited" }), json!({ "chromaSite": "cosited" })),
        ("nv12", json!({ "color": "gst", "gamma": "2.2" }), json!({ "gamma": 2.2 })),
        ("gray", json!({ "map": "turbo" }), json!({ "map": "turbo" })),
        ("gray", json!({ "levels": "40-200" }), json!({ "levels": [40, 200] })),
        (
            "gray",
            json!({ "map": "viridis", "zero": "#ff0080" }),
            json!({ "map": "viridis", "zero": "#ff0080" }),
        ),
        (
            "deep",
            json!({ "levels": "1000-50000", "map": "inferno" }),
            json!({ "levels": [1000, 50000], "map": "inferno" }),
        ),
        ("mosaic", json!({}), json!({})),
        ("mosaic", json!({ "bayer": "mosaic" }), json!({ "bayer": "mosaic" })),
        ("mosaic", json!({ "bayer": "gray", "map": "magma" }), json!({ "bayer": "gray", "map": "magma" })),
        ("bgr", json!({ "tone-map": "" }), json!({ "toneMap": true })),
    ];
    let capture = Capture::start([SOURCES]).await?;
    let browser = drawn::blank(&capture).await?;
    let wanted: Vec<_> = cases.iter().map(|(stream, attributes, _)| (*stream, attributes.clone())).collect();
    let mut pictures = Vec::new();
    for ((stream, attributes, picture), drawn) in cases.into_iter().zip(drawn::draw(&browser, &wanted).await?)
    {
        let case = format!("{stream} {attributes}");
        let drawn = drawn.with_context(|| case.clone())?;
        is_as(&drawn, &picture).with_context(|| case.clone())?;
        let adjusting = ["levels", "gamma", "map", "zero"];
        let is_adjusted = adjusting.iter().any(|key| !picture[key].is_null());
        ensure!(drawn.picture["adjusted"] == is_adjusted, "{case}: {}", drawn.picture);
        pictures.push(drawn);
    }
    // Each of them is another picture than the one without attributes.
    for index in [2, 3, 5] {
        ensure!(pictures[index].rgba != pictures[0].rgba, "{} changes nothing", wanted[index].1);
    }
    let [plain, gst, matrix, range, site] = [0, 1, 2, 3, 4].map(|index| &pictures[index].picture);
    assert_eq!((&plain["color"], &gst["color"]), (&json!("itu"), &json!("gst")));
    assert_eq!(plain["overrides"], json!([]));
    assert_eq!(matrix["overrides"], json!(["matrix bt709 (caps: bt601)"]));
    assert_eq!(matrix["matrix"], "bt709");
    assert_eq!(range["range"], "0-255");
    assert!(range["overrides"][0].as_str().is_some_and(|words| words.starts_with("range 0-255")), "{range}");
    assert_eq!(site["chromaSite"], "cosited");
    assert_eq!(pictures[10].picture["phase"], "grbg");
    drawn::finish(browser).await
}

/// What if the camera lies? Overrides in `gst` mode are what `videoconvert` does when the caps say so.
#[tokio::test]
async fn overrides_are_what_other_caps_would_be() -> Result<()> {
    let capture = Capture::start([SOURCES]).await?;
    let browser = drawn::blank(&capture).await?;
    let attributes = json!({ "color": "gst", "matrix": "bt709", "range": "0-255" });
    let drawn = drawn::draw_one(&browser, "nv12", attributes).await?;
    let caps = "video/x-raw,format=NV12,width=98,height=61,framerate=30/1,colorimetry=(string)1:3:0:0";
    frames::same_pixels(&Judge::new(caps, None)?.opaque(&drawn.data)?, &drawn.rgba, drawn.size.0)?;
    assert_eq!(drawn.picture["overrides"].as_array().map(Vec::len), Some(2), "{}", drawn.picture);
    drawn::finish(browser).await
}

/// Twelve bits in words of sixteen are nearly black, and the view says why.
#[tokio::test]
async fn twelve_bits_in_sixteen_are_seen_and_said() -> Result<()> {
    const SIDE: u32 = 64;
    gst::init()?;
    let folder = tempfile::tempdir()?;
    let mut random = Random::new(12);
    let codes: Vec<u16> =
        (0..SIDE * SIDE).map(|_| 200 + u16::try_from(random.to(3001)).unwrap_or(0)).collect();
    let file = folder.path().join("codes.raw");
    fs::write(&file, codes.iter().flat_map(|code| code.to_le_bytes()).collect::<Vec<_>>())?;
    let source = format!(
        "filesrc location={} blocksize={} ! rawvideoparse format=gray16-le width={SIDE} height={SIDE} framerate=1/1 \
         ! appsink name=k sync=false",
        file.display(),
        2 * SIDE * SIDE,
    );
    let capture = Capture::start([source]).await?;
    let browser = drawn::blank(&capture).await?;
    let wanted =
        [("k", json!({})), ("k", json!({ "levels": "observed" })), ("k", json!({ "levels": "auto" }))];
    let mut drawn = drawn::draw(&browser, &wanted).await?.into_iter();
    let mut next = || drawn.next().context("no view")?;
    let (plain, observed, auto): (Drawn, Drawn, Drawn) = (next()?, next()?, next()?);
    let (min, max) = (codes.iter().min(), codes.iter().max());
    let seen = &plain.picture["observed"][0];
    assert_eq!(
        (&seen["name"], &seen["depth"], &seen["usedBits"]),
        (&json!("Y"), &json!(16), &json!(12)),
        "{seen}"
    );
    assert_eq!((&seen["min"], &seen["max"]), (&json!(min), &json!(max)));
    is_as(&plain, &json!({}))?;
    // One sixteenth of white: no person sees anything in it.
    assert!(plain.rgba.chunks_exact(4).all(|pixel| pixel[0] < 16));
    is_as(&observed, &json!({ "levels": [min, max] }))?;
    assert_eq!(observed.picture["levels"], json!({ "mode": "observed", "min": min, "max": max }));
    assert!(observed.rgba.chunks_exact(4).any(|pixel| pixel[0] == 0));
    assert!(observed.rgba.chunks_exact(4).any(|pixel| pixel[0] == 255));
    // A percentile on each side is beyond what is shown.
    let (low, high) = (auto.picture["levels"]["min"].as_u64(), auto.picture["levels"]["max"].as_u64());
    assert!(low > min.map(|&min| min.into()) && high < max.map(|&max| max.into()), "{}", auto.picture);
    is_as(&auto, &json!({ "levels": [low, high] }))?;
    drawn::finish(browser).await
}

/// Attributes that are set later change the frame that is on the canvas, and values that are none are said.
#[tokio::test]
async fn an_attribute_changes_the_frame_that_is_shown() -> Result<()> {
    gst::init()?;
    let capture = Capture::start([SOURCES]).await?;
    let browser: Browser = drawn::blank(&capture).await?;
    drawn::draw_one(&browser, "gray", json!({})).await?;
    let redrawn = drawn::change(&browser, json!({ "map": "turbo" })).await?;
    is_as(&redrawn, &json!({ "map": "turbo" }))?;
    let redrawn = drawn::change(&browser, json!({ "map": null, "levels": "observed" })).await?;
    let levels = &redrawn.picture["levels"];
    is_as(&redrawn, &json!({ "levels": [levels["min"], levels["max"]] }))?;
    let redrawn = drawn::change(&browser, json!({ "levels": null, "color": "gst" })).await?;
    is_as(&redrawn, &json!({ "color": "gst" }))?;
    drawn::finish(browser).await
}
