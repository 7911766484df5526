//! The fast path of the standards' formula: YUV of 8 to 12 bits, upsampled and mapped in integers.
//!
//! ```text
//! chroma rows ─ mix ─▶ one row of 16 bits, its ends repeated ─┐
//! luma row ───────────────────────────────────────────────────┴─ columns between, matrix ─▶ RGBA
//! ```
//!
//! A chroma row is read once for all lines that it is part of. The arithmetic is that of [`Fixed`], whoever computes it.

use super::rows::Reader;
use crate::convert::color::{Fixed, RGBA, Taps, Vertical};
use crate::convert::unpack::{Source, Tile};
use std::ops::Range;

/// Where Y, U and V are, and what is made of them.
#[derive(Clone, Debug)]
pub(in crate::convert) struct Formula {
    y: Reader,
    u: Reader,
    v: Reader,
    vertical: Vertical,
    kernel: Kernel,
}

/// What is made of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    pub(super) columns: Columns,
    pub(super) fixed: Fixed,
}

/// How a row of chroma becomes one of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// As it is: a sample a pixel.
    All,
    /// Samples on the left one of two pixels.
    Left,
    /// Samples in the middle of two pixels.
    Centred,
}

/// A line's luma.
#[derive(Clone, Copy)]
pub(super) enum Luma<'a> {
    Bytes(&'a [u8]),
    /// Bytes of words, the bits below a code, and its own. The last word may lack a byte.
    Fields(&'a [u8], u32, u16),
    Words(&'a [u16]),
}

/// A chroma component: the rows last read, and what they were mixed to.
struct Chroma {
    /// Neighbouring lines are made of the same rows, which are never four apart.
    rows: [(Option<usize>, Vec<u16>); 4],
    /// A sample more at either end.
    mixed: Vec<i16>,
}

impl Formula {
    /// The fast path of these components, Y, U, V; `None` where chroma has fewer than half the columns.
    pub(in crate::convert) fn new(
        sources: [&Source; 3],
        vertical: Vertical,
        left: bool,
        fixed: Fixed,
    ) -> Option<Self> {
        let columns = match (sources[1].w_sub, left) {
            (0, _) => Columns::All,
            (1, true) => Columns::Left,
            (1, false) => Columns::Centred,
            _ => return None,
        };
        let [y, u, v] = sources.map(Reader::of);
        Some(Self { y, u, v, vertical, kernel: Kernel { columns, fixed } })
    }

    /// Writes the pixels of these lines; `tile` has their rows.
    pub(in crate::convert) fn lines(&self, tile: &Tile<'_>, lines: &Range<usize>, rgba: &mut [u8]) {
        let mut words = vec![0; self.y.columns()];
        let [mut u, mut v] = [&self.u, &self.v].map(|rows| Chroma::new(rows.columns()));
        for (line, out) in lines.clone().zip(rgba.chunks_exact_mut(self.y.columns() * RGBA)) {
            let taps = self.vertical.taps(line);
            u.mix(taps, &self.kernel, |row, out| self.u.read(tile, row, out));
            v.mix(taps, &self.kernel, |row, out| self.v.read(tile, row, out));
            let luma = if let Some(bytes) = self.y.bytes(tile, line) {
                Luma::Bytes(bytes)
            } else if let Some((bytes, shift, mask)) = self.y.words(tile, line) {
                Luma::Fields(bytes, shift, mask)
            } else {
                self.y.read(tile, line, &mut words);
                Luma::Words(&words)
            };
            let done = wide(&self.kernel, luma, &u.mixed, &v.mixed, out);
            self.kernel.narrow(done, luma, &u.mixed, &v.mixed, out);
        }
    }
}

impl Kernel {
    /// Writes the pixels from column `first` on, one by one.
    fn narrow(&self, first: usize, luma: Luma<'_>, u: &[i16], v: &[i16], out: &mut [u8]) {
        for (column, pixel) in out.as_chunks_mut::<RGBA>().0.iter_mut().enumerate().skip(first) {
            let luma = match luma {
                Luma::Bytes(bytes) => i32::from(bytes[column]),
                Luma::Fields(bytes, shift, mask) => {
                    let upper = bytes.get(2 * column + 1).copied().unwrap_or(0);
                    i32::from(u16::from_le_bytes([bytes[2 * column], upper]) >> shift & mask)
                }
                Luma::Words(words) => i32::from(words[column]),
            };
            let [u, v] = [u, v].map(|padded| self.columns.sample(padded, column));
            *pixel = self.fixed.pixel(self.fixed.luma(luma), u, v);
        }
    }
}

impl Columns {
    /// The sample of 16 bits at a pixel.
    fn sample(self, padded: &[i16], column: usize) -> i32 {
        let near = |at: usize| i32::from(padded[at]);
        let own = column / 2 + 1;
        match (self, column % 2) {
            (Self::All, _) => near(column + 1),
            (Self::Left, 0) => 2 * near(own),
            (Self::Left, _) => near(own) + near(own + 1),
            (Self::Centred, 0) => near(own - 1) + 3 * near(own),
            (Self::Centred, _) => 3 * near(own) + near(own + 1),
        }
    }

    /// Bits that this adds to a sample.
    fn fraction(self) -> u8 {
        match self {
            Self::All => 0,
            Self::Left => 1,
            Self::Centred => 2,
        }
    }
}

impl Chroma {
    fn new(columns: usize) -> Self {
        Self { rows: [(); 4].map(|()| (None, Vec::new())), mixed: vec![0; columns + 2] }
    }

    /// Makes the row of a line: around zero, and as large as leaves room for what `Columns` adds.
    fn mix(&mut self, taps: Taps, kernel: &Kernel, mut read: impl FnMut(usize, &mut [u16])) {
        let Taps { rows: [first, second], weights } = taps;
        let columns = self.mixed.len() - 2;
        for row in [first, second] {
            let (held, samples) = &mut self.rows[row % 4];
            if *held != Some(row) {
                samples.resize(columns, 0);
                read(row, samples);
                *held = Some(row);
            }
        }
        // The sum of the weights is a power of two; the products have 16 bits together.
        let bits = 16 - kernel.fixed.depth - kernel.columns.fraction();
        let unit = (1 << bits) / (weights[0] + weights[1]);
        let [of_first, of_second] = weights.map(|weight| weight * unit);
        let middle = 0x8000 >> kernel.columns.fraction();
        let [above, below] = [first, second].map(|row| &self.rows[row % 4].1);
        if of_second == 0 {
            for (mixed, &sample) in self.mixed[1..].iter_mut().zip(above) {
                *mixed = sample.wrapping_mul(of_first).wrapping_sub(middle).cast_signed();
            }
        } else {
            for ((mixed, &above), &below) in self.mixed[1..].iter_mut().zip(above).zip(below) {
                let sum = above.wrapping_mul(of_first).wrapping_add(below.wrapping_mul(of_second));
                *mixed = sum.wrapping_sub(middle).cast_signed();
            }
        }
        self.mixed[0] = self.mixed[1];
        self.mixed[columns + 1] = self.mixed[columns];
    }
}

/// As many pixels as whole vectors hold; tells how many.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn wide(kernel: &Kernel, luma: Luma<'_>, u: &[i16], v: &[i16], out: &mut [u8]) -> usize {
    super::simd::formula::pixels(kernel, luma, u, v, out)
}

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide(_kernel: &Kernel, _luma: Luma<'_>, _u: &[i16], _v: &[i16], _out: &mut [u8]) -> usize {
    0
}
