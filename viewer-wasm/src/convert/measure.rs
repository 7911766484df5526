//! Every code of a rectangle counted, component by component: histogram and statistics in native depth.
//!
//! A sample is in a rectangle where its own position is: the leftmost and topmost of the pixels it is for, whatever the
//! chroma site. Rectangles that cover the frame without overlap therefore count each sample once. Work is done block by
//! block, so that a caller can draw in between.

use super::probe::{Component, Probe};
use super::unpack::{Needed, Tile};
use std::borrow::Cow;
use std::ops::Range;
use wire::layout::MAX_PLANES;

/// Rows read at once: as many as the tallest tiles have.
const BLOCK_ROWS: usize = 32;
/// Codes of a block, about: a fraction of a millisecond of work.
const BLOCK_CODES: usize = 64 * 1024;
/// Most bins of a histogram that is shown.
const MOST_BINS: usize = 256;

/// A rectangle of a frame, as far as its codes have been counted.
#[derive(Debug)]
pub struct Measurement {
    probe: Probe,
    columns: Range<usize>,
    lines: Range<usize>,
    counts: Vec<Counts>,
    /// The component that is being counted: its index, and its rows that are left.
    at: usize,
    rows: Vec<usize>,
    codes: Vec<u16>,
}

/// What one component's codes are.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// R, G, B, Y, U, V, A; I of a palette, S of a Bayer mosaic.
    pub name: char,
    /// Bits of a code.
    pub depth: u8,
    /// Codes counted; without any, there is no `spread`.
    pub count: u64,
    /// Extremes, mean and deviation.
    pub spread: Option<Spread>,
    /// Number of bits from the lowest to the highest that any code had set.
    pub used_bits: u8,
    /// Codes that are 0.
    pub zeros: u64,
    /// Codes that are `2^depth - 1`.
    pub saturated: u64,
    /// Codes in each bin of `bin_codes` codes; at most 256 bins.
    pub bins: Vec<u32>,
    /// Neighbouring codes to a bin, from 0.
    pub bin_codes: u32,
}

/// How codes are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Least code.
    pub min: u16,
    /// Greatest code.
    pub max: u16,
    /// Mean of the codes, from sums of whole numbers.
    pub mean: f64,
    /// Standard deviation of all codes (not an estimate from a sample of them), from sums of whole numbers.
    pub deviation: f64,
}

/// Occurrences of every code of a component.
#[derive(Debug)]
struct Counts {
    name: char,
    depth: u8,
    of_code: Vec<u32>,
}

impl Measurement {
    /// Counts the codes of a rectangle of frames that `probe` reads; what is outside of the frame counts nothing.
    #[must_use]
    pub fn new(probe: Probe, columns: Range<usize>, lines: Range<usize>) -> Self {
        let counts = |(name, depth): (char, u8)| Counts { name, depth, of_code: vec![0; 1 << depth.min(16)] };
        let counts: Vec<_> = probe.components().map(counts).collect();
        let rows = probe.components.first().map(|first| first.rows_at(&lines)).unwrap_or_default();
        Self { probe, columns, lines, counts, at: 0, rows, codes: Vec::new() }
    }

    /// Counts one block of rows more; false when all have been counted. `payload` gives the bytes of a range of the
    /// payload, of the same frame each time.
    pub fn step<'a, E>(
        &mut self,
        mut payload: impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
    ) -> Result<bool, E> {
        while self.rows.is_empty() {
            self.at += 1;
            let Some(next) = self.probe.components.get(self.at) else { return Ok(false) };
            self.rows = next.rows_at(&self.lines);
        }
        let (Some(component), Some(counts)) =
            (self.probe.components.get(self.at), self.counts.get_mut(self.at))
        else {
            return Ok(false);
        };
        let most = (BLOCK_CODES / component.source.columns.max(1)).clamp(1, BLOCK_ROWS);
        let end = self.rows.len().min(most);
        let rows = self.rows.drain(..end);
        component.count(rows.as_slice(), &self.columns, &mut payload, &mut self.codes, counts)?;
        Ok(true)
    }

    /// What has been counted, in the order of the format's name.
    #[must_use]
    pub fn measured(&self) -> Vec<Measured> {
        self.counts.iter().map(Counts::measured).collect()
    }
}

impl Component {
    /// Rows of the component whose first line is one of these, in ascending order.
    fn rows_at(&self, lines: &Range<usize>) -> Vec<usize> {
        let mut seen = vec![false; self.rows.rows];
        let mut rows = Vec::new();
        for line in 0..lines.end.min(self.rows.lines) {
            let row = self.rows.row_of(line);
            let is_first = seen.get_mut(row).is_some_and(|seen| !std::mem::replace(seen, true));
            if is_first && line >= lines.start {
                rows.push(row);
            }
        }
        rows.sort_unstable();
        rows
    }

    /// Columns of the component whose first pixel is one of these.
    fn columns_at(&self, columns: &Range<usize>) -> Range<usize> {
        let first = |x: usize| x.div_ceil(1 << self.source.w_sub).min(self.source.columns);
        first(columns.start)..first(columns.end)
    }

    fn count<'a, E>(
        &self,
        rows: &[usize],
        columns: &Range<usize>,
        payload: &mut impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
        codes: &mut Vec<u16>,
        counts: &mut Counts,
    ) -> Result<(), E> {
        let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else { return Ok(()) };
        let needed = Needed { luma: first..last + 1, chroma: 0..0 };
        let plane = self.source.plane;
        let bytes = payload(self.planes.get(plane).map_or(0..0, |plane| plane.bytes(&needed)))?;
        let mut slices = [&[][..]; MAX_PLANES];
        if let Some(slice) = slices.get_mut(plane) {
            *slice = &bytes;
        }
        let tile = Tile::new(&self.planes, &slices, &needed);
        codes.resize(self.source.columns, 0);
        let columns = self.columns_at(columns);
        for &row in rows {
            self.source.codes(&tile, row, codes);
            // The last sample that a plane lacks is a copy of the one to its left, and is none.
            let lacks_last = columns.end == self.source.columns && self.byte(columns.end - 1, row).is_none();
            let end = columns.end - usize::from(lacks_last);
            for &code in codes.get(columns.start..end).unwrap_or_default() {
                if let Some(count) = counts.of_code.get_mut(usize::from(code)) {
                    *count = count.saturating_add(1);
                }
            }
        }
        Ok(())
    }
}

impl Counts {
    fn measured(&self) -> Measured {
        let seen = || (0..=u16::MAX).zip(&self.of_code).filter(|&(_, &count)| count > 0);
        let (mut total, mut sum, mut squares, mut bits) = (0_u64, 0_u64, 0_u128, 0_u16);
        for (code, &count) in seen() {
            let (code_wide, count) = (u64::from(code), u64::from(count));
            total += count;
            sum += code_wide * count;
            squares += u128::from(code_wide * code_wide) * u128::from(count);
            bits |= code;
        }
        let extremes = seen().next().zip(seen().next_back());
        let spread = extremes.map(|((min, _), (max, _))| Spread {
            min,
            max,
            mean: float(sum.into()) / float(total.into()),
            // n Σc² - (Σc)² is never negative, and is exact.
            deviation: float((u128::from(total) * squares).saturating_sub(u128::from(sum).pow(2))).sqrt()
                / float(total.into()),
        });
        let unset = bits.leading_zeros() + bits.trailing_zeros();
        let codes_a_bin = (self.of_code.len() / MOST_BINS).max(1);
        let at = |code: Option<&u32>| code.copied().unwrap_or(0).into();
        Measured {
            name: self.name,
            depth: self.depth,
            count: total,
            spread,
            used_bits: u8::try_from(u16::BITS.saturating_sub(unset)).unwrap_or(16),
            zeros: at(self.of_code.first()),
            saturated: at(self.of_code.last()),
            bins: self
                .of_code
                .chunks(codes_a_bin)
                .map(|codes| codes.iter().fold(0_u32, |sum, &count| sum.saturating_add(count)))
                .collect(),
            bin_codes: u32::try_from(codes_a_bin).unwrap_or(1),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "the one rounding of a sum that was exact")]
fn float(whole: u128) -> f64 {
    whole as f64
}
