//! Bayer mosaics against a picture worked out by hand, and at sizes that have no neighbours.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{decode, decode_in_tiles};
use viewer_wasm::convert::{BayerView, ColorMode, Decoder, Picture};
use wire::CheckedLayout;
use wire::layout::{Layout, Pixels, Plane};

fn layout(name: &str, width: u32, height: u32) -> CheckedLayout {
    // Rows are rounded up to four bytes.
    let stride = (width * if name.len() > 4 { 2 } else { 1 }).next_multiple_of(4);
    Layout {
        format: name.into(),
        pixels: Pixels::Named { name: name.into() },
        planes: vec![Plane { stride, offset: 0, length: u64::from(stride) * u64::from(height) }],
        ..Layout::plain(width, height)
    }
    .check()
    .unwrap()
}

/// R, G and B of every pixel; `rows` are those of [`SIZE`], without padding.
fn pixels(name: &str, view: BayerView, rows: &[u8]) -> Vec<[u8; 3]> {
    let layout = layout(name, SIZE.0, SIZE.1);
    let padded = |row: &[u8]| [row, &[255; 8]].concat()[..layout.planes[0].stride as usize].to_vec();
    let payload = &rows.chunks_exact(rows.len() / SIZE.1 as usize).map(padded).collect::<Vec<_>>().concat();
    let picture = Picture { bayer: view, ..ColorMode::Itu.into() };
    let rgba = decode(&Decoder::new(&layout, &picture).unwrap(), &layout, payload);
    rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

/// ```text
/// R G R G R G     10  20  30  40  50  60
/// G B G B G B     70  80  90 100 110 120
/// R G R G R G    130 140 150 160 170 180
/// G B G B G B    190 200 210 220 230 240
/// ```
const MOSAIC: [u8; 24] = [
    10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230,
    240,
];
const SIZE: (u32, u32) = (6, 4);

#[test]
fn gray_shows_the_codes() {
    let gray = pixels("rggb", BayerView::Gray, &MOSAIC);
    assert_eq!(gray, MOSAIC.map(|code| [code; 3]));
}

#[test]
fn mosaic_shows_each_code_in_the_colour_of_its_site() {
    let of = |name: &str| pixels(name, BayerView::Mosaic, &MOSAIC);
    let rggb = of("rggb");
    assert_eq!(rggb[..2], [[10, 0, 0], [0, 20, 0]]);
    assert_eq!(rggb[6..8], [[0, 70, 0], [0, 0, 80]]);
    assert_eq!(rggb[14], [150, 0, 0]);
    assert_eq!(of("bggr")[..2], [[0, 0, 10], [0, 20, 0]]);
    assert_eq!(of("bggr")[7], [80, 0, 0]);
    assert_eq!(of("grbg")[..2], [[0, 10, 0], [20, 0, 0]]);
    assert_eq!(of("grbg")[6], [0, 0, 70]);
    assert_eq!(of("gbrg")[..2], [[0, 10, 0], [0, 0, 20]]);
    assert_eq!(of("gbrg")[6], [70, 0, 0]);
}

#[test]
fn bilinear_takes_the_means_of_neighbours() {
    let rggb = pixels("rggb", BayerView::Bilinear, &MOSAIC);
    // On blue and on red: the other and green of four each. On green: of the two beside and of the two above and below.
    for at in [7, 8, 13, 14] {
        assert_eq!(rggb[at], [MOSAIC[at]; 3], "codes that rise evenly are their neighbours' means");
    }
    // In the corner the row above is the one below, and what has no left neighbour is the right one:
    // green is half of 20 and half of 70, blue is 80.
    assert_eq!(rggb[0], [10, 45, 80]);
    // The pattern the other way round has red for blue.
    let bggr = pixels("bggr", BayerView::Bilinear, &MOSAIC);
    let swapped: Vec<_> = rggb.iter().map(|&[red, green, blue]| [blue, green, red]).collect();
    assert_eq!(bggr, swapped);
    // One blue site among black ones.
    let mut peak = [0; 24];
    peak[7] = 200;
    let blue: Vec<_> = pixels("rggb", BayerView::Bilinear, &peak).iter().map(|pixel| pixel[2]).collect();
    assert_eq!([blue[7], blue[8], blue[13], blue[14]], [200, 100, 100, 50], "itself, beside, below, across");
    // Means are rounded up.
    peak[7] = 1;
    assert_eq!(pixels("rggb", BayerView::Bilinear, &peak)[14][2], 1);
}

/// Codes of ten bits are as those of eight, four times as fine.
#[test]
fn deep_codes_are_demosaiced_before_they_are_narrowed() {
    let deep = |big: bool| {
        let word = |code: u8| {
            let word = u16::from(code) * 4 + u16::from(code) / 64;
            if big { word.to_be_bytes() } else { word.to_le_bytes() }
        };
        MOSAIC.map(word).concat()
    };
    for (name, view) in [("rggb10le", BayerView::Bilinear), ("rggb10be", BayerView::Gray)] {
        let expected = pixels("rggb", view, &MOSAIC);
        let found = pixels(name, view, &deep(name.ends_with("be")));
        for (found, expected) in found.as_flattened().iter().zip(expected.as_flattened()) {
            assert!(found.abs_diff(*expected) <= 1, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn sizes_without_neighbours_are_defined() {
    for name in ["bggr", "gbrg", "grbg", "rggb", "rggb12le"] {
        for (width, height) in (1..6).flat_map(|width| (1..6).map(move |height| (width, height))) {
            let layout = layout(name, width, height);
            let len = usize::try_from(layout.min_payload_len()).unwrap();
            let payload: Vec<u8> = (0..len).map(|at| at.to_le_bytes()[0].wrapping_mul(37) & 0x0f).collect();
            for view in [BayerView::Bilinear, BayerView::Mosaic, BayerView::Gray] {
                let decoder = Decoder::new(&layout, &Picture { bayer: view, ..Picture::default() }).unwrap();
                let whole = decode(&decoder, &layout, &payload);
                for tile in 1..4 {
                    assert_eq!(
                        decode_in_tiles(&decoder, &payload, tile),
                        whole,
                        "{name}, {width}x{height}, {view:?}"
                    );
                }
            }
            // One colour alone has the code of each of its sites there.
            let flat = decode(
                &Decoder::new(&layout, &Picture::default()).unwrap(),
                &layout,
                &[7, 0].repeat(len)[..len]
                    .iter()
                    .map(|&b| if name.len() > 4 { b } else { 7 })
                    .collect::<Vec<_>>(),
            );
            assert!(flat.chunks_exact(4).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]), "{name}");
        }
    }
}
