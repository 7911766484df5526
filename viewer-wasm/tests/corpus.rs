//! Every entry of the corpus that components can describe: what `videoconvert` made of it, and what the standards say.
//!
//! The viewer has no table of formats; this test has one (`formats.csv`), to write the layouts a server would send.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use viewer_wasm::convert::{ColorMode, Decoder};
use wire::CheckedLayout;
use wire::layout::{
    ByteOrder, Color, Component, Encoding, Family, Interlace, Layout, Orientation, Pixels, Plane, Range,
    Region,
};

#[derive(Deserialize)]
struct Entry {
    id: String,
    format: String,
    width: u32,
    height: u32,
    range: Range,
    matrix: String,
    strides: Vec<u32>,
    offsets: Vec<u64>,
    raw: PathBuf,
    rgba: PathBuf,
    tolerance: u8,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn entries() -> Vec<Entry> {
    serde_json::from_slice(&std::fs::read(corpus().join("manifest.json")).unwrap()).unwrap()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(corpus().join(path)).unwrap()
}

/// Pixel models by format name.
fn formats() -> HashMap<String, Pixels> {
    let text = std::fs::read_to_string(corpus().join("formats.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines
        .map(|row| head.iter().copied().zip(row).collect())
        .map(|row: HashMap<_, _>| (row["name"].to_owned(), pixels(&row)))
        .collect()
}

fn pixels(row: &HashMap<&str, &str>) -> Pixels {
    let numbers = |key: &str| row[key].split('/').map(|n| n.parse::<u8>().unwrap()).collect::<Vec<_>>();
    let (family, names) = if row["family"] == "GRAY" { (Family::Gray, "Y") } else { (Family::Rgb, "RGBA") };
    let (depths, planes) = (numbers("comp_depths"), numbers("comp_plane"));
    let (strides, offsets) = (numbers("comp_pixel_stride"), numbers("comp_poffset"));
    let (shifts, w_subs, h_subs) = (numbers("comp_shift"), numbers("comp_w_sub"), numbers("comp_h_sub"));
    let component = |(index, name): (usize, char)| Component {
        name,
        plane: planes[index],
        offset: offsets[index].into(),
        pixel_stride: strides[index].into(),
        depth: depths[index],
        shift: shifts[index],
        w_sub: w_subs[index],
        h_sub: h_subs[index],
    };
    Pixels::Components {
        family,
        byte_order: if row["endian"] == "BE" { ByteOrder::Big } else { ByteOrder::Little },
        components: names.chars().enumerate().take(depths.len()).map(component).collect(),
    }
}

fn layout(entry: &Entry, pixels: Pixels, raw_len: usize) -> CheckedLayout {
    let ends = entry.offsets.iter().skip(1).copied().chain([raw_len as u64]);
    let planes = entry.strides.iter().zip(&entry.offsets).zip(ends);
    Layout {
        id: 1,
        stream: "left".into(),
        caps: format!("video/x-raw, format=(string){}", entry.format),
        format: entry.format.clone(),
        width: entry.width,
        height: entry.height,
        pixels,
        planes: planes
            .map(|((&stride, &offset), end)| Plane { stride, offset, length: end - offset })
            .collect(),
        color: Color {
            range: entry.range,
            matrix: entry.matrix.clone(),
            transfer: "unknown".into(),
            primaries: "unknown".into(),
            chroma_site: "unknown".into(),
        },
        pixel_aspect_ratio: (1, 1),
        orientation: Orientation::Rotate0,
        framerate: (30, 1),
        interlace: Interlace { mode: "progressive".into(), field_order: "unknown".into() },
        region: Region { x: 0, y: 0, width: entry.width, height: entry.height },
        step: (1, 1),
        encoding: Encoding::Raw,
    }
    .check()
    .unwrap_or_else(|error| panic!("{}: {error}", entry.id))
}

fn decode(decoder: &Decoder, layout: &CheckedLayout, raw: &[u8]) -> Vec<u8> {
    let mut rgba = vec![0; decoder.rgba_len()];
    decoder.decode(layout, raw, &mut rgba).unwrap();
    rgba
}

/// The largest difference of R, G and B; alpha has to be opaque.
fn difference(actual: &[u8], expected: &[u8]) -> u8 {
    assert_eq!(actual.len(), expected.len());
    let pixels = actual.chunks_exact(4).zip(expected.chunks_exact(4));
    pixels
        .inspect(|(a, _)| assert_eq!(a[3], 255, "not opaque"))
        .flat_map(|(a, e)| [a[0].abs_diff(e[0]), a[1].abs_diff(e[1]), a[2].abs_diff(e[2])])
        .max()
        .unwrap()
}

#[test]
fn gst_mode_equals_videoconvert() {
    let formats = formats();
    let entries = entries();
    assert_eq!((formats.len(), entries.len()), (34, 87), "the corpus lost something");
    for entry in &entries {
        let raw = read(&entry.raw);
        let layout = layout(entry, formats[&entry.format].clone(), raw.len());
        for decoder in [Decoder::new(&layout, ColorMode::Gst), Decoder::general(&layout, ColorMode::Gst)] {
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
        let decoder = Decoder::new(&layout, ColorMode::Gst).unwrap();
        let mut tiled = vec![0; decoder.rgba_len()];
        for (index, out) in tiled.chunks_mut(3 * decoder.rgba_row_len()).enumerate() {
            let rows = index * 3..(index * 3 + 3).min(decoder.height());
            let planes: Vec<_> =
                (0..decoder.planes()).map(|plane| &raw[decoder.plane_rows(plane, &rows)]).collect();
            decoder.decode_rows(&planes, &rows, out).unwrap();
        }
        assert!(tiled == decode(&decoder, &layout, &raw), "{}", entry.id);
    }
}

#[test]
fn itu_mode_is_the_formula() {
    let formats = formats();
    for entry in &entries() {
        let raw = read(&entry.raw);
        let pixels = formats[&entry.format].clone();
        let layout = layout(entry, pixels.clone(), raw.len());
        let rgba = decode(&Decoder::new(&layout, ColorMode::Itu).unwrap(), &layout, &raw);
        let Pixels::Components { family, byte_order, components } = pixels else { unreachable!() };
        let mut expected = Vec::new();
        for y in 0..entry.height {
            for x in 0..entry.width {
                for name in ['R', 'G', 'B'] {
                    let name = if family == Family::Gray { 'Y' } else { name };
                    let c = components.iter().find(|c| c.name == name).unwrap();
                    expected.push(by_formula(&layout, c, byte_order, &raw, (x, y)));
                }
                expected.push(255);
            }
        }
        let worst = difference(&rgba, &expected);
        assert!(worst <= 1, "{}: differs by {worst}", entry.id);
    }
}

/// One code by the standards' own formula, in floating point.
fn by_formula(layout: &Layout, c: &Component, order: ByteOrder, raw: &[u8], (x, y): (u32, u32)) -> u8 {
    let plane = &layout.planes[usize::from(c.plane)];
    let at = plane.offset + u64::from(y * plane.stride + c.offset + x * c.pixel_stride);
    let at = usize::try_from(at).unwrap();
    let word = match (c.depth > 8, order) {
        (false, _) => u16::from(raw[at]),
        (true, ByteOrder::Little) => u16::from_le_bytes([raw[at], raw[at + 1]]),
        (true, ByteOrder::Big) => u16::from_be_bytes([raw[at], raw[at + 1]]),
    };
    let sample = f64::from(word & (u16::MAX >> (16 - c.depth)));
    let scale = f64::from(1_u32 << (c.depth - 8));
    let (black, white) = match layout.color.range {
        Range::Full => (0.0, 256.0 * scale - 1.0),
        Range::Limited => (16.0 * scale, 235.0 * scale),
    };
    let code = ((sample - black) * 255.0 / (white - black)).round().clamp(0.0, 255.0);
    (0..=255).find(|&byte| f64::from(byte) >= code).unwrap()
}
