//! The visible rows of a frame: which bytes of a payload are samples, in an order that strides and tiles do not change.
//!
//! Plane after plane, row after row, from the row's first byte through the last byte that holds a sample of the frame.

use super::named::{self, PALETTE};
use crate::CheckedLayout;
use crate::layout::{Pixels, Plane};
use std::ops::Range;

/// Bytes of a band, about: what a reader that has to copy them copies at once.
const BAND_BYTES: u64 = 64 * 1024;

/// Where a layout's visible rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    planes: Vec<PlaneRows>,
}

/// Some rows that lie together: a range of the payload, and the spans of it that are visible, in order.
#[derive(Clone, Copy, Debug)]
pub struct Band<'a> {
    plane: &'a PlaneRows,
    first: u64,
    rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PlaneRows {
    offset: u64,
    /// Bytes of a row, put together.
    row: u64,
    rows: u64,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Rows in one piece each.
    Stride(u64),
    Tiles(Tiles),
}

/// Rectangles of bytes, each whole before the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tiles {
    width: u64,
    height: u64,
    across: u64,
    down: u64,
    is_paired: bool,
}

impl Rows {
    /// The rows that are sent of a frame; none where the name of a format says too little, or its planes are too small.
    #[must_use]
    pub fn of(layout: &CheckedLayout) -> Option<Self> {
        let planes = match &layout.pixels {
            Pixels::Components { .. } => described(layout),
            Pixels::Named { name } => of_name(layout, name)?,
        };
        let rows = Self { planes };
        rows.is_within(layout).then_some(rows)
    }

    /// The rows in order, in bands.
    pub fn bands(&self) -> impl Iterator<Item = Band<'_>> {
        self.planes.iter().flat_map(PlaneRows::bands)
    }

    /// Whether the rows are all `len` bytes of a payload, in order: then both hashes are the same.
    #[must_use]
    pub fn are_all_of(&self, len: u64) -> bool {
        let end = self.planes.iter().try_fold(0, |begin, plane| {
            let is_dense = plane.rows == 1 || plane.place == Place::Stride(plane.row);
            (is_dense && plane.is_in_one_piece() && plane.offset == begin).then(|| plane.end())
        });
        end == Some(len)
    }

    /// Bytes of a row of each plane that has any.
    pub fn row_bytes(&self) -> impl Iterator<Item = u64> {
        self.planes.iter().map(|plane| plane.row)
    }

    fn is_within(&self, layout: &CheckedLayout) -> bool {
        self.planes.iter().all(|plane| plane.end() <= layout.min_payload_len())
    }
}

/// Rows of components; the layout's check has made sure that they are there.
fn described(layout: &CheckedLayout) -> Vec<PlaneRows> {
    let Pixels::Components { components, .. } = &layout.pixels else { return Vec::new() };
    let (width, height) = (layout.sent_width(), layout.sent_height());
    let of_plane = |(index, plane): (usize, &Plane)| {
        let own = || components.iter().filter(|component| usize::from(component.plane) == index);
        Some(PlaneRows {
            offset: plane.offset,
            row: own().map(|component| component.row_bytes(width)).max()?,
            rows: own().map(|component| component.rows(height).into()).max()?,
            place: Place::Stride(plane.stride.into()),
        })
    };
    layout.planes.iter().enumerate().filter_map(of_plane).collect()
}

fn of_name(layout: &CheckedLayout, name: &str) -> Option<Vec<PlaneRows>> {
    let rules = named::rules(name)?;
    if !layout.is_whole() || layout.planes.len() < rules.len() {
        return None;
    }
    let (width, height) = (u64::from(layout.width), u64::from(layout.height));
    let mut planes = Vec::new();
    for (rule, plane) in rules.iter().zip(&layout.planes) {
        let (group, place) = (rule.used.len() as u64, (width - 1) % rule.used.len() as u64);
        let bytes = |column: u64| rule.used.get(usize::try_from(column).ok()?).copied().map(u64::from);
        let row = (width - 1) / group * bytes(group - 1)? + bytes(place)?;
        let rows = height.div_ceil(1 << rule.h_sub);
        let of_plane = match rule.tile {
            None => {
                // GStreamer's own strides leave out the last sample of V in some formats at some widths.
                let stride = u64::from(plane.stride);
                PlaneRows { offset: plane.offset, row: row.min(stride), rows, place: Place::Stride(stride) }
            }
            Some(shape) => {
                let tiles = Tiles::new(shape, plane.stride, row, rows)?;
                let row = row.min(tiles.across * tiles.width);
                PlaneRows { offset: plane.offset, row, rows, place: Place::Tiles(tiles) }
            }
        };
        if of_plane.row == 0 || of_plane.end() > plane.offset + plane.length {
            return None;
        }
        planes.push(of_plane);
    }
    if name == "RGB8P" {
        let palette = layout.planes.get(1).filter(|plane| plane.length >= PALETTE)?;
        let place = Place::Stride(PALETTE);
        planes.push(PlaneRows { offset: palette.offset, row: PALETTE, rows: 1, place });
    }
    Some(planes)
}

impl PlaneRows {
    fn bands(&self) -> impl Iterator<Item = Band<'_>> {
        let rows = match self.place {
            Place::Stride(stride) => (BAND_BYTES / stride.max(1)).max(1),
            Place::Tiles(tiles) => tiles.rows_of_group(),
        };
        (0..self.rows.div_ceil(rows)).map(move |band| Band {
            plane: self,
            first: band * rows,
            rows: rows.min(self.rows - band * rows),
        })
    }

    /// Where its last row ends, or the last tile of it.
    fn end(&self) -> u64 {
        self.offset
            + match self.place {
                Place::Stride(stride) => (self.rows - 1) * stride + self.row,
                Place::Tiles(tiles) => tiles.end((self.rows - 1) / tiles.height),
            }
    }

    fn is_in_one_piece(&self) -> bool {
        matches!(self.place, Place::Stride(_))
    }
}

impl Tiles {
    /// Tiles as a stride counts them: those of a row in the lower 16 bits, rows of tiles in the upper ones. None if they
    /// are too few.
    fn new((width, height, is_paired): (u16, u16, bool), stride: u32, row: u64, rows: u64) -> Option<Self> {
        let (across, down) = (u64::from(stride & 0xffff), u64::from(stride >> 16));
        let tiles = Self { width: width.into(), height: height.into(), across, down, is_paired };
        // As in rows without tiles, the last sample of V may be missing: it takes at most two bytes.
        let is_wide = across * tiles.width + 2 >= row && across > 0;
        let is_high = rows.div_ceil(tiles.height) <= down;
        let is_even = !is_paired || across.is_multiple_of(2);
        (is_wide && is_high && is_even).then_some(tiles)
    }

    fn bytes(self) -> u64 {
        self.width * self.height
    }

    /// Rows of samples that are stored together.
    fn rows_of_group(self) -> u64 {
        if self.is_paired { 2 * self.height } else { self.height }
    }

    /// Where the group of this row of tiles begins.
    fn begin(self, y: u64) -> u64 {
        let first = if self.is_paired { y / 2 * 2 } else { y };
        first * self.across * self.bytes()
    }

    /// Where it ends.
    fn end(self, y: u64) -> u64 {
        let rows = if self.has_pair(y) { 2 } else { 1 };
        self.begin(y) + rows * self.across * self.bytes()
    }

    fn has_pair(self, y: u64) -> bool {
        self.is_paired && y | 1 < self.down
    }

    /// How many tiles of its group are before the one in this column and row: `0 1 6 7` above `2 3 4 5` in pairs.
    fn number(self, x: u64, y: u64) -> u64 {
        if !self.has_pair(y) {
            x
        } else if y.is_multiple_of(2) {
            x + (x + 2) / 4 * 4
        } else {
            x + 2 + x / 4 * 4
        }
    }
}

impl<'a> Band<'a> {
    /// The bytes of the payload that hold it.
    #[must_use]
    pub fn bytes(&self) -> Range<u64> {
        let PlaneRows { offset, row, place, .. } = *self.plane;
        let last = self.first + self.rows - 1;
        match place {
            Place::Stride(stride) => offset + self.first * stride..offset + last * stride + row,
            Place::Tiles(tiles) => {
                offset + tiles.begin(self.first / tiles.height)..offset + tiles.end(last / tiles.height)
            }
        }
    }

    /// The spans of the payload that are visible, in order, all of them in [`bytes`](Self::bytes).
    pub fn spans(&self) -> impl Iterator<Item = Range<u64>> + use<'a> {
        let Self { plane: &PlaneRows { offset, row, place, .. }, first, rows } = *self;
        // A band whose rows follow each other without a gap is one span.
        let whole = place == Place::Stride(row);
        let count = if whole { 1 } else { rows };
        (first..first + count).flat_map(move |y| {
            let (pieces, piece) = match place {
                Place::Stride(_) => (1, if whole { rows * row } else { row }),
                Place::Tiles(tiles) => (row.div_ceil(tiles.width), tiles.width),
            };
            (0..pieces).map(move |x| {
                let start = match place {
                    Place::Stride(stride) => offset + y * stride,
                    Place::Tiles(tiles) => {
                        let down = y / tiles.height;
                        let tile = tiles.number(x, down) * tiles.bytes();
                        offset + tiles.begin(down) + tile + y % tiles.height * tiles.width
                    }
                };
                let len = if whole { piece } else { piece.min(row - x * piece) };
                start..start + len
            })
        })
    }
}
