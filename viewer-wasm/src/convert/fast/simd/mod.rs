//! The kernels of the fast paths in SIMD128, each for as many pixels as whole vectors hold.
#![allow(
    unsafe_code,
    reason = "vector loads and stores take pointers; each stays in a slice of known length"
)]

pub(super) mod deep;
pub(super) mod fields;
pub(super) mod formula;
pub(super) mod gray;
pub(super) mod integers;
pub(super) mod mosaic;
pub(super) mod packed;

use crate::convert::color::OPAQUE;
use std::arch::wasm32::{
    i8x16_shuffle, i16x8_shuffle, u8x16_splat, u32x4_splat, v128, v128_load, v128_or, v128_store,
};

/// Bytes of a vector.
const VECTOR: usize = size_of::<v128>();

/// Pixels that are done together where components are apart.
const STEP: usize = 16;

/// Writes sixteen pixels of the bytes of R, G and B.
///
/// # Safety
/// 64 bytes from `out` on are writable.
#[inline(always)]
#[allow(clippy::inline_always, reason = "vectors stay in registers")]
unsafe fn store(red: v128, green: v128, blue: v128, out: *mut u8) {
    let alpha = u8x16_splat(OPAQUE);
    let rg = [low_bytes(red, green), high_bytes(red, green)];
    let ba = [low_bytes(blue, alpha), high_bytes(blue, alpha)];
    for (half, (rg, ba)) in rg.into_iter().zip(ba).enumerate() {
        // SAFETY: half is 0 or 1, and the caller gives room for four vectors.
        unsafe {
            let out = out.add(2 * half * VECTOR);
            v128_store(out.cast(), low_words(rg, ba));
            v128_store(out.add(VECTOR).cast(), high_words(rg, ba));
        }
    }
}

/// A vector from anywhere.
///
/// # Safety
/// 16 bytes from `from` on are readable.
#[inline(always)]
#[allow(clippy::inline_always, reason = "vectors stay in registers")]
unsafe fn load<T>(from: *const T) -> v128 {
    // SAFETY: the caller's; no alignment is asked for.
    unsafe { v128_load(from.cast()) }
}

/// The first halves, byte by byte in turn.
fn low_bytes(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b)
}

/// The second halves, byte by byte in turn.
fn high_bytes(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b)
}

/// The first halves, word by word in turn.
fn low_words(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b)
}

/// The second halves, word by word in turn.
fn high_words(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)
}

/// Where each byte of four output pixels comes from, for pixels of `stride` bytes that begin at byte `start`.
fn shuffle(order: [u8; 3], stride: u8, start: u8) -> v128 {
    // An index past the vector gives zero, which the alpha is then put into.
    let mut lanes = [u8::MAX; VECTOR];
    for (pixel, lanes) in (0_u8..).zip(lanes.chunks_exact_mut(4)) {
        for (lane, component) in lanes.iter_mut().zip(order) {
            *lane = start + pixel * stride + component;
        }
    }
    // SAFETY: `lanes` is one vector long.
    unsafe { v128_load(lanes.as_ptr().cast()) }
}

fn opaque(pixels: v128) -> v128 {
    v128_or(pixels, u32x4_splat(u32::from_le_bytes([0, 0, 0, OPAQUE])))
}
