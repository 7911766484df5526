//! Decoding with SIMD128: half a block of eight samples at a time.
//!
//! ```text
//! w = 3     bytes 0 1 2 = 77666555 | 54443332 | 22111000, the highest bits first here
//! gathered  for each sample the byte where it begins and the next one: 0 0 0 1 1 1 2 2 below 1 1 1 2 2 2 3 3
//! raised    times 2^(8 - bit), so that the sample begins at bit 8
//! lowered   by 8 bits, what is above the sample masked
//! ```
#![allow(clippy::cast_possible_truncation, reason = "tables of places within a vector, and of masks")]

use super::VECTOR;
use crate::coding::BLOCK;
use crate::coding::bits::SLACK;
use crate::coding::lanes::Base;
use std::arch::wasm32::{
    i8x16_add, i8x16_neg, i8x16_shuffle, i16x8_mul, i16x8_shuffle, u8x16, u8x16_narrow_i16x8, u8x16_shr,
    u8x16_splat, u8x16_swizzle, u16x8_shr, u16x8_splat, v128, v128_and, v128_load, v128_or, v128_store,
    v128_xor,
};

/// Codes of widths.
const CODES: usize = 16;
/// Samples of half a block.
const HALF: usize = BLOCK / 2;
/// Blocks that share a byte of codes.
const BLOCKS: usize = 2;

/// What takes eight samples out of their bytes.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Taking {
    /// The byte where each sample begins, and the next one.
    bytes: [u8; 16],
    /// `2^(8 - bit)` of the bit in the byte where it begins.
    raise: [u16; 8],
    /// The bits of a sample, of two bytes or of one.
    words: [u16; 8],
    mask: [u8; 16],
    /// Bytes of eight samples.
    width: usize,
}

static TAKING: [Taking; CODES] = {
    let mut all = [Taking { bytes: [0; 16], raise: [0; 8], words: [0; 8], mask: [0; 16], width: 0 }; CODES];
    let mut code = 0;
    while code < CODES {
        let width = if code == CODES - 1 { 16 } else { code };
        all[code].width = width;
        let mut sample = 0;
        while sample < HALF {
            let bit = sample * width;
            // At most 14 and 15.
            all[code].bytes[2 * sample] = (bit / 8) as u8;
            all[code].bytes[2 * sample + 1] = (bit / 8 + 1) as u8;
            all[code].raise[sample] = 1 << (8 - bit % 8);
            let mask = ((1_u32 << width) - 1) as u16;
            all[code].words[sample] = mask;
            all[code].mask[sample] = mask as u8;
            all[code].mask[sample + HALF] = mask as u8;
            sample += 1;
        }
        code += 1;
    }
    all
};

/// Reads pairs of blocks of bytes; tells how many bytes were done, and how many of bits were read.
#[inline]
pub(in crate::coding) fn unpack_bytes(codes: &[u8], bits: &[u8], blocks: &mut [u8]) -> (usize, usize) {
    let (mut done, mut at) = (0, 0);
    for (blocks, code) in blocks.chunks_exact_mut(BLOCKS * BLOCK).zip(codes) {
        for (block, code) in blocks.chunks_exact_mut(BLOCK).zip([code & 15, code >> 4]) {
            let taking = &TAKING[usize::from(code)];
            let next = at + 2 * taking.width;
            if next + SLACK > bits.len() {
                return (done, at);
            }
            // SAFETY: a vector at `at` and one at half the way to `next` are within `bits`; each field of the table is one,
            // and so is a block.
            unsafe {
                let (bytes, raise) = (load(&raw const taking.bytes), load(&raw const taking.raise));
                let half = |at: usize| {
                    let gathered = u8x16_swizzle(load(bits.as_ptr().add(at)), bytes);
                    u16x8_shr(i16x8_mul(gathered, raise), 8)
                };
                let both = u8x16_narrow_i16x8(half(at), half(at + taking.width));
                v128_store(block.as_mut_ptr().cast(), v128_and(both, load(&raw const taking.mask)));
            }
            at = next;
        }
        done += BLOCKS * BLOCK;
    }
    (done, at)
}

/// Reads pairs of blocks of words; tells how many words were done, and how many bytes of bits were read.
#[inline]
pub(in crate::coding) fn unpack_words(codes: &[u8], bits: &[u8], blocks: &mut [u16]) -> (usize, usize) {
    let (mut done, mut at) = (0, 0);
    for (blocks, code) in blocks.chunks_exact_mut(BLOCKS * BLOCK).zip(codes) {
        for (block, code) in blocks.chunks_exact_mut(BLOCK).zip([code & 15, code >> 4]) {
            let taking = &TAKING[usize::from(code)];
            let next = at + 2 * taking.width;
            if next + SLACK > bits.len() {
                return (done, at);
            }
            // SAFETY: a vector at `at` and one at half the way to `next` are within `bits`; each field of the table is one,
            // and so is half a block.
            unsafe {
                let (low, raise, mask) = (
                    load(&raw const taking.bytes),
                    load(&raw const taking.raise),
                    load(&raw const taking.words),
                );
                // The upper byte of a sample begins one byte later.
                let high = i8x16_add(low, u8x16_splat(1));
                for (index, half) in block.chunks_exact_mut(HALF).enumerate() {
                    let bytes = load(bits.as_ptr().add(at + index * taking.width));
                    let lower = u16x8_shr(i16x8_mul(u8x16_swizzle(bytes, low), raise), 8);
                    let upper = i16x8_mul(u8x16_swizzle(bytes, high), raise);
                    let words = v128_or(lower, v128_and(upper, u16x8_splat(0xff00)));
                    v128_store(half.as_mut_ptr().cast(), v128_and(words, mask));
                }
            }
            at = next;
        }
        done += BLOCKS * BLOCK;
    }
    (done, at)
}

/// Samples of bytes, from their residuals and what was predicted; tells how many were done.
#[inline]
pub(in crate::coding) fn merge_bytes(
    lanes: usize,
    base: Option<Base>,
    blocks: &[u8],
    predicted: &[u8],
    row: &mut [u8],
) -> usize {
    match lanes {
        1 => merge(base, blocks, predicted, row, |[lane]| [lane]),
        2 => merge(base, blocks, predicted, row, |[a, b]| [low_bytes(a, b), high_bytes(a, b)]),
        3 => merge(base, blocks, predicted, row, three),
        4 => merge(base, blocks, predicted, row, |[a, b, c, d]| {
            let [ab, cd] = [[low_bytes(a, b), high_bytes(a, b)], [low_bytes(c, d), high_bytes(c, d)]];
            [
                low_words(ab[0], cd[0]),
                high_words(ab[0], cd[0]),
                low_words(ab[1], cd[1]),
                high_words(ab[1], cd[1]),
            ]
        }),
        _ => 0,
    }
}

/// Bytes of three lanes in turn.
#[inline]
fn three(lanes: [v128; 3]) -> [v128; 3] {
    // Constants, so that no lane is clamped; those with the highest bit set give 0.
    const N: u8 = 0x80;
    #[rustfmt::skip]
    let orders = [
        [
            u8x16(0, N, N, 1, N, N, 2, N, N, 3, N, N, 4, N, N, 5),
            u8x16(N, 0, N, N, 1, N, N, 2, N, N, 3, N, N, 4, N, N),
            u8x16(N, N, 0, N, N, 1, N, N, 2, N, N, 3, N, N, 4, N),
        ],
        [
            u8x16(N, N, 6, N, N, 7, N, N, 8, N, N, 9, N, N, 10, N),
            u8x16(5, N, N, 6, N, N, 7, N, N, 8, N, N, 9, N, N, 10),
            u8x16(N, 5, N, N, 6, N, N, 7, N, N, 8, N, N, 9, N, N),
        ],
        [
            u8x16(N, 11, N, N, 12, N, N, 13, N, N, 14, N, N, 15, N, N),
            u8x16(N, N, 11, N, N, 12, N, N, 13, N, N, 14, N, N, 15, N),
            u8x16(10, N, N, 11, N, N, 12, N, N, 13, N, N, 14, N, N, 15),
        ],
    ];
    orders.map(|[a, b, c]| {
        let two = v128_or(u8x16_swizzle(lanes[0], a), u8x16_swizzle(lanes[1], b));
        v128_or(two, u8x16_swizzle(lanes[2], c))
    })
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "vectors stay in registers")]
fn merge<const LANES: usize>(
    base: Option<Base>,
    blocks: &[u8],
    predicted: &[u8],
    row: &mut [u8],
    interleave: impl Fn([v128; LANES]) -> [v128; LANES],
) -> usize {
    let group = LANES * BLOCK;
    let of_lane = |lane: usize| base.is_some_and(|base| base.colours[lane] && base.lane != lane);
    let takes: [v128; LANES] =
        std::array::from_fn(|lane| u8x16_splat(if of_lane(lane) { u8::MAX } else { 0 }));
    let of_base = base.map(|base| base.lane % LANES * BLOCK);
    let mut done = 0;
    let groups =
        row.chunks_exact_mut(group).zip(predicted.chunks_exact(group)).zip(blocks.chunks_exact(group));
    for ((row, predicted), blocks) in groups {
        // SAFETY: all three are so many vectors long.
        unsafe {
            let lane = |at: usize| unfolded(load(blocks.as_ptr().add(at)));
            let mut lanes: [v128; LANES] = std::array::from_fn(|index| lane(index * BLOCK));
            if let Some(of_base) = of_base {
                let base = lane(of_base);
                for (lane, takes) in lanes.iter_mut().zip(takes) {
                    *lane = i8x16_add(*lane, v128_and(base, takes));
                }
            }
            for (index, residuals) in interleave(lanes).into_iter().enumerate() {
                let predicted = load(predicted.as_ptr().add(index * VECTOR));
                v128_store(row.as_mut_ptr().add(index * VECTOR).cast(), i8x16_add(predicted, residuals));
            }
        }
        done += group;
    }
    done
}

#[inline]
fn unfolded(folded: v128) -> v128 {
    v128_xor(u8x16_shr(folded, 1), i8x16_neg(v128_and(folded, u8x16_splat(1))))
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
#[inline]
fn low_bytes(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b)
}

/// The second halves, byte by byte in turn.
#[inline]
fn high_bytes(a: v128, b: v128) -> v128 {
    i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b)
}

/// The first halves, word by word in turn.
#[inline]
fn low_words(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b)
}

/// The second halves, word by word in turn.
#[inline]
fn high_words(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)
}
