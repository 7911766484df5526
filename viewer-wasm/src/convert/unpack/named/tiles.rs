//! NV12 in tiles: rectangles of bytes, each whole before the next one begins.
//!
//! ```text
//! row by row                  in pairs of rows, of which the last row has no part if the rows are odd
//!  0  1  2  3                  0  1  6  7
//!  4  5  6  7                  2  3  4  5
//!  8  9 10 11                  8  9 10 11
//! ```
//!
//! Y is in plane 0, U and V in turn in plane 1. The stride of a plane holds tiles: those of a row in the lower 16 bits,
//! the rows in the upper ones. Bytes of a row go on from a tile to the one beside it, samples of ten bits with them.

use super::bits::{Bits, Order, Part};
use super::{Kind, Named, Place, Reader, Source, Sources};
use crate::convert::error::Unsupported;
use std::ops::Range;
use wire::layout::Layout;

/// Samples in tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiles {
    /// The samples, in a row whose tiles have been put together.
    bits: Bits,
    /// Bytes of such a row, without the last sample of V.
    least_bytes: usize,
    /// Bytes of such a row.
    row_bytes: usize,
    shape: Shape,
    /// Tiles in a row.
    across: usize,
    /// Rows of tiles.
    down: usize,
    is_paired: bool,
}

/// Bytes in a row of a tile, and rows.
#[derive(Clone, Copy, Debug)]
struct Shape {
    width: usize,
    height: usize,
}

/// A format: its name, tiles of luma, tiles of chroma, whether these are in pairs of rows, and how samples are stored.
type Row = (&'static str, (usize, usize), (usize, usize), bool, Order);

#[rustfmt::skip]
pub(super) const FORMATS: [Row; 6] = [
    ("NV12_64Z32",      (64, 32), (64, 32), true,  Order::Byte),
    ("NV12_4L4",        (4, 4),   (4, 4),   false, Order::Byte),
    ("NV12_32L32",      (32, 32), (32, 32), false, Order::Byte),
    ("NV12_16L32S",     (16, 32), (16, 16), false, Order::Byte),
    ("NV12_8L128",      (8, 128), (8, 128), false, Order::Byte),
    ("NV12_10BE_8L128", (8, 128), (8, 128), false, Order::Big10),
];

/// Y, U and V of NV12, in bytes.
const BYTES: [Part; 3] = [('Y', 0, 0, 0, 1, &[0]), ('U', 1, 1, 1, 2, &[0]), ('V', 1, 1, 1, 2, &[8])];
/// Y, U and V of NV12, in ten bits each.
const TENS: [Part; 3] =
    [('Y', 0, 0, 0, 5, &[0, 10, 20, 30]), ('U', 1, 1, 1, 5, &[0, 20]), ('V', 1, 1, 1, 5, &[10, 30])];

/// The components of the format of this name, if it is in tiles; an error if the layout has too few of them.
pub(super) fn sources(name: &str, layout: &Layout) -> Option<Result<Sources, Unsupported>> {
    let &(_, luma, chroma, is_paired, order) = FORMATS.iter().find(|row| row.0 == name)?;
    let source = |(component, plane, w_sub, h_sub, group, begins): Part| {
        let columns = (layout.sent_width() as usize).div_ceil(1 << w_sub);
        let rows = (layout.sent_height() as usize).div_ceil(1 << h_sub);
        let (width, height) = if plane == 0 { luma } else { chroma };
        let bits = Bits::new(order, group, begins);
        // GStreamer's own strides are made for Y, whose rows of an odd width are shorter than those of U and V.
        let least = if component == 'V' { columns.max(2) - 1 } else { columns };
        let stride = layout.planes.get(plane).map_or(0, |plane| plane.stride);
        let tiles = Tiles {
            bits,
            least_bytes: bits.row_bytes(least),
            row_bytes: bits.row_bytes(columns),
            shape: Shape { width, height },
            across: (stride & 0xffff) as usize,
            down: (stride >> 16) as usize,
            is_paired,
        };
        tiles.check(layout, plane, rows)?;
        let named = Named {
            place: Place::Tiles(tiles),
            row_bytes: tiles.group().1,
            last_bytes: tiles.last_bytes(rows),
            is_peculiar: matches!(order, Order::Big10),
        };
        let (name, depth) = (component, order.depth());
        Ok(Source { name, plane, depth, w_sub, h_sub, columns, reader: Reader::Named(named) })
    };
    let parts = if matches!(order, Order::Byte) { BYTES } else { TENS };
    Some(
        parts.into_iter().map(source).collect::<Result<_, _>>().map(|list| Sources { kind: Kind::Yuv, list }),
    )
}

impl Tiles {
    /// Rows of samples that are stored together, and their bytes.
    pub(super) fn group(&self) -> (usize, usize) {
        let rows = if self.is_paired { 2 } else { 1 };
        (rows * self.shape.height, rows * self.across * self.shape.bytes())
    }

    /// Bytes of a row whose tiles have been put together.
    #[cfg(test)]
    pub(super) fn row_bytes(&self) -> u64 {
        self.row_bytes as u64
    }

    /// Writes the samples of a row; `bytes` are those of its group.
    pub(super) fn codes(&self, bytes: &[u8], row: usize, out: &mut [u16]) {
        let Shape { width, height } = self.shape;
        let mut together = vec![0; self.row_bytes.div_ceil(width).min(self.across) * width];
        for (x, part) in together.chunks_exact_mut(width).enumerate() {
            let start = self.number(x, row / height) * self.shape.bytes() + row % height * width;
            part.copy_from_slice(&bytes[start..start + width]);
        }
        self.bits.codes(&together[..self.row_bytes.min(together.len())], out);
    }

    /// The bytes of its group that hold the sample of this column, which can go on in the next tile: then those up to the
    /// end of the first. `None` where the tiles end before it.
    pub(super) fn place(&self, column: usize, row: usize) -> Option<Range<usize>> {
        let Shape { width, height } = self.shape;
        let Range { start, end } = self.bits.place(column);
        if end > self.across * width {
            return None;
        }
        let tile = self.number(start / width, row / height) * self.shape.bytes();
        let begin = tile + row % height * width + start % width;
        Some(begin..begin + (end - start).min(width - start % width))
    }

    /// How many tiles of its group are before the one in this column and row.
    fn number(&self, x: usize, y: usize) -> usize {
        if !self.is_paired || !self.has_pair(y) {
            x
        } else if y.is_multiple_of(2) {
            x + (x + 2) / 4 * 4
        } else {
            x + 2 + x / 4 * 4
        }
    }

    /// Whether this row of tiles is one of two.
    fn has_pair(&self, y: usize) -> bool {
        y | 1 < self.down
    }

    /// Bytes of the last group of so many rows of samples.
    fn last_bytes(&self, rows: usize) -> usize {
        let row_of_tiles = self.across * self.shape.bytes();
        let paired = self.is_paired && self.has_pair((rows - 1) / self.shape.height);
        if paired { 2 * row_of_tiles } else { row_of_tiles }
    }

    /// Refuses fewer tiles than the samples need, and rows of an odd number of tiles that are in pairs of two by two.
    fn check(&self, layout: &Layout, plane: usize, rows: usize) -> Result<(), Unsupported> {
        let pairs = if self.is_paired { 2 } else { 1 };
        let across = self.least_bytes.div_ceil(self.shape.width);
        let (across, down) = (across.next_multiple_of(pairs), rows.div_ceil(self.shape.height));
        if across <= self.across && down <= self.down && self.across.is_multiple_of(pairs) {
            return Ok(());
        }
        Err(Unsupported::Tiles {
            format: layout.format.clone(),
            plane,
            expected: (across, down),
            actual: (self.across, self.down),
        })
    }
}

impl Shape {
    fn bytes(self) -> usize {
        self.width * self.height
    }
}
