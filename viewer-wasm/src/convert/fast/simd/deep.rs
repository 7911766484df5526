//! The kernel of RGB in words of 16 bits: four pixels of four words at a time.

use super::{VECTOR, load, opaque, shuffle};
use crate::convert::fast::deep::Kernel;
use std::arch::wasm32::{
    i16x8_add, i16x8_splat, i16x8_sub, u8x16_narrow_i16x8, u8x16_swizzle, u16x8_add_sat, u16x8_shr, v128,
    v128_store,
};

/// Converts four pixels at a time; tells how many were done.
pub(in crate::convert::fast) fn pixels(kernel: Kernel, words: &[u8], out: &mut [u8]) -> usize {
    if kernel.rounded {
        let half = i16x8_splat(128);
        let nearest = |words| {
            let quotient = u16x8_shr(u16x8_add_sat(words, half), 8);
            u16x8_shr(i16x8_add(i16x8_sub(words, quotient), half), 8)
        };
        each(kernel.order, words, out, nearest)
    } else {
        each(kernel.order, words, out, |words| u16x8_shr(words, 8))
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "vectors stay in registers")]
fn each(order: [u8; 3], words: &[u8], out: &mut [u8], codes: impl Fn(v128) -> v128) -> usize {
    let shuffle = shuffle(order, 4, 0);
    let steps = words.chunks_exact(2 * VECTOR).zip(out.chunks_exact_mut(VECTOR));
    let done = steps.len() * 4;
    for (words, out) in steps {
        // SAFETY: two vectors of words and one of pixels.
        unsafe {
            let [first, second] = [0, VECTOR].map(|at| codes(load(words.as_ptr().add(at))));
            let pixels = u8x16_swizzle(u8x16_narrow_i16x8(first, second), shuffle);
            v128_store(out.as_mut_ptr().cast(), opaque(pixels));
        }
    }
    done
}
