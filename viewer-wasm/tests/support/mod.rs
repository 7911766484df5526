//! The corpus: frames, what `videoconvert` made of them, and layouts as a server would send them.
//!
//! The viewer has no table of formats; the tests have one (`formats.csv`).
#![allow(dead_code, reason = "no test uses all of it")]

#[path = "../node/mod.rs"]
pub(crate) mod node;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use viewer_wasm::convert::{Decoder, Measurement, Probe};
use wire::CheckedLayout;
use wire::layout::{
    ByteOrder, Color, Component, Encoding, Family, Interlace, Layout, Orientation, Pixels, Plane, Range,
    Region, is_named,
};

#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) format: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colorimetry: Option<String>,
    pub(crate) chroma_site: Option<String>,
    pub(crate) interlaced: bool,
    pub(crate) range: Range,
    pub(crate) matrix: String,
    pub(crate) strides: Vec<u32>,
    pub(crate) offsets: Vec<u64>,
    pub(crate) raw: PathBuf,
    pub(crate) rgba: PathBuf,
    pub(crate) tolerance: u8,
}

/// What the table of formats says of one, whether or not components describe it.
pub(crate) struct Model {
    pub(crate) family: Family,
    pub(crate) components: Vec<Component>,
}

impl Model {
    pub(crate) fn component(&self, name: char) -> &Component {
        self.components.iter().find(|c| c.name == name).unwrap()
    }
}

impl Entry {
    /// The chroma site, which counts in caps with colorimetry alone.
    pub(crate) fn site(&self) -> Option<&str> {
        self.colorimetry.as_ref().map(|_| self.chroma_site.as_deref().unwrap_or("unknown"))
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// The frames of the conformance corpus, and more of other sites, matrices, fields and tiles.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = manifest("manifest.json");
    entries.extend(manifest("more.json"));
    entries
}

/// The entries of a file of them.
pub(crate) fn manifest<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&read(name.as_ref())).unwrap()
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    node::read(&corpus().join(path))
}

/// The patterns of the corpus.
pub(crate) const BAYER: [&str; 4] = ["bggr", "gbrg", "grbg", "rggb"];

/// Pixels by format name; of Bayer patterns too, which are no `GstVideoFormat`s and have no row in the table.
pub(crate) fn formats() -> HashMap<String, Pixels> {
    let pixels = |row: HashMap<&str, &str>| {
        let name = row["name"].to_owned();
        if is_named(&name) {
            return (name.clone(), Pixels::Named { name });
        }
        let byte_order = if row["endian"] == "BE" { ByteOrder::Big } else { ByteOrder::Little };
        let Model { family, components } = model(&row);
        (name, Pixels::Components { family, byte_order, components })
    };
    let bayer = BAYER.map(|name| (name.to_owned(), Pixels::Named { name: name.to_owned() }));
    table(pixels).chain(bayer).collect()
}

/// What the table says, by format name.
pub(crate) fn models() -> HashMap<String, Model> {
    table(|row| (row["name"].to_owned(), model(&row))).collect()
}

fn table<T>(item: impl Fn(HashMap<&str, &str>) -> T) -> impl Iterator<Item = T> {
    let text = String::from_utf8(read("formats.csv".as_ref())).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let rows = lines.map(|row| item(head.iter().copied().zip(row).collect()));
    rows.collect::<Vec<_>>().into_iter()
}

fn model(row: &HashMap<&str, &str>) -> Model {
    let numbers = |key: &str| row[key].split('/').map(|n| n.parse::<u8>().unwrap()).collect::<Vec<_>>();
    let (family, names) = match row["family"] {
        "GRAY" => (Family::Gray, "Y"),
        "YUV" => (Family::Yuv, "YUVA"),
        // The index; the palette is no component.
        "PALETTE" => (Family::Rgb, "I"),
        _ => (Family::Rgb, "RGBA"),
    };
    // GStreamer's table puts V one byte after U, in samples of two bytes; the samples are where they are.
    let overlaps = |offset: u8, stride: u8| offset == 1 && stride == 4 && row["name"].starts_with("P01");
    let (depths, planes) = (numbers("comp_depths"), numbers("comp_plane"));
    let (strides, offsets) = (numbers("comp_pixel_stride"), numbers("comp_poffset"));
    let (shifts, w_subs, h_subs) = (numbers("comp_shift"), numbers("comp_w_sub"), numbers("comp_h_sub"));
    let component = |(index, name): (usize, char)| Component {
        name,
        plane: planes[index],
        offset: if overlaps(offsets[index], strides[index]) { 2 } else { offsets[index].into() },
        pixel_stride: strides[index].into(),
        depth: depths[index],
        shift: shifts[index],
        w_sub: w_subs[index],
        h_sub: h_subs[index],
    };
    Model { family, components: names.chars().enumerate().take(depths.len()).map(component).collect() }
}

pub(crate) fn layout(entry: &Entry, pixels: Pixels, raw_len: usize) -> CheckedLayout {
    let ends = entry.offsets.iter().skip(1).copied().chain([raw_len as u64]);
    let colorimetry = entry.colorimetry.as_ref().map(|text| format!(", colorimetry=(string){text}"));
    let planes = entry.strides.iter().zip(&entry.offsets).zip(ends);
    let media = if BAYER.contains(&entry.format.as_str()) { "video/x-bayer" } else { "video/x-raw" };
    Layout {
        id: 1,
        stream: "left".into(),
        caps: format!("{media}, format=(string){}{}", entry.format, colorimetry.unwrap_or_default()),
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
            chroma_site: entry.chroma_site.clone().unwrap_or("unknown".into()),
        },
        pixel_aspect_ratio: (1, 1),
        orientation: Orientation::Rotate0,
        framerate: (30, 1),
        interlace: Interlace {
            mode: if entry.interlaced { "interleaved" } else { "progressive" }.into(),
            field_order: "unknown".into(),
        },
        region: Region { x: 0, y: 0, width: entry.width, height: entry.height },
        step: (1, 1),
        encoding: Encoding::Raw,
        converted: None,
    }
    .check()
    .unwrap_or_else(|error| panic!("{}: {error}", entry.id))
}

pub(crate) fn decode(decoder: &Decoder, layout: &CheckedLayout, raw: &[u8]) -> Vec<u8> {
    let mut rgba = vec![0; decoder.rgba_len()];
    decoder.decode(layout, raw, &mut rgba).unwrap();
    rgba
}

/// The largest difference of R, G and B; alpha has to be opaque.
pub(crate) fn difference(actual: &[u8], expected: &[u8]) -> u8 {
    assert_eq!(actual.len(), expected.len());
    let pixels = actual.chunks_exact(4).zip(expected.chunks_exact(4));
    pixels
        .inspect(|(a, _)| assert_eq!(a[3], 255, "not opaque"))
        .flat_map(|(a, e)| [a[0].abs_diff(e[0]), a[1].abs_diff(e[1]), a[2].abs_diff(e[2])])
        .max()
        .unwrap()
}

/// Reads every pixel of a frame, of either kind of fields: each in its bytes, as the whole frame is read, and counted.
pub(crate) fn probe_everywhere(layout: &CheckedLayout, payload: &[u8]) {
    for of_fields in [false, true] {
        let probe = Probe::new(layout, of_fields).unwrap();
        let bytes = |range: std::ops::Range<usize>| Ok::<_, Infallible>(Cow::Borrowed(&payload[range]));
        let (width, height) = probe.size();
        let codes = probe.codes(&(0..width), 0..height, bytes).unwrap();
        let mut codes = codes.chunks_exact(probe.components().len());
        for at in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            let readings = probe.pixel(at, bytes).unwrap();
            assert!(readings.iter().all(|reading| reading.byte < payload.len()), "{at:?}: {readings:?}");
            assert!(readings.iter().map(|reading| reading.code).eq(codes.next().unwrap().iter().copied()));
        }
        let mut measurement = Measurement::new(probe, 0..width, 0..height);
        while measurement.step(bytes).unwrap() {}
        assert!(measurement.measured().iter().all(|measured| measured.count <= (width * height) as u64));
    }
}

/// The picture in tiles of so many rows.
pub(crate) fn decode_in_tiles(decoder: &Decoder, payload: &[u8], tile: usize) -> Vec<u8> {
    let mut tiled = vec![0; decoder.rgba_len()];
    for (index, out) in tiled.chunks_mut(tile * decoder.rgba_row_len()).enumerate() {
        let rows = index * tile..(index * tile + tile).min(decoder.height());
        let planes: Vec<_> =
            (0..decoder.planes()).map(|plane| &payload[decoder.plane_rows(plane, &rows)]).collect();
        decoder.decode_rows(&planes, &rows, out).unwrap();
    }
    tiled
}
