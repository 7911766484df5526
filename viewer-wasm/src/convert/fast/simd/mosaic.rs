//! The kernels of a Bayer mosaic of bytes. The mean of two bytes, rounded up, is one instruction.

use super::{STEP, load, store};
use crate::convert::color::RGBA;
use crate::convert::fast::mosaic::{Lines, Split};
use std::arch::wasm32::{u8x16_avgr, u16x8_splat, v128, v128_bitselect, v128_not, v128_store};
use std::ops::Range;

/// The first column that vectors write: an even one with a neighbour on its left.
const FIRST: usize = 2;

/// Brings the codes to all columns, where they have neighbours on both sides; tells where that is done.
pub(in crate::convert::fast) fn split(codes: &[u8], split: &mut Split) -> Range<usize> {
    let len = codes.len().min(split.even.len()).min(split.odd.len());
    let steps = len.saturating_sub(FIRST + 2) / STEP;
    let evens = evens();
    for step in 0..steps {
        let at = FIRST + step * STEP;
        // SAFETY: one before the first column, and FIRST + steps * STEP is at least two columns from the end of all three.
        unsafe {
            let [left, own, right] = [at - 1, at, at + 1].map(|at| load(codes.as_ptr().add(at)));
            let between = u8x16_avgr(left, right);
            v128_store(split.even.as_mut_ptr().add(at).cast(), v128_bitselect(own, between, evens));
            v128_store(split.odd.as_mut_ptr().add(at).cast(), v128_bitselect(between, own, evens));
        }
    }
    if steps == 0 { 0..0 } else { FIRST..FIRST + steps * STEP }
}

/// Writes sixteen pixels at a time; tells how many were done.
pub(in crate::convert::fast) fn pixels(lines: &Lines<'_>, out: &mut [u8]) -> usize {
    let Lines { known, green, greens, others, .. } = lines;
    let all = [*known, *green, greens[0], greens[1], others[0], others[1]];
    let len = all.iter().map(|line| line.len()).min().unwrap_or(0);
    let steps = len.min(out.len() / RGBA) / STEP;
    let is_green = if lines.green_first { evens() } else { v128_not(evens()) };
    for step in 0..steps {
        let at = step * STEP;
        // SAFETY: all lines have so many steps, and the output has so many pixels.
        unsafe {
            let [known, green, green_above, green_below, above, below] =
                all.map(|line| load(line.as_ptr().add(at)));
            let between = u8x16_avgr(u8x16_avgr(green_above, green_below), green);
            let green = v128_bitselect(green, between, is_green);
            let other = u8x16_avgr(above, below);
            let (red, blue) = if lines.is_red { (known, other) } else { (other, known) };
            store(red, green, blue, out.as_mut_ptr().add(at * RGBA));
        }
    }
    steps * STEP
}

/// All bits of the even bytes.
fn evens() -> v128 {
    u16x8_splat(0xff)
}
