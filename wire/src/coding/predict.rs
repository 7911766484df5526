//! What is expected of a row: the row above it or the one above that, as it is or smoothed.

use super::parts::{Shape, Words};
use crate::layout::ByteOrder;

/// How a row is coded, and its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) body: Body,
    /// Rows from the one that it is predicted from: 1 or 2.
    pub(super) distance: usize,
    /// Whether samples are predicted from neighbours of the one above too.
    pub(super) is_smooth: bool,
    /// Whether the residuals of green are taken from those of the other colours.
    pub(super) is_green: bool,
}

/// What follows the first byte of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing: all is as predicted.
    Same,
    /// Widths and bits.
    Residuals,
    /// Its bytes.
    Raw,
}

impl Default for Mode {
    fn default() -> Self {
        Self { body: Body::Residuals, distance: 1, is_smooth: false, is_green: false }
    }
}

const SAME: u8 = 0;
const RESIDUALS: u8 = 1;
const RAW: u8 = 2;
const BODY: u8 = 3;
const TWO_ABOVE: u8 = 4;
const SMOOTH: u8 = 8;
const GREEN: u8 = 16;

impl Mode {
    pub(super) fn byte(self) -> u8 {
        let body = match self.body {
            Body::Same => SAME,
            Body::Residuals => RESIDUALS,
            Body::Raw => return RAW,
        };
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        body | flag(self.distance == 2, TWO_ABOVE) | flag(self.is_smooth, SMOOTH) | flag(self.is_green, GREEN)
    }

    /// The mode of a byte; none where it is nothing, or needs green and there is none.
    #[inline]
    pub(super) fn of(byte: u8, shape: &Shape) -> Option<Self> {
        let body = match byte & BODY {
            SAME => Body::Same,
            RESIDUALS => Body::Residuals,
            RAW if byte == RAW => Body::Raw,
            _ => return None,
        };
        let is_green = byte & GREEN != 0;
        if byte > BODY | TWO_ABOVE | SMOOTH | GREEN || (is_green && shape.green.is_none()) {
            return None;
        }
        let distance = if byte & TWO_ABOVE == 0 { 1 } else { 2 };
        Some(Self { body, distance, is_smooth: byte & SMOOTH != 0, is_green })
    }
}

/// A sample of a byte or of two.
pub(super) trait Sample: Copy + Default + PartialEq {
    /// Bits of a sample.
    const BITS: u32;

    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// The mean of the mean of both neighbours, rounded down, and the one in the middle, rounded up.
    fn smoothed(left: Self, middle: Self, right: Self) -> Self;
    /// As a signed number, in order of its magnitude: 0, -1, 1, -2 …
    fn folded(self) -> Self;
    fn unfolded(self) -> Self;
}

macro_rules! sample {
    ($type:ty) => {
        impl Sample for $type {
            const BITS: u32 = <$type>::BITS;

            #[inline]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline]
            fn smoothed(left: Self, middle: Self, right: Self) -> Self {
                let sides = (left & right) + ((left ^ right) >> 1);
                (sides | middle) - ((sides ^ middle) >> 1)
            }

            #[inline]
            fn folded(self) -> Self {
                let sign = if self >> (Self::BITS - 1) == 0 { 0 } else { <$type>::MAX };
                self.wrapping_add(self) ^ sign
            }

            #[inline]
            fn unfolded(self) -> Self {
                (self >> 1) ^ (self & 1).wrapping_neg()
            }
        }
    };
}

sample!(u8);
sample!(u16);

/// Smooths a row: each sample with those `lanes` before and behind it; where there is none, the sample itself is taken.
pub(super) fn smooth<S: Sample>(row: &[S], lanes: usize, out: &mut [S]) {
    let len = row.len().min(out.len());
    let (row, out) = (&row[..len], &mut out[..len]);
    if len <= 2 * lanes {
        for (at, out) in out.iter_mut().enumerate() {
            let left = if at < lanes { row[at] } else { row[at - lanes] };
            *out = S::smoothed(left, row[at], row.get(at + lanes).copied().unwrap_or(row[at]));
        }
        return;
    }
    let inner = len - 2 * lanes;
    let sides = row[..inner].iter().zip(&row[2 * lanes..]);
    for (out, (middle, (&left, &right))) in out[lanes..].iter_mut().zip(row[lanes..].iter().zip(sides)) {
        *out = S::smoothed(left, *middle, right);
    }
    for at in 0..lanes {
        out[at] = S::smoothed(row[at], row[at], row[at + lanes]);
        let at = len - 1 - at;
        out[at] = S::smoothed(row[at - lanes], row[at], row[at]);
    }
}

/// Reads the words of a row's bytes; of a word that is cut, the missing byte is 0.
#[inline]
pub(super) fn read_words(bytes: &[u8], words: Words, out: &mut [u16]) {
    let Words::Pairs { order, turn } = words else { return };
    let (pairs, rest) = bytes.as_chunks::<2>();
    match order {
        ByteOrder::Little => read(pairs, out, |pair| u16::from_le_bytes(pair).rotate_right(turn)),
        ByteOrder::Big => read(pairs, out, |pair| u16::from_be_bytes(pair).rotate_right(turn)),
    }
    if let (Some(&byte), Some(out)) = (rest.first(), out.get_mut(pairs.len())) {
        let pair = [byte, 0];
        *out = if order == ByteOrder::Little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
        *out = out.rotate_right(turn);
    }
}

/// Writes words as the bytes of a row.
#[inline]
pub(super) fn write_words(row: &[u16], words: Words, out: &mut [u8]) {
    let Words::Pairs { order, turn } = words else { return };
    let pair = |word: u16| {
        let word = word.rotate_left(turn);
        if order == ByteOrder::Little { word.to_le_bytes() } else { word.to_be_bytes() }
    };
    let (pairs, rest) = out.as_chunks_mut::<2>();
    match (order, turn) {
        (ByteOrder::Little, 0) => write(row, pairs, u16::to_le_bytes),
        (ByteOrder::Big, 0) => write(row, pairs, u16::to_be_bytes),
        _ => write(row, pairs, pair),
    }
    if let (Some(byte), Some(&word)) = (rest.first_mut(), row.get(pairs.len())) {
        [*byte, _] = pair(word);
    }
}

fn read(pairs: &[[u8; 2]], out: &mut [u16], word: impl Fn([u8; 2]) -> u16) {
    for (out, pair) in out.iter_mut().zip(pairs) {
        *out = word(*pair);
    }
}

fn write(row: &[u16], pairs: &mut [[u8; 2]], pair: impl Fn(u16) -> [u8; 2]) {
    for (out, word) in pairs.iter_mut().zip(row) {
        *out = pair(*word);
    }
}
