//! Fresh random frames of every raw format that this GStreamer has, of all colorimetries, chroma sites, interlace modes
//! and many sizes: read as the program reads them, decoded in `gst` mode, and held against a live `videoconvert`.
//!
//! `GstVideoConverter` itself judges all of them, the element a sample. What upstream reads out of bounds is listed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use anyhow::{Result, ensure};
use e2e::cases::{self, QUIRKS};
use e2e::judge;
use e2e::native::Native;
use e2e::random::{Random, seed};
use gst_video::prelude::*;
use gst_video::{VideoFormat, VideoInfo, VideoInterlaceMode};
use std::iter;
use std::sync::Mutex;
use std::thread;
use viewer_wasm::convert::ColorMode;

/// Bytes behind a buffer's own that an over-reading converter finds there.
const TAIL: usize = 4096;
/// Frames of each format that the element judges as well.
const BY_THE_ELEMENT: usize = 2;

/// How a frame came out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Same,
    /// `videoconvert` gives other pixels when bytes change that are not the frame's; the rest is the same.
    Undefined,
    /// What differs first.
    Different(String),
    /// Why there is nothing to compare.
    Refused(String),
}

/// Frames of one format, counted.
#[derive(Debug, Default)]
struct Tally {
    same: usize,
    by_the_element: usize,
    /// Frames of each quirk that are not the same, and all.
    quirks: Vec<(usize, usize)>,
    wrong: Vec<String>,
}

#[test]
fn every_format_equals_videoconvert() {
    gst::init().unwrap();
    let seed = seed();
    let formats: Vec<VideoFormat> = VideoFormat::iter_raw().collect();
    let queue = Mutex::new(formats.iter());
    let tallies = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(format) = { queue.lock().unwrap().next() } {
                    let tally = check(*format, seed);
                    tallies.lock().unwrap().push((*format, tally));
                }
            });
        }
    });
    let tallies = tallies.into_inner().unwrap();
    let sum = |count: fn(&Tally) -> usize| tallies.iter().map(|(_, tally)| count(tally)).sum::<usize>();
    let (same, elements) = (sum(|tally| tally.same), sum(|tally| tally.by_the_element));
    println!("{} formats: {same} frames are the same, {elements} of them by the element too", tallies.len());
    let mut wrong = Vec::new();
    for (format, tally) in &tallies {
        if let Some(first) = tally.wrong.first() {
            wrong.push(format!("{} frames of {format}, one of them {first}", tally.wrong.len()));
        }
    }
    for (index, quirk) in QUIRKS.iter().enumerate() {
        for (format, tally) in
            tallies.iter().filter(|(format, _)| quirk.formats.contains(&format.to_str().as_str()))
        {
            let (odd, all) = tally.quirks[index];
            println!("{odd} of {all} frames of {format}: {}", quirk.reason);
            if odd == 0 {
                wrong.push(format!(
                    "{format}: upstream is as it should be, the list is not: {}",
                    quirk.reason
                ));
            }
        }
    }
    assert!(formats.len() >= 111 && same >= 60 * formats.len(), "{same} frames of {} formats", formats.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn check(format: VideoFormat, seed: u64) -> Tally {
    let name = format.to_str();
    let mut random = Random::of(seed, name);
    let mut tally = Tally { quirks: vec![(0, 0); QUIRKS.len()], ..Tally::default() };
    for caps in cases::caps(format, &mut random) {
        let info = VideoInfo::from_caps(&caps).unwrap();
        let is_marked = random.any() & 1 == 1;
        let bytes = random.bytes(info.size());
        let verdict = compare(&caps, &info, &bytes, is_marked);
        let quirk = QUIRKS.iter().position(|quirk| quirk.is_of(&info));
        if let Some(quirk) = quirk.filter(|_| !matches!(verdict, Verdict::Refused(_))) {
            tally.quirks[quirk].0 += usize::from(verdict != Verdict::Same);
            tally.quirks[quirk].1 += 1;
        } else if verdict == Verdict::Same {
            tally.same += 1;
            if tally.by_the_element < BY_THE_ELEMENT && info.interlace_mode() != VideoInterlaceMode::Mixed {
                tally.by_the_element += 1;
                let judge = judge::Judge::new(&caps.to_string(), None).unwrap();
                let element = judge.rgba(&bytes).unwrap();
                if element != judge::convert(&info, buffer(&bytes, 0, false)).unwrap() {
                    tally
                        .wrong
                        .push(format!("{caps}: the element's picture is another one than its converter's"));
                }
            }
        } else {
            tally.wrong.push(format!("{caps}: {verdict:?}"));
        }
    }
    tally
}

fn compare(caps: &gst::Caps, info: &VideoInfo, bytes: &[u8], is_marked: bool) -> Verdict {
    let [expected, other] =
        [0, 0xff].map(|tail| judge::convert(info, buffer(bytes, tail, is_marked)).unwrap());
    let drawn = match drawn(caps, bytes, is_marked) {
        Ok(drawn) => drawn,
        Err(why) => {
            return Verdict::Refused(format!(
                "{why:#}; upstream is {}",
                if expected == other { "defined" } else { "undefined" }
            ));
        }
    };
    for (general, rgba) in drawn.iter().enumerate() {
        let pixels = rgba.chunks_exact(4).zip(expected.chunks_exact(4)).zip(other.chunks_exact(4));
        for (at, ((rgba, expected), other)) in pixels.enumerate() {
            if expected == other && rgba[..3] != expected[..3] {
                let (x, y) = (at % info.width() as usize, at / info.width() as usize);
                let path = ["the fast path", "the general path"][general];
                return Verdict::Different(format!("{path} at x {x} y {y}: {rgba:?}, {expected:?} expected"));
            }
        }
    }
    if expected == other { Verdict::Same } else { Verdict::Undefined }
}

/// The frame by the path that a viewer takes, and by the general one.
fn drawn(caps: &gst::Caps, bytes: &[u8], is_marked: bool) -> Result<Vec<Vec<u8>>> {
    let native = Native::read(caps, buffer(bytes, 0, is_marked))?;
    ensure!(native.layout.converted.is_none(), "the server converts it");
    let picture = ColorMode::Gst.into();
    let general = native.rgba_by_the_general_path(&picture)?;
    Ok(iter::once(native.rgba(&picture)?).chain(general).collect())
}

/// A buffer of these bytes, with others behind them that do not belong to it.
fn buffer(bytes: &[u8], tail: u8, is_marked: bool) -> gst::Buffer {
    let mut all = bytes.to_vec();
    all.resize(bytes.len() + TAIL, tail);
    let mut memory = gst::Memory::from_mut_slice(all);
    memory.get_mut().unwrap().resize(..bytes.len());
    let mut buffer = gst::Buffer::new();
    let own = buffer.get_mut().unwrap();
    own.append_memory(memory);
    own.set_pts(gst::ClockTime::ZERO);
    if is_marked {
        own.set_video_flags(gst_video::VideoBufferFlags::INTERLACED);
    }
    buffer
}
