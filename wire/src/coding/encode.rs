//! Payloads to coded bytes: every row in the mode that was best when they were last compared.

use super::bits::{SLACK, codes_len};
use super::kernels::{Kernel, Kernels};
use super::lanes::Base;
use super::parts::{Shape, Words};
use super::predict::{Body, Mode, read_words, smooth};
use super::{BLOCK, Coder, LENGTH};
use std::ops::Range;

/// Modes are compared in one row of so many.
const TRIAL_ROWS: usize = 16;

/// Most modes there are to choose from.
const MODES: usize = 8;

/// A sample of a row, from bytes.
pub(super) trait Row: Kernel {
    /// Reads the samples of a row's bytes.
    fn read(bytes: &[u8], words: Words, out: &mut [Self]);
}

impl Row for u8 {
    #[inline]
    fn read(bytes: &[u8], _: Words, out: &mut [Self]) {
        out[..bytes.len()].copy_from_slice(bytes);
    }
}

impl Row for u16 {
    #[inline]
    fn read(bytes: &[u8], words: Words, out: &mut [Self]) {
        read_words(bytes, words, out);
    }
}

/// What is needed to code the rows of one plane.
struct Encoder<S> {
    shape: Shape,
    kernels: Kernels,
    /// This row, the one above, and the one above that, each in whole groups; before the first row all is 0.
    rows: [Vec<S>; 3],
    smooth: Vec<S>,
    blocks: Vec<S>,
    codes: Vec<u8>,
    bits: Vec<u8>,
}

pub(super) fn encode(coder: &Coder, payload: &[&[u8]], out: &mut Vec<u8>) {
    out.clear();
    let len = payload.iter().map(|piece| piece.len()).sum::<usize>();
    out.extend((len as u64).to_le_bytes());
    let mut row = Vec::new();
    for part in coder.shapes.parts(len) {
        let Some((shape, _)) = part.rows else {
            copy(payload, &part.range, out);
            continue;
        };
        let head = out.len();
        out.extend([0; LENGTH]);
        match shape.words {
            Words::Bytes => {
                Encoder::<u8>::new(shape, coder.kernels).encode(payload, &part.range, &mut row, out);
            }
            Words::Pairs { .. } => {
                Encoder::<u16>::new(shape, coder.kernels).encode(payload, &part.range, &mut row, out);
            }
        }
        let body = head + LENGTH;
        // A part that is no shorter than its bytes is its bytes.
        if out.len() - body >= part.range.len() {
            out.truncate(body);
            copy(payload, &part.range, out);
        }
        let length = (out.len() - body) as u64;
        out[head..body].copy_from_slice(&length.to_le_bytes());
    }
}

impl<S: Row> Encoder<S> {
    fn new(shape: Shape, kernels: Kernels) -> Self {
        let samples = shape.padded(shape.stride);
        let row = || vec![S::default(); samples];
        Self {
            shape,
            kernels,
            rows: [row(), row(), row()],
            smooth: row(),
            blocks: row(),
            codes: vec![0; codes_len(samples / BLOCK)],
            bits: vec![0; samples * size_of::<S>() + SLACK],
        }
    }

    fn encode(mut self, payload: &[&[u8]], range: &Range<usize>, row: &mut Vec<u8>, out: &mut Vec<u8>) {
        let modes = self.modes();
        let mut best = Mode::default();
        for (y, at) in range.clone().step_by(self.shape.stride).enumerate() {
            let bytes = piece(payload, at..range.end.min(at + self.shape.stride), row);
            self.rows.rotate_right(1);
            let short = self.shape.samples(bytes.len());
            S::read(bytes, self.shape.words, &mut self.rows[0]);
            self.rows[0][short..].fill(S::default());
            if y % TRIAL_ROWS == 0 {
                let costs = modes.0[..modes.1].iter().map(|&mode| (self.pack(mode, y), mode));
                let costs = costs.collect::<Vec<_>>();
                best = costs.into_iter().min_by_key(|(cost, _)| *cost).map_or(best, |(_, mode)| mode);
            }
            let len = self.pack(best, y);
            let body = match len {
                0 => Body::Same,
                len if self.codes.len() + len < bytes.len() => Body::Residuals,
                _ => Body::Raw,
            };
            out.push(Mode { body, ..best }.byte());
            match body {
                Body::Same => {}
                Body::Residuals => {
                    out.extend_from_slice(&self.codes);
                    out.extend_from_slice(&self.bits[..len]);
                }
                Body::Raw => out.extend_from_slice(bytes),
            }
        }
    }

    /// The modes that may be of use here.
    fn modes(&self) -> ([Mode; MODES], usize) {
        let shape = &self.shape;
        let mut modes = ([Mode::default(); MODES], 0);
        for distance in [1, 2] {
            for is_smooth in [false, true] {
                for is_green in [false, true] {
                    let is_of_use = if distance == 1 { shape.has_neighbours } else { shape.has_fields };
                    if is_of_use && (!is_green || shape.green.is_some()) {
                        modes.0[modes.1] = Mode { body: Body::Residuals, distance, is_smooth, is_green };
                        modes.1 += 1;
                    }
                }
            }
        }
        modes
    }

    /// Codes this row; tells how many bytes its bits have.
    fn pack(&mut self, mode: Mode, y: usize) -> usize {
        let Self { shape, kernels, rows, smooth: smoothed, blocks, codes, bits } = self;
        let above = &rows[mode.distance];
        let predicted = if mode.is_smooth {
            smooth(&above[..shape.samples(shape.stride)], shape.lanes, smoothed);
            smoothed
        } else {
            above
        };
        kernels.split(shape.lanes, Base::of(shape, mode, y), &rows[0], predicted, blocks);
        kernels.pack(blocks, codes, bits)
    }
}

/// These bytes of a payload: of the piece that has them all, or put together.
fn piece<'a>(payload: &[&'a [u8]], range: Range<usize>, row: &'a mut Vec<u8>) -> &'a [u8] {
    let mut begin = 0;
    for piece in payload {
        if let Some(start) = range.start.checked_sub(begin)
            && let Some(bytes) = piece.get(start..start + range.len())
        {
            return bytes;
        }
        begin += piece.len();
    }
    row.clear();
    copy(payload, &range, row);
    row
}

/// Copies these bytes of a payload.
fn copy(payload: &[&[u8]], range: &Range<usize>, out: &mut Vec<u8>) {
    let mut begin = 0;
    for piece in payload {
        let within = |place: usize| place.saturating_sub(begin).min(piece.len());
        out.extend_from_slice(&piece[within(range.start)..within(range.end)]);
        begin += piece.len();
    }
}
