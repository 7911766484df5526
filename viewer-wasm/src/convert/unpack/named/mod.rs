//! The formats that components cannot describe, by their names: where a sample of them is.
//!
//! | module   | formats |
//! | -------- | ------- |
//! | `word`   | a word a pixel: 565, 555, 2-10-10-10, the indices of a palette |
//! | `mosaic` | Bayer patterns: a code a pixel |
//! | `spaced` | packed 4:2:2 and 4:4:4 that are described but for a peculiarity: Y210, Y212, Y412, VYUY |
//! | `bits`   | groups of bytes with samples across them: v210, UYVP, IYU1, 10 bits in LE32 and LE40 |
//! | `tiles`  | rectangles of bytes, one after the other: the tiled NV12 family |
//!
//! Each is a few lines: which bits of which bytes. Speed is not the point here; fast paths are elsewhere.

mod bits;
mod mosaic;
mod spaced;
#[cfg(test)]
mod tests;
mod tiles;
mod word;

use super::{Kind, Little, Reader, Source, Sources, narrow, widen};
use crate::convert::error::Unsupported;
use bits::Bits;
use spaced::Spaced;
use tiles::Tiles;
use wire::CheckedLayout;
use wire::layout::{Layout, Pixels};
use word::Word;

/// How the samples of one component of a named format are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    place: Place,
    /// Bytes of a row, from its start past the last sample; of a format in tiles, of rows that are stored together.
    row_bytes: usize,
    /// The same of the last row, which can lack what GStreamer's own strides leave out.
    last_bytes: usize,
    /// What `videoconvert` has for big-endian tiles alone: samples become 16 bits with zeros below themselves, not
    /// repeated, and the chroma rows of interlaced frames are in the order of the lines.
    is_peculiar: bool,
}

/// Where a sample is.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Some bits of a word that all components of a pixel share.
    Word(Word),
    /// At a fixed step.
    Spaced(Spaced),
    /// At some bits of groups of bytes.
    Bits(Bits),
    /// At some bits of groups of bytes, which are in tiles.
    Tiles(Tiles),
}

/// Bytes of a palette of 256 colours of four bytes.
pub(in crate::convert) const PALETTE_LEN: usize = 1024;

impl Named {
    /// At this place, in rows of so many bytes.
    fn new(place: Place, row_bytes: usize) -> Self {
        Self { place, row_bytes, last_bytes: row_bytes, is_peculiar: false }
    }

    /// Bytes of a row, from its start past the last sample; of a format in tiles, of rows that are stored together.
    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// Rows that are stored together, and bytes from them to the next ones; `None` where that is a row and the stride.
    pub(super) fn group(&self) -> Option<(usize, usize)> {
        match &self.place {
            Place::Tiles(tiles) => Some(tiles.group()),
            _ => None,
        }
    }

    /// Where the samples are, if they are at a fixed step in bytes or little-endian words.
    pub(super) fn little(&self) -> Option<Little> {
        match &self.place {
            Place::Word(word) => word.little(),
            Place::Spaced(spaced) => spaced.little(),
            Place::Bits(_) | Place::Tiles(_) => None,
        }
    }

    /// Whether `videoconvert` has the chroma rows of interlaced frames in the order of the lines.
    pub(super) fn mixes_fields(&self) -> bool {
        self.is_peculiar
    }

    /// Writes the samples of a row; `bytes` are those of its group, and `row` is its number in the plane.
    pub(super) fn codes(&self, bytes: &[u8], row: usize, out: &mut [u16]) {
        match &self.place {
            Place::Word(word) => word.codes(bytes, out),
            Place::Spaced(spaced) => spaced.codes(bytes, out),
            Place::Bits(bits) => bits.codes(bytes, out),
            Place::Tiles(tiles) => tiles.codes(bytes, row, out),
        }
    }

    /// Writes a row of samples as the 8 bits that `videoconvert` makes of them; `depth` is that of the samples.
    pub(super) fn bytes(&self, bytes: &[u8], row: usize, depth: u8, out: &mut [u8], scratch: &mut Vec<u16>) {
        scratch.resize(out.len(), 0);
        match &self.place {
            Place::Spaced(spaced) => spaced.peculiar_codes(bytes, scratch),
            _ => self.codes(bytes, row, scratch),
        }
        for (byte, &code) in out.iter_mut().zip(&*scratch) {
            *byte = narrow(code, depth);
        }
    }

    /// Writes a row of samples as the 16 bits that `videoconvert` makes of them; `depth` is that of the samples.
    pub(super) fn words(&self, bytes: &[u8], row: usize, depth: u8, out: &mut [u16]) {
        if let Place::Spaced(spaced) = &self.place {
            spaced.words(bytes, depth, out);
            return;
        }
        self.codes(bytes, row, out);
        for word in out {
            *word = if self.is_peculiar { *word << (16 - depth) } else { widen(*word, depth) };
        }
    }
}

/// The components of a format that is described by its name alone.
pub(super) fn sources(layout: &CheckedLayout) -> Result<Sources, Unsupported> {
    let unknown = || Unsupported::Format { format: layout.format.clone() };
    let Pixels::Named { name } = &layout.pixels else { return Err(unknown()) };
    let columns = layout.sent_width() as usize;
    let pixels = word::sources(name, columns)
        .or_else(|| mosaic::sources(name, columns))
        .or_else(|| spaced::sources(name, columns));
    let sources = if let Some(sources) = pixels {
        sources
    } else {
        let groups = bits::sources(name, columns).map(Ok).or_else(|| tiles::sources(name, layout));
        let groups = groups.ok_or_else(unknown)?;
        if !layout.is_whole() {
            return Err(Unsupported::Cut { format: layout.format.clone() });
        }
        groups?
    };
    sources.list.iter().try_for_each(|source| check_rows(layout, source))?;
    if let Kind::Palette(plane) = sources.kind {
        check_len(layout, plane, PALETTE_LEN as u64)?;
    }
    Ok(sources)
}

/// Refuses a layout whose planes are shorter than what the name says is in them, or whose rows overlap.
fn check_rows(layout: &Layout, source: &Source) -> Result<(), Unsupported> {
    let Reader::Named(named) = &source.reader else { return Ok(()) };
    let rows = (layout.sent_height() as usize).div_ceil(1 << source.h_sub);
    let stride = layout.planes.get(source.plane).map_or(0, |plane| plane.stride);
    let (rows_a_group, bytes) = match named.group() {
        Some(group) => group,
        None if rows > 1 && named.last_bytes > stride as usize => {
            let (format, expected) = (layout.format.clone(), named.last_bytes as u64);
            return Err(Unsupported::Stride { format, plane: source.plane, expected, actual: stride.into() });
        }
        None => (1, stride as usize),
    };
    // At most 2^20 rows of a 32-bit stride, or 2^32 tiles of 2^11 bytes, and a row: far below 2^64.
    let groups = (rows - 1) / rows_a_group;
    check_len(layout, source.plane, groups as u64 * bytes as u64 + named.last_bytes as u64)
}

/// Refuses a layout that lacks the plane, or so many bytes of it.
fn check_len(layout: &Layout, plane: usize, expected: u64) -> Result<(), Unsupported> {
    let actual = layout.planes.get(plane).map_or(0, |plane| plane.length);
    if expected <= actual {
        return Ok(());
    }
    let (width, height) = (layout.sent_width(), layout.sent_height());
    Err(Unsupported::Plane { format: layout.format.clone(), width, height, plane, expected, actual })
}

/// A component with a sample for every pixel, in plane 0.
fn every_pixel(name: char, depth: u8, columns: usize, named: Named) -> Source {
    Source { name, plane: 0, depth, w_sub: 0, h_sub: 0, columns, reader: Reader::Named(named) }
}
