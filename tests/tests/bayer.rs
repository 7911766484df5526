//! Bayer frames of 8 bits: what the viewer makes of noise is what a live `bayer2rgb` makes of it, in all patterns.
//!
//! `bayer2rgb` of GStreamer 1.22 crashes at odd widths and reads out of bounds below 4 columns and 3 rows: it is not fed
//! those, and the viewer's answer there is the converter's own test.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use e2e::judge::Judge;
use e2e::native::{self, Native};
use e2e::random::{Random, seed};
use viewer_wasm::convert::ColorMode;

/// Frames of each pattern beside those of the smallest sizes.
const FRAMES: usize = 16;
const SMALLEST: [(u32, u32); 4] = [(4, 3), (4, 4), (6, 3), (6, 5)];
const WIDTH_MAX: u32 = 68;
const HEIGHT_MAX: u32 = 45;

#[test]
fn every_pattern_equals_bayer2rgb() {
    gst::init().unwrap();
    let seed = seed();
    let patterns = patterns();
    assert!(patterns.len() >= 4, "{patterns:?}");
    for pattern in patterns {
        let mut random = Random::of(seed, &pattern);
        let sizes =
            (0..FRAMES).map(|_| (2 * (1 + random.to(WIDTH_MAX / 2 - 1)), 2 + random.to(HEIGHT_MAX - 2)));
        let sizes: Vec<_> = SMALLEST.into_iter().chain(sizes.collect::<Vec<_>>()).collect();
        for (width, height) in sizes {
            let caps = format!("video/x-bayer,format={pattern},width={width},height={height},framerate=30/1");
            let bytes = random.bytes((width.next_multiple_of(4) * height) as usize);
            let expected = Judge::new(&caps, None).unwrap().rgba(&bytes).unwrap();
            for mode in [ColorMode::Gst, ColorMode::Itu] {
                for (path, actual) in drawn(&caps, &bytes, mode) {
                    let same = e2e::frames::same_pixels(&expected, &actual, width as usize);
                    same.unwrap_or_else(|error| panic!("{caps} by {path} in {mode:?}: {error}"));
                }
            }
        }
    }
}

/// The patterns of 8 bits that `bayer2rgb` reads here.
fn patterns() -> Vec<String> {
    let element = gst::ElementFactory::find("bayer2rgb").unwrap();
    let sink =
        element.static_pad_templates().into_iter().find(|pad| pad.direction() == gst::PadDirection::Sink);
    let caps = sink.unwrap().caps();
    let formats = caps.iter().map(|structure| structure.get::<gst::List>("format").unwrap());
    let names: Vec<_> = formats
        .flat_map(|list| list.iter().map(|name| name.get::<String>().unwrap()).collect::<Vec<_>>())
        .collect();
    // The names of deeper ones go on with their depth and byte order.
    names.into_iter().filter(|name| name.len() == "rggb".len()).collect()
}

fn drawn(caps: &str, bytes: &[u8], mode: ColorMode) -> [(&'static str, Vec<u8>); 2] {
    let caps = caps.parse().unwrap();
    let native = Native::read(&caps, native::buffer(&caps, bytes, None).unwrap()).unwrap();
    let picture = mode.into();
    [
        ("the path viewers take", native.rgba(&picture).unwrap()),
        ("the general path", native.rgba_by_the_general_path(&picture).unwrap().unwrap()),
    ]
}
