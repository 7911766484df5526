//! The pipelines of the usual tutorials, verbatim, and a clip from a file: at their own pace, to their end and after it.

use anyhow::{Context, Result, ensure};
use e2e::{Browser, Capture, Client, judge, program};
use serde_json::{Value, json};
use std::path::Path;

const FIRST: &str =
    "videotestsrc num-buffers=100 ! video/x-raw,format=BGR,width=640,height=480 ! appsink name=sink";
const SECOND: &str = "videotestsrc num-buffers=100 ! capsfilter caps=video/x-raw,format=RGB,width=640,height=480 \
    ! appsink emit-signals=True";
/// A hundred frames at 30 a second.
const FRAMES: u64 = 100;
const CLIP_NANOS: u64 = FRAMES * 1_000_000_000 / 30;

/// Watches a clip to its end, in a browser and beside it: all frames arrive, not faster than they should, and the last
/// one stays.
async fn plays_to_its_end(arguments: &[&str], stream: &str, format: &str) -> Result<()> {
    let capture = Capture::start(arguments).await?;
    let mut client = Client::subscribed(capture.address(), stream).await?;
    let browser = Browser::showing(&capture).await?;
    let mut last = client.frame().await?;
    client.drawn(&last).await?;
    let mut second = None;
    while let Some(frame) = client.frame_or_end().await? {
        client.drawn(&frame).await?;
        second.get_or_insert(frame.header);
        last = frame;
    }
    assert_eq!(last.header.sequence, FRAMES - 1);
    assert_eq!(client.layouts[&last.header.layout_id].format, format);
    // The first frame comes before the clip begins to play, so the second counts; the clock is the server's.
    let second = second.context("one frame only")?;
    let took = last.header.arrival_nanos - second.arrival_nanos;
    let frames = last.header.sequence - second.sequence;
    let due = frames * CLIP_NANOS / FRAMES;
    // The sink may be a little late at one end of the count, not at the other.
    ensure!(took + 100_000_000 >= due, "{frames} frames came in {took} ns; {due} ns are due");

    capture.logged("end of stream").await?;
    let ledger = client.ledger(stream).await?;
    assert!(ledger.balances(), "{ledger:?}");

    browser.state("ended").await?;
    let read: Value = browser.call("read", json!([])).await?;
    assert_eq!(read["sequence"], FRAMES - 1);
    assert_eq!((&read["width"], &read["height"]), (&json!(640), &json!(480)));
    // On the canvas, too, it is the last frame.
    let judge = judge::Judge::new(read["caps"].as_str().context("no caps")?, None)?;
    let pixels = judge.opaque(&last.payload)?;
    assert_eq!(read["rgba"], e2e::frames::digest(&pixels));
    assert_eq!(read["data"], e2e::frames::digest(&last.payload));
    browser.until("the end on the page", "return document.body.innerText.includes('ended')").await?;
    assert_eq!(capture.stream(stream).await?["arrived"], FRAMES);
    browser.finish(&[]).await
}

#[tokio::test]
async fn the_first_tutorial() -> Result<()> {
    plays_to_its_end(&[FIRST], "sink", "BGR").await
}

#[tokio::test]
async fn the_second_tutorial() -> Result<()> {
    plays_to_its_end(&["-p", SECOND], "stream0", "RGB").await
}

#[tokio::test]
async fn bare_words_as_gst_launch_takes_them() -> Result<()> {
    let words = FIRST.split(' ').collect::<Vec<_>>();
    let (fast, sync) = ([words.as_slice(), &["sync=false"]].concat(), "sink");
    let capture = Capture::start(fast).await?;
    capture.logged("end of stream").await?;
    assert_eq!(capture.stream(sync).await?["arrived"], FRAMES);
    Ok(())
}

#[tokio::test]
async fn bare_words_with_spaces_inside_quoted_caps() -> Result<()> {
    let words = [
        "videotestsrc",
        "num-buffers=3",
        "!",
        "video/x-raw, format=(string)RGB, width=(int)32, height=(int)24",
        "!",
        "identity",
        "name=two words",
        "!",
        "appsink",
        "name=k",
        "sync=false",
    ];
    let capture = Capture::start(words).await?;
    capture.logged("end of stream").await?;
    let stream = capture.stream("k").await?;
    assert_eq!(stream["arrived"], 3, "{stream}");
    assert_eq!(stream["layout"]["width"], 32, "{stream}");
    Ok(())
}

#[tokio::test]
async fn on_eos_exit_ends_with_zero() -> Result<()> {
    for pipeline in [FIRST, SECOND] {
        let fast = format!("{pipeline} sync=false");
        let mut capture = Capture::start(["--on-eos", "exit", &fast]).await?;
        let status = capture.exited().await?;
        assert_eq!(status.code(), Some(0), "{}", capture.log());
        assert!(capture.log().contains("end of stream"), "{}", capture.log());
    }
    Ok(())
}

/// A clip as cameras and tools write them: VP8 in `WebM`, 30 frames.
fn clip(folder: &Path) -> Result<String> {
    let file = folder.join("clip.webm");
    judge::launch(&format!(
        "videotestsrc num-buffers=30 ! video/x-raw,width=64,height=48,framerate=30/1 ! vp8enc deadline=1 \
         ! webmmux ! filesink location={}",
        file.display()
    ))?;
    Ok(file.display().to_string())
}

#[tokio::test]
async fn a_clip_plays_in_its_own_decoded_format() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let capture = Capture::start(["--policy", "every", &clip(folder.path())?]).await?;
    let stream = e2e::until("a stream", async || {
        let list: Value = serde_json::from_slice(&e2e::http::get(capture.address(), "/streams").await?.body)?;
        Ok(list["streams"][0]["name"].as_str().map(str::to_owned))
    })
    .await?;
    let mut client = Client::subscribed(capture.address(), &stream).await?;
    let mut arrivals = Vec::new();
    while let Some(frame) = client.frame_or_end().await? {
        let layout = &client.layouts[&frame.header.layout_id];
        assert_eq!((layout.format.as_str(), layout.width, layout.height), ("I420", 64, 48));
        client.drawn(&frame).await?;
        arrivals.push(frame.header.arrival_nanos);
    }
    assert_eq!(arrivals.len(), 30);
    // 28 intervals between the second frame and the last.
    let took = arrivals[29] - arrivals[1];
    assert!(took >= 28 * 1_000_000_000 / 30 - 100_000_000, "{took} ns");
    Ok(())
}

#[tokio::test]
async fn a_decoder_that_is_missing_is_named_with_its_package() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = program::command()?;
    // A rank of zero hides a decoder from decodebin, as if it were not installed.
    command.env("GST_PLUGIN_FEATURE_RANK", "vp8dec:0,avdec_vp8:0,vaapivp8dec:0,v4l2slvp8dec:0,v4l2vp8dec:0");
    command.args(["--listen", "127.0.0.1:0", &clip(folder.path())?]);
    let capture = Capture::spawn(command).await?;
    let line = capture.logged("VP8").await?;
    assert!(capture.log().contains("gstreamer1.0-"), "no package in {}", capture.log());
    assert!(!line.is_empty());
    Ok(())
}
