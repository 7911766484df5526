//! The fast path of a Bayer mosaic of bytes: the means of `bayer2rgb`, sixteen sites at a time.

use super::rows::Rows;
use crate::convert::color::{OPAQUE, RGBA};
use crate::convert::unpack::{Source, Tile};

/// Where the sites are.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Mosaic {
    rows: Rows,
}

/// A row of codes, brought to all columns twice: from the even ones and from the odd ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    row: Option<usize>,
    pub(super) even: Vec<u8>,
    pub(super) odd: Vec<u8>,
}

/// The rows around those that are written, by their number modulo four.
#[derive(Clone, Debug, Default)]
pub(in crate::convert) struct Splits([Split; 4]);

/// The lines that a row of the picture is made of, each with its codes brought to all columns.
pub(super) struct Lines<'a> {
    /// The colour of the row itself.
    pub(super) known: &'a [u8],
    /// Green of the row itself.
    pub(super) green: &'a [u8],
    /// Green of the rows above and below.
    pub(super) greens: [&'a [u8]; 2],
    /// The colour of the rows above and below.
    pub(super) others: [&'a [u8]; 2],
    /// Green is at the even sites of the row.
    pub(super) green_first: bool,
    /// The colour of the row itself is red; else blue.
    pub(super) is_red: bool,
}

impl Mosaic {
    /// The fast path of a mosaic whose codes are bytes that pass unchanged.
    pub(in crate::convert) fn new(source: &Source, table: &[u8]) -> Option<Self> {
        let rows = Rows::of(source)?;
        let identity = table.iter().enumerate().all(|(sample, &code)| sample == usize::from(code));
        (rows.is_bytes() && identity).then_some(Self { rows })
    }

    /// Writes the pixels of the middle one of these rows.
    pub(in crate::convert) fn row(
        &self,
        tile: &Tile<'_>,
        rows: [usize; 3],
        (green_first, is_red): (bool, bool),
        Splits(splits): &mut Splits,
        out: &mut [u8],
    ) {
        for row in rows {
            splits[row % 4].fill(row, self.rows.bytes(tile, row).unwrap_or_default());
        }
        let [above, own, below] = rows.map(|row| &splits[row % 4]);
        let lines = if green_first {
            Lines {
                known: &own.odd,
                green: &own.even,
                greens: [&above.odd, &below.odd],
                others: [&above.even, &below.even],
                green_first,
                is_red,
            }
        } else {
            Lines {
                known: &own.even,
                green: &own.odd,
                greens: [&above.even, &below.even],
                others: [&above.odd, &below.odd],
                green_first,
                is_red,
            }
        };
        lines.pixels(out);
    }
}

impl Split {
    fn fill(&mut self, row: usize, codes: &[u8]) {
        if self.row == Some(row) {
            return;
        }
        self.row = Some(row);
        self.even.resize(codes.len(), 0);
        self.odd.resize(codes.len(), 0);
        let done = wide_split(codes, self);
        let mut column = 0;
        while column < codes.len() {
            self.column(codes, column);
            column = if done.contains(&(column + 1)) { done.end } else { column + 1 };
        }
    }

    /// The last two columns have no mean, nor has the first.
    fn column(&mut self, codes: &[u8], column: usize) {
        let last = codes.len() - 1;
        let other = if column == 0 {
            codes[1.min(last)]
        } else if column + 1 >= last {
            codes[column - 1]
        } else {
            mean(codes[column - 1], codes[column + 1])
        };
        let own = codes[column];
        (self.even[column], self.odd[column]) =
            if column.is_multiple_of(2) { (own, other) } else { (other, own) };
    }
}

impl Lines<'_> {
    fn pixels(&self, out: &mut [u8]) {
        let done = wide_pixels(self, out);
        let Self { known, green, greens, others, .. } = self;
        for (column, pixel) in out.as_chunks_mut::<RGBA>().0.iter_mut().enumerate().skip(done) {
            let [between, other] = [greens, others].map(|rows| mean(rows[0][column], rows[1][column]));
            let is_green = column.is_multiple_of(2) == self.green_first;
            let green = if is_green { green[column] } else { mean(between, green[column]) };
            let known = known[column];
            *pixel = if self.is_red { [known, green, other, OPAQUE] } else { [other, green, known, OPAQUE] };
        }
    }
}

/// The mean, rounded up.
fn mean(a: u8, b: u8) -> u8 {
    (u16::from(a) + u16::from(b)).div_ceil(2).to_le_bytes()[0]
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd::mosaic::{pixels as wide_pixels, split as wide_split};

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide_pixels(_lines: &Lines<'_>, _out: &mut [u8]) -> usize {
    0
}

/// The columns that whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide_split(_codes: &[u8], _split: &mut Split) -> std::ops::Range<usize> {
    0..0
}
