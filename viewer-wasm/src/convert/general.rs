//! The general path: components to samples to codes, for whatever the layout describes.
//!
//! Rows are as long as the decoder has checked them to be; iterators keep the loops free of further checks.

use super::color::{OPAQUE, Rgba};
use super::decoder::RGBA;
use wire::layout::{ByteOrder, Component};

/// How one component's samples are read from a row of its plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    plane: usize,
    offset: usize,
    pixel_stride: usize,
    depth: u8,
    shift: u8,
    word: Word,
}

#[derive(Clone, Copy, Debug)]
enum Word {
    Byte,
    Little,
    Big,
}

/// A component of RGB with the output code of each of its samples.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    sampling: Sampling,
    table: Vec<u8>,
}

/// A gray component with the output pixel of each of its samples.
#[derive(Clone, Debug)]
pub(super) struct GrayChannel {
    sampling: Sampling,
    table: Vec<Rgba>,
}

impl Sampling {
    pub(super) fn new(component: &Component, order: ByteOrder) -> Self {
        let word = match (component.sample_bytes(), order) {
            (1, _) => Word::Byte,
            (_, ByteOrder::Little) => Word::Little,
            (_, ByteOrder::Big) => Word::Big,
        };
        Self {
            plane: usize::from(component.plane),
            offset: component.offset as usize,
            pixel_stride: component.pixel_stride as usize,
            depth: component.depth,
            shift: component.shift,
            word,
        }
    }

    pub(super) fn depth(&self) -> u8 {
        self.depth
    }

    /// Calls `put` with every output pixel of the row and its sample, at most `2^depth - 1`.
    fn each(&self, row: &[u8], out: &mut [u8], put: impl Fn(&mut [u8], usize)) {
        let mask = usize::from(u16::MAX >> (16 - self.depth));
        let shift = self.shift;
        let pixels = out.chunks_exact_mut(RGBA).zip(row[self.offset..].chunks(self.pixel_stride));
        // One loop for each way to read a word, so that none of them branches on it.
        match self.word {
            Word::Byte => {
                for (pixel, bytes) in pixels {
                    put(pixel, usize::from(bytes[0]) >> shift & mask);
                }
            }
            Word::Little => {
                for (pixel, bytes) in pixels {
                    put(pixel, usize::from(u16::from_le_bytes([bytes[0], bytes[1]])) >> shift & mask);
                }
            }
            Word::Big => {
                for (pixel, bytes) in pixels {
                    put(pixel, usize::from(u16::from_be_bytes([bytes[0], bytes[1]])) >> shift & mask);
                }
            }
        }
    }
}

impl Channel {
    /// `table` has `2^depth` entries.
    pub(super) fn new(sampling: Sampling, table: Vec<u8>) -> Self {
        Self { sampling, table }
    }

    pub(super) fn plane(&self) -> usize {
        self.sampling.plane
    }

    /// Writes this channel's codes to byte `place` of every pixel, and makes the pixels opaque.
    pub(super) fn row(&self, row: &[u8], place: usize, out: &mut [u8]) {
        self.sampling.each(row, out, |pixel, sample| {
            pixel[place] = self.table[sample];
            pixel[RGBA - 1] = OPAQUE;
        });
    }

    /// Bytes from one pixel to the next and from the row's start to the first, if samples are whole bytes that pass
    /// unchanged.
    pub(super) fn plain_bytes(&self) -> Option<(usize, usize)> {
        let Sampling { depth: 8, shift: 0, word: Word::Byte, pixel_stride, offset, .. } = self.sampling
        else {
            return None;
        };
        let identity = self.table.iter().enumerate().all(|(sample, &code)| sample == usize::from(code));
        identity.then_some((pixel_stride, offset))
    }
}

impl GrayChannel {
    /// `table` has `2^depth` entries.
    pub(super) fn new(sampling: Sampling, table: Vec<Rgba>) -> Self {
        Self { sampling, table }
    }

    pub(super) fn plane(&self) -> usize {
        self.sampling.plane
    }

    /// Writes the pixels of a row.
    pub(super) fn row(&self, row: &[u8], out: &mut [u8]) {
        self.sampling.each(row, out, |pixel, sample| pixel.copy_from_slice(&self.table[sample]));
    }
}
