//! How one component's samples are read from a row of its plane.
//!
//! Rows are as long as the decoder has checked them to be; iterators keep the loops free of further checks.

use std::ops::Range;
use wire::layout::{ByteOrder, Component};

/// Where the samples of one component are in a row, and in what words.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Sampling {
    offset: usize,
    pixel_stride: usize,
    depth: u8,
    shift: u8,
    word: Word,
}

/// Where the samples of a component are that are bytes or little-endian words.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Little {
    /// Bytes from the start of a row to the first sample.
    pub(in crate::convert) offset: usize,
    /// Bytes from one sample to the next.
    pub(in crate::convert) pixel_stride: usize,
    pub(in crate::convert) depth: u8,
    /// Bits below the sample.
    pub(in crate::convert) shift: u8,
    /// One, or two.
    pub(in crate::convert) bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum Word {
    Byte,
    Little,
    Big,
}

impl Sampling {
    pub(super) fn new(component: &Component, order: ByteOrder) -> Self {
        let word = match (component.sample_bytes(), order) {
            (1, _) => Word::Byte,
            (_, ByteOrder::Little) => Word::Little,
            (_, ByteOrder::Big) => Word::Big,
        };
        Self {
            offset: component.offset as usize,
            pixel_stride: component.pixel_stride as usize,
            depth: component.depth,
            shift: component.shift,
            word,
        }
    }

    /// Bytes from the row's start past the last of so many samples.
    pub(super) fn row_bytes(&self, columns: usize) -> usize {
        let sample = if matches!(self.word, Word::Byte) { 1 } else { 2 };
        self.offset + (columns - 1) * self.pixel_stride + sample
    }

    /// The bytes of a row that hold the sample of this column.
    pub(super) fn place(&self, column: usize) -> Range<usize> {
        self.row_bytes(column + 1) - self.row_bytes(1) + self.offset..self.row_bytes(column + 1)
    }

    /// Bytes from one sample to the next and from the row's start to the first, if samples are whole bytes.
    pub(super) fn whole_bytes(&self) -> Option<(usize, usize)> {
        let Self { depth: 8, shift: 0, word: Word::Byte, pixel_stride, offset, .. } = *self else {
            return None;
        };
        Some((pixel_stride, offset))
    }

    /// Where the samples are, if they are bytes or little-endian words.
    pub(in crate::convert) fn little(&self) -> Option<Little> {
        let Self { offset, pixel_stride, depth, shift, word } = *self;
        let bytes = match word {
            Word::Byte => 1,
            Word::Little => 2,
            Word::Big => return None,
        };
        Some(Little { offset, pixel_stride, depth, shift, bytes })
    }

    /// Calls `put` with every item of `out` and its sample, at most `2^depth - 1`.
    pub(in crate::convert) fn each<T>(&self, row: &[u8], out: impl Iterator<Item = T>, put: impl Fn(T, u16)) {
        let mask = u16::MAX >> (16 - self.depth);
        let shift = self.shift;
        self.each_word(row, out, |item, word| put(item, word >> shift & mask));
    }

    /// Writes a row of samples of 8 bits.
    pub(super) fn bytes(&self, row: &[u8], out: &mut [u8]) {
        match self.whole_bytes() {
            Some((1, offset)) => out.copy_from_slice(&row[offset..offset + out.len()]),
            // Steps known to the compiler; these are nearly all there are.
            Some((2, offset)) => pick::<2>(&row[offset..], out),
            Some((3, offset)) => pick::<3>(&row[offset..], out),
            Some((4, offset)) => pick::<4>(&row[offset..], out),
            _ => self.each(row, out.iter_mut(), |code, sample| *code = super::narrow(sample, self.depth)),
        }
    }

    /// Writes a row of samples widened to 16 bits: on top of the word, and repeated below themselves once.
    pub(super) fn words(&self, row: &[u8], out: &mut [u16]) {
        let up = 16 - self.depth - self.shift;
        // GStreamer keeps whatever is below a sample that already is on top of its word (P010, P012).
        let keep = if up == 0 { u16::MAX } else { u16::MAX << (16 - self.depth) };
        let depth = u32::from(self.depth);
        self.each_word(row, out.iter_mut(), |wide, word| {
            let top = word << up & keep;
            *wide = top | top.checked_shr(depth).unwrap_or(0);
        });
    }

    /// Writes the words in which the samples of a row are, of two bytes each.
    pub(super) fn raw_words(&self, row: &[u8], out: &mut [u16]) {
        self.each_word(row, out.iter_mut(), |to, word| *to = word);
    }

    /// Writes a row of samples as they are.
    pub(super) fn codes(&self, row: &[u8], out: &mut [u16]) {
        self.each(row, out.iter_mut(), |code, sample| *code = sample);
    }

    /// Writes a row of samples as they are, as floats.
    pub(super) fn floats(&self, row: &[u8], out: &mut [f32]) {
        self.each(row, out.iter_mut(), |float, sample| *float = f32::from(sample));
    }

    fn each_word<T>(&self, row: &[u8], out: impl Iterator<Item = T>, put: impl Fn(T, u16)) {
        let items = out.zip(row[self.offset..].chunks(self.pixel_stride));
        // One loop for each way to read a word, so that none of them branches on it.
        match self.word {
            Word::Byte => {
                for (item, bytes) in items {
                    put(item, u16::from(bytes[0]));
                }
            }
            Word::Little => {
                for (item, bytes) in items {
                    put(item, u16::from_le_bytes([bytes[0], bytes[1]]));
                }
            }
            Word::Big => {
                for (item, bytes) in items {
                    put(item, u16::from_be_bytes([bytes[0], bytes[1]]));
                }
            }
        }
    }
}

/// The first of every `STEP` bytes.
fn pick<const STEP: usize>(row: &[u8], out: &mut [u8]) {
    for (code, bytes) in out.iter_mut().zip(row.chunks(STEP)) {
        *code = bytes[0];
    }
}
