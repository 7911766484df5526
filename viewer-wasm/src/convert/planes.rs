//! Where the rows of each plane are: in the payload, and in the tile of it that is being decoded.

use std::ops::Range;
use wire::Layout;
use wire::layout::{Component, MAX_PLANES};

/// Where the bytes of a plane's rows are. A plane can hold luma (or R, G and B), chroma, or both.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaneRows {
    offset: usize,
    stride: usize,
    /// Bytes from a row's start past the last full-height sample that is read; zero where none is.
    luma: usize,
    /// The same of chroma, whose rows can be fewer.
    chroma: usize,
    /// Chroma rows are so many of the frame's, as a power of two.
    h_sub: u8,
}

/// The rows that a tile needs.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    /// Of components that have the frame's height.
    pub(super) luma: Range<usize>,
    /// Of chroma, with the neighbours that filters want.
    pub(super) chroma: Range<usize>,
}

/// The bytes of a tile's rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<'a> {
    planes: [TilePlane<'a>; MAX_PLANES],
}

#[derive(Clone, Copy, Debug, Default)]
struct TilePlane<'a> {
    bytes: &'a [u8],
    first_row: usize,
    stride: usize,
    row_bytes: usize,
}

impl PlaneRows {
    /// The rows of the plane of this index, of which `luma` and `chroma` are read.
    pub(super) fn new(layout: &Layout, luma: &[&Component], chroma: &[&Component], index: usize) -> Self {
        let here = |c: &&&Component| usize::from(c.plane) == index;
        let bytes = |components: &[&Component]| {
            let ends = components.iter().filter(here).map(|c| addressable(c.row_bytes(layout.sent_width())));
            ends.max().unwrap_or(0)
        };
        let plane = layout.planes.get(index);
        Self {
            offset: plane.map_or(0, |plane| addressable(plane.offset)),
            stride: plane.map_or(0, |plane| plane.stride as usize),
            luma: bytes(luma),
            chroma: bytes(chroma),
            h_sub: chroma.iter().filter(here).map(|c| c.h_sub).max().unwrap_or(0),
        }
    }

    /// The bytes of the payload that the tile needs; empty where nothing of the plane is read.
    pub(super) fn bytes(&self, needed: &Needed) -> Range<usize> {
        let end = |rows: &Range<usize>, row_bytes: usize| match row_bytes {
            0 => 0,
            bytes => rows.end.saturating_sub(1) * self.stride + bytes,
        };
        let end = end(&needed.luma, self.luma).max(end(&needed.chroma, self.chroma));
        if end == 0 || needed.luma.is_empty() {
            return 0..0;
        }
        self.offset + self.first_row(needed) * self.stride..self.offset + end
    }

    /// Bytes that one more row of the frame adds.
    pub(super) fn bytes_a_row(&self) -> usize {
        let step = self.stride.max(self.luma).max(self.chroma);
        match (self.luma, self.chroma) {
            (0, 0) => 0,
            (0, _) => step >> self.h_sub,
            _ => step,
        }
    }

    fn first_row(&self, needed: &Needed) -> usize {
        match (self.luma, self.chroma) {
            (_, 0) => needed.luma.start,
            (0, _) => needed.chroma.start,
            _ => needed.luma.start.min(needed.chroma.start),
        }
    }
}

impl<'a> Tile<'a> {
    /// `bytes` holds, for each plane, those of [`PlaneRows::bytes`].
    pub(super) fn new(planes: &[PlaneRows], bytes: &[&'a [u8]], needed: &Needed) -> Self {
        let mut tile = Self { planes: [TilePlane::default(); MAX_PLANES] };
        for ((to, plane), bytes) in tile.planes.iter_mut().zip(planes).zip(bytes) {
            *to = TilePlane {
                bytes,
                first_row: plane.first_row(needed),
                stride: plane.stride,
                row_bytes: plane.luma.max(plane.chroma),
            };
        }
        tile
    }

    /// A row of a plane, by its number in the whole plane: at least as long as its samples reach.
    pub(super) fn row(&self, plane: usize, row: usize) -> &'a [u8] {
        let TilePlane { bytes, first_row, stride, row_bytes } = self.planes[plane];
        let start = (row - first_row) * stride;
        &bytes[start..bytes.len().min(start + row_bytes)]
    }
}

/// A position inside a payload that was found to be addressable when the decoder was made.
fn addressable(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
