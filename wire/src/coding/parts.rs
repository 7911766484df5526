//! How a payload is divided: planes, which have rows of samples in lanes, and the literal bytes between and behind them.

use super::BLOCK;
use crate::CheckedLayout;
use crate::hash::tile_bytes;
use crate::layout::arrays::mosaic_words;
use crate::layout::{ByteOrder, Component, Layout, Pixels, Plane};
use std::ops::Range;

/// Most lanes; a row with samples of more kinds is taken as one lane.
pub(super) const MAX_LANES: usize = 4;

/// Longer rows are literal: twice the widest picture of four words a pixel. Both sides hold some rows in memory.
pub(super) const MAX_STRIDE: usize = 1 << 24;

/// Formats by name that are neither Bayer nor tiles: bytes of a sample, lanes, and unused low bits of each sample.
#[rustfmt::skip]
const NAMED: &[(&str, usize, usize, u32)] = &[
    ("RGB16", 1, 2, 0), ("BGR16", 1, 2, 0), ("RGB15", 1, 2, 0), ("BGR15", 1, 2, 0), ("VYUY", 1, 2, 0),
    ("r210", 1, 4, 0), ("BGR10A2_LE", 1, 4, 0), ("RGB10A2_LE", 1, 4, 0), ("Y410", 1, 4, 0), ("v210", 1, 4, 0),
    ("GRAY10_LE32", 1, 4, 0), ("NV12_10LE32", 1, 4, 0), ("NV16_10LE32", 1, 4, 0),
    ("Y210", 2, 2, 6), ("Y212_LE", 2, 2, 4), ("Y212_BE", 2, 2, 4), ("Y412_LE", 2, 4, 4), ("Y412_BE", 2, 4, 4),
];

/// How samples are read from the bytes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// A byte each.
    Bytes,
    /// Two bytes each: their byte order, and by how many bits the word is turned to the right, so that unused low bits
    /// become its highest.
    Pairs { order: ByteOrder, turn: u32 },
}

/// Rows of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Bytes from one row to the next.
    pub(super) stride: usize,
    pub(super) words: Words,
    /// Samples that take turns in a row.
    pub(super) lanes: usize,
    pub(super) green: Option<Green>,
    /// Whether the row two above may be the one that is alike.
    pub(super) has_fields: bool,
    /// Whether the row directly above may be.
    pub(super) has_neighbours: bool,
}

/// Lanes whose residuals are like those of the lane of green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Green {
    /// The lane of green in even and in odd rows.
    pub(super) lane: [usize; 2],
    /// The lanes of colours; any other is left as it is.
    pub(super) colours: [bool; MAX_LANES],
}

/// Some bytes of a payload.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) range: Range<usize>,
    /// Rows, and whose they are; none where bytes are literal.
    pub(super) rows: Option<(Shape, usize)>,
}

/// The planes that have rows, in the order of their bytes.
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    planes: Vec<(Plane, usize, Shape)>,
}

impl Words {
    /// Bytes of a sample.
    #[inline]
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Pairs { .. } => 2,
        }
    }
}

impl Shape {
    /// Samples in so many bytes of a row.
    #[inline]
    pub(super) fn samples(&self, bytes: usize) -> usize {
        bytes.div_ceil(self.words.bytes())
    }

    /// Samples of the blocks that so many bytes of a row have: whole groups, of a block a lane.
    #[inline]
    pub(super) fn padded(&self, bytes: usize) -> usize {
        self.samples(bytes).next_multiple_of(self.lanes * BLOCK)
    }
}

impl Shapes {
    pub(super) fn of(layout: &CheckedLayout) -> Self {
        let mut planes: Vec<_> = layout
            .planes
            .iter()
            .enumerate()
            .map(|(at, plane)| (*plane, at, shape(layout, at, plane)))
            .collect();
        planes.sort_by_key(|(plane, at, _)| (plane.offset, *at));
        // Of planes that overlap, the first one has rows.
        let mut end = 0;
        planes.retain(|(plane, ..)| {
            let is_behind = plane.offset >= end && plane.length > 0;
            if is_behind {
                end = plane.offset + plane.length;
            }
            is_behind
        });
        Self { planes }
    }

    /// Where the last plane with rows ends.
    pub(super) fn end(&self) -> u64 {
        self.planes.last().map_or(0, |(plane, ..)| plane.offset + plane.length)
    }

    /// The parts of a payload of so many bytes; a plane that is cut by its end has fewer.
    pub(super) fn parts(&self, len: usize) -> Vec<Part> {
        let clamped = |place: u64| usize::try_from(place).unwrap_or(len).min(len);
        let mut parts = Vec::with_capacity(2 * self.planes.len() + 1);
        let mut at = 0;
        for &(plane, index, shape) in &self.planes {
            let range = clamped(plane.offset)..clamped(plane.offset + plane.length);
            parts.push(Part { range: at..range.start, rows: None });
            at = range.end;
            // Rows of no length, or past the end, are one row.
            let stride = if shape.stride == 0 { range.len() } else { shape.stride.min(range.len()) };
            let rows = (stride <= MAX_STRIDE).then_some((Shape { stride, ..shape }, index));
            parts.push(Part { range, rows });
        }
        parts.push(Part { range: at..len, rows: None });
        parts.retain(|part| !part.range.is_empty());
        parts
    }
}

fn shape(layout: &CheckedLayout, index: usize, plane: &Plane) -> Shape {
    let stride = usize::try_from(plane.stride).unwrap_or(usize::MAX);
    let plain = Shape {
        stride,
        words: Words::Bytes,
        lanes: 1,
        green: None,
        has_fields: matches!(layout.interlace.mode.as_str(), "interleaved" | "mixed"),
        has_neighbours: true,
    };
    match &layout.pixels {
        Pixels::Components { byte_order, components, .. } => {
            let own: Vec<_> = components.iter().filter(|c| usize::from(c.plane) == index).collect();
            described(plain, *byte_order, &own)
        }
        Pixels::Named { name } => named(plain, layout, name, index),
    }
}

fn described(plain: Shape, order: ByteOrder, components: &[&Component]) -> Shape {
    let Some(first) = components.first() else { return plain };
    let is_even = |c: &&Component| c.sample_bytes() == 2 && (c.offset | c.pixel_stride).is_multiple_of(2);
    let words = if components.iter().all(is_even) && plain.stride.is_multiple_of(2) {
        let is_alike = components.iter().all(|c| c.shift == first.shift);
        Words::Pairs { order, turn: if is_alike { first.shift.into() } else { 0 } }
    } else {
        Words::Bytes
    };
    let bytes = words.bytes();
    let step = components.iter().fold(0, |step, c| gcd(step, c.pixel_stride as usize)) / bytes;
    let lanes = if (1..=MAX_LANES).contains(&step) { step } else { 1 };
    let lane = |c: &Component| c.offset as usize / bytes % lanes;
    let of = |name| components.iter().find(|c| c.name == name).map(|c| lane(c));
    let green = match [of('R'), of('G'), of('B')] {
        [Some(red), Some(green), Some(blue)]
            if lanes == step && red != green && green != blue && blue != red =>
        {
            let mut colours = [false; MAX_LANES];
            for lane in [red, green, blue] {
                colours[lane] = true;
            }
            Some(Green { lane: [green; 2], colours })
        }
        _ => None,
    };
    Shape { words, lanes, green, ..plain }
}

fn named(plain: Shape, layout: &Layout, name: &str, index: usize) -> Shape {
    if let Some((bytes, order)) = mosaic_words(layout) {
        let words = if bytes == 1 { Words::Bytes } else { Words::Pairs { order, turn: 0 } };
        // `bggr` and `rggb` have green in the second column of even rows, `gbrg` and `grbg` in the first.
        let first = usize::from(!name.starts_with('g'));
        let colours = [true, true, false, false];
        let green = Some(Green { lane: [first, 1 - first], colours });
        return Shape { words, lanes: 2, green, has_fields: true, has_neighbours: false, ..plain };
    }
    if let Some(tile) = tile_bytes(name, index) {
        // Rows of tiles are below each other; narrow ones are taken together, so that blocks are filled.
        return Shape { stride: tile.next_multiple_of(BLOCK), ..plain };
    }
    let Some(&(_, bytes, lanes, turn)) = NAMED.iter().find(|(of, ..)| *of == name) else { return plain };
    let order = if name.ends_with("BE") { ByteOrder::Big } else { ByteOrder::Little };
    let words = if bytes == 2 { Words::Pairs { order, turn } } else { Words::Bytes };
    Shape { words, lanes, ..plain }
}

fn gcd(a: usize, b: usize) -> usize {
    if a == 0 { b } else { gcd(b % a, a) }
}
