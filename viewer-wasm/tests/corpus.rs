//! Every entry of the corpus is what `videoconvert`, or `bayer2rgb`, made of it, whole and in tiles.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde::Deserialize;
use std::collections::HashMap;
use support::{Entry, decode, decode_in_tiles, difference, entries, formats, layout, manifest, read};
use viewer_wasm::convert::{ColorMode, Decoder};
use wire::layout::{Family, Pixels};

#[test]
fn gst_mode_equals_videoconvert() {
    let formats = formats();
    let entries = entries();
    assert_eq!((formats.len(), entries.len()), (111 + 4, 337 + 24), "the corpus lost something");
    for entry in &entries {
        let raw = read(&entry.raw);
        let layout = layout(entry, formats[&entry.format].clone(), raw.len());
        for decoder in
            [Decoder::new(&layout, &ColorMode::Gst.into()), Decoder::general(&layout, &ColorMode::Gst.into())]
        {
            let rgba = decode(&decoder.unwrap(), &layout, &raw);
            let worst = difference(&rgba, &read(&entry.rgba));
            assert!(worst <= entry.tolerance, "{}: differs by {worst}", entry.id);
        }
    }
}

#[test]
fn tiles_of_rows_make_the_same_picture() {
    let formats = formats();
    for entry in &entries() {
        let raw = read(&entry.raw);
        let layout = layout(entry, formats[&entry.format].clone(), raw.len());
        for mode in [ColorMode::Gst, ColorMode::Itu] {
            let decoder = Decoder::new(&layout, &mode.into()).unwrap();
            let whole = decode(&decoder, &layout, &raw);
            for tile in [1, 2, 3, 5] {
                let tiled = decode_in_tiles(&decoder, &raw, tile);
                assert!(tiled == whole, "{}: {mode:?} in tiles of {tile}", entry.id);
            }
        }
    }
}

/// `mixed` caps leave it to each buffer's flags; a progressive one of I420 is filtered there, as NV12 always is.
#[test]
fn mixed_frames_are_what_their_flags_say() {
    let (formats, entries) = (formats(), entries());
    let of = |id: &str| entries.iter().find(|entry| entry.id == id).unwrap();
    for (format, progressive) in [("NV12", "rgba/NV12_noise.rgba"), ("I420", "rgba/I420_noise_mixed.rgba")] {
        let entry = of(&format!("{format}_noise_interlaced"));
        let raw = read(&entry.raw);
        let mut layout = layout(entry, formats[format].clone(), raw.len()).into_inner();
        layout.interlace.mode = "mixed".into();
        let layout = layout.check().unwrap();
        let frames = Decoder::new(&layout, &ColorMode::Gst.into()).unwrap();
        assert_eq!(difference(&decode(&frames, &layout, &raw), &read(progressive.as_ref())), 0);
        let fields = Decoder::of_fields(&layout, &ColorMode::Gst.into()).unwrap();
        assert_eq!(difference(&decode(&fields, &layout, &raw), &read(&entry.rgba)), 0);
    }
}

/// Frames of which `videoconvert` reads samples behind their row.
#[derive(Deserialize)]
struct Behind {
    #[serde(flatten)]
    entry: Entry,
    /// What it reads there.
    reason: String,
}

/// What is no sample of the frame has a defined value here: the one to its left. All else is the same.
#[test]
fn what_videoconvert_reads_behind_rows_is_defined() {
    let formats = formats();
    for Behind { entry, reason } in manifest("behind.json") {
        let raw = read(&entry.raw);
        let layout = layout(&entry, formats[&entry.format].clone(), raw.len());
        let rgba = decode(&Decoder::new(&layout, &ColorMode::Gst.into()).unwrap(), &layout, &raw);
        let expected = read(&entry.rgba);
        let differ: Vec<_> = rgba
            .chunks_exact(4)
            .zip(expected.chunks_exact(4))
            .zip(0..)
            .filter(|((a, e), _)| difference(a, e) > entry.tolerance)
            .map(|(_, at)| (at % entry.width, at / entry.width))
            .collect();
        assert!(!differ.is_empty(), "{}: no longer so: {reason}", entry.id);
        // The last sample of V is of the last two pixels, and is filtered into no other; into four lines at most.
        let is_of_last = |&(x, y): &(u32, u32)| {
            x + 2 >= entry.width && (y + 4 > entry.height || entry.format.contains("8L128"))
        };
        assert!(differ.iter().all(is_of_last), "{}: {differ:?}", entry.id);
    }
}

/// Formats with so many bits and such chroma, and entries of them.
#[test]
fn every_kind_of_yuv_is_in_the_corpus() {
    let formats = formats();
    let yuv = |entry: &&Entry| is_yuv(&formats[&entry.format]);
    let entries = entries();
    assert_eq!(formats.values().filter(|pixels| is_yuv(pixels)).count(), 49);
    assert_eq!(entries.iter().filter(yuv).count(), 196);
    let mut kinds: HashMap<_, usize> = HashMap::new();
    for entry in entries.iter().filter(yuv) {
        let Pixels::Components { components, .. } = &formats[&entry.format] else { unreachable!() };
        let u = components.iter().find(|c| c.name == 'U').unwrap();
        *kinds.entry((u.depth > 8, u.w_sub, u.h_sub)).or_default() += 1;
    }
    println!("entries by (more than 8 bits, w_sub, h_sub): {kinds:?}");
    assert_eq!(kinds.len(), 8);
    assert_eq!(entries.iter().filter(|entry| entry.interlaced).count(), 12);
}

fn is_yuv(pixels: &Pixels) -> bool {
    matches!(pixels, Pixels::Components { family: Family::Yuv, .. })
}
