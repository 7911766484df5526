//! The kernel of RGB in fields of a word: sixteen pixels at a time, each field looked up by shuffles of its table.

use super::{STEP, VECTOR, load, store};
use crate::convert::color::RGBA;
use crate::convert::fast::fields::Kernel;
use std::arch::wasm32::{
    i8x16_splat, i8x16_sub, u8x16_narrow_i16x8, u8x16_swizzle, u16x8_shr, u16x8_splat, v128, v128_and,
    v128_or,
};

/// Converts sixteen pixels at a time; tells how many were done.
pub(in crate::convert::fast) fn pixels(kernel: &Kernel, words: &[u8], out: &mut [u8]) -> usize {
    match (kernel.top, kernel.blue_on_top) {
        (11, false) => each::<11, 0x3f, false>(kernel, words, out),
        (11, true) => each::<11, 0x3f, true>(kernel, words, out),
        (10, false) => each::<10, 0x1f, false>(kernel, words, out),
        (10, true) => each::<10, 0x1f, true>(kernel, words, out),
        _ => 0,
    }
}

fn each<const TOP: u32, const GREEN: u16, const BLUE_ON_TOP: bool>(
    kernel: &Kernel,
    words: &[u8],
    out: &mut [u8],
) -> usize {
    // SAFETY: a table is four vectors long.
    let [first, green, last] = kernel
        .tables
        .each_ref()
        .map(|table| unsafe { [0, 1, 2, 3].map(|part| load(table.as_ptr().add(part * VECTOR))) });
    let steps = words.chunks_exact(2 * VECTOR).zip(out.chunks_exact_mut(STEP * RGBA));
    let done = steps.len() * STEP;
    for (words, out) in steps {
        // SAFETY: two vectors of words, and sixteen pixels.
        unsafe {
            let words = [0, VECTOR].map(|at| load(words.as_ptr().add(at)));
            let first = look_up::<2>(first, bytes(words.map(|words| field(u16x8_shr(words, TOP), 0x1f))));
            let last = look_up::<2>(last, bytes(words.map(|words| field(words, 0x1f))));
            let green = look_up::<4>(green, bytes(words.map(|words| field(u16x8_shr(words, 5), GREEN))));
            let (red, blue) = if BLUE_ON_TOP { (last, first) } else { (first, last) };
            store(red, green, blue, out.as_mut_ptr());
        }
    }
    done
}

fn field(words: v128, mask: u16) -> v128 {
    v128_and(words, u16x8_splat(mask))
}

fn bytes([low, high]: [v128; 2]) -> v128 {
    u8x16_narrow_i16x8(low, high)
}

/// Entries of the first vectors of a table. An index past a vector gives zero, as does one before it, which wraps.
fn look_up<const VECTORS: usize>(table: [v128; 4], index: v128) -> v128 {
    let mut found = u8x16_swizzle(table[0], index);
    let mut index = index;
    for &part in &table[1..VECTORS] {
        index = i8x16_sub(index, i8x16_splat(16));
        found = v128_or(found, u8x16_swizzle(part, index));
    }
    found
}
