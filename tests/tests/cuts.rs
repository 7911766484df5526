//! What a view is sent over a real socket: each sample of a cut is the frame's own, in every kind of format; encodings
//! give back every byte; and the whole of a frame can be had behind its cut. No browser.

use anyhow::{Context, Result, ensure};
use e2e::client::Frame;
use e2e::{Capture, Client, Heard};
use wire::coding::Coder;
use wire::control::{View, ViewMode};
use wire::layout::{Encoding, Pixels, Region};
use wire::{CheckedLayout, ClientMessage, Hash, Layout, ServerMessage};

const WIDTH: u32 = 131;
const HEIGHT: u32 = 67;

/// A format of each kind that cuts differ in: packed and planar, subsampled in all ways, deep, words, mosaics.
const FORMATS: [&str; 19] = [
    "BGR",
    "BGRx",
    "ARGB64",
    "GBR",
    "GRAY8",
    "GRAY16_BE",
    "I420",
    "NV12",
    "NV21",
    "YUY2",
    "UYVY",
    "Y41B",
    "YUV9",
    "Y444_10LE",
    "P010_10LE",
    "A420",
    "AYUV",
    "RGB16",
    "r210",
];

fn source(name: &str, caps: &str) -> String {
    format!(
        "videotestsrc is-live=true pattern=smpte ! {caps},width={WIDTH},height={HEIGHT},framerate=30/1 ! \
         appsink name={name}"
    )
}

async fn look(client: &mut Client, stream: &str, view: View) -> Result<()> {
    client.say(&ClientMessage::View { stream: stream.to_owned(), view }).await
}

/// The next frame that `is_it` accepts the layout of.
async fn next(client: &mut Client, is_it: impl Fn(&Layout) -> bool) -> Result<(Frame, CheckedLayout)> {
    loop {
        let frame = client.frame().await?;
        let layout = client.layouts[&frame.header.layout_id].clone();
        client.drawn(&frame).await?;
        if is_it(&layout) {
            return Ok((frame, layout.check()?));
        }
    }
}

fn fitted(pixels: (u32, u32)) -> View {
    View { mode: ViewMode::Fit, pixels: Some(pixels), ..View::default() }
}

fn part(region: Region, encodings: &[Encoding]) -> View {
    View { mode: ViewMode::Region, visible: Some(region), encodings: encodings.to_vec(), ..View::default() }
}

/// Compares every sample of a cut with that of the whole frame: read by the rules of `SPEC.md` alone.
fn compare(whole: (&CheckedLayout, &[u8]), cut: (&CheckedLayout, &[u8])) -> Result<usize> {
    let (layout, region, step) = (cut.0, cut.0.region, cut.0.step);
    let word =
        |of: &(&CheckedLayout, &[u8]), plane: usize, x: u64, y: u64, at: u32, stride: u32, bytes: u32| {
            let plane = of.0.planes[plane];
            let start = plane.offset + y * u64::from(plane.stride) + u64::from(at) + x * u64::from(stride);
            let start = usize::try_from(start)?;
            let found = of.1.get(start..start + bytes as usize);
            Ok::<_, anyhow::Error>(found.with_context(|| format!("no byte {start}"))?.to_vec())
        };
    let mut compared = 0;
    let mut same = |plane, at, stride, bytes, (w_sub, h_sub): (u8, u8)| -> Result<()> {
        for row in 0..layout.sent_height().div_ceil(1 << h_sub) {
            for column in 0..layout.sent_width().div_ceil(1 << w_sub) {
                let x = u64::from((region.x >> w_sub) + column * step.0);
                let y = u64::from((region.y >> h_sub) + row * step.1);
                let expected = word(&whole, plane, x, y, at, stride, bytes)?;
                let actual = word(&cut, plane, column.into(), row.into(), at, stride, bytes)?;
                ensure!(
                    expected == actual,
                    "{}: column {column}, row {row}: {expected:?}, {actual:?}",
                    layout.format
                );
                compared += 1;
            }
        }
        Ok(())
    };
    match &layout.pixels {
        Pixels::Components { components, .. } => {
            for c in components {
                same(usize::from(c.plane), c.offset, c.pixel_stride, c.sample_bytes(), (c.w_sub, c.h_sub))?;
            }
        }
        Pixels::Named { name } => {
            let bytes = match name.as_str() {
                "rggb" | "grbg" => 1,
                "RGB16" => 2,
                _ => 4,
            };
            same(0, 0, bytes, bytes, (0, 0))?;
        }
    }
    Ok(compared)
}

#[tokio::test]
async fn every_sample_of_a_cut_is_the_frames_own() -> Result<()> {
    let mut pipelines = Vec::new();
    for format in FORMATS {
        pipelines.extend(["-p".to_owned(), source(format, &format!("video/x-raw,format={format}"))]);
    }
    for bayer in ["rggb", "grbg"] {
        pipelines.extend(["-p".to_owned(), source(bayer, &format!("video/x-bayer,format={bayer}"))]);
    }
    let capture = Capture::start(pipelines).await?;
    for format in FORMATS.into_iter().chain(["rggb", "grbg"]) {
        let mut client = Client::subscribed(capture.address(), format).await?;
        for view in [
            fitted((31, 15)),
            part(Region { x: 33, y: 21, width: 40, height: 11 }, &[]),
            part(Region { x: 33, y: 21, width: 99, height: 99 }, &[Encoding::Residual]),
            part(Region { x: 33, y: 21, width: 40, height: 11 }, &[Encoding::Lz4]),
        ] {
            let encoding = view.encodings.first().copied().unwrap_or_default();
            let is_fitted = view.mode == ViewMode::Fit;
            look(&mut client, format, view).await?;
            let is_it = |layout: &Layout| {
                !layout.is_whole() && (layout.step != (1, 1)) == is_fitted && layout.encoding == encoding
            };
            let (frame, layout) = next(&mut client, is_it).await.with_context(|| format.to_owned())?;
            let whole =
                client.fetch(format, frame.header.sequence).await.with_context(|| format.to_owned())?;
            let whole_layout = client.layouts[&whole.header.layout_id].clone().check()?;
            ensure!(whole_layout.is_whole() && whole.header.sequence == frame.header.sequence);
            let payload = decoded(&layout, &frame.payload)?;
            let samples = compare((&whole_layout, &whole.payload), (&layout, &payload))?;
            ensure!(samples > 100, "{samples}");
            let (x, y) = (layout.step.0, layout.step.1);
            ensure!(
                !is_fitted || ([3, 4].contains(&x) && [3, 4].contains(&y)),
                "{format}: {:?}",
                layout.step
            );
        }
    }
    Ok(())
}

/// A payload as its layout describes it.
fn decoded(layout: &CheckedLayout, payload: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match layout.encoding {
        Encoding::Raw => bytes.extend_from_slice(payload),
        Encoding::Residual => Coder::new(layout).decode(payload, &mut bytes)?,
        Encoding::Lz4 => {
            let (len, block) = payload.split_first_chunk().context("no length")?;
            bytes = lz4_flex::block::decompress(block, u32::from_le_bytes(*len) as usize)?;
        }
    }
    Ok(bytes)
}

#[tokio::test]
async fn encodings_give_back_the_appsinks_bytes() -> Result<()> {
    let formats = ["BGR", "NV12", "P010_10LE", "v210", "NV12_4L4", "RGB8P"];
    let mut pipelines = Vec::new();
    for format in formats {
        pipelines.extend(["-p".to_owned(), source(format, &format!("video/x-raw,format={format}"))]);
    }
    let capture = Capture::start(pipelines).await?;
    for format in formats {
        for encoding in [Encoding::Residual, Encoding::Lz4] {
            let mut client = Client::connect(capture.address()).await?;
            client.say(&ClientMessage::Verify { stream: format.to_owned(), on: true }).await?;
            client.subscribe(format).await?;
            // Hashes are of whole frames: no part is sent meanwhile, whatever the view.
            let view = View { encodings: vec![encoding], ..fitted((31, 15)) };
            look(&mut client, format, view).await?;
            let mut expected = None;
            let mut checked = 0;
            while checked < 3 {
                match client.hear().await? {
                    Heard::Message(message) => {
                        if let ServerMessage::Hashes { buffer, .. } = *message {
                            expected = Some(buffer);
                        }
                    }
                    Heard::Frame(frame) => {
                        let layout = client.layouts[&frame.header.layout_id].clone().check()?;
                        client.drawn(&frame).await?;
                        ensure!(layout.is_whole());
                        let bytes = decoded(&layout, &frame.payload)?;
                        assert_eq!(Some(Hash::of(&bytes)), expected.take(), "{format} {encoding:?}");
                        checked += u32::from(layout.encoding == encoding);
                    }
                    Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn only_the_frame_drawn_last_can_be_had_whole() -> Result<()> {
    let capture = Capture::start([source("k", "video/x-raw,format=BGR")]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    look(&mut client, "k", fitted((31, 15))).await?;
    let (first, _) = next(&mut client, |layout| !layout.is_whole()).await?;
    let (second, layout) = next(&mut client, |layout| !layout.is_whole()).await?;
    assert!(
        second.header.work_nanos.is_some() && second.header.sent_nanos > Some(second.header.arrival_nanos)
    );
    assert_eq!((layout.width, layout.height), (WIDTH, HEIGHT));
    client.say(&ClientMessage::Pause { stream: "k".to_owned(), paused: true }).await?;
    client.say(&ClientMessage::Clock { client_sent: 0 }).await?;
    let mut last = second.header.sequence;
    loop {
        match client.hear().await? {
            Heard::Frame(frame) => {
                last = frame.header.sequence;
                client.drawn(&frame).await?;
            }
            Heard::Message(message) if matches!(*message, ServerMessage::Clock { .. }) => break,
            Heard::Message(_) => {}
            Heard::Closed(why) => anyhow::bail!("closed: {why:?}"),
        }
    }
    let gone = client.fetch("k", first.header.sequence).await.unwrap_err().to_string();
    assert!(gone.starts_with("frame_gone"), "{gone}");
    // It stays while the view is paused, and other viewers see newer ones.
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let whole = client.fetch("k", last).await?;
    assert_eq!(whole.payload.len(), (WIDTH as usize * 3).next_multiple_of(4) * HEIGHT as usize);
    Ok(())
}

#[tokio::test]
async fn a_viewer_of_whole_frames_gets_them_beside_one_of_parts() -> Result<()> {
    let capture = Capture::start([source("k", "video/x-raw,format=NV12")]).await?;
    let mut parts = Client::subscribed(capture.address(), "k").await?;
    let mut whole = Client::subscribed(capture.address(), "k").await?;
    look(&mut parts, "k", fitted((31, 15))).await?;
    for _ in 0..5 {
        let (part, _) = next(&mut parts, |layout| !layout.is_whole()).await?;
        let (frame, layout) = next(&mut whole, |_| true).await?;
        assert!(layout.is_whole() && frame.payload.len() > part.payload.len());
        assert_eq!(frame.header.work_nanos, None);
    }
    let ledger = parts.ledger("k").await?;
    assert!(ledger.balances() && ledger.sent > 4, "{ledger:?}");
    Ok(())
}
