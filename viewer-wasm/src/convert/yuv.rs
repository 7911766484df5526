//! The general path of Y, U and V: a line of each component, chroma brought to every pixel, then the matrix.
//!
//! Eight bits stay eight and deeper samples become sixteen, as in `videoconvert`; the standards' formula is in floats.

use super::chroma::{Filter, Siting, Taps, Vertical};
use super::planes::Tile;
use super::sampling::Sampling;
use super::upsample::{Columns, Line, Sample, mix};
use super::{ColorMode, Unsupported, matrix};
use std::ops::Range;
use wire::Layout;
use wire::layout::Component;

/// The components of one layout and how they become colour.
#[derive(Clone, Debug)]
pub(super) struct Yuv {
    width: usize,
    y: Sampling,
    u: Sampling,
    v: Sampling,
    /// Chroma samples in a row.
    columns: usize,
    vertical: Vertical,
    matrix: Matrix,
}

#[derive(Clone, Copy, Debug)]
enum Matrix {
    Bytes(matrix::Bytes, Columns),
    Words(matrix::Words, Columns),
    Exact(matrix::Exact, Line),
}

impl Yuv {
    /// `components` are Y, U and V with their samplings; the subsampling of U is that of V, at most 2, and Y has none.
    pub(super) fn new(
        layout: &Layout,
        components: [(&Component, Sampling); 3],
        mode: ColorMode,
        interlaced: bool,
    ) -> Result<Self, Unsupported> {
        let [(_, y), (chroma, u), (_, v)] = components;
        let siting = Siting::of(layout);
        let depths = [y, u, v].map(|sampling| sampling.depth());
        let (name, range) = (&layout.color.matrix, layout.color.range);
        // A layout that may be interlaced never takes that path, not even for its progressive frames.
        let nearest = !interlaced && layout.interlace.mode != "mixed" && is_nearest(components);
        let columns = columns(chroma.w_sub, siting.left, nearest);
        let matrix = match mode {
            ColorMode::Gst if depths.iter().all(|&depth| depth <= 8) => {
                matrix::Bytes::named(name, range).map(|matrix| Matrix::Bytes(matrix, columns))
            }
            ColorMode::Gst => matrix::Words::named(name, range).map(|matrix| Matrix::Words(matrix, columns)),
            ColorMode::Itu => matrix::Exact::named(name, range, depths)
                .map(|matrix| Matrix::Exact(matrix, Line::new(chroma.w_sub, siting.left))),
        };
        let filter = match mode {
            ColorMode::Itu => Filter::Linear,
            ColorMode::Gst if nearest => Filter::Nearest,
            ColorMode::Gst => Filter::Gst,
        };
        Ok(Self {
            width: layout.sent_width() as usize,
            y,
            u,
            v,
            columns: chroma.columns(layout.sent_width()) as usize,
            vertical: Vertical {
                lines: layout.sent_height() as usize,
                rows: held_rows(layout, components),
                h_sub: chroma.h_sub,
                interlaced,
                top: siting.top,
                filter,
            }
            .with_rows_needed(),
            matrix: matrix.ok_or_else(|| Unsupported::Matrix { name: name.clone() })?,
        })
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
        match &self.matrix {
            Matrix::Bytes(matrix, columns) => {
                let put = |y: &[_], u: &[_], v: &[_], out: &mut _| matrix.row(y, u, v, out);
                self.integers(tile, lines, rgba, *columns, Sampling::bytes, put);
            }
            Matrix::Words(matrix, columns) => {
                let put = |y: &[_], u: &[_], v: &[_], out: &mut _| matrix.row(y, u, v, out);
                self.integers(tile, lines, rgba, *columns, Sampling::words, put);
            }
            Matrix::Exact(matrix, line) => self.floats(tile, lines, rgba, *line, matrix),
        }
    }

    /// `videoconvert`'s way: columns first, then rows, each rounded.
    fn integers<T: Sample>(
        &self,
        tile: &Tile<'_>,
        lines: &Range<usize>,
        rgba: &mut [u8],
        columns: Columns,
        read: fn(&Sampling, &[u8], &mut [T]),
        put: impl Fn(&[T], &[T], &[T], &mut [u8]),
    ) {
        let fetch = |sampling: &Sampling, row: usize, out: &mut [T]| {
            read(sampling, tile.row(sampling.plane(), row), out);
        };
        let mut y = vec![T::default(); self.width];
        let [mut u, mut v] = [(); 2].map(|()| Wide::new(self.columns, self.width));
        for (line, out) in lines.clone().zip(rgba.chunks_exact_mut(self.width * super::color::RGBA)) {
            let taps = self.vertical.taps(line);
            fetch(&self.y, line, &mut y);
            let u = u.line(taps, columns, |row, out| fetch(&self.u, row, out));
            let v = v.line(taps, columns, |row, out| fetch(&self.v, row, out));
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
        let [mut above, mut below] = [(); 2].map(|()| vec![0.0; self.columns + 2]);
        for (line, out) in lines.clone().zip(rgba.chunks_exact_mut(self.width * super::color::RGBA)) {
            self.y.floats(tile.row(self.y.plane(), line), &mut y);
            let Taps { rows, weights } = self.vertical.taps(line);
            let [of_above, of_below] = weights.map(f32::from);
            let sum = of_above + of_below;
            for (sampling, wide) in [(&self.u, &mut u), (&self.v, &mut v)] {
                for (row, samples) in rows.into_iter().zip([&mut above, &mut below]) {
                    let row = tile.row(sampling.plane(), row);
                    sampling.floats(row, &mut samples[1..=self.columns]);
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

    fn line(&mut self, taps: Taps, columns: Columns, fetch: impl Fn(usize, &mut [T])) -> &[T] {
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
fn is_nearest(components: [(&Component, Sampling); 3]) -> bool {
    let [(y, _), (u, _), (v, _)] = components;
    let bytes = components.iter().all(|(_, sampling)| sampling.whole_bytes() == Some((1, 0)));
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
fn held_rows(layout: &Layout, components: [(&Component, Sampling); 3]) -> usize {
    let [_, (u, _), (v, _)] = components;
    let held = |c: &Component| {
        let plane = layout.planes.get(usize::from(c.plane))?;
        let rest = plane.length.checked_sub(c.row_bytes(layout.sent_width()))?;
        usize::try_from(rest.checked_div(u64::from(plane.stride))? + 1).ok()
    };
    let checked = u.rows(layout.sent_height()) as usize;
    held(u).min(held(v)).unwrap_or(checked).max(checked)
}
