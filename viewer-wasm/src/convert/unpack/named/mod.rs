//! The formats that components cannot describe, by their names: where a sample of them is.
//!
//! Each is a few lines: which bits of which bytes. Speed is not the point here; fast paths are elsewhere.

mod word;

use super::{Kind, Source, Sources, Widen};
use crate::convert::error::Unsupported;
use wire::CheckedLayout;
use word::Word;

/// How the samples of one component of a named format are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    place: Place,
    widen: Widen,
    /// Bytes of a row, or of the last row of tiles, past the last sample.
    row_bytes: usize,
}

/// Where a sample is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Some bits of a word that all components of a pixel share.
    Word(Word),
}

impl Named {
    /// Bytes of a row, from its start past the last sample; of a format in tiles, of the last row of tiles.
    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// Rows that are stored together, and bytes from them to the next ones; `None` where that is a row and the stride.
    pub(super) fn group(&self) -> Option<(usize, usize)> {
        match self.place {
            Place::Word(_) => None,
        }
    }

    /// How videoconvert makes 16 bits of a sample.
    pub(super) fn widen(&self) -> Widen {
        self.widen
    }

    /// Writes the samples of a row; `bytes` are those of its group, in which it is row number `row`.
    pub(super) fn codes(&self, bytes: &[u8], _row: usize, out: &mut [u16]) {
        match &self.place {
            Place::Word(word) => word.codes(bytes, out),
        }
    }
}

/// The components of a format that is described by its name alone.
pub(super) fn sources(layout: &CheckedLayout) -> Result<Sources, Unsupported> {
    let unknown = || Unsupported::Format { format: layout.format.clone() };
    let wire::layout::Pixels::Named { name } = &layout.pixels else { return Err(unknown()) };
    let sources = word::sources(name, layout.sent_width() as usize).ok_or_else(unknown)?;
    check(layout, &sources)?;
    Ok(sources)
}

/// Refuses a layout whose planes are shorter than what the name says is in them.
fn check(layout: &CheckedLayout, sources: &Sources) -> Result<(), Unsupported> {
    for source in &sources.list {
        let rows = (layout.sent_height() as usize).div_ceil(1 << source.h_sub);
        let plane = layout.planes.get(source.plane);
        let (rows_a_group, stride) = source.group().unwrap_or((1, plane.map_or(0, |plane| plane.stride as usize)));
        // At most 2^20 rows of a 32-bit stride, and a row: what a machine of 32 bits cannot address is no plane.
        let groups = (rows - 1) / rows_a_group;
        let expected = groups as u64 * stride as u64 + source.row_bytes() as u64;
        let actual = plane.map_or(0, |plane| plane.length);
        if expected > actual {
            let format = layout.format.clone();
            let (width, height) = (layout.sent_width(), layout.sent_height());
            return Err(Unsupported::Plane { format, width, height, plane: source.plane, expected, actual });
        }
    }
    Ok(())
}

/// A component with a sample for every pixel.
fn every_pixel(name: char, depth: u8, columns: usize, named: Named) -> Source {
    Source { name, plane: 0, depth, w_sub: 0, h_sub: 0, columns, reader: super::Reader::Named(named) }
}
