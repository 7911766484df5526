//! The hashes of frames: golden values, and that strides, offsets, tiles and pieces make no difference to the rows.
//!
//! The values were computed once in Python 3.13 with `xxhash` 4.1.0 from `PyPI`, a binding of the reference implementation
//! in C: `xxhash.xxh3_64_hexdigest` of [`noise`], and of its rows cut out and joined as the comment of each case says.

use proptest::prelude::*;
use wire::hash::{Hasher, Rows};
use wire::layout::{ByteOrder, Component, Converted, Family, NAMED, Pixels, Plane, Region};
use wire::{CheckedLayout, Hash, Hashes, Layout};

/// Byte `i` is `7 i + 13 floor(i / 256) + 5`, modulo 256.
fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 256 * 13 + 5).to_le_bytes()[0]).collect()
}

fn hash(text: &str) -> Hash {
    text.parse().expect("a hash")
}

/// Name, plane, offset, pixel stride, depth, shift, `w_sub` and `h_sub`.
type Part = (char, u8, u32, u32, u8, u8, u8, u8);

const BGR: &[Part] = &[('R', 0, 2, 3, 8, 0, 0, 0), ('G', 0, 1, 3, 8, 0, 0, 0), ('B', 0, 0, 3, 8, 0, 0, 0)];
const BGRX: &[Part] = &[('R', 0, 2, 4, 8, 0, 0, 0), ('G', 0, 1, 4, 8, 0, 0, 0), ('B', 0, 0, 4, 8, 0, 0, 0)];
const I420: &[Part] = &[('Y', 0, 0, 1, 8, 0, 0, 0), ('U', 1, 0, 1, 8, 0, 1, 1), ('V', 2, 0, 1, 8, 0, 1, 1)];
const NV12: &[Part] = &[('Y', 0, 0, 1, 8, 0, 0, 0), ('U', 1, 0, 2, 8, 0, 1, 1), ('V', 1, 1, 2, 8, 0, 1, 1)];
const P010: &[Part] =
    &[('Y', 0, 0, 2, 10, 6, 0, 0), ('U', 1, 0, 4, 10, 6, 1, 1), ('V', 1, 2, 4, 10, 6, 1, 1)];
const YUY2: &[Part] = &[('Y', 0, 0, 2, 8, 0, 0, 0), ('U', 0, 1, 4, 8, 0, 1, 0), ('V', 0, 3, 4, 8, 0, 1, 0)];
const GRAY16: &[Part] = &[('Y', 0, 0, 2, 16, 0, 0, 0)];

fn components(parts: &[Part]) -> Pixels {
    let component = |&(name, plane, offset, pixel_stride, depth, shift, w_sub, h_sub): &Part| Component {
        name,
        plane,
        offset,
        pixel_stride,
        depth,
        shift,
        w_sub,
        h_sub,
    };
    let components = parts.iter().map(component).collect();
    Pixels::Components { family: Family::Yuv, byte_order: ByteOrder::Little, components }
}

fn named(name: &str) -> Pixels {
    Pixels::Named { name: name.into() }
}

/// Planes as stride, offset and length.
fn layout(pixels: Pixels, size: (u32, u32), planes: &[(u32, u64, u64)]) -> CheckedLayout {
    let plane = |&(stride, offset, length): &(u32, u64, u64)| Plane { stride, offset, length };
    let planes = planes.iter().map(plane).collect();
    Layout { pixels, planes, ..Layout::plain(size.0, size.1) }.check().expect("a layout")
}

#[test]
fn xxh3_is_that_of_the_reference() {
    // The lengths at which the algorithm takes another way.
    for (len, expected) in [
        (0, "2d06800538d394c2"),
        (1, "929e358d27ae3ee2"),
        (3, "69d11cf0727f7492"),
        (16, "9e0bc7c6b929eaed"),
        (17, "121f0b2a0f1daa23"),
        (128, "da0f5bf9c4b5ee67"),
        (129, "e5ee77d79eea960e"),
        (240, "81c74f40f2c39cfa"),
        (241, "8207a8685a41166e"),
        (1024, "cb7edddf7d56c6f7"),
        (1025, "d8303d50b2513201"),
        (70_000, "1c3d9afda19088d9"),
    ] {
        assert_eq!(Hash::of(&noise(len)).to_string(), expected, "{len} bytes");
        let mut hasher = Hasher::new();
        noise(len).chunks(97).for_each(|piece| hasher.update(piece));
        assert_eq!(hasher.finish(), hash(expected), "{len} bytes in pieces");
    }
}

#[test]
fn golden_frames() {
    let tiles = |across: u32, down: u32| across | (down << 16);
    let cases: [(&str, CheckedLayout, usize, &str, &str); 12] = [
        // Rows of 15 bytes, every 16.
        ("BGR", layout(components(BGR), (5, 3), &[(16, 0, 48)]), 48, "2e2d3408e4597e89", "770339c041830679"),
        // The same, every 20 from byte 7 on; the last row ends with the buffer.
        (
            "BGR at 7",
            layout(components(BGR), (5, 3), &[(20, 7, 55)]),
            62,
            "d7e59defe1da8c2d",
            "e7a172a23eabe2f5",
        ),
        // Rows of 11 bytes, every 12: the last filler holds no sample.
        (
            "BGRx",
            layout(components(BGRX), (3, 2), &[(12, 0, 24)]),
            24,
            "f451d893b4aa3e71",
            "a28c48bf7758680a",
        ),
        // 3 rows of 5 every 8, 2 of 3 every 4 from 24 on, 2 of 3 every 4 from 32 on.
        (
            "I420",
            layout(components(I420), (5, 3), &[(8, 0, 24), (4, 24, 8), (4, 32, 8)]),
            40,
            "c27ac715a2fa25ba",
            "b355e9d8a84d9032",
        ),
        // 3 rows of 5 every 8, 2 of 6 every 8 from 24 on.
        (
            "NV12",
            layout(components(NV12), (5, 3), &[(8, 0, 24), (8, 24, 16)]),
            40,
            "c27ac715a2fa25ba",
            "37d1acbd8b7fb3b5",
        ),
        // 2 rows of 6 every 8, 1 of 8 from 16 on.
        (
            "P010",
            layout(components(P010), (3, 2), &[(8, 0, 16), (8, 16, 8)]),
            24,
            "f451d893b4aa3e71",
            "8d6f6e59f46a4df9",
        ),
        // 2 rows of 8: V of the third pixel is the eighth byte.
        ("YUY2", layout(components(YUY2), (3, 2), &[(8, 0, 20)]), 20, "6a43b9bd9677a38c", "9e0bc7c6b929eaed"),
        // 2 rows of 16 + 6, every 128.
        (
            "v210",
            layout(named("v210"), (8, 2), &[(128, 0, 256)]),
            256,
            "0d653968a1002439",
            "2630ed36b6817007",
        ),
        // 2 rows of 6, every 8.
        (
            "rggb10le",
            layout(named("rggb10le"), (3, 2), &[(8, 0, 16)]),
            16,
            "9e0bc7c6b929eaed",
            "c358a7a8e74b9019",
        ),
        // 2 rows of 3, every 4; then 1024 bytes from 8 on.
        (
            "RGB8P",
            layout(named("RGB8P"), (3, 2), &[(4, 0, 8), (4, 8, 1024)]),
            1032,
            "4c9a6e0a68feecbf",
            "77dd5ec1de4c28d0",
        ),
        // Tiles of 4x4 bytes, 2 in a row: 5 rows of 6, then 3 rows of 6 from 64 on.
        (
            "NV12_4L4",
            layout(named("NV12_4L4"), (6, 5), &[(tiles(2, 2), 0, 64), (tiles(2, 1), 64, 32)]),
            96,
            "361ffa24859b7940",
            "fb1ecf169efa5b50",
        ),
        // Tiles of 64x32, 4 in a row, in the order 0 1 6 7 / 2 3 4 5 / 8 9 10 11: 70 rows of 130, then 35 of 130.
        (
            "NV12_64Z32",
            layout(
                named("NV12_64Z32"),
                (130, 70),
                &[(tiles(4, 3), 0, 24_576), (tiles(4, 2), 24_576, 16_384)],
            ),
            40_960,
            "4455fca213796169",
            "0e1aad7887495122",
        ),
    ];
    for (name, layout, len, buffer, rows) in cases {
        let payload = noise(len);
        let hashes = Hashes::of(&layout, &[&payload]);
        assert_eq!(hashes.buffer.to_string(), buffer, "{name}");
        assert_eq!(hashes.rows.map(|hash| hash.to_string()).as_deref(), Some(rows), "{name}");
    }
}

#[test]
fn every_named_format_has_a_rule_and_none_reads_past_its_planes() {
    for name in NAMED {
        for (width, height) in [(1, 1), (7, 5), (64, 33), (67, 45)] {
            let plane = |stride, length| (stride, 0, length);
            let stride =
                if name.starts_with("NV12") && !name.starts_with("NV12_10LE") { 0x000c_0018 } else { 600 };
            let wide =
                layout(named(name), (width, height), &[plane(stride, 1 << 20), plane(stride, 1 << 20)]);
            let rows = Rows::of(&wide).unwrap_or_else(|| panic!("{name} has no rule"));
            let end = rows.bands().map(|band| band.bytes().end).max().unwrap();
            for band in rows.bands() {
                assert!(
                    band.spans().all(|span| span.start >= band.bytes().start && span.end <= band.bytes().end)
                );
            }
            let cut = layout(named(name), (width, height), &[plane(stride, end - 1), plane(stride, end - 1)]);
            assert_eq!(Rows::of(&cut), None, "{name}");
        }
    }
    assert_eq!(Rows::of(&layout(named("RGB48"), (1, 1), &[(8, 0, 8)])), None);
}

#[test]
fn what_is_not_whole_and_named_has_no_rows() {
    let part = Layout {
        region: Region { x: 0, y: 0, width: 6, height: 1 },
        ..layout(named("v210"), (8, 2), &[(128, 0, 256)]).into_inner()
    };
    assert_eq!(Rows::of(&part.check().unwrap()), None);
}

#[test]
fn a_converted_frame_is_its_buffer_and_the_rows_of_its_picture() {
    let payload = noise(10 + 24);
    let converted = Some(Converted { format: "RGBA".into(), source_length: 10 });
    let planes = vec![Plane { stride: 12, offset: 10, length: 24 }];
    let layout = Layout { pixels: components(BGRX), planes, converted, ..Layout::plain(2, 2) };
    let hashes = Hashes::of(&layout.check().unwrap(), &[&payload]);
    assert_eq!(hashes.buffer, Hash::of(&payload[..10]));
    assert_eq!(hashes.rows, Some(Hash::of(&[&payload[10..17], &payload[22..29]].concat())));
}

#[test]
fn without_padding_both_are_the_same_and_cut_short_there_are_no_rows() {
    let layout = layout(components(NV12), (4, 2), &[(4, 0, 8), (4, 8, 4)]);
    let payload = noise(12);
    let hashes = Hashes::of(&layout, &[&payload]);
    assert_eq!(hashes.rows, Some(hashes.buffer));
    assert!(Rows::of(&layout).unwrap().are_all_of(12));
    assert!(!Rows::of(&layout).unwrap().are_all_of(13));
    assert_eq!(Hashes::of(&layout, &[&payload[..11]]).rows, None);
}

/// A family: its pixels, and bytes of a row and rows of each plane, by a formula of the test's own.
type Shape = fn(u32, u32) -> Vec<(u32, u32)>;

fn families() -> Vec<(Pixels, Shape)> {
    vec![
        (components(BGR), |w, h| vec![(3 * w, h)]),
        (components(BGRX), |w, h| vec![(4 * w - 1, h)]),
        (components(GRAY16), |w, h| vec![(2 * w, h)]),
        (components(I420), |w, h| {
            vec![(w, h), (w.div_ceil(2), h.div_ceil(2)), (w.div_ceil(2), h.div_ceil(2))]
        }),
        (components(NV12), |w, h| vec![(w, h), (2 * w.div_ceil(2), h.div_ceil(2))]),
        (components(P010), |w, h| vec![(2 * w, h), (4 * w.div_ceil(2), h.div_ceil(2))]),
        (components(YUY2), |w, h| vec![(4 * w.div_ceil(2), h)]),
        (named("rggb"), |w, h| vec![(w, h)]),
        (named("rggb16be"), |w, h| vec![(2 * w, h)]),
        (named("RGB16"), |w, h| vec![(2 * w, h)]),
        (named("r210"), |w, h| vec![(4 * w, h)]),
        (named("Y210"), |w, h| vec![(8 * w.div_ceil(2), h)]),
        // Bits through the last sample: of V where a pair begins, else of Y.
        (named("UYVP"), |w, h| vec![((w / 2 * 40 + w % 2 * 30).div_ceil(8), h)]),
    ]
}

proptest! {
    #[test]
    fn padding_changes_the_buffer_and_not_the_rows(
        family in 0_usize..13, size in (1_u32..40, 1_u32..12), seed in any::<u32>(),
        more in prop::collection::vec((1_u32..70, 1_u64..70), 3), cuts in prop::collection::vec(0.0..1.0, 0..4),
    ) {
        let (pixels, shape) = families().swap_remove(family);
        let shape = shape(size.0, size.1);
        let (mut tight, mut padded) = (Vec::new(), Vec::new());
        let (mut tight_planes, mut padded_planes) = (Vec::new(), Vec::new());
        for ((row, rows), (wider, gap)) in shape.iter().zip(&more) {
            let begin = padded.len() as u64 + gap;
            padded.resize(padded.len() + usize::try_from(*gap).unwrap(), 0xee);
            tight_planes.push((*row, tight.len() as u64, u64::from(row * rows)));
            padded_planes.push((row + wider, begin, u64::from((row + wider) * rows)));
            for at in 0..*rows {
                let bytes = (0..*row).map(|x| (seed ^ at.wrapping_mul(0x9e37) ^ x.wrapping_mul(0x85eb)).to_le_bytes()[1]);
                let bytes: Vec<u8> = bytes.collect();
                tight.extend_from_slice(&bytes);
                padded.extend_from_slice(&bytes);
                padded.resize(padded.len() + *wider as usize, 0xdd);
            }
        }
        let tight_layout = layout(pixels.clone(), size, &tight_planes);
        let padded_layout = layout(pixels, size, &padded_planes);
        let expected = Hashes::of(&tight_layout, &[&tight]);
        prop_assert_eq!(expected.rows, Some(Hash::of(&tight)));
        let mut places: Vec<_> = cuts
            .iter()
            .map(|cut: &f64| {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short list")]
                let place = (cut * padded.len() as f64) as usize;
                place
            })
            .collect();
        places.sort_unstable();
        let mut pieces = Vec::new();
        let mut rest = &padded[..];
        for place in places {
            let (piece, later) = rest.split_at(place - (padded.len() - rest.len()));
            pieces.push(piece);
            rest = later;
        }
        pieces.push(rest);
        let actual = Hashes::of(&padded_layout, &pieces);
        prop_assert_eq!(actual.rows, expected.rows);
        prop_assert_eq!(actual.buffer, Hash::of(&padded));
        // A visible bit changes both, one of the padding the buffer alone.
        let first = usize::try_from(padded_planes[0].1).unwrap();
        let mut flipped = padded.clone();
        flipped[first] ^= 1;
        prop_assert_ne!(Hashes::of(&padded_layout, &[&flipped]).rows, expected.rows);
        padded[first - 1] ^= 1;
        prop_assert_eq!(Hashes::of(&padded_layout, &[&padded]).rows, expected.rows);
        prop_assert_ne!(Hashes::of(&padded_layout, &[&padded]).buffer, actual.buffer);
    }

    /// The tiles of a frame, put together, are the frame in rows.
    #[test]
    fn tiles_are_the_rows_they_hold(size in (1_u32..90, 1_u32..70), seed in any::<u32>()) {
        const SIDE: u32 = 32;
        let (width, height) = size;
        let code = |plane: u32, x: u32, y: u32| {
            let mixed = (seed ^ plane << 30 ^ x << 15 ^ y).wrapping_mul(0x9e37_79b9);
            mixed.to_be_bytes()[0]
        };
        let planes = [(width, height), (width.next_multiple_of(2), height.div_ceil(2))];
        let (mut rows, mut tiles) = (Vec::new(), Vec::new());
        let (mut row_planes, mut tile_planes) = (Vec::new(), Vec::new());
        for (plane, (wide, high)) in (0..).zip(planes) {
            let (across, down) = (wide.div_ceil(SIDE), high.div_ceil(SIDE));
            row_planes.push((wide, rows.len() as u64, u64::from(wide * high)));
            rows.extend((0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| code(plane, x, y)));
            let bytes = u64::from(across * down * SIDE * SIDE);
            tile_planes.push((across | (down << 16), tiles.len() as u64, bytes));
            for tile in 0..across * down {
                let (left, top) = (tile % across * SIDE, tile / across * SIDE);
                let places = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (left + x, top + y)));
                tiles.extend(places.map(|(x, y)| if x < wide && y < high { code(plane, x, y) } else { 0x77 }));
            }
        }
        let plain = Hashes::of(&layout(components(NV12), size, &row_planes), &[&rows]);
        let tiled = Hashes::of(&layout(named("NV12_32L32"), size, &tile_planes), &[&tiles]);
        prop_assert_eq!(plain.rows, tiled.rows);
        prop_assert!(plain.rows.is_some());
    }
}
