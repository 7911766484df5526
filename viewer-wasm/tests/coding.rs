//! The encoding `residual` by vectors and by the portable code: the same bytes, for every frame of the corpus and for
//! frames of every amount of noise.
//!
//! Compiled for wasm32 this tests the vectors that decode; `run-in-node.mjs` runs it. Natively it tests those that encode.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fast_layouts;
mod support;

use fast_layouts::{Noise, layouts};
use support::node::{self, say};
use support::{entries, formats, layout, read};
use wire::CheckedLayout;
use wire::coding::{Coder, Decoding};

const SIZES: [(u32, u32); 8] = [(1, 1), (3, 2), (15, 3), (17, 34), (33, 9), (64, 5), (131, 20), (515, 7)];

/// Round trips by both, and crosswise; tells the coded length.
fn compare(layout: &CheckedLayout, payload: &[u8], told: &str) -> usize {
    let coders = [Coder::new(layout), Coder::portable(layout)];
    let coded = coders.each_ref().map(|coder| {
        let mut coded = Vec::new();
        coder.encode(&[payload], &mut coded);
        coded
    });
    assert!(coded[0] == coded[1], "coded otherwise by vectors: {told}");
    for coder in &coders {
        let mut decoded = Vec::new();
        coder.decode(&coded[0], &mut decoded).unwrap();
        assert!(decoded == payload, "{told}");
        // Plane by plane, as a viewer does it.
        decoded.fill(1);
        let mut decoding = Decoding::new(coder, &coded[0]).unwrap();
        for end in (0..payload.len()).step_by(1000) {
            for plane in 0..layout.planes.len() {
                decoding.plane(plane, end, &mut decoded).unwrap();
            }
        }
        decoding.all(&mut decoded).unwrap();
        assert!(decoded == payload, "plane by plane: {told}");
    }
    coded[0].len()
}

#[test]
fn every_frame_of_the_corpus_comes_back() {
    node::begin();
    let (formats, entries) = (formats(), entries());
    let mut sums = (0, 0);
    for entry in &entries {
        let raw = read(&entry.raw);
        let layout = layout(entry, formats[&entry.format].clone(), raw.len());
        let len = compare(&layout, &raw, &entry.id);
        assert!(
            len <= raw.len() + 8 * (1 + layout.planes.len()),
            "{}: {len} bytes of {}",
            entry.id,
            raw.len()
        );
        sums = (sums.0 + raw.len(), sums.1 + len);
    }
    say(&format!("{} frames: {} bytes, coded {}", entries.len(), sums.0, sums.1));
}

/// Rows that differ by so many bits from those above them: blocks of all widths.
#[test]
fn every_width_comes_back() {
    node::begin();
    let mut noise = Noise::new();
    let mut sums = (0, 0);
    for (width, height) in SIZES {
        for mut layout in layouts(width, height) {
            let mode = ["progressive", "interleaved"][noise.next() as usize % 2];
            mode.clone_into(&mut layout.interlace.mode);
            let layout = layout.check().unwrap();
            let len = usize::try_from(layout.min_payload_len()).unwrap();
            let mut payload = noise.bytes(len);
            let mut bits = 0;
            for (at, byte) in payload.iter_mut().enumerate() {
                if at % 31 == 0 {
                    bits = noise.next() % 9;
                }
                *byte = u8::try_from(u16::from(*byte) >> bits).unwrap();
            }
            let told = format!("{} {width}x{height} {mode}", layout.format);
            sums = (sums.0 + len, sums.1 + compare(&layout, &payload, &told));
        }
    }
    say(&format!("noise: {} bytes, coded {}", sums.0, sums.1));
}
