//! Makes the README's pictures from the real program: `cargo run -p e2e --example pictures`.

use anyhow::Result;
use e2e::{Browser, Capture};
use serde_json::json;
use std::path::Path;

const DESK: (u32, u32) = (1280, 880);
const PHONE: (u32, u32) = (390, 844);

/// A stream's name, its format's caps and the pattern that shows it.
#[rustfmt::skip]
const STREAMS: [(&str, &str, &str); 9] = [
    ("BGR",      "video/x-raw,format=BGR",                             "smpte"),
    ("NV12",     "video/x-raw,format=NV12,colorimetry=bt709",          "smpte75"),
    ("v210",     "video/x-raw,format=v210,colorimetry=bt709",          "smpte100"),
    ("P010",     "video/x-raw,format=P010_10LE,colorimetry=bt2020",    "colors"),
    ("GRAY16",   "video/x-raw,format=GRAY16_LE",                       "zone-plate kx2=12 ky2=12"),
    ("Bayer",    "video/x-bayer,format=rggb",                          "smpte"),
    ("RGB16",    "video/x-raw,format=RGB16",                           "smpte-rp-219"),
    ("tiles",    "video/x-raw,format=NV12_64Z32",                      "pinwheel"),
    ("ABGR64",   "video/x-raw,format=ABGR64_LE",                       "chroma-zone-plate kx2=20 ky2=20 kt=0"),
];

/// What JPEG makes of a picture, beside the picture.
const COMPARED: &str = "videotestsrc is-live=true pattern=smpte ! video/x-raw,format=BGR,width=640,height=400,framerate=30/1 ! \
    tee name=t t. ! queue ! appsink name=camera t. ! queue ! videoconvert ! jpegenc quality=30 ! jpegdec ! videoconvert ! \
    video/x-raw,format=BGR ! appsink name=decoded";

/// Where bars meet snow in the first stream.
const PROBED: (u32, u32) = (411, 224);

#[tokio::main]
async fn main() -> Result<()> {
    formats().await?;
    compared().await
}

async fn formats() -> Result<()> {
    let pipelines = STREAMS.iter().flat_map(|(name, caps, pattern)| {
        let source = format!("videotestsrc is-live=true pattern={pattern}");
        [
            "-p".to_owned(),
            format!("{source} ! {caps},width=480,height=270,framerate=30/1 ! appsink name={name}"),
        ]
    });
    let capture = Capture::start(pipelines).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run("localStorage.setItem('sinkview.theme', 'dark')").await?;
    browser.open(capture.url()).await?;
    let live = "return [...document.querySelectorAll('sink-view')].filter((view) => view.statistics?.drawn > 30).length === 9";
    browser.until("nine live streams", live).await?;
    take(&browser, DESK, "formats").await?;

    // A pixel under the crosshair, as large as it gets, and another one pinned beside it.
    stage(&browser, "BGR").await?;
    let (x, y) = PROBED;
    browser
        .run(&format!(
            "const {{ view }} = e2e; view.zoomTo(64, {x}, {y}); view.point = {{ x: {x} - 3, y: {y} - 2 }}"
        ))
        .await?;
    press(&browser, "p").await?;
    browser.run(&format!("e2e.view.point = {{ x: {x}, y: {y} }}")).await?;
    press(&browser, " ").await?;
    browser
        .until(
            "values in the pixels",
            "return e2e.view.state.state === 'paused' && e2e.view.written.size > 0",
        )
        .await?;
    take(&browser, DESK, "probe").await?;
    press(&browser, " ").await?;
    press(&browser, "i").await?;

    // 16 bits, seen by the colours of a map.
    stage(&browser, "GRAY16").await?;
    browser.run("e2e.view.map = 'turbo'; e2e.view.levels = 'observed'").await?;
    for key in ["h", "o"] {
        press(&browser, key).await?;
    }
    browser
        .until("a histogram", "return document.querySelector('.histogram path')?.getAttribute('d')")
        .await?;
    browser
        .until("a wedge", "return document.querySelector('.picture .wedge, .picture canvas')?.offsetHeight")
        .await?;
    take(&browser, DESK, "depth").await?;

    // A phone, with the crosshair that a long press puts down.
    stage(&browser, "NV12").await?;
    browser.picture(PHONE.0, PHONE.1).await?;
    browser
        .run("document.querySelector('#panel').scrollTo(0, 0); e2e.view.point = { x: 240, y: 96 }")
        .await?;
    browser.until("a pixel", "return document.querySelector('.pixel td')?.textContent").await?;
    take(&browser, PHONE, "phone").await?;
    browser.finish(&[]).await
}

async fn compared() -> Result<()> {
    let capture = Capture::start([COMPARED]).await?;
    let browser = Browser::showing(&capture).await?;
    browser.run("localStorage.setItem('sinkview.theme', 'dark')").await?;
    browser.open(capture.url()).await?;
    browser.picture(DESK.0, DESK.1).await?;
    stage(&browser, "camera").await?;
    press(&browser, "c").await?;
    browser.until("two pictures", "return e2e.view.comparison != null").await?;
    browser
        .run("[...document.querySelectorAll('#compare button')].find(({ textContent }) => textContent === 'Difference').click()")
        .await?;
    browser
        .until(
            "a difference",
            "return e2e.view.comparison?.mode === 'difference' && e2e.view.statistics?.drawn > 90",
        )
        .await?;
    for _ in 0..4 {
        press(&browser, "]").await?;
    }
    take(&browser, DESK, "compare").await?;
    browser.finish(&[]).await
}

/// Brings a stream on the stage, where `e2e.view` is it.
async fn stage(browser: &Browser, name: &str) -> Result<()> {
    browser.run(&format!("location.hash = '#{name}'")).await?;
    let staged = format!(
        "e2e.view = document.querySelector('sink-view[stream={name}]'); return e2e.view.closest('.staged') && e2e.view.picture"
    );
    browser.until("the stage", &staged).await?;
    Ok(())
}

async fn press(browser: &Browser, key: &str) -> Result<()> {
    let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
    browser.act(json!([{ "type": "key", "id": "keys", "actions": actions }])).await
}

async fn take(browser: &Browser, (width, height): (u32, u32), name: &str) -> Result<()> {
    // The size first: what is on the page follows it.
    browser.picture(width, height).await?;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("pictures/{name}.png"));
    std::fs::write(&path, browser.picture(width, height).await?)?;
    println!("{}", path.display());
    Ok(())
}
