//! What becomes of every raw format: of those this GStreamer has, and of those later ones have, by `FORMATS.md`.

use super::*;
use convert::{Convert as Conversions, Reason};
use gst_video::{VideoFormat, VideoFormatInfo, VideoInfo};
use wire::layout::{ByteOrder, Component, Family, Layout, Pixels, Plane, is_named};

/// How many formats 1.22 has: those after them in the enumeration are newer.
const OF_1_22: usize = 111;
const SIZE: (u32, u32) = (33, 21);

/// A row of the table in `FORMATS.md`.
struct Row {
    format: &'static str,
    how: &'static str,
    why: &'static str,
}

fn table() -> Vec<Row> {
    let text = include_str!("../../FORMATS.md");
    let lines = text.lines().skip_while(|line| !line.starts_with("| format")).skip(2);
    lines
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let &[format, _, how, why] = cells.as_slice() else { panic!("{line}") };
            Row { format, how, why }
        })
        .collect()
}

/// The description in a row, made by hand.
fn described(row: &Row) -> Pixels {
    let (components, rest) = row.why.split_once(", ").unwrap();
    let (depth, sampling) = rest.split_once(" bit, ").unwrap();
    let (w_sub, h_sub) = match sampling {
        "4:4:4" => (0, 0),
        "4:2:2" => (1, 0),
        "4:2:0" => (1, 1),
        _ => panic!("{sampling}"),
    };
    let words: Vec<_> = components.split(' ').collect();
    let component = |pair: &[&str]| {
        let (plane, at) = pair[1].split_once(':').unwrap();
        let (offset, pixel_stride) = at.split_once('/').unwrap();
        let is_chroma = matches!(pair[0], "U" | "V");
        Component {
            name: pair[0].parse().unwrap(),
            plane: plane.parse().unwrap(),
            offset: offset.parse().unwrap(),
            pixel_stride: pixel_stride.parse().unwrap(),
            depth: depth.parse().unwrap(),
            shift: 0,
            w_sub: if is_chroma { w_sub } else { 0 },
            h_sub: if is_chroma { h_sub } else { 0 },
        }
    };
    let components: Vec<_> = words.chunks(2).map(component).collect();
    let family = match (components[0].name, components.len()) {
        ('R', _) => Family::Rgb,
        (_, 1) => Family::Gray,
        _ => Family::Yuv,
    };
    let byte_order = if row.format.ends_with("BE") { ByteOrder::Big } else { ByteOrder::Little };
    Pixels::Components { family, byte_order, components }
}

/// A layout with planes as long as its components need.
fn layout(pixels: Pixels) -> Layout {
    let Pixels::Components { components, .. } = &pixels else { panic!("named") };
    let planes = components.iter().map(|component| component.plane).max().unwrap() + 1;
    let mut offset = 0;
    let planes = (0..planes).map(|plane| {
        let own = components.iter().filter(|component| component.plane == plane);
        let (mut stride, mut rows) = (0, 0);
        for component in own {
            stride = stride.max(u32::try_from(component.row_bytes(SIZE.0).next_multiple_of(4)).unwrap());
            rows = rows.max(component.rows(SIZE.1));
        }
        let length = u64::from(stride) * u64::from(rows);
        offset += length;
        Plane { stride, offset: offset - length, length }
    });
    let planes = planes.collect();
    Layout { pixels, planes, ..Layout::plain(SIZE.0, SIZE.1) }
}

/// What becomes of a format, in the words of the table.
fn outcome(format: VideoFormat) -> &'static str {
    let pixels = pixels::pixels(VideoFormatInfo::from_format(format));
    match (Conversions::default().reason(format, &pixels), pixels) {
        (Some(Reason::Unread), _) => "converted",
        (_, Pixels::Named { .. }) => "named",
        _ => "components",
    }
}

#[test]
fn every_raw_format_of_this_gstreamer_is_read_or_listed() {
    gst::init().unwrap();
    let table = table();
    let mut by_outcome = std::collections::BTreeMap::<_, Vec<String>>::new();
    for format in VideoFormat::iter_raw() {
        let name = format.to_str().to_string();
        let outcome = outcome(format);
        let info = VideoInfo::builder(format, SIZE.0, SIZE.1).build().unwrap();
        let buffer = gst::Buffer::from_mut_slice(vec![0x5a_u8; info.size()]);
        let frame = Reader::new("k").read(buffer, info.to_caps().ok(), None, Arrival::default()).unwrap();
        assert_eq!(frame.layout().converted.is_some(), outcome == "converted", "{name}");
        if let Some(row) = table.iter().find(|row| row.format == name) {
            assert_eq!(row.how, outcome, "{name}");
            if outcome == "components" {
                assert_eq!(frame.layout().pixels, described(row), "{name}");
            }
        } else {
            let pixels = &frame.layout().pixels;
            let is_read = !matches!(pixels, Pixels::Named { name } if !is_named(name));
            assert!(is_read, "{name} is read by no viewer, and FORMATS.md does not say why");
        }
        by_outcome.entry(outcome).or_default().push(name);
    }
    for (outcome, names) in &by_outcome {
        println!("{outcome}: {} of {}: {}", names.len(), gst::version_string(), names.join(" "));
    }
    let count = by_outcome.values().map(Vec::len).sum::<usize>();
    let newer =
        table.iter().filter(|row| by_outcome.values().flatten().any(|name| name == row.format)).count();
    assert_eq!(count - newer, OF_1_22, "a format that 1.22 has not is missing in FORMATS.md");
}

#[test]
fn newer_formats_are_expressible_as_the_table_says() {
    for row in table() {
        let own = pixels::by_name(row.format);
        match row.how {
            "components" => {
                let pixels = described(&row);
                let layout =
                    layout(pixels.clone()).check().unwrap_or_else(|error| panic!("{}: {error}", row.format));
                let last = layout.planes.last().unwrap();
                assert_eq!(layout.min_payload_len(), last.offset + last.length);
                assert!(own.is_none_or(|own| own == pixels), "{}", row.format);
            }
            "named" => {
                let Some(Pixels::Named { name }) = own else { panic!("{} is not by name", row.format) };
                assert!(is_named(&name) && row.why.starts_with(&name), "{}", row.format);
            }
            "converted" | "refused" => assert!(own.is_none() && !is_named(row.format), "{}", row.format),
            how => panic!("{how}"),
        }
    }
}

#[test]
fn every_raw_format_can_be_converted() {
    gst::init().unwrap();
    for format in VideoFormat::iter_raw() {
        let info = VideoInfo::builder(format, SIZE.0, SIZE.1).build().unwrap();
        let buffer = gst::Buffer::from_mut_slice(vec![0x5a_u8; info.size()]);
        let convert = Conversions::of([format.to_str().as_str()]).unwrap();
        let mut reader = Reader::converting("k", convert);
        let frame = reader.read(buffer, info.to_caps().ok(), None, Arrival::default()).unwrap();
        let sent: usize = frame.pieces().map(<[u8]>::len).sum();
        assert_eq!(sent as u64, frame.header().payload_len, "{format}");
    }
}
