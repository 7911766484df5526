//! The fast path of gray: codes to bytes by a straight line or as they are, and bytes to gray or to colours of a map.

use super::rows::Rows;
use crate::convert::color::{RGBA, Rgba};
use crate::convert::general::GrayChannel;
use crate::convert::unpack::Tile;
use std::ops::Range;

/// Where the codes are, and how they become pixels.
#[derive(Clone, Debug)]
pub(in crate::convert) struct Gray {
    rows: Rows,
    line: Option<Straight>,
    /// The pixel of every byte, where it is not just gray.
    map: Option<Box<[Rgba; 256]>>,
    /// The pixel of code zero, where it is not that of its byte.
    zero: Option<Rgba>,
}

/// The straight line from the code of black to that of white: a byte for every code, rounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Straight {
    pub(super) black: u16,
    /// Codes from black to white, at least one.
    pub(super) span: u16,
    /// Black is above white.
    pub(super) falling: bool,
}

impl Gray {
    /// The fast path of this channel; `None` where it is none, that is where the table says something else.
    pub(in crate::convert) fn from_channel(channel: &GrayChannel) -> Option<Self> {
        let rows = Rows::of(&channel.source)?;
        let line = if rows.is_bytes() { None } else { Some(Straight::new(channel.ends?)) };
        let mut map: [Option<Rgba>; 256] = [None; 256];
        let mut zero = None;
        // From the last to the first, so that zero is compared with what others have.
        for (code, &pixel) in (0..=u16::MAX).zip(&channel.table).rev() {
            let byte = line.map_or(code.to_le_bytes()[0], |line| line.byte(code));
            match &mut map[usize::from(byte)] {
                Some(other) if *other == pixel => {}
                Some(_) if code == 0 => zero = Some(pixel),
                Some(_) => return None,
                none => *none = Some(pixel),
            }
        }
        let map = map.map(Option::unwrap_or_default);
        let gray = |(byte, &pixel): (usize, &Rgba)| pixel == Rgba::default() || pixel == super::gray(byte);
        let map = if map.iter().enumerate().all(gray) { None } else { Some(Box::new(map)) };
        Some(Self { rows, line, map, zero })
    }

    /// Writes the pixels of these rows.
    pub(in crate::convert) fn rows(&self, tile: &Tile<'_>, rows: &Range<usize>, rgba: &mut [u8]) {
        let columns = self.rows.columns;
        let (mut words, mut bytes) = (vec![0; columns], vec![0; columns]);
        for (row, out) in rows.clone().zip(rgba.chunks_exact_mut(columns * RGBA)) {
            let Some(line) = &self.line else {
                self.paint(self.rows.bytes(tile, row).unwrap_or_default(), out);
                continue;
            };
            self.rows.read(tile, row, &mut words);
            line.bytes(&words, &mut bytes);
            self.paint(&bytes, out);
            if let Some(zero) = self.zero {
                let pixels = out.as_chunks_mut().0.iter_mut().zip(&words);
                pixels.filter(|(_, word)| **word == 0).for_each(|(pixel, _)| *pixel = zero);
            }
        }
    }

    fn paint(&self, bytes: &[u8], out: &mut [u8]) {
        match &self.map {
            Some(map) => {
                for (pixel, &byte) in out.as_chunks_mut().0.iter_mut().zip(bytes) {
                    *pixel = map[usize::from(byte)];
                }
            }
            None => spread(bytes, out),
        }
    }
}

impl Straight {
    fn new((black, white): (u16, u16)) -> Self {
        // Where both are one code, all above it is white.
        Self { black, span: black.abs_diff(white).max(1), falling: white < black }
    }

    fn byte(self, code: u16) -> u8 {
        let Self { black, span, falling } = self;
        let above = if falling { black.saturating_sub(code) } else { code.saturating_sub(black) };
        let rounded = (u32::from(above.min(span)) * 255 + u32::from(span / 2)) / u32::from(span);
        rounded.to_le_bytes()[0]
    }

    fn bytes(self, codes: &[u16], out: &mut [u8]) {
        let done = wide_bytes(self, codes, out);
        for (byte, &code) in out.iter_mut().zip(codes).skip(done) {
            *byte = self.byte(code);
        }
    }
}

/// Gray of these bytes.
fn spread(bytes: &[u8], out: &mut [u8]) {
    let done = wide_spread(bytes, out);
    for (pixel, &byte) in out.as_chunks_mut().0.iter_mut().zip(bytes).skip(done) {
        *pixel = super::gray(usize::from(byte));
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd::gray::{bytes as wide_bytes, spread as wide_spread};

/// As many as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide_bytes(_line: Straight, _codes: &[u16], _out: &mut [u8]) -> usize {
    0
}

/// As many as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide_spread(_bytes: &[u8], _out: &mut [u8]) -> usize {
    0
}
