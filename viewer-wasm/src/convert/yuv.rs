//! The general path of Y, U and V: a line of each component, chroma brought to every pixel, then the matrix.
//!
//! Eight bits stay eight and deeper samples become sixteen, as in `videoconvert`; the standards' formula is in
//! floats, or in integers where those are as good.

use super::color::{Columns, Filter, Line, RGBA, Sample, Taps, Vertical, matrix, mix};
use super::error::Unsupported;
use super::fast;
use super::picture::{ColorMode, Drawing};
use super::unpack::{Source, Tile};
use std::ops::Range;
use wire::Layout;

/// The components of one layout and how they become colour.
#[derive(Clone, Debug)]
pub(super) struct Yuv {
    width: usize,
    y: Source,
    u: Source,
    v: Source,
    /// Chroma samples in a row.
    columns: usize,
    vertical: Vertical,
    matrix: Matrix,
    fast: Option<Fast>,
}

/// What is faster than the general path, and equals it.
#[derive(Clone, Debug)]
enum Fast {
    Formula(Box<fast::Formula>),
    /// The matrix of `videoconvert`, after all that comes before it.
    Integers,
}

#[derive(Clone, Debug)]
enum Matrix {
    Bytes(matrix::Bytes, Columns),
    Words(matrix::Words, Columns),
    Exact(matrix::Exact, Line),
}

impl Yuv {
    /// `sources` are Y, U and V; the subsampling of U is that of V, at most 2, and Y has none.
    pub(super) fn new(
        layout: &Layout,
        sources: [&Source; 3],
        drawing: &Drawing,
        interlaced: bool,
    ) -> Result<Self, Unsupported> {
        let [y, u, v] = sources;
        let siting = drawing.siting;
        let depths = sources.map(|source| source.depth);
        let (name, range) = (&drawing.matrix, drawing.range);
        // A layout that may be interlaced never takes that path, not even for its progressive frames.
        let nearest = !interlaced && layout.interlace.mode != "mixed" && is_nearest(sources);
        let columns = columns(u.w_sub, siting.left, nearest);
        let filter = match drawing.mode {
            ColorMode::Itu => Filter::Linear,
            ColorMode::Gst if nearest => Filter::Nearest,
            ColorMode::Gst => Filter::Gst,
        };
        let vertical = Vertical {
            lines: layout.sent_height() as usize,
            rows: held_rows(layout, [u, v]),
            h_sub: u.h_sub,
            interlaced,
            mixes_fields: u.mixes_fields(),
            top: siting.top,
            filter,
        }
        .with_rows_needed();
        let fraction = vertical.fraction() + Line::fraction(u.w_sub, siting.left);
        let matrix = match drawing.mode {
            ColorMode::Gst if depths.iter().all(|&depth| depth <= 8) => {
                matrix::Bytes::named(name, range).map(|matrix| Matrix::Bytes(matrix, columns))
            }
            ColorMode::Gst => matrix::Words::named(name, range).map(|matrix| Matrix::Words(matrix, columns)),
            ColorMode::Itu => matrix::Exact::of(drawing, depths, fraction)
                .map(|matrix| Matrix::Exact(matrix, Line::new(u.w_sub, siting.left))),
        };
        Ok(Self {
            width: layout.sent_width() as usize,
            y: y.clone(),
            u: u.clone(),
            v: v.clone(),
            columns: u.columns,
            vertical,
            matrix: matrix.ok_or_else(|| Unsupported::Matrix { name: name.clone() })?,
            fast: None,
        })
    }

    /// Takes the fast path where there is one.
    pub(super) fn speed_up(&mut self) {
        self.fast = match &self.matrix {
            Matrix::Exact(matrix, line) => matrix.fixed().and_then(|&fixed| {
                let sources = [&self.y, &self.u, &self.v];
                fast::Formula::new(sources, self.vertical, line.is_left(), fixed)
                    .map(|formula| Fast::Formula(Box::new(formula)))
            }),
            Matrix::Bytes(..) | Matrix::Words(..) => Some(Fast::Integers),
        };
    }

    /// Whether every frame of the layout has the rows of both fields in turn.
    pub(super) fn always_interlaced(layout: &Layout) -> bool {
        matches!(layout.interlace.mode.as_str(), "interleaved" | "fields")
    }

    /// The chroma rows that these lines are made of.
    pub(super) fn chroma_rows(&self, lines: &Range<usize>) -> Range<usize> {
        self.vertical.rows_of(lines)
    }

    /// Writes the pixels of these lines; `tile` has their rows.
    pub(super) fn lines(&self, tile: &Tile<'_>, lines: &Range<usize>, rgba: &mut [u8]) {
        if let Some(Fast::Formula(fast)) = &self.fast {
            return fast.lines(tile, lines, rgba);
        }
        match &self.matrix {
            Matrix::Bytes(matrix, columns) => {
                let put = |y: &[_], u: &[_], v: &[_], out: &mut _| match self.fast {
                    Some(_) => fast::integers::bytes(*matrix, y, u, v, out),
                    None => matrix.row(y, u, v, out),
                };
                let mut scratch = Vec::new();
                let read = |source: &Source, row, out: &mut [_]| source.bytes(tile, row, out, &mut scratch);
                self.integers(lines, rgba, *columns, read, put);
            }
            Matrix::Words(matrix, columns) => {
                let put = |y: &[_], u: &[_], v: &[_], out: &mut _| match self.fast {
                    Some(_) => fast::integers::words(*matrix, y, u, v, out),
                    None => matrix.row(y, u, v, out),
                };
                let read = |source: &Source, row, out: &mut [_]| source.words(tile, row, out);
                self.integers(lines, rgba, *columns, read, put);
            }
            Matrix::Exact(matrix, line) => self.floats(tile, lines, rgba, *line, matrix),
        }
    }

    /// `videoconvert`'s way: columns first, then rows, each rounded.
    fn integers<T: Sample>(
        &self,
        lines: &Range<usize>,
        rgba: &mut [u8],
        columns: Columns,
        mut read: impl FnMut(&Source, usize, &mut [T]),
        put: impl Fn(&[T], &[T], &[T], &mut [u8]),
    ) {
        let mut y = vec![T::default(); self.width];
        let [mut u, mut v] = [(); 2].map(|()| Wide::new(self.columns, self.width));
        for (line, out) in lines.clone().zip(rgba.chunks_exact_mut(self.width * RGBA)) {
            let taps = self.vertical.taps(line);
            read(&self.y, line, &mut y);
            let u = u.line(taps, columns, |row, out| read(&self.u, row, out));
            let v = v.line(taps, columns, |row, out| read(&self.v, row, out));
            put(&y, u, v, out);
        }
    }

    /// The formula's way, rounded once.
    fn floats(
        &self,
        tile: &Tile<'_>,
        lines: &Range<usize>,
        rgba: &mut [u8],
        between: Line,
        matrix: &matrix::Exact,
    ) {
        let [mut y, mut u, mut v] = [(); 3].map(|()| vec![0.0; self.width]);
        let mut scratch = Vec::new();
        let [mut above, mut below] = [(); 2].map(|()| vec![0.0; self.columns + 2]);
        for (line, out) in lines.clone().zip(rgba.chunks_exact_mut(self.width * RGBA)) {
            self.y.floats(tile, line, &mut y, &mut scratch);
            let Taps { rows, weights } = self.vertical.taps(line);
            let [of_above, of_below] = weights.map(f32::from);
            let sum = of_above + of_below;
            for (source, wide) in [(&self.u, &mut u), (&self.v, &mut v)] {
                for (row, samples) in rows.into_iter().zip([&mut above, &mut below]) {
                    source.floats(tile, row, &mut samples[1..=self.columns], &mut scratch);
                }
                for (above, below) in above.iter_mut().zip(&below) {
                    *above = (of_above * *above + of_below * below) / sum;
                }
                above[0] = above[1];
                above[self.columns + 1] = above[self.columns];
                between.row(&above, wide);
            }
            matrix.row(&y, &u, &v, out);
        }
    }
}

/// One chroma component at the width of the picture.
struct Wide<T> {
    samples: Vec<T>,
    /// The rows last asked for: neighbouring lines are made of the same ones. Rows of one line are never four apart.
    rows: [(Option<usize>, Vec<T>); 4],
    mixed: Vec<T>,
}

impl<T: Sample> Wide<T> {
    fn new(columns: usize, width: usize) -> Self {
        Self {
            samples: vec![T::default(); columns],
            rows: [(); 4].map(|()| (None, vec![T::default(); width])),
            mixed: vec![T::default(); width],
        }
    }

    fn line(&mut self, taps: Taps, columns: Columns, mut fetch: impl FnMut(usize, &mut [T])) -> &[T] {
        let Taps { rows: [first, second], weights } = taps;
        for row in [first, second] {
            let (kept, wide) = &mut self.rows[row % 4];
            if *kept != Some(row) {
                fetch(row, &mut self.samples);
                columns.row(&self.samples, wide);
                *kept = Some(row);
            }
        }
        let [first_row, second_row] = [first, second].map(|row| &self.rows[row % 4].1);
        if first == second {
            return first_row;
        }
        mix(first_row, second_row, weights, &mut self.mixed);
        &self.mixed
    }
}

/// Whether `videoconvert` repeats chroma instead of filtering it: it does so, in progressive frames, for 4:2:0 of 8 bits
/// whose components have a plane each (I420, YV12 and A420), for which it has a path of its own.
fn is_nearest(sources: [&Source; 3]) -> bool {
    let [y, u, v] = sources;
    let bytes = sources.iter().all(|source| source.whole_bytes() == Some((1, 0)));
    let apart = y.plane != u.plane && u.plane != v.plane && v.plane != y.plane;
    bytes && apart && (u.w_sub, u.h_sub) == (1, 1)
}

fn columns(w_sub: u8, left: bool, nearest: bool) -> Columns {
    match (w_sub, left) {
        (0, _) => Columns::All,
        (1, _) if nearest => Columns::TwoNearest,
        (1, false) => Columns::TwoCentred,
        (1, true) => Columns::TwoLeft,
        (_, false) => Columns::FourCentred,
        (_, true) => Columns::FourLeft,
    }
}

/// Chroma rows that the planes hold. Fields can need one more than the layout is checked to have.
fn held_rows(layout: &Layout, chroma: [&Source; 2]) -> usize {
    let [u, v] = chroma;
    let checked = (layout.sent_height() as usize).div_ceil(1 << u.h_sub);
    let held = |source: &Source| {
        if let Some((rows_a_group, _)) = source.group() {
            return Some(checked.next_multiple_of(rows_a_group));
        }
        let plane = layout.planes.get(source.plane)?;
        let rest = plane.length.checked_sub(source.row_bytes() as u64)?;
        usize::try_from(rest.checked_div(u64::from(plane.stride))? + 1).ok()
    };
    held(u).min(held(v)).unwrap_or(checked).max(checked)
}
