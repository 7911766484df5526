//! Blocks of sixteen samples as bits: one width each, the least that its samples need.
//!
//! A block is two halves of eight samples, and eight samples of `w` bits are `w` bytes: the first sample in the lowest
//! bits of the first byte. Widths stand apart from the bits, so that reading has no branches.
#![allow(clippy::cast_possible_truncation, reason = "what is cut is masked, or is a width of at most 16")]

use super::BLOCK;
use super::predict::Sample;

/// Samples of half a block: as many as a byte has bits.
const HALF: usize = BLOCK / 2;

/// Bytes that may be read and written behind the bits of a row.
pub(super) const SLACK: usize = 16;

/// The code of a width is the width itself, but that of the widest.
const WIDEST: u8 = 15;

/// The width of a code.
#[inline]
fn width(code: u8) -> usize {
    if code == WIDEST { 16 } else { code.into() }
}

/// The bytes of the codes of so many widths: two codes a byte, the first in its lower half.
#[inline]
pub(super) fn codes_len(blocks: usize) -> usize {
    blocks.div_ceil(2)
}

/// The bytes of the bits of these blocks; none where one has more bits than its samples.
pub(super) fn bits_len<S: Sample>(codes: &[u8]) -> Option<usize> {
    let (mut sum, mut widest, mut wide) = (0, 0, 0);
    for code in codes {
        let (low, high) = (code & 15, code >> 4);
        sum += usize::from(low + high);
        wide += usize::from(low == WIDEST) + usize::from(high == WIDEST);
        widest = widest.max(low).max(high);
    }
    (S::BITS == 16 || u32::from(widest) <= S::BITS).then_some(2 * (sum + wide))
}

/// A sample whose blocks are packed.
pub(super) trait Packed: Sample {
    /// Writes blocks as codes and bits; tells how many bytes of bits there are. There is room for them and [`SLACK`].
    fn pack(blocks: &[Self], codes: &mut [u8], bits: &mut [u8]) -> usize;
    /// Reads blocks from codes and bits, behind which there are [`SLACK`] bytes more.
    fn unpack(codes: &[u8], bits: &[u8], blocks: &mut [Self]);
}

impl Packed for u8 {
    fn pack(blocks: &[Self], codes: &mut [u8], bits: &mut [u8]) -> usize {
        pack(blocks, codes, bits, |block| {
            let halves = block.as_chunks::<HALF>().0;
            let halves = [u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1])];
            let all = halves[0] | halves[1];
            let all = all | (all >> 32);
            let all = all | (all >> 16);
            let width = 8 - (all | (all >> 8)).to_le_bytes()[0].leading_zeros();
            (width, halves.map(|half| u128::from(pack_bytes(half, width))))
        })
    }

    #[inline]
    fn unpack(codes: &[u8], bits: &[u8], blocks: &mut [Self]) {
        unpack(codes, bits, blocks, |half, width| {
            unpack_bytes(half as u64 & mask(8 * width), width).to_le_bytes()
        });
    }
}

impl Packed for u16 {
    fn pack(blocks: &[Self], codes: &mut [u8], bits: &mut [u8]) -> usize {
        pack(blocks, codes, bits, |block| {
            let all = block.iter().fold(0, |all, sample| all | sample);
            // There is no code for 15 bits.
            let width = match 16 - all.leading_zeros() {
                15 => 16,
                width => width,
            };
            let quarter = |at: usize| {
                let samples = [0, 1, 2, 3].map(|sample| block[4 * at + sample]);
                u128::from(pack_words(samples, width))
            };
            (width, [0, 2].map(|at| quarter(at) | (quarter(at + 1) << (4 * width))))
        })
    }

    #[inline]
    fn unpack(codes: &[u8], bits: &[u8], blocks: &mut [Self]) {
        unpack(codes, bits, blocks, |half, width| {
            let quarter = |half: u128| unpack_words(half as u64 & mask(4 * width), width);
            let (low, high) = (quarter(half), quarter(half >> (4 * width)));
            [low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]]
        });
    }
}

fn pack<S: Sample>(
    blocks: &[S],
    codes: &mut [u8],
    bits: &mut [u8],
    block: impl Fn(&[S; BLOCK]) -> (u32, [u128; 2]),
) -> usize {
    let mut at = 0;
    for (two, code) in blocks.chunks(2 * BLOCK).zip(codes) {
        *code = 0;
        for (index, samples) in two.as_chunks::<BLOCK>().0.iter().enumerate() {
            let (width, halves) = block(samples);
            for half in halves {
                bits[at..at + SLACK].copy_from_slice(&half.to_le_bytes());
                at += width as usize;
            }
            *code |= (width.min(WIDEST.into()) as u8) << (4 * index);
        }
    }
    at
}

fn unpack<S: Sample>(codes: &[u8], bits: &[u8], blocks: &mut [S], half: impl Fn(u128, u32) -> [S; HALF]) {
    let mut at = 0;
    for (two, code) in blocks.chunks_mut(2 * BLOCK).zip(codes) {
        for (block, code) in two.as_chunks_mut::<BLOCK>().0.iter_mut().zip([code & 15, code >> 4]) {
            let width = width(code);
            for samples in block.as_chunks_mut::<HALF>().0 {
                let of_half = bits[at..].first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes));
                *samples = half(of_half, width as u32);
                at += width;
            }
        }
    }
}

/// The lowest so many bits.
#[inline]
fn mask(bits: u32) -> u64 {
    if bits < 64 { (1 << bits) - 1 } else { u64::MAX }
}

/// Closes the gaps between eight bytes: of two each time, four times as far apart.
fn pack_bytes(bytes: u64, width: u32) -> u64 {
    let pairs = (bytes & 0x00ff_00ff_00ff_00ff) | (((bytes >> 8) & 0x00ff_00ff_00ff_00ff) << width);
    let fours = (pairs & 0x0000_ffff_0000_ffff) | (((pairs >> 16) & 0x0000_ffff_0000_ffff) << (2 * width));
    (fours & 0xffff_ffff) | ((fours >> 32) << (4 * width))
}

/// Opens them again.
#[inline]
fn unpack_bytes(bits: u64, width: u32) -> u64 {
    let fours = (bits & mask(4 * width)) | ((bits >> (4 * width)) << 32);
    let twice = mask(2 * width) * 0x1_0000_0001;
    let pairs = (fours & twice) | (((fours >> (2 * width)) & twice) << 16);
    let each = mask(width) * 0x0001_0001_0001_0001;
    (pairs & each) | (((pairs >> width) & each) << 8)
}

fn pack_words(samples: [u16; 4], width: u32) -> u64 {
    let [a, b, c, d] = samples.map(u64::from);
    (a | (b << width)) | ((c | (d << width)) << (2 * width))
}

#[inline]
fn unpack_words(bits: u64, width: u32) -> [u16; 4] {
    [0, 1, 2, 3].map(|at| ((bits >> (at * width)) & mask(width)) as u16)
}
