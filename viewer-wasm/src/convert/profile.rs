//! The codes along a line: which samples a line has, and what is in them.
//!
//! A line from one pixel to another has `n + 1` points, `n` the greater of its columns and rows gone. The point `i` is at
//! `x = ⌊x1 + i (x2 - x1) / n + 1/2⌋`, and `y` likewise: one in each column, or in each row, and the same ones in either
//! direction. At each point a component has the code of the sample that the pixel is of, which is not interpolated.
//! Work is done block by block, so that a caller can draw in between.

use super::probe::Probe;
use std::borrow::Cow;
use std::ops::Range;

/// Codes of rows that are read at once, about: a fraction of a millisecond of work.
const BLOCK_CODES: usize = 64 * 1024;

/// A line between two pixels, both of which it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Column and row of the first point.
    pub from: (u32, u32),
    /// Column and row of the last one.
    pub to: (u32, u32),
}

/// A line of a frame, as far as its codes have been read.
#[derive(Debug)]
pub struct Profile {
    probe: Probe,
    line: Line,
    codes: Vec<Vec<u16>>,
    /// Index of the component that is being read.
    at: usize,
    row: Vec<u16>,
}

impl Line {
    /// Number of points, at least 1.
    #[must_use]
    pub fn points(&self) -> usize {
        let gone = |from: u32, to: u32| from.abs_diff(to) as usize;
        gone(self.from.0, self.to.0).max(gone(self.from.1, self.to.1)) + 1
    }

    /// Column and row of a point.
    #[must_use]
    pub fn point(&self, index: usize) -> (usize, usize) {
        let (index, steps) = (index as u64, self.points() as u64 - 1);
        let along = |from: u32, to: u32| {
            let (from, to) = (u64::from(from), u64::from(to));
            if steps == 0 {
                return from;
            }
            // All parts are whole and positive: what is left of the way from, and what has been gone to.
            let doubled = 2 * (from * (steps.saturating_sub(index)) + to * index.min(steps)) + steps;
            doubled / (2 * steps)
        };
        let position = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        (position(along(self.from.0, self.to.0)), position(along(self.from.1, self.to.1)))
    }
}

impl Profile {
    /// Reads a line, which is in the frame, of frames that `probe` reads.
    #[must_use]
    pub fn new(probe: Probe, line: Line) -> Self {
        let codes = probe.components.iter().map(|_| Vec::with_capacity(line.points())).collect();
        Self { probe, line, codes, at: 0, row: Vec::new() }
    }

    /// Reads a block more; false when all has been read. `payload` gives the bytes of a range of the payload, of the same
    /// frame each time.
    pub fn step<'a, E>(
        &mut self,
        mut payload: impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
    ) -> Result<bool, E> {
        let (Some(component), Some(codes)) =
            (self.probe.components.get(self.at), self.codes.get_mut(self.at))
        else {
            return Ok(false);
        };
        let mut left = BLOCK_CODES;
        let mut held = None;
        while codes.len() < self.line.points() {
            let (x, y) = self.line.point(codes.len());
            if held != Some(y) {
                if left == 0 {
                    return Ok(true);
                }
                component.line(y, &mut payload, &mut self.row)?;
                held = Some(y);
                left = left.saturating_sub(component.source.columns);
            }
            codes.push(component.code(x, &self.row));
        }
        self.at += 1;
        Ok(true)
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line {
        self.line
    }

    /// Name, depth and codes of each component, in the order of the format's name: at each point a code.
    pub fn components(&self) -> impl Iterator<Item = (char, u8, &[u16])> {
        let named = self.probe.components().zip(&self.codes);
        named.map(|((name, depth), codes)| (name, depth, codes.as_slice()))
    }
}
