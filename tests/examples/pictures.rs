//! Makes the README's pictures from the real program: `cargo run -p e2e --example pictures`.

use anyhow::Result;
use e2e::{Browser, Capture};
use std::path::Path;

const SIZE: (u32, u32) = (1280, 880);

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

#[tokio::main]
async fn main() -> Result<()> {
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
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures/formats.png");
    std::fs::write(&path, browser.picture(SIZE.0, SIZE.1).await?)?;
    println!("{}", path.display());
    browser.finish(&[]).await
}
