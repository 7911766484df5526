//! Mosaics through real appsinks: where their codes are, for every pattern, depth and odd size.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use capture::pipeline::{Description, OnEos, build};
use common::{Player, Seen, play};
use gst::prelude::*;
use gst_app::{AppSrc, AppSrcCallbacks};
use wire::control::{Phase, Policy};
use wire::layout::{Pixels, Plane};

const PATTERNS: [&str; 4] = ["bggr", "gbrg", "grbg", "rggb"];

fn only(streams: Vec<Seen>) -> Seen {
    let Ok([seen]) = <[Seen; 1]>::try_from(streams) else { panic!("one stream") };
    seen
}

/// Plays one buffer of `caps` through an appsink.
fn pushed(caps: &str, bytes: Vec<u8>) -> Seen {
    gst::init().unwrap();
    let built = build(&Description::one("appsrc name=source format=time ! appsink")).unwrap();
    let source = built.pipeline().by_name("source").unwrap().downcast::<AppSrc>().unwrap();
    source.set_caps(Some(&caps.parse().unwrap()));
    let mut buffer = Some(gst::Buffer::from_slice(bytes));
    let callbacks = AppSrcCallbacks::builder().need_data(move |source, _| {
        if let Some(buffer) = buffer.take() {
            source.push_buffer(buffer).unwrap();
            source.end_of_stream().unwrap();
        }
    });
    source.set_callbacks(callbacks.build());
    only(Player::start(built, Policy::Every, OnEos::Hold).play().streams)
}

#[test]
fn each_site_of_each_pattern_has_its_colour() {
    for pattern in PATTERNS {
        for (width, height) in [(8_u32, 4_u32), (7, 5), (33, 3), (1, 1)] {
            for (letter, color) in [('r', "0xffff0000"), ('g', "0xff00ff00"), ('b', "0xff0000ff")] {
                let case = format!("{pattern} {width}x{height} {letter}");
                let seen = only(
                    play(&format!(
                        "videotestsrc num-buffers=1 pattern=solid-color foreground-color={color} ! \
                         video/x-bayer,format={pattern},width={width},height={height} ! appsink"
                    ))
                    .streams,
                );
                let [frame] = seen.frames.as_slice() else { panic!("{case}: {:?}", seen.failure) };
                let layout = &frame.layout;
                assert_eq!(layout.pixels, Pixels::Named { name: pattern.into() }, "{case}");
                assert_eq!(layout.format, pattern);
                let stride = width.next_multiple_of(4);
                let length = u64::from(stride) * u64::from(height);
                assert_eq!(layout.planes, [Plane { stride, offset: 0, length }], "{case}");
                for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                    let site = pattern.as_bytes()[(y % 2 * 2 + x % 2) as usize] as char;
                    let code = frame.bytes[(y * stride + x) as usize];
                    assert_eq!(code, if site == letter { 255 } else { 0 }, "{case} at {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn deep_codes_are_words_whose_rows_have_a_multiple_of_four() {
    for pattern in PATTERNS {
        for depth in [10, 12, 14, 16] {
            for order in ["le", "be"] {
                for (width, height) in [(8_u32, 4_u32), (5, 3), (6, 1), (1, 1)] {
                    let format = format!("{pattern}{depth}{order}");
                    let caps =
                        format!("video/x-bayer,format={format},width={width},height={height},framerate=1/1");
                    // As `rgb2bayer` of 1.24 has it: the width is rounded up, not the bytes of a row.
                    let stride = width.next_multiple_of(4) * 2;
                    let bytes: Vec<u8> = (0..=255).cycle().take((stride * height) as usize).collect();
                    let seen = pushed(&caps, bytes.clone());
                    let [frame] = seen.frames.as_slice() else { panic!("{caps}: {:?}", seen.failure) };
                    assert_eq!(frame.layout.pixels, Pixels::Named { name: format }, "{caps}");
                    assert_eq!(
                        frame.layout.planes,
                        [Plane { stride, offset: 0, length: bytes.len() as u64 }],
                        "{caps}"
                    );
                    assert_eq!(frame.bytes, bytes);
                }
            }
        }
    }
}

#[test]
fn a_last_row_needs_no_padding_and_all_its_codes() {
    let caps = "video/x-bayer,format=rggb12le,width=5,height=3,framerate=1/1";
    let needed = 2 * 16 + 10;
    assert_eq!(pushed(caps, vec![0; needed]).frames.len(), 1);
    let refused = pushed(caps, vec![0; needed - 1]);
    assert_eq!(refused.phase, Phase::Failed);
    let why = refused.failure.unwrap();
    assert!(why.contains("rggb12le 5x3") && why.contains("needs 42 bytes, the buffer has 41"), "{why}");
}

#[test]
fn other_patterns_are_refused_by_name() {
    for format in ["rggb16", "rggb11le", "RGGB", "rgbw", "rggbé", "", "rggb8", "BGR", "VYUY"] {
        let seen = pushed(
            &format!("video/x-bayer,format=(string)\"{format}\",width=8,height=8,framerate=1/1"),
            vec![0; 1024],
        );
        assert_eq!(seen.phase, Phase::Failed, "{format}");
        let why = seen.failure.unwrap();
        assert!(why.contains(&format!("`{format}` is no Bayer pattern")), "{why}");
    }
}
