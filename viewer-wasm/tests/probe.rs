//! The probe's codes and byte offsets: as an independent reading has them, and as changed bytes show them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::borrow::Cow;
use std::convert::Infallible;
use support::{Entry, entries, formats, layout, models, read};
use viewer_wasm::convert::{Probe, Reading};
use wire::CheckedLayout;
use wire::layout::{Layout, Pixels, Plane};

/// Bytes of the longest word that samples are in.
const LONGEST_WORD: usize = 4;
/// Samples of ten bits go on from a tile to the one beside it.
const ACROSS_TILES: &str = "NV12_10BE_8L128";

fn pixel(probe: &Probe, payload: &[u8], at: (usize, usize)) -> Vec<Reading> {
    probe.pixel::<Infallible>(at, |range| Ok(Cow::Borrowed(&payload[range]))).unwrap()
}

/// A few pixels: corners, and some between.
fn places((width, height): (usize, usize)) -> Vec<(usize, usize)> {
    let mut places = vec![(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)];
    places.extend((1..6).map(|n| (n * 7 % width, n * 5 % height)));
    places
}

fn corpus() -> Vec<(Entry, CheckedLayout, Vec<u8>)> {
    let formats = formats();
    let case = |entry: Entry| {
        let raw = read(&entry.raw);
        let layout = layout(&entry, formats[&entry.format].clone(), raw.len());
        (entry, layout, raw)
    };
    entries().into_iter().map(case).collect()
}

/// The table of formats says where a component is; so is it read here, byte by byte.
#[test]
fn described_codes_are_where_the_table_says() {
    let (formats, models) = (formats(), models());
    let mut compared = 0;
    for (entry, layout, raw) in corpus() {
        let Pixels::Components { .. } = formats[&entry.format] else { continue };
        let probe = Probe::new(&layout, false).unwrap();
        for (x, y) in places(probe.size()) {
            for reading in pixel(&probe, &raw, (x, y)) {
                let c = models[&entry.format].component(reading.name);
                let plane = usize::from(c.plane);
                // Two fields in turn, each halved by itself.
                let row = if entry.interlaced { ((y / 2) >> c.h_sub) * 2 + y % 2 } else { y >> c.h_sub };
                let rows = (entry.height as usize).div_ceil(1 << c.h_sub);
                if row >= rows {
                    continue;
                }
                let byte = usize::try_from(entry.offsets[plane]).unwrap()
                    + row * entry.strides[plane] as usize
                    + c.offset as usize
                    + (x >> c.w_sub) * c.pixel_stride as usize;
                let word = match (c.depth + c.shift > 8, entry.format.contains("BE")) {
                    (false, _) => u16::from(raw[byte]),
                    (true, true) => u16::from_be_bytes([raw[byte], raw[byte + 1]]),
                    (true, false) => u16::from_le_bytes([raw[byte], raw[byte + 1]]),
                };
                let code = u32::from(word >> c.shift) & ((1 << c.depth) - 1);
                let expected = Reading {
                    name: c.name,
                    depth: c.depth,
                    code: u16::try_from(code).unwrap(),
                    plane,
                    byte,
                    column: x >> c.w_sub,
                    row,
                };
                assert_eq!(reading, expected, "{} at {x}, {y}", entry.id);
                compared += 1;
            }
        }
    }
    assert!(compared > 5000, "{compared}");
}

/// A code is made of the bytes at its offset and of no others.
#[test]
fn codes_change_with_the_bytes_at_their_offset_alone() {
    for (entry, layout, raw) in corpus() {
        if entry.format == ACROSS_TILES {
            continue;
        }
        let probe = Probe::new(&layout, false).unwrap();
        for at in places(probe.size()).into_iter().take(7) {
            let readings = pixel(&probe, &raw, at);
            for (index, reading) in readings.iter().enumerate() {
                let word = reading.byte..raw.len().min(reading.byte + LONGEST_WORD);
                let mut inside = raw.clone();
                inside[word.clone()].iter_mut().for_each(|byte| *byte ^= 0xff);
                let mut outside: Vec<u8> = raw.iter().map(|byte| byte ^ 0xff).collect();
                outside[word.clone()].copy_from_slice(&raw[word]);
                let changed = pixel(&probe, &inside, at)[index];
                let mask = u16::MAX >> (16 - reading.depth);
                assert_eq!(changed.code, reading.code ^ mask, "{} at {at:?}: {reading:?}", entry.id);
                assert_eq!(pixel(&probe, &outside, at)[index], *reading, "{} at {at:?}", entry.id);
            }
        }
    }
}

#[test]
fn rectangles_are_their_pixels() {
    for (entry, layout, raw) in corpus() {
        let probe = Probe::new(&layout, false).unwrap();
        let (width, height) = probe.size();
        let (columns, lines) = (width / 3..width, height / 2..height);
        let codes =
            probe.codes::<Infallible>(&columns, lines.clone(), |range| Ok(Cow::Borrowed(&raw[range])));
        let expected: Vec<_> = lines
            .flat_map(|y| columns.clone().map(move |x| (x, y)))
            .flat_map(|at| pixel(&probe, &raw, at).into_iter().map(|reading| reading.code))
            .collect();
        assert_eq!(codes.unwrap(), expected, "{}", entry.id);
    }
}

fn named(name: &str, (width, height): (u32, u32), planes: &[(u32, u64)]) -> Probe {
    let mut offset = 0;
    let plane = |&(stride, length): &(u32, u64)| {
        offset += length;
        Plane { stride, offset: offset - length, length }
    };
    let layout = Layout {
        format: name.into(),
        pixels: Pixels::Named { name: name.into() },
        planes: planes.iter().map(plane).collect(),
        ..Layout::plain(width, height)
    };
    Probe::new(&layout.check().unwrap(), false).unwrap()
}

fn said(readings: &[Reading]) -> Vec<(char, u16, usize)> {
    readings.iter().map(|reading| (reading.name, reading.code, reading.byte)).collect()
}

/// By hand, from the drawings of the formats.
#[test]
fn named_codes_are_where_their_drawings_say() {
    // v210: three of 10 bits in 32, U0 Y0 V0 | Y1 U1 Y2 | V1 Y3 U2 | Y4 V2 Y5; pixel 3 is Y3 with U1 and V1.
    let words =
        [1 | 2 << 10 | 3 << 20, 4 | 5 << 10 | 6 << 20, 7 | 8 << 10 | 9 << 20, 0xa | 11 << 10 | 12 << 20];
    let mut row: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    row.resize(128, 0);
    let v210 = named("v210", (6, 1), &[(128, 128)]);
    assert_eq!(said(&pixel(&v210, &row, (3, 0))), [('Y', 8, 9), ('U', 5, 5), ('V', 7, 8)]);

    let rgb16 = named("RGB16", (2, 1), &[(4, 4)]);
    let word = (17_u16 << 11 | 42 << 5 | 9).to_le_bytes();
    let found = pixel(&rgb16, &[0, 0, word[0], word[1]], (1, 0));
    assert_eq!(said(&found), [('R', 17, 2), ('G', 42, 2), ('B', 9, 2)]);
    assert_eq!(found.iter().map(|reading| reading.depth).collect::<Vec<_>>(), [5, 6, 5]);

    // UYVP: U Y0 V Y1 of ten bits each, the highest first.
    let group = (100_u64 << 30 | 200 << 20 | 300 << 10 | 0x190).to_be_bytes();
    let uyvp = named("UYVP", (2, 1), &[(8, 8)]);
    let bytes = [&group[3..], &[0; 3]].concat();
    assert_eq!(said(&pixel(&uyvp, &bytes, (1, 0))), [('Y', 400, 3), ('U', 100, 0), ('V', 300, 2)]);

    // Tiles of 4 by 4: the pixel in column 5 and row 2 is in the second tile, row 2, column 1.
    let tiled = named("NV12_4L4", (8, 4), &[(1 << 16 | 2, 32), (1 << 16 | 2, 32)]);
    let bytes: Vec<u8> = (0..64).collect();
    assert_eq!(said(&pixel(&tiled, &bytes, (5, 2))), [('Y', 25, 25), ('U', 52, 52), ('V', 53, 53)]);

    // The site in column 1 of an odd row of RGGB is blue.
    let bayer = named("rggb12le", (4, 2), &[(8, 16)]);
    let bytes: Vec<u8> = (0..8_u16).flat_map(|n| (4000 + n).to_le_bytes()).collect();
    assert_eq!(said(&pixel(&bayer, &bytes, (1, 1))), [('S', 4005, 10)]);
    assert_eq!([bayer.site(0, 0), bayer.site(1, 0), bayer.site(1, 1)], [Some('R'), Some('G'), Some('B')]);

    let palette = named("RGB8P", (2, 1), &[(4, 4), (1024, 1024)]);
    let bytes: Vec<u8> = [7, 200, 0, 0].into_iter().chain([0; 1024]).collect();
    assert_eq!(said(&pixel(&palette, &bytes, (1, 0))), [('I', 200, 1)]);
    assert!(palette.is_indexed());
}

/// A sample that GStreamer's own strides leave out is the one to its left, and is said to be.
#[test]
fn a_sample_that_is_not_there_is_the_one_to_its_left() {
    let entry = entries().into_iter().find(|entry| entry.format == "UYVP" && entry.width % 2 == 1).unwrap();
    let raw = read(&entry.raw);
    let layout = layout(&entry, formats()["UYVP"].clone(), raw.len());
    let probe = Probe::new(&layout, false).unwrap();
    let (width, height) = probe.size();
    let v = pixel(&probe, &raw, (width - 1, height - 1))[2];
    assert!(v.byte < raw.len(), "{v:?}");
    assert!(v.column + 1 >= width / 2, "{v:?}");
}
