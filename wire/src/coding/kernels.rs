//! Which code does the work: vectors where there are any for the samples and lanes, and the portable code for the rest.

use super::bits::Packed;
use super::lanes::{self, Base};
use super::{BLOCK, simd};

/// Which code may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernels {
    Portable,
    /// What this machine has.
    Vectors,
}

/// A sample whose kernels may be in vectors: each tells how many samples of whole groups or blocks it did.
///
/// They are called where [`Kernels::best`] found them.
pub(super) trait Kernel: Packed {
    fn split(_: usize, _: Option<Base>, _row: &[Self], _predicted: &[Self], _blocks: &mut [Self]) -> usize {
        0
    }

    fn merge(_: usize, _: Option<Base>, _blocks: &[Self], _predicted: &[Self], _row: &mut [Self]) -> usize {
        0
    }

    /// Also tells how many bytes of bits there are.
    fn pack_some(_blocks: &[Self], _codes: &mut [u8], _bits: &mut [u8]) -> (usize, usize) {
        (0, 0)
    }

    /// Also tells how many bytes of bits were read.
    fn unpack_some(_codes: &[u8], _bits: &[u8], _blocks: &mut [Self]) -> (usize, usize) {
        (0, 0)
    }
}

impl Kernels {
    pub(super) fn best() -> Self {
        if simd::is_there() { Self::Vectors } else { Self::Portable }
    }

    fn some<T: Default>(self, kernel: impl FnOnce() -> T) -> T {
        if self == Self::Vectors { kernel() } else { T::default() }
    }

    /// Residuals of whole groups: of `row` against what was predicted.
    pub(super) fn split<S: Kernel>(
        self,
        lanes: usize,
        base: Option<Base>,
        row: &[S],
        predicted: &[S],
        blocks: &mut [S],
    ) {
        let done = self.some(|| S::split(lanes, base, row, predicted, blocks));
        lanes::split(lanes, base, &row[done..], &predicted[done..], &mut blocks[done..]);
    }

    /// Samples of whole groups, from their residuals and what was predicted.
    pub(super) fn merge<S: Kernel>(
        self,
        lanes: usize,
        base: Option<Base>,
        blocks: &[S],
        predicted: &[S],
        row: &mut [S],
    ) {
        let done = self.some(|| S::merge(lanes, base, blocks, predicted, row));
        lanes::merge(lanes, base, &blocks[done..], &predicted[done..], &mut row[done..]);
    }

    /// Writes blocks as codes and bits; tells how many bytes of bits there are. There is room for them and slack.
    pub(super) fn pack<S: Kernel>(self, blocks: &[S], codes: &mut [u8], bits: &mut [u8]) -> usize {
        let (done, len) = self.some(|| S::pack_some(blocks, codes, bits));
        len + S::pack(&blocks[done..], &mut codes[done / (2 * BLOCK)..], &mut bits[len..])
    }

    /// Reads blocks from codes and bits, behind which there is slack.
    pub(super) fn unpack<S: Kernel>(self, codes: &[u8], bits: &[u8], blocks: &mut [S]) {
        let (done, len) = self.some(|| S::unpack_some(codes, bits, blocks));
        S::unpack(&codes[done / (2 * BLOCK)..], &bits[len..], &mut blocks[done..]);
    }
}
