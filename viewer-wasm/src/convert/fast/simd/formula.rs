//! The kernel of the standards' formula: sixteen pixels at a time.
//!
//! ```text
//! y0 v0 y1 v1 y2 v2 y3 v3    words in turn
//! of_y·y0 + v_in_r·v0 …      one dot product makes four sums of R
//! ```

use super::{STEP, high_words, load, low_words, store};
use crate::convert::color::{Fixed, RGBA};
use crate::convert::fast::formula::{Columns, Kernel, Luma};
use std::arch::wasm32::{
    i8x16_narrow_i16x8, i8x16_splat, i16x8_add, i16x8_mul, i16x8_shr, i16x8_splat, i16x8_sub, i32x4_add,
    i32x4_dot_i16x8, u16x8_extend_high_u8x16, u16x8_extend_low_u8x16, u16x8_narrow_i32x4, u16x8_shr,
    u16x8_splat, u32x4_shr, v128, v128_and, v128_xor,
};

/// Converts sixteen pixels at a time; tells how many were done. `u` and `v` have a sample more at either end.
pub(in crate::convert::fast) fn pixels(
    kernel: &Kernel,
    luma: Luma<'_>,
    u: &[i16],
    v: &[i16],
    out: &mut [u8],
) -> usize {
    let pixels = match luma {
        Luma::Bytes(bytes) => bytes.len(),
        Luma::Fields(bytes, ..) => bytes.len() / 2,
        Luma::Words(words) => words.len(),
    };
    let needed = |pixels: usize| if kernel.columns == Columns::All { pixels } else { pixels.div_ceil(2) } + 2;
    let steps = pixels.min(out.len() / RGBA) / STEP;
    assert!(needed(steps * STEP) <= u.len().min(v.len()), "chroma rows are as wide as luma's");
    let chroma = [u.as_ptr(), v.as_ptr()];
    let out = out.as_mut_ptr();
    // SAFETY: there are so many steps of luma and of output, and chroma for them, as asserted.
    unsafe {
        match luma {
            Luma::Bytes(bytes) => {
                let bytes = bytes.as_ptr();
                let luma = |at: usize| {
                    let bytes = load(bytes.add(at));
                    [u16x8_extend_low_u8x16(bytes), u16x8_extend_high_u8x16(bytes)]
                };
                by_columns(kernel, steps, luma, chroma, out);
            }
            Luma::Fields(bytes, shift, mask) => {
                let (bytes, mask) = (bytes.as_ptr(), u16x8_splat(mask));
                let field = |words: v128| v128_and(u16x8_shr(words, shift), mask);
                let luma = |at: usize| [0, STEP].map(|half| field(load(bytes.add(2 * at + half))));
                by_columns(kernel, steps, luma, chroma, out);
            }
            Luma::Words(words) => {
                let words = words.as_ptr();
                let luma = |at: usize| [load(words.add(at)), load(words.add(at + STEP / 2))];
                by_columns(kernel, steps, luma, chroma, out);
            }
        }
    }
    steps * STEP
}

/// # Safety
/// As of [`each`].
#[inline(always)]
#[allow(clippy::inline_always, reason = "vectors stay in registers")]
unsafe fn by_columns(
    kernel: &Kernel,
    steps: usize,
    luma: impl Fn(usize) -> [v128; 2],
    chroma: [*const i16; 2],
    out: *mut u8,
) {
    let fixed = &kernel.fixed;
    // SAFETY: the caller's; what is read are the samples of the pixels from `at` on, one before them and one behind.
    unsafe {
        match kernel.columns {
            Columns::All => {
                let wide =
                    |row: *const i16, at: usize| [load(row.add(at + 1)), load(row.add(at + 1 + STEP / 2))];
                each(fixed, steps, luma, wide, chroma, out);
            }
            Columns::Left => {
                let wide = |row: *const i16, at: usize| {
                    let (own, right) = (load(row.add(at / 2 + 1)), load(row.add(at / 2 + 2)));
                    let (even, odd) = (i16x8_add(own, own), i16x8_add(own, right));
                    [low_words(even, odd), high_words(even, odd)]
                };
                each(fixed, steps, luma, wide, chroma, out);
            }
            Columns::Centred => {
                let wide = |row: *const i16, at: usize| {
                    let [left, own, right] = [0, 1, 2].map(|place| load(row.add(at / 2 + place)));
                    let own = i16x8_add(own, i16x8_add(own, own));
                    let (even, odd) = (i16x8_add(left, own), i16x8_add(own, right));
                    [low_words(even, odd), high_words(even, odd)]
                };
                each(fixed, steps, luma, wide, chroma, out);
            }
        }
    }
}

/// Converts so many steps; `luma` gives sixteen codes and `wide` sixteen samples of a chroma row, from a column on.
///
/// # Safety
/// Both read what is theirs for every column below that many steps, and `out` has room for the pixels.
#[inline(always)]
#[allow(clippy::inline_always, reason = "vectors stay in registers")]
unsafe fn each(
    fixed: &Fixed,
    steps: usize,
    luma: impl Fn(usize) -> [v128; 2],
    wide: impl Fn(*const i16, usize) -> [v128; 2],
    chroma: [*const i16; 2],
    out: *mut u8,
) {
    let (scale, offset) = (i16x8_splat(fixed.scale), i16x8_splat(fixed.offset));
    let [u_in_g, v_in_g] = fixed.in_g;
    let (in_red, in_blue) = (pair(fixed.of_y, fixed.v_in_r), pair(fixed.of_y, fixed.u_in_b));
    let (in_green, too) = (pair(fixed.of_y, v_in_g), pair(0, u_in_g));
    for step in 0..steps {
        let at = step * STEP;
        let [u, v] = chroma.map(|row| wide(row, at));
        let [mut red, mut green, mut blue] = [[i16x8_splat(0); 2]; 3];
        for (half, luma) in luma(at).into_iter().enumerate() {
            let luma = i16x8_sub(i16x8_mul(luma, scale), offset);
            let (u, v) = (u[half], v[half]);
            let with_u = [low_words(luma, u), high_words(luma, u)];
            let with_v = [low_words(luma, v), high_words(luma, v)];
            red[half] = codes(with_v.map(|pairs| i32x4_dot_i16x8(pairs, in_red)));
            blue[half] = codes(with_u.map(|pairs| i32x4_dot_i16x8(pairs, in_blue)));
            green[half] = codes([0, 1].map(|part| {
                i32x4_add(i32x4_dot_i16x8(with_v[part], in_green), i32x4_dot_i16x8(with_u[part], too))
            }));
        }
        // Saturation to signed bytes is one instruction; that to unsigned ones compilers make three of.
        let bytes = |[low, high]: [v128; 2]| v128_xor(i8x16_narrow_i16x8(low, high), i8x16_splat(i8::MIN));
        let [red, green, blue] = [red, green, blue].map(bytes);
        // SAFETY: the caller's.
        unsafe { store(red, green, blue, out.add(at * RGBA)) };
    }
}

/// Two factors for the words of a pair, in every pair.
fn pair(first: i16, second: i16) -> v128 {
    low_words(i16x8_splat(first), i16x8_splat(second))
}

/// Eight sums without their fractions, in as many words.
fn codes([low, high]: [v128; 2]) -> v128 {
    // The upper halves of words that are known to have nothing else are narrowed by one instruction; a signed one that
    // saturates, compilers take apart.
    i16x8_shr(u16x8_narrow_i32x4(u32x4_shr(low, 16), u32x4_shr(high, 16)), Fixed::FRACTION - 16)
}
