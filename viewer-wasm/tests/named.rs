//! The formats that are read by name: as GStreamer lays them out, and on layouts nobody made.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use proptest::prelude::*;
use support::decode_in_tiles;
use viewer_wasm::convert::{BayerView, ColorMode, Decoder, Picture, Unsupported};
use wire::layout::{Layout, NAMED, Pixels, Plane, Region};

/// A frame of a named format.
fn frame(name: &str, width: u32, height: u32, planes: Vec<Plane>) -> Layout {
    let pixels = Pixels::Named { name: name.into() };
    let mut layout = Layout { format: name.into(), pixels, planes, ..Layout::plain(width, height) };
    layout.color.matrix = "bt601".into();
    layout
}

/// The strides and lengths that GStreamer's `fill_planes` gives a progressive frame.
fn planes(name: &str, width: u32, height: u32) -> Vec<Plane> {
    let h2 = height.next_multiple_of(2);
    let rows = |stride: u32, rows: u32| (stride, u64::from(stride) * u64::from(rows));
    let words = |bytes: u32| vec![rows((width * bytes).next_multiple_of(bytes.max(4)), height)];
    let tiles = |across: u32, down: u32, chroma_down: u32, luma: u64, chroma: u64| {
        let plane = |down: u32, len: u64| (across | down << 16, u64::from(across) * u64::from(down) * len);
        vec![plane(down, luma), plane(chroma_down, chroma)]
    };
    let linear = |(tile_width, tile_height): (u32, u32), len: u64| {
        let down = height.div_ceil(tile_height);
        tiles(width.div_ceil(tile_width), down, down.div_ceil(2), len, len)
    };
    let thirds = width.div_ceil(3) * 4;
    let list = match name {
        "RGB16" | "BGR16" | "RGB15" | "BGR15" => words(2),
        "r210" | "BGR10A2_LE" | "RGB10A2_LE" | "Y410" => words(4),
        "Y412_LE" | "Y412_BE" => words(8),
        "Y210" | "Y212_LE" | "Y212_BE" => vec![rows((width * 4).next_multiple_of(8), height)],
        "VYUY" => vec![rows((width * 2).next_multiple_of(4), height)],
        "v210" => vec![rows(width.div_ceil(48) * 128, height)],
        "UYVP" => vec![rows((width * 10).div_ceil(4).next_multiple_of(4), height)],
        "IYU1" => vec![rows(width.next_multiple_of(4) * 3 / 2, height)],
        "GRAY10_LE32" => vec![rows(thirds, h2)],
        "NV12_10LE32" => vec![rows(thirds, h2), rows(thirds, h2 / 2)],
        "NV16_10LE32" => vec![rows(thirds, height); 2],
        "NV12_10LE40" => {
            vec![rows((width * 5 / 4).div_ceil(5) * 5, h2), rows((width * 5 / 4).div_ceil(5) * 5, h2 / 2)]
        }
        "RGB8P" => vec![rows(width.next_multiple_of(4), height), (4, 1024)],
        "NV12_64Z32" => tiles(width.div_ceil(128) * 2, height.div_ceil(32), height.div_ceil(64), 2048, 2048),
        "NV12_4L4" => linear((4, 4), 16),
        "NV12_32L32" => linear((32, 32), 1024),
        "NV12_16L32S" => tiles(width.div_ceil(16), height.div_ceil(32), height.div_ceil(32), 512, 256),
        "NV12_8L128" => linear((8, 128), 1024),
        "NV12_10BE_8L128" => {
            let down = height.div_ceil(128);
            tiles((width * 10).div_ceil(8).div_ceil(8), down, down.div_ceil(2), 1024, 1024)
        }
        bayer => {
            let bytes = if bayer.len() > 4 { 2 } else { 1 };
            vec![rows((width * bytes).next_multiple_of(4), height)]
        }
    };
    let offsets = list.iter().scan(0, |end, (_, len)| {
        let offset = *end;
        *end += len;
        Some(offset)
    });
    let plane =
        |((stride, length), offset): (&(u32, u64), u64)| Plane { stride: *stride, offset, length: *length };
    list.iter().zip(offsets).map(plane).collect()
}

fn refused(layout: Layout) -> Unsupported {
    Decoder::new(&layout.check().unwrap(), &ColorMode::Gst.into()).unwrap_err()
}

#[test]
fn every_name_is_read_as_gstreamer_lays_it_out() {
    for name in NAMED {
        // Those of a word a pixel are all alike.
        let widths = if name.starts_with("NV") { 1..70 } else { 1..20 };
        for (width, height) in widths.flat_map(|width| [1, 22, 65].map(|height| (width, height))) {
            let layout = frame(name, width, height, planes(name, width, height)).check().unwrap();
            if let Err(error) = Decoder::new(&layout, &ColorMode::Itu.into()) {
                panic!("{name}, {width}x{height}: {error}");
            }
        }
    }
}

#[test]
fn unknown_names_and_those_that_components_describe_are_refused() {
    for name in ["NV12", "rggb10", "rggb8le", "rgg", "", "Y2100", "nv12_4l4", "MT2110T", "rägb"] {
        let unknown = refused(frame(name, 8, 8, planes("r210", 8, 8)));
        assert_eq!(unknown, Unsupported::Format { format: name.into() });
        assert_eq!(unknown.to_string(), format!("cannot decode {name} yet"));
    }
}

#[test]
fn a_plane_that_lacks_a_byte_of_a_sample_is_refused_with_numbers() {
    for name in NAMED {
        // Rows end with their last sample here.
        let (width, height) = (48, 4);
        let whole = planes(name, width, height);
        for index in 0..whole.len() {
            let mut short = whole.clone();
            let lacks = match *name {
                // The last sample of V may lack one, as with GStreamer's own strides at other widths.
                "NV12_10LE32" | "NV16_10LE32" if index == 1 => 2,
                // Alpha is last, and not read.
                "Y412_LE" | "Y412_BE" => 3,
                _ => 1,
            };
            short[index].length -= lacks;
            let refusal = refused(frame(name, width, height, short));
            let Unsupported::Plane { plane, expected, actual, .. } = refusal else {
                panic!("{name}: {refusal}")
            };
            assert_eq!((plane, actual), (index, whole[index].length - lacks), "{name}");
            assert!(expected > actual, "{name}");
        }
        if whole.len() > 1 {
            let refusal = refused(frame(name, width, height, whole[..1].to_vec()));
            assert!(!matches!(refusal, Unsupported::Format { .. }), "{name}: {refusal}");
        }
    }
}

#[test]
fn rows_that_overlap_and_tiles_that_are_missing_are_refused() {
    let strided = |name: &str, stride: u32| {
        let mut planes = planes(name, 48, 48);
        planes[0].stride = stride;
        refused(frame(name, 48, 48, planes))
    };
    let overlap = strided("r210", 191);
    assert!(matches!(overlap, Unsupported::Stride { plane: 0, expected: 192, actual: 191, .. }));
    assert_eq!(
        overlap.to_string(),
        "cannot decode r210: a row of plane 0 needs 192 bytes, its stride is 191"
    );
    let missing = |stride, expected, actual| {
        let refusal = strided("NV12_32L32", stride);
        assert_eq!(refusal, Unsupported::Tiles { format: "NV12_32L32".into(), plane: 0, expected, actual });
    };
    missing(1 | 2 << 16, (2, 2), (1, 2));
    missing(2 | 1 << 16, (2, 2), (2, 1));
    // Pairs of tiles, of which one is not there.
    assert!(matches!(strided("NV12_64Z32", 3 | 2 << 16), Unsupported::Tiles { actual: (3, 2), .. }));
}

#[test]
fn parts_of_frames_are_refused_where_bytes_hold_several_pixels() {
    for name in NAMED {
        let layout = frame(name, 40, 20, planes(name, 40, 20));
        let part = Layout { region: Region { x: 0, y: 0, width: 20, height: 20 }, ..layout.clone() };
        let thin = Layout { step: (2, 1), ..layout };
        let is_grouped = name.contains("LE32") || name.contains("LE40") || name.starts_with("NV12");
        let is_grouped = is_grouped || matches!(*name, "v210" | "UYVP" | "IYU1");
        for layout in [part, thin] {
            let decoder = Decoder::new(&layout.check().unwrap(), &ColorMode::Gst.into());
            match decoder {
                Ok(decoder) => assert!(!is_grouped && decoder.width() == 20, "{name}"),
                Err(refusal) => {
                    assert!(is_grouped && matches!(refusal, Unsupported::Cut { .. }), "{name}: {refusal}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_layout_and_no_payload_make_it_panic(
        name in prop::sample::select(NAMED),
        (width, height) in (1_u32..40, 1_u32..40),
        strides in prop::option::of(((0_u32..200, 0_u32..14), (0_u32..200, 0_u32..14), any::<bool>())),
        cuts in (0_u64..3, 0_u64..3, 0_u64..40),
        part in prop::option::of(((0_u32..40, 0_u32..40), (1_u32..40, 1_u32..40), (1_u32..4, 1_u32..4))),
        interlace in prop::sample::select(vec!["progressive", "interleaved", "mixed"]),
        picture in (
            prop::sample::select(vec![ColorMode::Gst, ColorMode::Itu]),
            prop::sample::select(vec![BayerView::Bilinear, BayerView::Mosaic, BayerView::Gray]),
        ),
        payload in prop::collection::vec(any::<u8>(), 1024),
        lack in 0_usize..3,
        tile in 1_usize..6,
    ) {
        let mut planes = planes(name, width, height);
        if let Some((first, second, tiles)) = strides {
            for (plane, (across, down)) in planes.iter_mut().zip([first, second]) {
                plane.stride = if tiles { (across % 8) | (down << 16) } else { across };
                plane.length = if tiles { 7 * 14 * 1024 } else { 4000 };
            }
        }
        for (plane, short) in planes.iter_mut().zip([cuts.0, cuts.1]) {
            plane.length = plane.length.saturating_sub(short);
            plane.offset += cuts.2;
        }
        let mut layout = frame(name, width, height, planes);
        layout.interlace.mode = interlace.into();
        if let Some(((x, y), (width, height), step)) = part {
            layout.region = Region { x, y, width, height };
            layout.step = step;
        }
        let Ok(layout) = layout.check() else { return Ok(()) };
        let picture = Picture { bayer: picture.1, ..picture.0.into() };
        let Ok(decoder) = Decoder::new(&layout, &picture) else { return Ok(()) };
        let len = usize::try_from(layout.min_payload_len()).unwrap();
        let payload: Vec<_> = payload.iter().copied().cycle().take(len.saturating_sub(lack)).collect();
        let mut rgba = vec![0; decoder.rgba_len()];
        let whole = decoder.decode(&layout, &payload, &mut rgba);
        prop_assert_eq!(whole.is_ok(), payload.len() >= len);
        if whole.is_ok() {
            prop_assert_eq!(decode_in_tiles(&decoder, &payload, tile), rgba.clone());
        }
        // Tiles of lying lengths are refused, not read past.
        let rows = 0..tile.min(decoder.height());
        let lies: Vec<&[u8]> = (0..decoder.planes()).map(|_| &payload[..payload.len().min(30)]).collect();
        let out_len = rows.len() * decoder.rgba_row_len();
        let _ = decoder.decode_rows(&lies, &rows, &mut rgba[..out_len]);
    }
}
