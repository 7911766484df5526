//! Encoding with AVX2: two blocks at a time, one in each half of a vector.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "they are places within a vector, and widths of at most 16"
)]

use super::VECTOR;
use crate::coding::BLOCK;
use crate::coding::bits::SLACK;
use crate::coding::lanes::{self, Base};
use std::arch::x86_64::{
    __m128i, __m256i, _mm_cvtsi32_si128, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_load_si128,
    _mm_loadu_si128, _mm_or_si128, _mm_srli_si128, _mm_storel_epi64, _mm_unpackhi_epi64, _mm256_add_epi8,
    _mm256_and_si256, _mm256_blendv_epi8, _mm256_broadcastsi128_si256, _mm256_castsi256_si128,
    _mm256_cmpgt_epi8, _mm256_extract_epi8, _mm256_extracti128_si256, _mm256_loadu_si256,
    _mm256_loadu2_m128i, _mm256_mullo_epi16, _mm256_or_si256, _mm256_set_m128i, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_sllv_epi32, _mm256_srl_epi32, _mm256_srl_epi64, _mm256_srli_epi16, _mm256_srli_epi64,
    _mm256_srli_si256, _mm256_srlv_epi32, _mm256_srlv_epi64, _mm256_storeu2_m128i, _mm256_sub_epi8,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
    _mm256_xor_si256,
};

/// Blocks of bytes in a vector.
const BLOCKS: usize = 2;
/// Widths of bytes.
const WIDTHS: usize = 9;

/// What closes the gaps between eight bytes of `w` bits, in three steps; for one half of a vector.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Steps {
    /// `2^w`: the second byte of two is moved up to the first.
    pairs: [u16; 8],
    /// `2^(16 - 2w)` and 1: the first pair of two is moved up to the second …
    fours: [u16; 8],
    /// … and both are moved down.
    fours_down: [u32; 4],
    /// `32 - 4w` and 0: the same with fours.
    eights: [u32; 4],
    eights_down: [u64; 2],
}

static STEPS: [Steps; WIDTHS] = {
    let mut all =
        [Steps { pairs: [0; 8], fours: [0; 8], fours_down: [0; 4], eights: [0; 4], eights_down: [0; 2] };
            WIDTHS];
    let mut width = 0;
    while width < WIDTHS {
        let of = width as u32;
        let up = if width == 0 { 0 } else { 1 << (16 - 2 * of) };
        let down = 32 - 4 * of;
        all[width] = Steps {
            pairs: [1 << of; 8],
            fours: [up, 1, up, 1, up, 1, up, 1],
            fours_down: [16 - 2 * of; 4],
            eights: [down, 0, down, 0],
            eights_down: [down as u64; 2],
        };
        width += 1;
    }
    all
};

/// Residuals of words: the portable code, with the vectors that compilers make of it here.
#[target_feature(enable = "avx2")]
pub(in crate::coding) fn split_words(
    lanes: usize,
    base: Option<Base>,
    row: &[u16],
    predicted: &[u16],
    blocks: &mut [u16],
) -> usize {
    lanes::split(lanes, base, row, predicted, blocks);
    row.len()
}

/// Residuals of bytes, two groups at a time; tells how many bytes of the row were done.
#[target_feature(enable = "avx2")]
pub(in crate::coding) fn split(
    lanes: usize,
    base: Option<Base>,
    row: &[u8],
    predicted: &[u8],
    blocks: &mut [u8],
) -> usize {
    match lanes {
        2 => {
            let order = half(|at| (at % 8 * 2 + at / 8) as u8);
            split_by::<2>(base, row, predicted, blocks, |vectors| {
                let [a, b] = vectors.map(|vector| _mm256_shuffle_epi8(vector, order));
                [_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)]
            })
        }
        3 => {
            // Byte `i` of the lane's vector is byte `i` of the group's vector `(lane - i) mod 3`: one of three in turn.
            let turns = [1, 2].map(|turn| half(|at| if at % 3 == turn { 0xff } else { 0 }));
            let orders = [0, 1, 2].map(|lane| half(|sample| ((3 * sample + lane) % VECTOR) as u8));
            split_by::<3>(base, row, predicted, blocks, |vectors| {
                [0, 1, 2].map(|lane| {
                    let of = |turn: usize| vectors[(lane + 3 - turn) % 3];
                    let two = _mm256_blendv_epi8(of(0), of(1), turns[0]);
                    _mm256_shuffle_epi8(_mm256_blendv_epi8(two, of(2), turns[1]), orders[lane])
                })
            })
        }
        4 => {
            let order = half(|at| (at % 4 * 4 + at / 4) as u8);
            split_by::<4>(base, row, predicted, blocks, |vectors| {
                let [a, b, c, d] = vectors.map(|vector| _mm256_shuffle_epi8(vector, order));
                let [ab, cd] = [_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d)];
                let [ab_high, cd_high] = [_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d)];
                [
                    _mm256_unpacklo_epi64(ab, cd),
                    _mm256_unpackhi_epi64(ab, cd),
                    _mm256_unpacklo_epi64(ab_high, cd_high),
                    _mm256_unpackhi_epi64(ab_high, cd_high),
                ]
            })
        }
        _ => split_by::<1>(base, row, predicted, blocks, |vectors| vectors),
    }
}

/// The same where `apart` makes vectors of lanes of those of two groups.
#[target_feature(enable = "avx2")]
fn split_by<const LANES: usize>(
    base: Option<Base>,
    row: &[u8],
    predicted: &[u8],
    blocks: &mut [u8],
    apart: impl Fn([__m256i; LANES]) -> [__m256i; LANES],
) -> usize {
    let group = LANES * BLOCK;
    let of_lane = |lane: usize| base.is_some_and(|base| base.colours[lane] && base.lane != lane);
    let takes: [__m256i; LANES] =
        std::array::from_fn(|lane| _mm256_set1_epi8(if of_lane(lane) { -1 } else { 0 }));
    let base = base.map_or(0, |base| base.lane % LANES);
    let mut done = 0;
    let groups = row.chunks_exact(2 * group).zip(predicted.chunks_exact(2 * group));
    for ((row, predicted), blocks) in groups.zip(blocks.chunks_exact_mut(2 * group)) {
        let lanes = apart(std::array::from_fn(|at| {
            // SAFETY: both are two groups of so many vectors each, of which `at` is one.
            let [row, predicted] = [row, predicted].map(|bytes| unsafe {
                let first = bytes.as_ptr().add(at * VECTOR);
                _mm256_loadu2_m128i(first.add(group).cast(), first.cast())
            });
            _mm256_sub_epi8(row, predicted)
        }));
        for (index, (lane, takes)) in lanes.into_iter().zip(takes).enumerate() {
            let residuals = _mm256_sub_epi8(lane, _mm256_and_si256(lanes[base], takes));
            let sign = _mm256_cmpgt_epi8(_mm256_setzero_si256(), residuals);
            let folded = _mm256_xor_si256(_mm256_add_epi8(residuals, residuals), sign);
            // SAFETY: there are two groups of so many blocks each, of which `index` is one.
            unsafe {
                let block = blocks.as_mut_ptr().add(index * BLOCK);
                _mm256_storeu2_m128i(block.add(group).cast(), block.cast(), folded);
            }
        }
        done += 2 * group;
    }
    done
}

/// Writes pairs of blocks of bytes as codes and bits; tells how many bytes were done, and how many of bits there are.
#[target_feature(enable = "avx2")]
pub(in crate::coding) fn pack(blocks: &[u8], codes: &mut [u8], bits: &mut [u8]) -> (usize, usize) {
    // No block has more bits than bytes; each store is of eight bytes, and begins where the bits before it end.
    let room = bits.len().saturating_sub(SLACK) / (BLOCKS * BLOCK);
    let low = _mm256_set1_epi16(0xff);
    let (mut done, mut at) = (0, 0);
    for (blocks, code) in blocks.chunks_exact(BLOCKS * BLOCK).zip(codes).take(room) {
        // SAFETY: two blocks are one vector.
        let bytes = unsafe { _mm256_loadu_si256(blocks.as_ptr().cast()) };
        let widths = widths(bytes);
        let [first, second] = widths.map(|width| &STEPS[width]);
        // SAFETY: each of these fields is half a vector.
        let table = |first: *const __m128i, second: *const __m128i| unsafe {
            _mm256_set_m128i(_mm_load_si128(second), _mm_load_si128(first))
        };
        let pairs = table(first.pairs.as_ptr().cast(), second.pairs.as_ptr().cast());
        let fours = table(first.fours.as_ptr().cast(), second.fours.as_ptr().cast());
        let fours_down = table(first.fours_down.as_ptr().cast(), second.fours_down.as_ptr().cast());
        let eights = table(first.eights.as_ptr().cast(), second.eights.as_ptr().cast());
        let eights_down = table(first.eights_down.as_ptr().cast(), second.eights_down.as_ptr().cast());
        let upper = _mm256_mullo_epi16(_mm256_srli_epi16::<8>(bytes), pairs);
        let packed = _mm256_or_si256(_mm256_and_si256(bytes, low), upper);
        let packed = _mm256_srlv_epi32(_mm256_mullo_epi16(packed, fours), fours_down);
        let packed = _mm256_srlv_epi64(_mm256_sllv_epi32(packed, eights), eights_down);
        let halves = [_mm256_castsi256_si128(packed), _mm256_extracti128_si256::<1>(packed)];
        for (half, width) in halves.into_iter().zip(widths) {
            // SAFETY: `at` is at most the bytes of the blocks up to this half, behind which there is slack.
            unsafe {
                let to = bits.as_mut_ptr().add(at);
                _mm_storel_epi64(to.cast(), half);
                _mm_storel_epi64(to.add(width).cast(), _mm_unpackhi_epi64(half, half));
            }
            at += 2 * width;
        }
        *code = (widths[0] | (widths[1] << 4)) as u8;
        done += BLOCKS * BLOCK;
    }
    (done, at)
}

/// Writes pairs of blocks of words as codes and bits; tells how many words were done, and how many bytes of bits there are.
#[target_feature(enable = "avx2")]
pub(in crate::coding) fn pack_words(blocks: &[u16], codes: &mut [u8], bits: &mut [u8]) -> (usize, usize) {
    // No block has more bits than bytes; each store is of sixteen bytes, and begins where the bits before it end.
    let room = bits.len().saturating_sub(SLACK) / (2 * BLOCKS * BLOCK);
    let (mut done, mut at) = (0, 0);
    for (blocks, codes) in blocks.chunks_exact(BLOCKS * BLOCK).zip(codes).take(room) {
        *codes = 0;
        for (index, block) in blocks.chunks_exact(BLOCK).enumerate() {
            // SAFETY: a block of words is one vector.
            let words = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
            let width = width_of_words(words);
            let down = 32 - 2 * width as i32;
            // The first of two is moved up to the second, and both are moved down.
            let up = if width == 0 { 0 } else { 1 << (16 - width) };
            let pairs = _mm256_mullo_epi16(words, _mm256_set1_epi32(up | (1 << 16)));
            let pairs = _mm256_srl_epi32(pairs, _mm_cvtsi32_si128(down / 2));
            let fours = _mm256_sllv_epi32(pairs, _mm256_set1_epi64x(down.into()));
            let fours = _mm256_srl_epi64(fours, _mm_cvtsi32_si128(down));
            for half in [_mm256_castsi256_si128(fours), _mm256_extracti128_si256::<1>(fours)] {
                let [low, high] =
                    [_mm_cvtsi128_si64(half), _mm_extract_epi64::<1>(half)].map(i64::cast_unsigned);
                let half = u128::from(low) | (u128::from(high) << (4 * width));
                if let Some(to) = bits.get_mut(at..at + SLACK) {
                    to.copy_from_slice(&half.to_le_bytes());
                }
                at += width;
            }
            *codes |= (width.min(15) as u8) << (4 * index);
        }
        done += BLOCKS * BLOCK;
    }
    (done, at)
}

/// Bits of the largest word, of the widths that there are.
#[target_feature(enable = "avx2")]
fn width_of_words(words: __m256i) -> usize {
    let all = _mm_or_si128(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
    let all = _mm_or_si128(all, _mm_srli_si128::<8>(all));
    let all = _mm_cvtsi128_si64(all).cast_unsigned();
    let all = all | (all >> 32);
    let all = (all | (all >> 16)) as u16;
    match u16::BITS - all.leading_zeros() {
        15 => 16,
        width => width as usize,
    }
}

/// Bits of the largest byte of each half.
#[target_feature(enable = "avx2")]
fn widths(bytes: __m256i) -> [usize; BLOCKS] {
    let all = _mm256_or_si256(bytes, _mm256_srli_si256::<8>(bytes));
    let all = _mm256_or_si256(all, _mm256_srli_epi64::<32>(all));
    let all = _mm256_or_si256(all, _mm256_srli_epi64::<16>(all));
    let all = _mm256_or_si256(all, _mm256_srli_epi64::<8>(all));
    [_mm256_extract_epi8::<0>(all), _mm256_extract_epi8::<16>(all)]
        .map(|all| (u32::BITS - (all.cast_unsigned() & 0xff).leading_zeros()) as usize)
}

/// The same sixteen bytes in both halves.
#[target_feature(enable = "avx2")]
fn half(byte: impl Fn(usize) -> u8) -> __m256i {
    let bytes: [u8; VECTOR] = std::array::from_fn(byte);
    // SAFETY: so many bytes are half a vector.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}
