//! The general path of RGB and gray: components to samples to codes, for whatever the layout describes.

use super::color::RGBA;
use super::color::{OPAQUE, Rgba};
use super::sampling::Sampling;

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

impl Channel {
    /// `table` has `2^depth` entries.
    pub(super) fn new(sampling: Sampling, table: Vec<u8>) -> Self {
        Self { sampling, table }
    }

    pub(super) fn plane(&self) -> usize {
        self.sampling.plane()
    }

    /// Writes this channel's codes to byte `place` of every pixel, and makes the pixels opaque.
    pub(super) fn row(&self, row: &[u8], place: usize, out: &mut [u8]) {
        self.sampling.each(row, out.chunks_exact_mut(RGBA), |pixel, sample| {
            pixel[place] = self.table[usize::from(sample)];
            pixel[RGBA - 1] = OPAQUE;
        });
    }

    /// Bytes from one pixel to the next and from the row's start to the first, if samples are whole bytes that pass
    /// unchanged.
    pub(super) fn plain_bytes(&self) -> Option<(usize, usize)> {
        let bytes = self.sampling.whole_bytes()?;
        let identity = self.table.iter().enumerate().all(|(sample, &code)| sample == usize::from(code));
        identity.then_some(bytes)
    }
}

impl GrayChannel {
    /// `table` has `2^depth` entries.
    pub(super) fn new(sampling: Sampling, table: Vec<Rgba>) -> Self {
        Self { sampling, table }
    }

    pub(super) fn plane(&self) -> usize {
        self.sampling.plane()
    }

    /// Writes the pixels of a row.
    pub(super) fn row(&self, row: &[u8], out: &mut [u8]) {
        let pixels = out.chunks_exact_mut(RGBA);
        self.sampling.each(row, pixels, |pixel, sample| {
            pixel.copy_from_slice(&self.table[usize::from(sample)]);
        });
    }
}
