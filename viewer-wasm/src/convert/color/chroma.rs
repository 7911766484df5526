//! Which chroma rows a line of the picture is made of.
//!
//! ```text
//! 4:2:0, progressive             interlaced: rows of the two fields, each halved by itself
//! line 0  ─ 3/4 row 0 …          line 0  ─ 7/8 row 0 …        line 1  ─ 5/8 row 1 …
//!           ● row 0                        ● row 0 (top)
//! line 1  ─ 3/4 row 0, 1/4 row 1 line 2  ─ 5/8 row 0, 3/8 row 2
//! line 2  ─ 1/4 row 0, 3/4 row 1           ● row 1 (bottom)
//!           ● row 1              line 3  ─ 7/8 row 1, 1/8 row 3
//! ```

use std::ops::Range;

/// How chroma rows become lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::convert) enum Filter {
    /// Every line takes the row it belongs to.
    Nearest,
    /// The integer filters of `videoconvert`.
    Gst,
    /// In proportion to the distances.
    Linear,
}

/// The chroma rows of every line.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Vertical {
    pub(in crate::convert) lines: usize,
    /// Chroma rows there are.
    pub(in crate::convert) rows: usize,
    /// Lines to a row, as a power of two.
    pub(in crate::convert) h_sub: u8,
    /// Rows are of one field and the other in turn.
    pub(in crate::convert) interlaced: bool,
    /// And `videoconvert` takes them in the order of the lines all the same.
    pub(in crate::convert) mixes_fields: bool,
    /// Rows stand on the topmost of their lines.
    pub(in crate::convert) top: bool,
    pub(in crate::convert) filter: Filter,
}

/// Two chroma rows, at most, and how much a line takes of each; the sum of the weights is a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::convert) struct Taps {
    pub(in crate::convert) rows: [usize; 2],
    pub(in crate::convert) weights: [u16; 2],
}

impl Vertical {
    /// The same with no more rows than the lines belong to. Fields whose height is no multiple of four can need one more
    /// than a frame.
    pub(in crate::convert) fn with_rows_needed(self) -> Self {
        let needed = |line| self.row_of(line) + 1;
        let rows = needed(self.lines - 1).max(needed(self.lines.saturating_sub(2)));
        Self { rows, ..self }
    }

    /// The chroma rows of a line.
    pub(in crate::convert) fn taps(&self, line: usize) -> Taps {
        let (near, far, weights) = match (self.filter, self.h_sub, self.interlaced) {
            (Filter::Linear, 1.., _) => return self.linear(line),
            (Filter::Gst, 1, false) if !self.top => pair(line),
            (Filter::Gst, 1, true) if !self.top => field_pair(line),
            (Filter::Gst, 2, false) if !self.top => quad(line),
            // `videoconvert` has no filter for chroma on the top line, nor for a quarter of interlaced lines.
            _ => (line, line, [1, 0]),
        };
        // Missing lines are the nearest there is, also where that is of the other field.
        let row = |line: usize| self.row_of(line.min(self.lines - 1));
        Taps { rows: [row(near), row(far)], weights }
    }

    /// How many bits a sample gets that is made of two rows in proportion to the distances, at most.
    pub(in crate::convert) fn fraction(&self) -> u8 {
        match (self.h_sub, self.top) {
            (0, _) => 0,
            (lines, true) => lines,
            (lines, false) => lines + 1 + u8::from(self.interlaced),
        }
    }

    /// The chroma rows of these lines.
    pub(in crate::convert) fn rows_of(&self, lines: &Range<usize>) -> Range<usize> {
        let rows = lines.clone().flat_map(|line| self.taps(line).rows);
        let (first, last) = rows.fold((usize::MAX, 0), |(first, last), row| (first.min(row), last.max(row)));
        first.min(last)..if lines.is_empty() { first.min(last) } else { last + 1 }
    }

    /// The row that a line belongs to.
    pub(in crate::convert) fn row_of(&self, line: usize) -> usize {
        let row = if self.interlaced && !(self.mixes_fields && self.filter == Filter::Gst) {
            let lines_of_both = (2 << self.h_sub) - 1;
            ((line & !lines_of_both) >> self.h_sub) + (line & 1)
        } else {
            line >> self.h_sub
        };
        self.existing(row)
    }

    /// Where the planes lack the last row of a field, the one above it in the field stands in.
    fn existing(&self, row: usize) -> usize {
        if row < self.rows { row } else { row.saturating_sub(2).min(self.rows - 1) }
    }

    /// The row above and the row below in the line's field, by distance.
    fn linear(&self, line: usize) -> Taps {
        let lines_a_row = 1_isize << self.h_sub;
        let (line, rows) = (line.cast_signed(), self.rows.cast_signed());
        let (field, fields) = if self.interlaced && rows > 1 { (line & 1, 2) } else { (0, 1) };
        // Row r stands at line r * n + (n - 1) / 2; fields that stand on their top lines are frames of their own.
        let (at, unit) = match (self.top, fields) {
            (true, fields) => (line / fields, lines_a_row),
            (false, fields) => {
                (2 * line - (lines_a_row - 1) - 2 * lines_a_row * field, 2 * lines_a_row * fields)
            }
        };
        let (above, rest) = (at.div_euclid(unit), at.rem_euclid(unit));
        let last = (rows - 1 - field) / fields;
        let row = |row: isize| (row.clamp(0, last) * fields + field).cast_unsigned();
        let weight = |weight: isize| u16::try_from(weight).unwrap_or(0);
        Taps { rows: [row(above), row(above + 1)], weights: [weight(unit - rest), weight(rest)] }
    }
}

/// Lines 2k - 1 and 2k take three quarters of their own row and one of the other's.
fn pair(line: usize) -> (usize, usize, [u16; 2]) {
    let other = if line % 2 == 1 { line + 1 } else { line.saturating_sub(1) };
    (line, other, [3, 1])
}

/// Lines 4k - 2 to 4k + 1, two of either field.
fn field_pair(line: usize) -> (usize, usize, [u16; 2]) {
    match (line + 2) % 4 {
        0 => (line, line + 2, [5, 3]),
        1 => (line, line + 2, [7, 1]),
        2 => (line, line.saturating_sub(2), [7, 1]),
        _ => (line, line.saturating_sub(2), [5, 3]),
    }
}

/// Lines 4k - 2 to 4k + 1, between the row of the first and that of the third.
fn quad(line: usize) -> (usize, usize, [u16; 2]) {
    let place = (line + 2) % 4;
    let weights = [[7, 1], [5, 3], [3, 5], [1, 7]][place];
    (line.saturating_sub(place), line + 2 - place, weights)
}
