//! The fast path of RGB in fields of one word of 16 bits (565 and 555): each field looked up in a table of its own.

use super::rows::Rows;
use crate::convert::color::{OPAQUE, RGBA};
use crate::convert::general::Channel;

/// Where the fields of R, G and B are, and what their samples become.
#[derive(Clone, Debug)]
pub(in crate::convert) struct Fields {
    plane: usize,
    /// Bytes from the start of a row to the first word.
    offset: usize,
    kernel: Kernel,
}

/// What is made of a word.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// Bits below the topmost field, of 5 bits: 10 or 11. The middle field begins at bit 5, the lowest at bit 0.
    pub(super) top: u8,
    /// The topmost field is B, not R.
    pub(super) blue_on_top: bool,
    /// Codes of the samples of the topmost, the middle and the lowest field; with those that a field cannot have.
    pub(super) tables: [[u8; 64]; 3],
}

impl Fields {
    /// The fast path of these channels, R, G, B; `None` where they are something else.
    pub(in crate::convert) fn from_channels(channels: &[Channel; 3]) -> Option<Self> {
        let rows =
            [Rows::of(&channels[0].source)?, Rows::of(&channels[1].source)?, Rows::of(&channels[2].source)?];
        let (plane, offset) = (rows[0].plane, rows[0].place.offset);
        let is_field = |rows: &Rows| {
            let found = &rows.place;
            (rows.plane, found.offset, found.pixel_stride, found.bytes) == (plane, offset, 2, 2)
        };
        if !rows.iter().all(is_field) {
            return None;
        }
        let fields = rows.map(|rows| (rows.place.shift, rows.place.depth));
        let (top, blue_on_top) = match fields {
            [(11, 5), (5, 6), (0, 5)] => (11, false),
            [(10, 5), (5, 5), (0, 5)] => (10, false),
            [(0, 5), (5, 6), (11, 5)] => (11, true),
            [(0, 5), (5, 5), (10, 5)] => (10, true),
            _ => return None,
        };
        let mut tables = [[0; 64]; 3];
        for (table, channel) in tables.iter_mut().zip(channels) {
            for (to, &code) in table.iter_mut().zip(&channel.table) {
                *to = code;
            }
        }
        if blue_on_top {
            tables.reverse();
        }
        Some(Self { plane, offset, kernel: Kernel { top, blue_on_top, tables } })
    }

    pub(in crate::convert) fn plane(&self) -> usize {
        self.plane
    }

    /// Writes the pixels of a row.
    pub(in crate::convert) fn row(&self, row: &[u8], out: &mut [u8]) {
        let words = &row[self.offset..];
        let done = wide(&self.kernel, words, out);
        let Kernel { top, blue_on_top, tables } = &self.kernel;
        let green_mask = if *top == 11 { 0x3f } else { 0x1f };
        for (pixel, &word) in out.as_chunks_mut::<RGBA>().0.iter_mut().zip(words.as_chunks().0).skip(done) {
            let word = u16::from_le_bytes(word);
            let samples = [word >> top & 0x1f, word >> 5 & green_mask, word & 0x1f];
            let code = |field: usize| tables[field][usize::from(samples[field])];
            let [first, green, last] = [code(0), code(1), code(2)];
            *pixel = if *blue_on_top { [last, green, first, OPAQUE] } else { [first, green, last, OPAQUE] };
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd::fields::pixels as wide;

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide(_kernel: &Kernel, _words: &[u8], _out: &mut [u8]) -> usize {
    0
}
