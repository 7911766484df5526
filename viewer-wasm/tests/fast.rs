//! Fast paths equal the general one, bit for bit: random frames of every layout that has one, odd sizes, all colours.
//!
//! Compiled for wasm32 this tests the vectors; `run-in-node.mjs` runs it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fast_layouts;
mod node;

use fast_layouts::{Noise, layouts};
use node::say;
use viewer_wasm::convert::{ChromaSite, ColorMode, Decoder, Matrix, Picture};
use wire::CheckedLayout;
use wire::layout::{MAX_PLANES, Range};

const SIZES: [(u32, u32); 14] = [
    (1, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (3, 3),
    (7, 5),
    (15, 4),
    (16, 6),
    (17, 7),
    (31, 3),
    (33, 9),
    (48, 4),
    (65, 5),
    (67, 45),
];

const MATRICES: [Matrix; 5] = [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020, Matrix::Smpte240m, Matrix::Fcc];
const SITES: [ChromaSite; 4] =
    [ChromaSite::Jpeg, ChromaSite::Mpeg2, ChromaSite::Cosited, ChromaSite::VCosited];

/// Both paths, the fast one in one go and in tiles; they are the same.
fn compare(layout: &CheckedLayout, picture: &Picture, noise: &mut Noise) {
    let payload = noise.bytes(usize::try_from(layout.min_payload_len()).unwrap());
    let told = || {
        let (interlace, (width, height)) = (&layout.interlace.mode, (layout.width, layout.height));
        format!("{} {width}x{height} {interlace} {picture:?}", layout.format)
    };
    let decode = |decoder: &Decoder| {
        let mut rgba = vec![7; decoder.rgba_len()];
        decoder.decode(layout, &payload, &mut rgba).unwrap();
        rgba
    };
    let general = decode(&Decoder::general(layout, picture).unwrap());
    let fast = Decoder::new(layout, picture).unwrap();
    let at = decode(&fast).iter().zip(&general).position(|(fast, general)| fast != general);
    assert_eq!(at, None, "byte of {}", told());
    let rows_a_tile = 1 + noise.next() as usize % 7;
    let mut tiled = vec![9; fast.rgba_len()];
    for (index, out) in tiled.chunks_mut(rows_a_tile * fast.rgba_row_len()).enumerate() {
        let rows = index * rows_a_tile..fast.height().min((index + 1) * rows_a_tile);
        let mut planes = [&payload[..0]; MAX_PLANES];
        for (plane, bytes) in planes.iter_mut().enumerate().take(fast.planes()) {
            *bytes = &payload[fast.plane_rows(plane, &rows)];
        }
        fast.decode_rows(&planes[..fast.planes()], &rows, out).unwrap();
    }
    assert!(tiled == general, "in tiles of {rows_a_tile} rows: {}", told());
}

/// Every layout with every one of `pictures`, each in other sizes and of another interlacing than the last.
fn all(pictures: &[Picture]) {
    node::begin();
    let mut noise = Noise::new();
    let mut sizes = SIZES.into_iter().cycle();
    let formats = layouts(1, 1).len();
    for turn in 0..2 * pictures.len() {
        for format in 0..formats {
            let (width, height) = sizes.nth(turn % 2).unwrap();
            let mut layout = layouts(width, height).swap_remove(format);
            let mode = ["progressive", "interleaved", "mixed"][noise.next() as usize % 3];
            mode.clone_into(&mut layout.interlace.mode);
            compare(&layout.check().unwrap(), &pictures[turn / 2], &mut noise);
        }
    }
    say(&format!("{formats} formats with {} pictures, twice", pictures.len()));
}

fn in_both_modes() -> [Picture; 2] {
    [ColorMode::Itu, ColorMode::Gst].map(Picture::from)
}

#[test]
fn all_matrices_and_ranges() {
    let with =
        |matrix, range| in_both_modes().map(|p| Picture { matrix: Some(matrix), range: Some(range), ..p });
    let both = |matrix| [Range::Full, Range::Limited].map(|range| with(matrix, range));
    all(&MATRICES.map(both).concat().concat());
}

#[test]
fn all_chroma_sites() {
    let at = |site| in_both_modes().map(|picture| Picture { chroma_site: Some(site), ..picture });
    all(&SITES.map(at).concat());
}

#[test]
fn all_that_adjusts_a_picture() {
    const PICTURES: [&str; 12] = [
        r#"{"levels":[0,65535]}"#,
        r#"{"levels":[1000,40001]}"#,
        r#"{"levels":[40001,1000]}"#,
        r#"{"levels":[77,77]}"#,
        r#"{"levels":[16,235]}"#,
        r#"{"levels":[200,31]}"#,
        r#"{"levels":[65535,0],"map":"inferno"}"#,
        r##"{"levels":[300,20000],"map":"turbo","zero":"#102030"}"##,
        r#"{"gamma":2.2}"#,
        r##"{"zero":"#ff0000"}"##,
        r#"{"map":"viridis"}"#,
        r#"{"toneMap":true,"bayer":"mosaic"}"#,
    ];
    all(&PICTURES.map(|json| serde_json::from_str(json).unwrap()));
}
