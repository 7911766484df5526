//! The samples of a row as residuals, in blocks of one lane each, and back.
//!
//! ```text
//! row      B0 G0 R0 B1 G1 R1 … B15 G15 R15   B16 …
//! blocks   B0 B1 … B15 | G0 G1 … G15 | R0 R1 … R15   | B16 …
//! ```

use super::BLOCK;
use super::parts::{MAX_LANES, Shape};
use super::predict::{Mode, Sample};

/// Which lanes have the residuals of which one taken from them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) lane: usize,
    pub(super) colours: [bool; MAX_LANES],
}

impl Base {
    /// The base of a row, if it is coded with one.
    #[inline]
    pub(super) fn of(shape: &Shape, mode: Mode, y: usize) -> Option<Self> {
        let green = shape.green.filter(|_| mode.is_green)?;
        Some(Self { lane: green.lane[y % 2], colours: green.colours })
    }
}

/// Residuals of whole groups: of `row` against what was predicted.
#[inline(always)]
#[allow(clippy::inline_always, reason = "callers have instructions that this is to be compiled for")]
pub(super) fn split<S: Sample>(
    lanes: usize,
    base: Option<Base>,
    row: &[S],
    predicted: &[S],
    blocks: &mut [S],
) {
    match lanes {
        2 => split_by::<S, 2>(base, row, predicted, blocks),
        3 => split_by::<S, 3>(base, row, predicted, blocks),
        4 => split_by::<S, 4>(base, row, predicted, blocks),
        _ => split_by::<S, 1>(base, row, predicted, blocks),
    }
}

/// Samples of whole groups, from their residuals and what was predicted.
pub(super) fn merge<S: Sample>(
    lanes: usize,
    base: Option<Base>,
    blocks: &[S],
    predicted: &[S],
    row: &mut [S],
) {
    match lanes {
        2 => merge_by::<S, 2>(base, blocks, predicted, row),
        3 => merge_by::<S, 3>(base, blocks, predicted, row),
        4 => merge_by::<S, 4>(base, blocks, predicted, row),
        _ => merge_by::<S, 1>(base, blocks, predicted, row),
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "callers have instructions that this is to be compiled for")]
fn split_by<S: Sample, const LANES: usize>(base: Option<Base>, row: &[S], predicted: &[S], blocks: &mut [S]) {
    let group = LANES * BLOCK;
    let groups =
        row.chunks_exact(group).zip(predicted.chunks_exact(group)).zip(blocks.chunks_exact_mut(group));
    for ((row, predicted), blocks) in groups {
        let mut lanes = [[S::default(); BLOCK]; LANES];
        let (row, predicted) = (row.as_chunks::<LANES>().0, predicted.as_chunks::<LANES>().0);
        for at in 0..BLOCK {
            for lane in 0..LANES {
                lanes[lane][at] = row[at][lane].minus(predicted[at][lane]);
            }
        }
        if let Some(base) = base {
            let of_base = lanes[base.lane % LANES];
            for (index, lane) in lanes.iter_mut().enumerate() {
                if index != base.lane && base.colours[index] {
                    for (residual, of_base) in lane.iter_mut().zip(of_base) {
                        *residual = residual.minus(of_base);
                    }
                }
            }
        }
        for (block, lane) in blocks.as_chunks_mut::<BLOCK>().0.iter_mut().zip(lanes) {
            *block = lane.map(S::folded);
        }
    }
}

fn merge_by<S: Sample, const LANES: usize>(base: Option<Base>, blocks: &[S], predicted: &[S], row: &mut [S]) {
    let group = LANES * BLOCK;
    let groups =
        row.chunks_exact_mut(group).zip(predicted.chunks_exact(group)).zip(blocks.chunks_exact(group));
    for ((row, predicted), blocks) in groups {
        let mut lanes = [[S::default(); BLOCK]; LANES];
        for (lane, block) in lanes.iter_mut().zip(blocks.as_chunks::<BLOCK>().0) {
            *lane = block.map(S::unfolded);
        }
        if let Some(base) = base {
            let of_base = lanes[base.lane % LANES];
            for (index, lane) in lanes.iter_mut().enumerate() {
                if index != base.lane && base.colours[index] {
                    for (residual, of_base) in lane.iter_mut().zip(of_base) {
                        *residual = residual.plus(of_base);
                    }
                }
            }
        }
        let (row, predicted) = (row.as_chunks_mut::<LANES>().0, predicted.as_chunks::<LANES>().0);
        for at in 0..BLOCK {
            for lane in 0..LANES {
                row[at][lane] = predicted[at][lane].plus(lanes[lane][at]);
            }
        }
    }
}
