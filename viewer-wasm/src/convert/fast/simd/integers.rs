//! The kernels of `videoconvert`'s integer matrices: sixteen pixels at a time.
//!
//! Codes are 128 less than they are until the end, where they are saturated to signed bytes.

use super::{STEP, high_bytes, high_words, load, low_bytes, low_words, store};
use crate::convert::color::RGBA;
use crate::convert::color::matrix::{Bytes, Words};
use std::arch::wasm32::{
    i8x16_narrow_i16x8, i8x16_splat, i16x8_add, i16x8_splat, i32x4_add, i32x4_dot_i16x8, i32x4_splat,
    u16x8_narrow_i32x4, u32x4_shr, v128, v128_xor,
};

/// Converts sixteen pixels at a time; tells how many were done.
pub(in crate::convert::fast) fn bytes(
    Bytes(factors): Bytes,
    y: &[u8],
    u: &[u8],
    v: &[u8],
    out: &mut [u8],
) -> usize {
    let [of_y, v_in_r, u_in_b, u_in_g, v_in_g] = factors.map(short);
    let [of_y, u_in_g, u_in_b] = [of_y, u_in_g, u_in_b].map(|factor| pair(factor, 0));
    let [v_in_r, v_in_g] = [v_in_r, v_in_g].map(|factor| pair(0, factor));
    let half = |y: v128, u: v128, v: v128| {
        let with_v = [low_words(y, v), high_words(y, v)];
        let of_both = [low_words(u, v), high_words(u, v)];
        let luma = upper(with_v, of_y);
        let in_green = i16x8_add(upper(of_both, u_in_g), upper(with_v, v_in_g));
        let red = i16x8_add(luma, upper(with_v, v_in_r));
        [red, i16x8_add(luma, in_green), i16x8_add(luma, upper(of_both, u_in_b))]
    };
    let steps = y.len().min(u.len()).min(v.len()).min(out.len() / RGBA) / STEP;
    for step in 0..steps {
        let at = step * STEP;
        // SAFETY: all three rows have so many steps, and the output so many pixels.
        unsafe {
            let [y, u, v] = [y, u, v].map(|row| {
                let centred = v128_xor(load(row.as_ptr().add(at)), i8x16_splat(i8::MIN));
                // A byte over itself: repeated below itself.
                [low_bytes(centred, centred), high_bytes(centred, centred)]
            });
            // Written out twice, since compilers make a loop of a loop of two, and vectors then leave the registers.
            let (low, high) = (half(y[0], u[0], v[0]), half(y[1], u[1], v[1]));
            let [red, green, blue] = [0, 1, 2].map(|component| saturated([low[component], high[component]]));
            store(red, green, blue, out.as_mut_ptr().add(at * RGBA));
        }
    }
    steps * STEP
}

/// Converts sixteen pixels at a time; tells how many were done.
pub(in crate::convert::fast) fn words(
    Words(rows): &Words,
    y: &[u16],
    u: &[u16],
    v: &[u16],
    out: &mut [u8],
) -> usize {
    // Around zero, samples fit what is multiplied; what that takes away, the offset gives back.
    let offset = |row: &[i32; 4]| i32x4_splat(row[3] + ((row[0] + row[1] + row[2]) << 15) - (128 << 16));
    let [red_offset, green_offset, blue_offset] = rows.each_ref().map(offset);
    let [red_row, green_row, blue_row] = rows.map(|row| row.map(short));
    let (in_red, in_blue) = (pair(red_row[0], red_row[2]), pair(blue_row[0], blue_row[1]));
    let (in_green, too) = (pair(green_row[0], green_row[2]), pair(0, green_row[1]));
    let steps = y.len().min(u.len()).min(v.len()).min(out.len() / RGBA) / STEP;
    for step in 0..steps {
        let at = step * STEP;
        // SAFETY: all three rows have so many steps, and the output so many pixels.
        unsafe {
            let [mut red, mut green, mut blue] = [[i16x8_splat(0); 2]; 3];
            for half in [0, 1] {
                let [y, u, v] = [y, u, v]
                    .map(|row| v128_xor(load(row.as_ptr().add(at + half * STEP / 2)), i16x8_splat(i16::MIN)));
                let with_u = [low_words(y, u), high_words(y, u)];
                let with_v = [low_words(y, v), high_words(y, v)];
                red[half] = upper_sum(with_v.map(|pairs| i32x4_dot_i16x8(pairs, in_red)), red_offset);
                blue[half] = upper_sum(with_u.map(|pairs| i32x4_dot_i16x8(pairs, in_blue)), blue_offset);
                let sums = [0, 1].map(|part| {
                    i32x4_add(i32x4_dot_i16x8(with_v[part], in_green), i32x4_dot_i16x8(with_u[part], too))
                });
                green[half] = upper_sum(sums, green_offset);
            }
            store(saturated(red), saturated(green), saturated(blue), out.as_mut_ptr().add(at * RGBA));
        }
    }
    steps * STEP
}

/// The upper words of the products of eight pairs.
fn upper(pairs: [v128; 2], factors: v128) -> v128 {
    let [low, high] = pairs.map(|pairs| u32x4_shr(i32x4_dot_i16x8(pairs, factors), 16));
    u16x8_narrow_i32x4(low, high)
}

/// The upper words of eight sums and an offset.
fn upper_sum(sums: [v128; 2], offset: v128) -> v128 {
    let [low, high] = sums.map(|sum| u32x4_shr(i32x4_add(sum, offset), 16));
    u16x8_narrow_i32x4(low, high)
}

/// Sixteen codes of 128 less.
fn saturated([low, high]: [v128; 2]) -> v128 {
    v128_xor(i8x16_narrow_i16x8(low, high), i8x16_splat(i8::MIN))
}

/// Two factors for the words of a pair, in every pair.
fn pair(first: i16, second: i16) -> v128 {
    low_words(i16x8_splat(first), i16x8_splat(second))
}

/// A factor of the matrices, all of which are below 1000; offsets are no factors.
fn short(factor: i32) -> i16 {
    i16::try_from(factor).unwrap_or(0)
}
