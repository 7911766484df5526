//! Every format that `videotestsrc` offers here, through the real program onto a real `<sink-view>`: drawn, and equal to
//! what GStreamer makes of the very bytes that the page has.

use anyhow::{Context, Result, ensure};
use e2e::drawn::{self, Drawn};
use e2e::foreign::Foreign;
use e2e::judge::Judge;
use e2e::native::{self, Tolerance};
use e2e::site::Site;
use e2e::{Browser, Capture, Client, frames};
use gst_video::VideoInfo;
use serde_json::{Value, json};
use std::collections::HashMap;
use wire::layout::{Layout, Pixels, Plane};

/// Even, as Bayer needs it, and no multiple of any group of pixels or tile.
const SIZE: (u32, u32) = (98, 61);
/// Formats that one program plays at a time, each shown twice.
const GROUP: usize = 12;

/// Formats that the server converts because viewers cannot read them, and why.
const CONVERTED: &[(&str, &str)] = &[];

/// Media type and name of all formats of `videotestsrc`.
fn offered() -> Result<Vec<(String, String)>> {
    gst::init()?;
    let element = gst::ElementFactory::find("videotestsrc").context("no videotestsrc")?;
    let pad = element.static_pad_templates().into_iter().next().context("no pad")?;
    let mut offered = Vec::new();
    for structure in pad.caps().iter() {
        let formats = structure.get::<gst::List>("format")?;
        for format in formats.iter() {
            offered.push((structure.name().to_string(), format.get::<String>()?));
        }
    }
    Ok(offered)
}

/// A pipeline for each format, all in one description.
fn pipeline(formats: &[(String, String)]) -> String {
    let (width, height) = SIZE;
    let chains = formats.iter().map(|(media, format)| {
        format!(
            "videotestsrc num-buffers=3 ! {media},format={format},width={width},height={height} \
             ! appsink name={format} sync=false "
        )
    });
    chains.collect()
}

#[tokio::test]
async fn every_format_of_videotestsrc_is_drawn_in_its_right_colours() -> Result<()> {
    let offered = offered()?;
    let bayer = offered.iter().filter(|(media, _)| media == "video/x-bayer").count();
    println!("{} formats, {bayer} of them Bayer", offered.len());
    ensure!(offered.len() >= 115 && bayer >= 4, "{offered:?}");
    let mut wrong = Vec::new();
    for group in offered.chunks(GROUP) {
        let capture = Capture::start([pipeline(group)]).await?;
        let browser = drawn::blank(&capture).await?;
        let wanted: Vec<_> = group
            .iter()
            .flat_map(|(_, format)| ["gst", "itu"].map(|color| (format.as_str(), json!({ "color": color }))))
            .collect();
        let views = drawn::draw(&browser, &wanted).await?;
        for ((format, attributes), view) in wanted.iter().zip(views) {
            if let Err(error) = view.and_then(|drawn| check(format, attributes["color"] == "gst", &drawn)) {
                wrong.push(format!("{format} {attributes}: {error:#}"));
            }
        }
        drawn::finish(browser).await?;
    }
    assert!(wrong.is_empty(), "{} views are wrong: {wrong:#?}", wrong.len());
    Ok(())
}

fn check(format: &str, is_gst: bool, drawn: &Drawn) -> Result<()> {
    ensure!(drawn.caps.contains(format), "caps {}", drawn.caps);
    let reason = CONVERTED.iter().find(|(name, _)| *name == format).map(|(_, reason)| reason);
    let converted = &drawn.layout["converted"];
    ensure!(converted.is_null() == reason.is_none(), "converted: {converted}, listed: {reason:?}");
    ensure!(drawn.picture["converted"].is_null() == reason.is_none(), "the page says {}", drawn.picture);
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    ensure!(drawn.size == (width, height), "{:?}", drawn.size);
    ensure!(!frames::is_constant(&drawn.rgba), "a constant picture");
    let expected = Judge::new(&drawn.caps, None)?.opaque(&drawn.data)?;
    if is_gst {
        return frames::same_pixels(&expected, &drawn.rgba, width);
    }
    if let Some(Tolerance(tolerance)) = native::tolerance(&drawn.caps.parse()?)? {
        let worst = frames::difference(&expected, &drawn.rgba);
        ensure!(worst <= tolerance, "differs by {worst} from videoconvert, {tolerance} at most expected");
    }
    Ok(())
}

#[tokio::test]
async fn a_format_that_is_asked_to_be_converted_says_so_and_keeps_its_bytes() -> Result<()> {
    gst::init()?;
    let source =
        "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=98,height=61 ! appsink name=k sync=false";
    let capture = Capture::start(["--convert", "I420", source]).await?;
    let browser = drawn::blank(&capture).await?;
    let drawn = drawn::draw_one(&browser, "k", json!({})).await?;
    assert_eq!(drawn.layout["converted"]["format"], "RGBA");
    assert_eq!(drawn.layout["format"], "I420");
    assert_eq!(drawn.picture["converted"]["format"], "RGBA");
    let caps: gst::Caps = drawn.caps.parse()?;
    // The bytes are the appsink's, and the picture is GStreamer's own.
    let info = VideoInfo::from_caps(&caps)?;
    assert_eq!(drawn.data.len(), info.size());
    let expected = Judge::new(&drawn.caps, None)?.opaque(&drawn.data)?;
    frames::same_pixels(&expected, &drawn.rgba, drawn.size.0)?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let frame = client.frame().await?;
    assert_eq!(frame.header.sequence, 2);
    if drawn.sequence == 2 {
        frames::same_bytes(&frame.payload[..drawn.data.len()], &drawn.data)?;
    }
    drawn::finish(browser).await?;

    // The program's own page, `/streams` and the log say it.
    let browser = Browser::showing(&capture).await?;
    browser.until("the word", "return /convert/i.test(document.body.innerText)").await?;
    assert_eq!(capture.stream("k").await?["layout"]["converted"]["format"], "RGBA");
    let log = capture.log();
    assert!(log.lines().any(|line| line.contains("I420") && line.contains("RGBA")), "{log}");
    browser.finish(&[]).await
}

/// The server converts what viewers cannot read, so only one of another age can send such a thing.
#[tokio::test]
async fn a_format_of_a_newer_server_is_said_with_its_caps() -> Result<()> {
    const FORMAT: &str = "XYZ12_128T";
    const CAPS: &str = "video/x-raw, format=(string)XYZ12_128T, width=(int)8, height=(int)4";
    const PAYLOAD: [u8; 32] = [7; 32];
    let layout = Layout {
        caps: CAPS.to_owned(),
        format: FORMAT.to_owned(),
        pixels: Pixels::Named { name: FORMAT.to_owned() },
        planes: vec![Plane { stride: 8, offset: 0, length: PAYLOAD.len() as u64 }],
        ..Layout::plain(8, 4)
    };
    let newer = Foreign::start(layout, vec![PAYLOAD.to_vec()]).await?;
    let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
    let page = format!(
        "<!doctype html><link rel=icon href=data:,><script type=module src=/sink-view.js></script>\
         <sink-view src={}></sink-view>",
        newer.url()
    );
    let site = Site::start(capture.address(), HashMap::from([("/page".to_owned(), page)])).await?;
    let browser = Browser::at(&format!("{}/page", site.origin())).await?;
    let words =
        browser.until("the words", "return e2e.shown().includes('cannot decode') && e2e.shown()").await?;
    let words = words.as_str().unwrap_or_default();
    assert!(words.contains(&format!("cannot decode {FORMAT} yet")), "{words}");
    assert!(words.contains(CAPS), "{words}");
    // The bytes are there all the same.
    let bytes = async || Ok(browser.call::<Value>("bytes", json!([])).await.ok());
    let read = e2e::until("the bytes", bytes).await?;
    assert_eq!((&read["sequence"], &read["data"]), (&json!(0), &json!(frames::digest(&PAYLOAD))));
    browser.finish(&[]).await
}
