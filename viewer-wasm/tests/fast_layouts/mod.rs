//! Layouts that have fast paths, and some that only look like them; noise to fill them with.

use wire::layout::{ByteOrder, Color, Component, Family, Layout, Pixels, Plane, Range};

/// Numbers without order, the same in every run.
pub(crate) struct Noise(u32);

impl Noise {
    pub(crate) fn new() -> Self {
        Self(0x2545_f491)
    }

    /// The next number (xorshift).
    pub(crate) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// So many bytes; extremes are among them more often than by chance.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let byte = |_| match self.next().to_be_bytes() {
            [0..24, ..] => 0,
            [24..48, ..] => 255,
            [_, byte, ..] => byte,
        };
        (0..len).map(byte).collect()
    }
}

/// Name, plane, offset, pixel stride, depth, shift.
type Place = (char, u8, u32, u32, u8, u8);

struct Row {
    format: &'static str,
    family: Family,
    order: ByteOrder,
    /// Columns and lines to a chroma sample, as powers of two.
    sub: (u8, u8),
    components: &'static [Place],
}

const LITTLE: ByteOrder = ByteOrder::Little;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { format: "NV12", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 2, 8, 0), ('V', 1, 1, 2, 8, 0)] },
    Row { format: "NV21", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 1, 2, 8, 0), ('V', 1, 0, 2, 8, 0)] },
    Row { format: "NV16", family: Family::Yuv, order: LITTLE, sub: (1, 0), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 2, 8, 0), ('V', 1, 1, 2, 8, 0)] },
    Row { format: "I420", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 1, 8, 0), ('V', 2, 0, 1, 8, 0)] },
    Row { format: "YV12", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 1, 8, 0), ('U', 2, 0, 1, 8, 0), ('V', 1, 0, 1, 8, 0)] },
    Row { format: "Y444", family: Family::Yuv, order: LITTLE, sub: (0, 0), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 1, 8, 0), ('V', 2, 0, 1, 8, 0)] },
    Row { format: "Y41B", family: Family::Yuv, order: LITTLE, sub: (2, 0), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 1, 8, 0), ('V', 2, 0, 1, 8, 0)] },
    Row { format: "YUV9", family: Family::Yuv, order: LITTLE, sub: (2, 2), components: &[('Y', 0, 0, 1, 8, 0), ('U', 1, 0, 1, 8, 0), ('V', 2, 0, 1, 8, 0)] },
    Row { format: "AYUV", family: Family::Yuv, order: LITTLE, sub: (0, 0), components: &[('Y', 0, 1, 4, 8, 0), ('U', 0, 2, 4, 8, 0), ('V', 0, 3, 4, 8, 0)] },
    Row { format: "YUY2", family: Family::Yuv, order: LITTLE, sub: (1, 0), components: &[('Y', 0, 0, 2, 8, 0), ('U', 0, 1, 4, 8, 0), ('V', 0, 3, 4, 8, 0)] },
    Row { format: "UYVY", family: Family::Yuv, order: LITTLE, sub: (1, 0), components: &[('Y', 0, 1, 2, 8, 0), ('U', 0, 0, 4, 8, 0), ('V', 0, 2, 4, 8, 0)] },
    Row { format: "v308", family: Family::Yuv, order: LITTLE, sub: (0, 0), components: &[('Y', 0, 0, 3, 8, 0), ('U', 0, 1, 3, 8, 0), ('V', 0, 2, 3, 8, 0)] },
    Row { format: "P010_10LE", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 2, 10, 6), ('U', 1, 0, 4, 10, 6), ('V', 1, 2, 4, 10, 6)] },
    Row { format: "P012_LE", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 2, 12, 4), ('U', 1, 0, 4, 12, 4), ('V', 1, 2, 4, 12, 4)] },
    Row { format: "P016_LE", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 2, 16, 0), ('U', 1, 0, 4, 16, 0), ('V', 1, 2, 4, 16, 0)] },
    Row { format: "P010_10BE", family: Family::Yuv, order: ByteOrder::Big, sub: (1, 1), components: &[('Y', 0, 0, 2, 10, 6), ('U', 1, 0, 4, 10, 6), ('V', 1, 2, 4, 10, 6)] },
    Row { format: "I420_10LE", family: Family::Yuv, order: LITTLE, sub: (1, 1), components: &[('Y', 0, 0, 2, 10, 0), ('U', 1, 0, 2, 10, 0), ('V', 2, 0, 2, 10, 0)] },
    Row { format: "GRAY8", family: Family::Gray, order: LITTLE, sub: (0, 0), components: &[('Y', 0, 0, 1, 8, 0)] },
    Row { format: "GRAY16_LE", family: Family::Gray, order: LITTLE, sub: (0, 0), components: &[('Y', 0, 0, 2, 16, 0)] },
    Row { format: "GRAY16_BE", family: Family::Gray, order: ByteOrder::Big, sub: (0, 0), components: &[('Y', 0, 0, 2, 16, 0)] },
    Row { format: "ABGR64_LE", family: Family::Rgb, order: LITTLE, sub: (0, 0), components: &[('R', 0, 6, 8, 16, 0), ('G', 0, 4, 8, 16, 0), ('B', 0, 2, 8, 16, 0)] },
    Row { format: "RGBA64_LE", family: Family::Rgb, order: LITTLE, sub: (0, 0), components: &[('R', 0, 0, 8, 16, 0), ('G', 0, 2, 8, 16, 0), ('B', 0, 4, 8, 16, 0)] },
    Row { format: "RGBA64_BE", family: Family::Rgb, order: ByteOrder::Big, sub: (0, 0), components: &[('R', 0, 0, 8, 16, 0), ('G', 0, 2, 8, 16, 0), ('B', 0, 4, 8, 16, 0)] },
    Row { format: "GBR", family: Family::Rgb, order: LITTLE, sub: (0, 0), components: &[('R', 2, 0, 1, 8, 0), ('G', 0, 0, 1, 8, 0), ('B', 1, 0, 1, 8, 0)] },
    Row { format: "BGRx", family: Family::Rgb, order: LITTLE, sub: (0, 0), components: &[('R', 0, 2, 4, 8, 0), ('G', 0, 1, 4, 8, 0), ('B', 0, 0, 4, 8, 0)] },
];

/// Formats that are known by their names, and the bytes of a pixel.
const NAMED: &[(&str, u32)] = &[
    ("RGB16", 2),
    ("BGR16", 2),
    ("RGB15", 2),
    ("BGR15", 2),
    ("bggr", 1),
    ("rggb", 1),
    ("gbrg", 1),
    ("grbg", 1),
    ("rggb16le", 2),
    ("Y410", 4),
    ("VYUY", 2),
    ("Y210", 4),
    ("Y212_LE", 4),
    ("Y212_BE", 4),
    ("Y412_LE", 8),
    ("v210", 0),
];

/// Every layout in this size, with and without bytes behind its rows.
pub(crate) fn layouts(width: u32, height: u32) -> Vec<Layout> {
    let described = ROWS.iter().flat_map(|row| [0, 5].map(|pad| described(row, width, height, pad)));
    let named =
        NAMED.iter().flat_map(|&(name, bytes)| [0, 3].map(|pad| named(name, bytes, width, height, pad)));
    described.chain(named).collect()
}

fn described(row: &Row, width: u32, height: u32, pad: u32) -> Layout {
    let component = |&(name, plane, offset, pixel_stride, depth, shift): &Place| {
        let (w_sub, h_sub) = if matches!(name, 'U' | 'V') { row.sub } else { (0, 0) };
        Component { name, plane, offset, pixel_stride, depth, shift, w_sub, h_sub }
    };
    let components: Vec<_> = row.components.iter().map(component).collect();
    let planes = components.iter().map(|c| c.plane + 1).max().unwrap_or(0);
    let sizes = (0..planes).map(|plane| {
        let here = || components.iter().filter(move |c| c.plane == plane);
        // Whole steps of every component, as in all of GStreamer's formats.
        let stride = here().map(|c| c.columns(width) * c.pixel_stride).max().unwrap_or(0) + pad;
        // Fields can need a chroma row more than the frame has.
        let rows = here().map(|c| (height.next_multiple_of(4)) >> c.h_sub).max().unwrap_or(0).max(1);
        (stride, rows)
    });
    let planes = planes_of(sizes, pad);
    layout(
        row.format,
        width,
        height,
        Pixels::Components { family: row.family, byte_order: row.order, components },
        planes,
    )
}

fn named(name: &str, bytes: u32, width: u32, height: u32, pad: u32) -> Layout {
    // Six pixels in 16 bytes, and rows of whole 128; else whole steps of chroma.
    let stride = if bytes == 0 { width.div_ceil(48) * 128 } else { width.next_multiple_of(2) * bytes };
    let planes = planes_of([(stride + pad, height)].into_iter(), pad);
    layout(name, width, height, Pixels::Named { name: name.to_owned() }, planes)
}

fn planes_of(sizes: impl Iterator<Item = (u32, u32)>, start: u32) -> Vec<Plane> {
    let mut offset = u64::from(start);
    let plane = |(stride, rows)| {
        let length = u64::from(stride) * u64::from(rows);
        offset += length;
        Plane { stride, offset: offset - length, length }
    };
    sizes.map(plane).collect()
}

fn layout(format: &str, width: u32, height: u32, pixels: Pixels, planes: Vec<Plane>) -> Layout {
    let plain = Layout::plain(width, height);
    let color = Color {
        matrix: "bt709".into(),
        range: if matches!(&pixels, Pixels::Components { family: Family::Yuv, .. }) {
            Range::Limited
        } else {
            Range::Full
        },
        ..plain.color
    };
    Layout {
        format: format.into(),
        caps: "video/x-raw, colorimetry=(string)bt709".into(),
        pixels,
        planes,
        color,
        ..plain
    }
}
