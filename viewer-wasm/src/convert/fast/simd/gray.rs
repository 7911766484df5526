//! The kernels of gray: a straight line through sixteen codes, and sixteen bytes to gray pixels.

use super::{STEP, load, store};
use crate::convert::color::RGBA;
use crate::convert::fast::gray::Straight;
use std::arch::wasm32::{
    f32x4_add, f32x4_div, f32x4_floor, f32x4_mul, f32x4_splat, f32x4_sub, u16x8_min, u16x8_narrow_i32x4,
    u16x8_splat, u16x8_sub_sat, u32x4_shl, u32x4_shr, u32x4_splat, v128, v128_and, v128_or, v128_store,
};

/// A float of this size has no fractions: its lowest bits are a whole number that was added. Conversions, compilers take
/// apart into those of single numbers.
const UNIT: f32 = 8_388_608.0;

/// Writes the bytes of as many codes as whole vectors hold; tells how many.
pub(in crate::convert::fast) fn bytes(line: Straight, codes: &[u16], out: &mut [u8]) -> usize {
    let (black, most) = (u16x8_splat(line.black), u16x8_splat(line.span));
    let (span, half) = (f32x4_splat(line.span.into()), f32x4_splat((line.span / 2).into()));
    // Numbers below 2^24 and a divisor of 16 bits: their rounded quotient never reaches the next whole number, so that
    // cutting it off is the division of integers.
    let quotient = |above: v128| {
        let above = f32x4_sub(v128_or(above, u32x4_splat(UNIT.to_bits())), f32x4_splat(UNIT));
        let sum = f32x4_add(f32x4_mul(above, f32x4_splat(255.0)), half);
        f32x4_add(f32x4_floor(f32x4_div(sum, span)), f32x4_splat(UNIT))
    };
    // The bytes of eight codes, two to a word of 32 bits.
    let eight = |codes: v128| {
        let above = if line.falling { u16x8_sub_sat(black, codes) } else { u16x8_sub_sat(codes, black) };
        let above = u16x8_min(above, most);
        let even = quotient(v128_and(above, u32x4_splat(0xffff)));
        let odd = quotient(u32x4_shr(above, 16));
        v128_or(v128_and(even, u32x4_splat(0xff)), v128_and(u32x4_shl(odd, 8), u32x4_splat(0xff00)))
    };
    let steps = codes.chunks_exact(STEP).zip(out.chunks_exact_mut(STEP));
    let done = steps.len() * STEP;
    for (codes, out) in steps {
        // SAFETY: both are sixteen long; no alignment is asked for.
        unsafe {
            let [low, high] = [0, STEP / 2].map(|at| eight(load(codes.as_ptr().add(at))));
            v128_store(out.as_mut_ptr().cast(), u16x8_narrow_i32x4(low, high));
        }
    }
    done
}

/// Writes the gray pixels of as many bytes as whole vectors hold; tells how many.
pub(in crate::convert::fast) fn spread(bytes: &[u8], out: &mut [u8]) -> usize {
    let steps = bytes.chunks_exact(STEP).zip(out.chunks_exact_mut(STEP * RGBA));
    let done = steps.len() * STEP;
    for (bytes, out) in steps {
        // SAFETY: sixteen bytes and as many pixels.
        unsafe {
            let bytes = load(bytes.as_ptr());
            store(bytes, bytes, bytes, out.as_mut_ptr());
        }
    }
    done
}
