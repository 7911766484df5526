//! The fast path of `videoconvert`'s integer matrices: rows of Y, U and V at the width of the picture to pixels.

use crate::convert::color::RGBA;
use crate::convert::color::matrix::{Bytes, Words};

/// Writes the pixels of a row of samples of 8 bits.
pub(in crate::convert) fn bytes(matrix: Bytes, y: &[u8], u: &[u8], v: &[u8], out: &mut [u8]) {
    let done = wide_bytes(matrix, y, u, v, out);
    matrix.row(&y[done..], &u[done..], &v[done..], &mut out[done * RGBA..]);
}

/// Writes the pixels of a row of samples of 16 bits.
pub(in crate::convert) fn words(matrix: Words, y: &[u16], u: &[u16], v: &[u16], out: &mut [u8]) {
    let done = wide_words(&matrix, y, u, v, out);
    matrix.row(&y[done..], &u[done..], &v[done..], &mut out[done * RGBA..]);
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd::integers::{bytes as wide_bytes, words as wide_words};

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide_bytes(_matrix: Bytes, _y: &[u8], _u: &[u8], _v: &[u8], _out: &mut [u8]) -> usize {
    0
}

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide_words(_matrix: &Words, _y: &[u16], _u: &[u16], _v: &[u16], _out: &mut [u8]) -> usize {
    0
}
