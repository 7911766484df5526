//! The conformance corpus through the wasm that ships, in a real browser: its `Converter` is given what `capture` would
//! send of each entry, and what comes back is compared here.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::judge::Planes;
use e2e::native::{self, Native, Tolerance};
use e2e::{Browser, Capture, frames};
use gst_video::VideoInfo;
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use viewer_wasm::convert::{ColorMode, Picture};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../viewer-wasm/tests/corpus");
/// Entries of the corpus that every viewer is held against; it may have more.
const ENTRIES: usize = 337;
/// Entries that travel to the page at a time.
const BATCH: usize = 64;
const MODES: [(&str, ColorMode); 2] = [("gst", ColorMode::Gst), ("itu", ColorMode::Itu)];

#[derive(Deserialize)]
struct Entry {
    id: String,
    format: String,
    width: u32,
    height: u32,
    colorimetry: Option<String>,
    chroma_site: Option<String>,
    interlaced: bool,
    strides: Vec<i32>,
    offsets: Vec<usize>,
    raw: PathBuf,
    rgba: PathBuf,
    tolerance: u8,
}

/// What the page made of an entry, for each mode by the viewer's path and by the general one.
#[derive(Deserialize)]
struct Converted {
    rgba: Vec<String>,
    error: Option<String>,
}

impl Entry {
    fn caps(&self) -> Result<gst::Caps> {
        let Self { format, width, height, .. } = self;
        let media = if self.is_bayer() { "video/x-bayer" } else { "video/x-raw" };
        let mut fields = vec![format!("{media},format={format},width={width},height={height},framerate=1/1")];
        fields
            .extend(self.colorimetry.iter().map(|colorimetry| format!("colorimetry=(string){colorimetry}")));
        fields.extend(self.chroma_site.iter().map(|site| format!("chroma-site={site}")));
        fields.extend(self.interlaced.then(|| "interlace-mode=interleaved".to_owned()));
        Ok(fields.join(",").parse()?)
    }

    /// The entry's frame, as `capture` would send it.
    fn frame(&self, caps: &gst::Caps) -> Result<Native> {
        let planes = Planes { strides: &self.strides, offsets: &self.offsets };
        // Its meta is needed where strides are not those of the caps.
        let differs = |info: VideoInfo| info.stride() != self.strides || info.offset() != self.offsets;
        let is_padded = !self.is_bayer() && differs(VideoInfo::from_caps(caps)?);
        let buffer = native::buffer(caps, &read(&self.raw)?, is_padded.then_some(&planes))?;
        Native::read(caps, buffer)
    }

    /// The names of raw formats begin with capitals, but for a few that have digits: v210, v216, v308, r210.
    fn is_bayer(&self) -> bool {
        self.format.bytes().all(|letter| letter.is_ascii_lowercase())
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let path = Path::new(CORPUS).join(path);
    fs::read(&path).with_context(|| path.display().to_string())
}

#[tokio::test]
async fn every_entry_through_the_wasm_that_ships() -> Result<()> {
    gst::init()?;
    let entries: Vec<Entry> = serde_json::from_slice(&read("manifest.json".as_ref())?)?;
    let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
    // A page of the program's origin without a view on it.
    let browser = Browser::at(&format!("{}sink-view.js", capture.url())).await?;
    let (mut wrong, mut by_formula) = (Vec::new(), 0);
    for batch in entries.chunks(BATCH) {
        let frames = batch.iter().map(|entry| entry.frame(&entry.caps()?)).collect::<Result<Vec<_>>>()?;
        let cases: Vec<_> = frames
            .iter()
            .map(|frame| {
                let pictures = MODES.map(|(mode, _)| json!({ "color": mode }).to_string());
                let layout = serde_json::to_string(&*frame.layout)?;
                let payload = BASE64_STANDARD.encode(&frame.payload);
                Ok(json!({ "layout": layout, "payload": payload, "pictures": pictures }))
            })
            .collect::<Result<_>>()?;
        let converted: Vec<Converted> = browser.call("convert", json!([cases])).await?;
        ensure!(converted.len() == batch.len(), "{} of {} came back", converted.len(), batch.len());
        for ((entry, frame), converted) in batch.iter().zip(&frames).zip(converted) {
            match compare(entry, frame, &converted) {
                Ok(has_class) => by_formula += usize::from(has_class),
                Err(error) => wrong.push(format!("{}: {error:#}", entry.id)),
            }
        }
    }
    println!("{} entries; {by_formula} by the formula's tolerance too", entries.len());
    assert!(wrong.is_empty(), "{} entries are wrong: {wrong:#?}", wrong.len());
    assert!(entries.len() >= ENTRIES, "the corpus lost something");
    assert!(by_formula > ENTRIES / 2, "{by_formula} entries are compared by the formula's tolerance");
    // A browser asks for an icon where a page names none.
    browser.finish(&["favicon.ico"]).await
}

/// Whether the formula could be compared with `videoconvert` too.
fn compare(entry: &Entry, frame: &Native, converted: &Converted) -> Result<bool> {
    if let Some(error) = &converted.error {
        anyhow::bail!("{error}");
    }
    let decoded = converted.rgba.iter().map(|text| BASE64_STANDARD.decode(text));
    let decoded = decoded.collect::<Result<Vec<_>, _>>()?;
    let [gst, gst_general, itu, itu_general] = &decoded[..] else {
        anyhow::bail!("{} pictures", decoded.len())
    };
    let expected = read(&entry.rgba)?;
    let width = entry.width as usize;
    ensure!(gst.len() == expected.len(), "{} bytes, {} expected", gst.len(), expected.len());
    for (path, rgba) in [("fast", gst), ("general", gst_general)] {
        let worst = frames::difference(rgba, &expected);
        ensure!(worst <= entry.tolerance, "gst by the {path} path differs by {worst}");
    }
    // What is compiled for the browser is what was tested without it.
    for ((name, mode), [fast, general]) in MODES.into_iter().zip([[gst, gst_general], [itu, itu_general]]) {
        let native = frame.rgba(&Picture::from(mode))?;
        frames::same_pixels(&native, fast, width)
            .with_context(|| format!("{name}, beside the native path"))?;
        frames::same_pixels(fast, general, width).with_context(|| format!("{name}, general beside fast"))?;
    }
    let tolerance = native::tolerance(&entry.caps()?)?;
    if let Some(Tolerance(tolerance)) = tolerance {
        let worst = frames::difference(itu, &expected);
        ensure!(worst <= tolerance, "itu differs by {worst} from videoconvert, {tolerance} at most expected");
    }
    Ok(tolerance.is_some())
}
