//! Where the rows of each plane are: in the payload, and in the tile of it that is being decoded.

use super::Source;
use std::ops::Range;
use wire::Layout;
use wire::layout::MAX_PLANES;

/// Where the bytes of a plane's rows are. A plane can hold luma (or R, G and B), chroma, or both.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct PlaneRows {
    offset: usize,
    /// Bytes of the plane.
    length: usize,
    /// Bytes from a group of rows to the next.
    stride: usize,
    /// Rows that are stored together: one, but of a format in tiles as many as a row of tiles has.
    rows_a_group: usize,
    /// Bytes from a row's start past the last full-height sample that is read; zero where none is.
    luma: usize,
    /// The same of chroma, whose rows can be fewer.
    chroma: usize,
    /// Chroma rows are so many of the frame's, as a power of two.
    h_sub: u8,
}

/// The rows that a tile needs.
#[derive(Clone, Debug)]
pub(in crate::convert) struct Needed {
    /// Of components that have the frame's height.
    pub(in crate::convert) luma: Range<usize>,
    /// Of chroma, with the neighbours that filters want.
    pub(in crate::convert) chroma: Range<usize>,
}

/// The bytes of a tile's rows.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Tile<'a> {
    planes: [TilePlane<'a>; MAX_PLANES],
}

#[derive(Clone, Copy, Debug, Default)]
struct TilePlane<'a> {
    bytes: &'a [u8],
    first_group: usize,
    stride: usize,
    rows_a_group: usize,
    row_bytes: usize,
}

impl PlaneRows {
    /// The rows of the plane of this index, of which `luma` and `chroma` are read.
    pub(in crate::convert) fn new(
        layout: &Layout,
        luma: &[&Source],
        chroma: &[&Source],
        index: usize,
    ) -> Self {
        let here = |source: &&&Source| source.plane == index;
        let bytes = |sources: &[&Source]| sources.iter().filter(here).map(|source| source.row_bytes()).max();
        let plane = layout.planes.get(index);
        let stride = plane.map_or(0, |plane| plane.stride as usize);
        let group = luma.iter().chain(chroma).filter(here).find_map(|source| source.group());
        let (rows_a_group, stride) = group.unwrap_or((1, stride));
        Self {
            offset: plane.map_or(0, |plane| addressable(plane.offset)),
            length: plane.map_or(0, |plane| addressable(plane.length)),
            stride,
            rows_a_group,
            luma: bytes(luma).unwrap_or(0),
            chroma: bytes(chroma).unwrap_or(0),
            h_sub: chroma.iter().filter(here).map(|c| c.h_sub).max().unwrap_or(0),
        }
    }

    /// So many bytes from the plane's start, whatever the rows.
    pub(in crate::convert) fn fixed(layout: &Layout, index: usize, bytes: usize) -> Self {
        let offset = layout.planes.get(index).map_or(0, |plane| addressable(plane.offset));
        Self { offset, length: bytes, stride: 0, rows_a_group: usize::MAX, luma: bytes, chroma: 0, h_sub: 0 }
    }

    /// The bytes of the payload that the tile needs; empty where nothing of the plane is read.
    pub(in crate::convert) fn bytes(&self, needed: &Needed) -> Range<usize> {
        let end = |rows: &Range<usize>, row_bytes: usize| match row_bytes {
            0 => 0,
            bytes => rows.end.saturating_sub(1) / self.rows_a_group * self.stride + bytes,
        };
        let end = end(&needed.luma, self.luma).max(end(&needed.chroma, self.chroma));
        if end == 0 || needed.luma.is_empty() {
            return 0..0;
        }
        // The last row can lack what a named format takes of the bytes behind others.
        self.offset + self.first_group(needed) * self.stride..self.offset + end.min(self.length)
    }

    /// The byte of the payload at which a row begins, or the rows that it is stored together with.
    pub(in crate::convert) fn start(&self, row: usize) -> usize {
        self.offset + row / self.rows_a_group * self.stride
    }

    /// The byte of the payload past the plane.
    pub(in crate::convert) fn end(&self) -> usize {
        self.offset.saturating_add(self.length)
    }

    /// Bytes that one more row of the frame adds.
    pub(in crate::convert) fn bytes_a_row(&self) -> usize {
        let step = self.stride.max(self.luma).max(self.chroma) / self.rows_a_group;
        match (self.luma, self.chroma) {
            (0, 0) => 0,
            (0, _) => step >> self.h_sub,
            _ => step,
        }
    }

    fn first_group(&self, needed: &Needed) -> usize {
        let row = match (self.luma, self.chroma) {
            (_, 0) => needed.luma.start,
            (0, _) => needed.chroma.start,
            _ => needed.luma.start.min(needed.chroma.start),
        };
        row / self.rows_a_group
    }
}

impl<'a> Tile<'a> {
    /// `bytes` holds, for each plane, those of [`PlaneRows::bytes`].
    pub(in crate::convert) fn new(planes: &[PlaneRows], bytes: &[&'a [u8]], needed: &Needed) -> Self {
        let mut tile = Self { planes: [TilePlane::default(); MAX_PLANES] };
        for ((to, plane), bytes) in tile.planes.iter_mut().zip(planes).zip(bytes) {
            *to = TilePlane {
                bytes,
                first_group: plane.first_group(needed),
                stride: plane.stride,
                rows_a_group: plane.rows_a_group,
                row_bytes: plane.luma.max(plane.chroma),
            };
        }
        tile
    }

    /// A row of a plane, by its number in the whole plane, or the rows that it is stored together with: at least as long
    /// as its samples reach.
    pub(in crate::convert) fn row(&self, plane: usize, row: usize) -> &'a [u8] {
        let TilePlane { bytes, first_group, stride, rows_a_group, row_bytes } = self.planes[plane];
        let start = (row / rows_a_group.max(1) - first_group) * stride;
        &bytes[start..bytes.len().min(start + row_bytes)]
    }
}

/// A position inside a payload that was found to be addressable when the decoder was made.
fn addressable(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
