//! Bayer mosaics: each site's own code, or the missing components as means of the neighbours'.
//!
//! The means are those of `bayer2rgb`, in native codes and rounded up, its edges included:
//!
//! ```text
//! row                 B0  G1           B2           G3           B4  …
//! even columns'       B0  (B0+B2)/2    B2           (B2+B4)/2    B4
//! odd columns'        G1  G1           (G1+G3)/2    G3           …
//! ```
//!
//! Of a site without green, green is the mean of its row's and of the mean of the rows above and below.

use super::color::{self, OPAQUE, RGBA, Rgba};
use super::error::Unsupported;
use super::fast;
use super::general::GrayChannel;
use super::picture::{BayerView, Drawing};
use super::unpack::{Pattern, Site, Source, Tile};
use std::ops::Range;

/// A mosaic and how it is shown.
#[derive(Clone, Debug)]
pub(super) struct Bayer {
    source: Source,
    pattern: Pattern,
    height: usize,
    view: View,
    fast: Option<fast::Mosaic>,
}

#[derive(Clone, Debug)]
enum View {
    /// The output code of every sample.
    Bilinear(Vec<u8>),
    Mosaic(Vec<u8>),
    Gray(GrayChannel),
}

/// A row of codes, brought to all columns twice: from the even ones and from the odd ones.
#[derive(Default)]
struct Split {
    row: Option<usize>,
    even: Vec<u16>,
    odd: Vec<u16>,
}

impl Bayer {
    pub(super) fn new(
        source: &Source,
        pattern: Pattern,
        height: usize,
        drawing: &Drawing,
    ) -> Result<Self, Unsupported> {
        let table = || color::rgb_table(source.depth, drawing);
        let view = match drawing.bayer {
            BayerView::Bilinear => View::Bilinear(table()),
            BayerView::Mosaic => View::Mosaic(table()),
            BayerView::Gray => {
                View::Gray(GrayChannel::new(source.clone(), color::gray_table(source.depth, drawing)?))
            }
        };
        Ok(Self { source: source.clone(), pattern, height, view, fast: None })
    }

    /// Takes the fast path where there is one.
    pub(super) fn speed_up(&mut self) {
        if let View::Bilinear(table) = &self.view {
            self.fast = fast::Mosaic::new(&self.source, table);
        }
    }

    /// The rows of the mosaic that these rows of the picture are made of.
    pub(super) fn rows_of(&self, rows: &Range<usize>) -> Range<usize> {
        if rows.is_empty() || !matches!(self.view, View::Bilinear(_)) {
            return rows.clone();
        }
        let ends = [rows.start, rows.end - 1].map(|row| self.neighbours(row));
        let first = ends.iter().flatten().copied().min().unwrap_or(0).min(rows.start);
        let last = ends.iter().flatten().copied().max().unwrap_or(0).max(rows.end - 1);
        first..last + 1
    }

    /// Writes the pixels of these rows; `tile` has those of [`rows_of`](Self::rows_of).
    pub(super) fn rows(&self, tile: &Tile<'_>, rows: &Range<usize>, rgba: &mut [u8]) {
        let mut scratch = Vec::new();
        let mut splits: [Split; 4] = Default::default();
        let mut fast_splits = fast::Splits::default();
        for (row, out) in rows.clone().zip(rgba.chunks_exact_mut(self.source.columns * RGBA)) {
            if let Some(fast) = &self.fast {
                let [above, below] = self.neighbours(row);
                let sites = self.pattern.0[row % 2];
                let place = (sites[0] == Site::Green, sites.contains(&Site::Red));
                fast.row(tile, [above, row, below], place, &mut fast_splits, out);
                continue;
            }
            match &self.view {
                View::Gray(channel) => channel.row(tile, row, out, &mut scratch),
                View::Mosaic(table) => {
                    scratch.resize(self.source.columns, 0);
                    self.source.codes(tile, row, &mut scratch);
                    mosaic(self.pattern.0[row % 2], table, &scratch, out);
                }
                View::Bilinear(table) => {
                    let [above, below] = self.neighbours(row);
                    for row in [above, row, below] {
                        splits[row % 4].fill(&self.source, tile, row);
                    }
                    let [above, own, below] = [above, row, below].map(|row| &splits[row % 4]);
                    bilinear(self.pattern.0[row % 2], table, [above, own, below], out);
                }
            }
        }
    }

    /// The rows above and below, of the other pair of colours.
    fn neighbours(&self, row: usize) -> [usize; 2] {
        let last = self.height - 1;
        let above = if row > 0 { row - 1 } else { 1.min(last) };
        // Below the last row `bayer2rgb` finds what it had there four rows before; in three rows that is the middle one.
        let below = match row {
            row if row < last => row + 1,
            row if row >= 3 => row - 3,
            row => row.saturating_sub(1),
        };
        [above, below]
    }
}

impl Split {
    fn fill(&mut self, source: &Source, tile: &Tile<'_>, row: usize) {
        if self.row == Some(row) {
            return;
        }
        self.row = Some(row);
        self.even.resize(source.columns, 0);
        source.codes(tile, row, &mut self.even);
        self.odd.clone_from(&self.even);
        split(&mut self.even, &mut self.odd);
    }
}

/// Both lines hold the row's codes, and take those of the even and of the odd columns for the others.
fn split(even: &mut [u16], odd: &mut [u16]) {
    let width = even.len();
    for column in 0..width {
        let line = if column % 2 == 0 { &mut *odd } else { &mut *even };
        // The last two columns have no mean, nor has the first.
        line[column] = if column == 0 {
            line[1.min(width - 1)]
        } else if column + 2 >= width {
            line[column - 1]
        } else {
            mean(line[column - 1], line[column + 1])
        };
    }
}

fn bilinear(sites: [Site; 2], table: &[u8], rows: [&Split; 3], out: &mut [u8]) {
    let [above, own, below] = rows;
    // `known` has the colour of this row, `green` its green; the other rows have theirs in the other columns.
    let (known, green, greens_at) = match sites {
        [Site::Green, _] => (&own.odd, &own.even, 0),
        _ => (&own.even, &own.odd, 1),
    };
    let (greens, others) = if greens_at == 0 {
        ([&above.odd, &below.odd], [&above.even, &below.even])
    } else {
        ([&above.even, &below.even], [&above.odd, &below.odd])
    };
    let is_red = sites.contains(&Site::Red);
    for (column, pixel) in out.chunks_exact_mut(RGBA).enumerate() {
        let own_green = green[column];
        let green = if column % 2 == greens_at {
            own_green
        } else {
            mean(mean(greens[0][column], greens[1][column]), own_green)
        };
        let other = mean(others[0][column], others[1][column]);
        let [known, green, other] = [known[column], green, other].map(|code| table[usize::from(code)]);
        let rgba: Rgba = if is_red { [known, green, other, OPAQUE] } else { [other, green, known, OPAQUE] };
        pixel.copy_from_slice(&rgba);
    }
}

fn mosaic(sites: [Site; 2], table: &[u8], codes: &[u16], out: &mut [u8]) {
    for (column, (pixel, &code)) in out.chunks_exact_mut(RGBA).zip(codes).enumerate() {
        let mut rgba = [0, 0, 0, OPAQUE];
        let place = match sites[column % 2] {
            Site::Red => 0,
            Site::Green => 1,
            Site::Blue => 2,
        };
        rgba[place] = table[usize::from(code)];
        pixel.copy_from_slice(&rgba);
    }
}

/// The mean, rounded up.
fn mean(a: u16, b: u16) -> u16 {
    // The sum of two samples and one needs 17 bits; half of it is a sample again.
    u16::try_from((u32::from(a) + u32::from(b)).div_ceil(2)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_bayer2rgb() {
        let lines = |codes: &[u16]| {
            let (mut even, mut odd) = (codes.to_vec(), codes.to_vec());
            split(&mut even, &mut odd);
            (even, odd)
        };
        let (even, odd) = lines(&[10, 1, 21, 4, 30, 9]);
        assert_eq!(even, [10, 16, 21, 26, 30, 30]);
        assert_eq!(odd, [1, 1, 3, 4, 4, 9]);
        let (even, odd) = lines(&[10, 1, 21, 4, 30]);
        assert_eq!(even, [10, 16, 21, 21, 30]);
        assert_eq!(odd, [1, 1, 3, 4, 4]);
        assert_eq!(lines(&[7]), (vec![7], vec![7]));
        assert_eq!(lines(&[7, 9]), (vec![7, 7], vec![9, 9]));
        assert_eq!(lines(&[7, 9, 12]), (vec![7, 7, 12], vec![9, 9, 9]));
    }
}
