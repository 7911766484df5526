//! The formats read by name are those that servers may send by name, and their codes are of the depth they say.

use super::*;
use crate::convert::unpack::{Needed, PlaneRows, Tile};
use proptest::prelude::*;
use std::collections::BTreeSet;
use wire::layout::{NAMED, Plane};

/// Plane 0 and plane 1, in bytes, for any of the formats at sides below 40.
const LONG: u64 = 1 << 15;

fn layout(name: &str, width: u32, height: u32) -> Layout {
    let tiles = tiles::FORMATS.iter().any(|row| row.0 == name);
    // Wide enough for all; tiles as many as all need, in even numbers.
    let stride = if tiles { 10 * 0x1_0000 + 12 } else { 360 };
    let length = if name == "RGB8P" || !tiles { LONG } else { 12 * 10 * 2048 };
    Layout {
        format: name.into(),
        pixels: Pixels::Named { name: name.into() },
        planes: vec![Plane { stride, offset: 0, length }, Plane { stride, offset: length, length }],
        ..Layout::plain(width, height)
    }
}

#[test]
fn what_is_read_by_name_is_what_may_be_sent_by_name() {
    let bayer = mosaic::PATTERNS
        .iter()
        .flat_map(|(pattern, _)| mosaic::WORDS.iter().map(move |(words, ..)| format!("{pattern}{words}")));
    let others = word::FORMATS
        .iter()
        .map(|row| row.0)
        .chain(spaced::FORMATS.iter().map(|row| row.0))
        .chain(bits::FORMATS.iter().map(|row| row.0))
        .chain(tiles::FORMATS.iter().map(|row| row.0));
    let read: Vec<_> = others.map(str::to_owned).chain(bayer).collect();
    let names: BTreeSet<_> = read.iter().map(String::as_str).collect();
    assert_eq!(names.len(), read.len(), "a name is read twice");
    assert_eq!(names, NAMED.iter().copied().collect());
}

#[test]
fn the_last_sample_of_v_may_be_missing_and_is_then_the_one_before() {
    // UYVP, 3 columns: GStreamer's stride is 8 bytes, and the second V is in bytes 7 and 8.
    let layout = Layout { planes: vec![Plane { stride: 8, offset: 0, length: 8 }], ..layout("UYVP", 3, 1) };
    let sources = sources(&layout.check().unwrap()).unwrap();
    let v = sources.list.iter().find(|source| source.name == 'V').unwrap();
    let Reader::Named(named) = &v.reader else { unreachable!() };
    let mut codes = [0; 2];
    named.codes(&[0, 0, 0b1010, 0b0101_1011, 0, 0, 0, 0xff], 0, &mut codes);
    assert_eq!(codes, [0b10_1001_0110; 2]);
    named.codes(&[0, 0, 0b1010, 0b0101_1011, 0, 0, 0, 0xff, 0b1100_1111], 0, &mut codes);
    assert_eq!(codes, [0b10_1001_0110, 0b11_1111_0011]);
}

/// Bytes of the visible rows that this reader's samples take, plane by plane; the hashes of rows are defined by the same.
fn row_bytes(layout: &CheckedLayout) -> Vec<u64> {
    let sources = sources(layout).expect("a format that is read");
    let of_plane = |plane| {
        let bytes = |source: &Source| {
            let Reader::Named(named) = &source.reader else { unreachable!("read by name") };
            match &named.place {
                Place::Tiles(tiles) => tiles.row_bytes(),
                _ => named.row_bytes as u64,
            }
        };
        sources.list.iter().filter(|source| source.plane == plane).map(bytes).max()
    };
    let palette = matches!(sources.kind, Kind::Palette(_)).then_some(PALETTE_LEN as u64);
    [0, 1].into_iter().filter_map(of_plane).chain(palette).collect()
}

#[test]
fn the_rows_that_are_hashed_are_those_that_are_read() {
    for name in NAMED {
        for width in 1..40 {
            let layout = layout(name, width, 6).check().unwrap();
            let hashed: Vec<_> = wire::hash::Rows::of(&layout).unwrap().row_bytes().collect();
            let mut read = row_bytes(&layout);
            // Its fourth sample is alpha, which nobody draws.
            if name.starts_with("Y412") {
                read[0] += 2;
            }
            assert_eq!(hashed, read, "{name}, {width} columns");
        }
    }
}

proptest! {
    #[test]
    fn codes_are_of_the_depth_they_say(
        name in prop::sample::select(NAMED), size in (1_u32..40, 1_u32..40), seed in any::<u64>(),
    ) {
        let layout = layout(name, size.0, size.1).check().unwrap();
        let payload: Vec<_> = (1..=layout.min_payload_len())
            .map(|at| at.wrapping_mul(seed | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0])
            .collect();
        let sources = sources(&layout).unwrap();
        for source in &sources.list {
            let rows = (size.1 as usize).div_ceil(1 << source.h_sub);
            let needed = Needed { luma: 0..rows, chroma: 0..0 };
            let planes = [0, 1].map(|plane| PlaneRows::new(&layout, &[source], &[], plane));
            let bytes = planes.map(|plane| &payload[plane.bytes(&needed)]);
            let tile = Tile::new(&planes, &bytes, &needed);
            let (mut all, mut codes) = (0, vec![0; source.columns]);
            for row in 0..rows {
                source.codes(&tile, row, &mut codes);
                all = codes.iter().fold(all, |all, code| all | code);
                let mut words = codes.clone();
                source.words(&tile, row, &mut words);
                // What videoconvert makes of a sample has it on top, but where it takes one for another.
                let is_on_top = |(code, word): (&u16, &u16)| word >> (16 - source.depth) == *code;
                let sure = source.columns - usize::from(name == "VYUY" && size.0 % 2 == 1 && source.name != 'Y');
                prop_assert!(codes.iter().zip(&words).take(sure).all(is_on_top));
            }
            prop_assert_eq!(u32::from(all) >> source.depth, 0, "{} of {} bits: {:x}", source.name, source.depth, all);
        }
    }
}
