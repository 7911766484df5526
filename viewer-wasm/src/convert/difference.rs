//! How far two frames are apart, sample by sample: the greatest difference and the PSNR of each component, and a picture.
//!
//! Where both have the same components, in the same depth and at the same pixels, native codes are compared, however
//! each frame packs them; else, in frames of one size, the colours drawn from them. Work is done block by block of lines,
//! so that a caller can draw in between. Knows nothing of which frames belong together.

use super::color::{OPAQUE, RGBA};
use super::decoder::Decoder;
use super::error::DecodeError;
use super::probe::{Component, Probe};
use super::unpack::{Kind, Needed, Tile};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use thiserror::Error;
use wire::layout::MAX_PLANES;

/// Lines of a block: as many as the tallest tiles have.
const BLOCK_LINES: usize = 32;
/// Samples of a block, about: a fraction of a millisecond of work.
const BLOCK_SAMPLES: usize = 32 * 1024;
/// The name and the byte in a pixel of each colour that is drawn.
const DRAWN: [(char, usize); 3] = [('R', 0), ('G', 1), ('B', 2)];

/// Two frames, as far as they have been compared.
#[derive(Debug)]
pub struct Difference {
    width: usize,
    height: usize,
    line: usize,
    block: usize,
    by: By,
    apart: Vec<Apart>,
}

/// How far one component of two frames is apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Apart {
    /// R, G, B, Y, U, V, A; S of a Bayer mosaic.
    pub name: char,
    /// Bits of a code.
    pub depth: u8,
    /// Samples compared.
    pub count: u64,
    /// The greatest difference, in codes.
    pub max: u16,
    /// The first pixel, from above and left, that is as far apart.
    pub at: (usize, usize),
    /// The sum of the squares of all differences.
    pub squares: u128,
}

/// Why two frames cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Incomparable {
    /// They have different sizes.
    #[error(
        "sizes differ: {width}x{height} and {other_width}x{other_height}",
        width = size.0, height = size.1, other_width = other.0, other_height = other.1
    )]
    Sizes {
        /// Columns and rows of the one.
        size: (usize, usize),
        /// Columns and rows of the other.
        other: (usize, usize),
    },
}

/// A frame with what reads it.
#[derive(Clone, Debug)]
pub struct Side {
    /// Its native codes.
    pub probe: Probe,
    /// Its colours.
    pub decoder: Rc<Decoder>,
}

/// What is compared.
#[derive(Debug)]
enum By {
    Codes(Vec<Pair>),
    Drawn(Box<[Rc<Decoder>; 2]>, u32),
}

/// One component of both frames.
#[derive(Debug)]
struct Pair {
    sides: [Component; 2],
    paints: Paint,
    /// The code that is painted for each difference.
    shades: Vec<u8>,
    counted: Vec<bool>,
}

/// What of a pixel a component's difference is painted to.
#[derive(Clone, Copy, Debug)]
enum Paint {
    Nothing,
    Channel(usize),
    /// Of all components, the greatest.
    Gray,
}

impl Apart {
    fn new(name: char, depth: u8) -> Self {
        Self { name, depth, count: 0, max: 0, at: (0, 0), squares: 0 }
    }

    /// The peak signal-to-noise ratio in dB, of a peak of `2^depth - 1`; infinite where nothing differs.
    #[must_use]
    pub fn psnr(&self) -> f64 {
        if self.squares == 0 {
            return f64::INFINITY;
        }
        let peak = f64::from(u16::MAX >> (16 - self.depth.clamp(1, 16)));
        10.0 * (peak * peak * float(self.count.into()) / float(self.squares)).log10()
    }

    /// Takes note of one row of differences.
    fn row(&mut self, differences: &[u16], line: usize, w_sub: u8) {
        let mut squares = 0_u64;
        let mut max = self.max;
        for (column, &difference) in differences.iter().enumerate() {
            squares += u64::from(difference) * u64::from(difference);
            if difference > max {
                max = difference;
                self.at = (column << w_sub, line);
            }
        }
        self.max = max;
        self.count += differences.len() as u64;
        self.squares += u128::from(squares);
    }
}

impl Difference {
    /// Two frames, none of whose samples have been compared; differences are painted `gain` times as bright.
    pub fn new(one: &Side, other: &Side, gain: u32) -> Result<Self, Incomparable> {
        let (size, other_size) = (one.probe.size(), other.probe.size());
        if size != other_size {
            return Err(Incomparable::Sizes { size, other: other_size });
        }
        let native = pairs(&one.probe, &other.probe, gain);
        let apart: Vec<_> = match &native {
            Some(pairs) => pairs.iter().map(Pair::apart).collect(),
            None => DRAWN.iter().map(|&(name, _)| Apart::new(name, 8)).collect(),
        };
        let decoders = || [Rc::clone(&one.decoder), Rc::clone(&other.decoder)];
        let by = native.map_or_else(|| By::Drawn(Box::new(decoders()), gain), By::Codes);
        let block = (BLOCK_SAMPLES / size.0.max(1)).clamp(1, BLOCK_LINES);
        Ok(Self { width: size.0, height: size.1, line: 0, block, by, apart })
    }

    /// Whether native codes are compared; else it is the colours drawn.
    #[must_use]
    pub fn is_native(&self) -> bool {
        matches!(self.by, By::Codes(_))
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Bytes of the picture.
    #[must_use]
    pub fn rgba_len(&self) -> usize {
        self.width * self.height * RGBA
    }

    /// Compares one block of lines more and paints it; false when all have been. `one` and `other` give the bytes of a
    /// range of the frame's payload; `rgba` is the whole picture, and may be empty where none is wanted.
    pub fn step<'a, E: From<DecodeError>>(
        &mut self,
        mut one: impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
        mut other: impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
        rgba: &mut [u8],
    ) -> Result<bool, E> {
        let lines = self.line..self.height.min(self.line + self.block);
        if lines.is_empty() {
            return Ok(false);
        }
        let row_len = self.width * RGBA;
        let out = rgba.get_mut(lines.start * row_len..lines.end * row_len).unwrap_or_default();
        match &mut self.by {
            By::Codes(pairs) => {
                for pixel in out.chunks_exact_mut(RGBA) {
                    pixel.copy_from_slice(&[0, 0, 0, OPAQUE]);
                }
                for (pair, apart) in pairs.iter_mut().zip(&mut self.apart) {
                    pair.lines(&lines, &mut one, &mut other, (out, row_len), apart)?;
                }
            }
            By::Drawn(decoders, gain) => {
                let [a, b] = decoders.as_ref();
                let [a, b] = [drawn(a, &lines, &mut one)?, drawn(b, &lines, &mut other)?];
                compare_drawn(&a, &b, (lines.start, self.width), *gain, out, &mut self.apart);
            }
        }
        self.line = lines.end;
        Ok(self.line < self.height)
    }

    /// What has been found, in the order of the first frame's components.
    #[must_use]
    pub fn apart(&self) -> &[Apart] {
        &self.apart
    }
}

impl Pair {
    fn apart(&self) -> Apart {
        let [one, _] = &self.sides;
        Apart::new(one.source.name, one.source.depth)
    }

    fn lines<'a, E>(
        &mut self,
        lines: &Range<usize>,
        one: &mut impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
        other: &mut impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
        (out, row_len): (&mut [u8], usize),
        apart: &mut Apart,
    ) -> Result<(), E> {
        let [a, b] = &self.sides;
        let rows = lines.clone().map(|line| a.rows.row_of(line));
        let (Some(first), Some(last)) = (rows.clone().min(), rows.max()) else { return Ok(()) };
        let needed = Needed { luma: first..last + 1, chroma: 0..0 };
        let bytes = [one(a.bytes(&needed))?, other(b.bytes(&needed))?];
        let (mut codes, mut differences) = (vec![0; b.source.columns], vec![0; a.source.columns]);
        let mut known = None;
        for line in lines.clone() {
            let row = a.rows.row_of(line);
            if known != Some(row) {
                a.codes(&needed, &bytes[0], row, &mut differences);
                b.codes(&needed, &bytes[1], row, &mut codes);
                for (difference, &code) in differences.iter_mut().zip(&codes) {
                    *difference = difference.abs_diff(code);
                }
                known = Some(row);
            }
            if self.counted.get_mut(row).is_some_and(|counted| !std::mem::replace(counted, true)) {
                // The last sample that a plane lacks is a copy of the one to its left, and is none.
                let last = a.source.columns.saturating_sub(1);
                let is_short = a.byte(last, row).is_none() || b.byte(last, row).is_none();
                let end = a.source.columns - usize::from(is_short);
                apart.row(differences.get(..end).unwrap_or_default(), line, a.source.w_sub);
            }
            let start = (line - lines.start) * row_len;
            let out = out.get_mut(start..start + row_len).unwrap_or_default();
            paint(self.paints, &self.shades, &differences, a.source.w_sub, out);
        }
        Ok(())
    }
}

impl Component {
    fn bytes(&self, needed: &Needed) -> Range<usize> {
        self.planes.get(self.source.plane).map_or(0..0, |plane| plane.bytes(needed))
    }

    fn codes(&self, needed: &Needed, bytes: &[u8], row: usize, out: &mut [u16]) {
        let mut slices = [&[][..]; MAX_PLANES];
        if let Some(slice) = slices.get_mut(self.source.plane) {
            *slice = bytes;
        }
        self.source.codes(&Tile::new(&self.planes, &slices, needed), row, out);
    }

    /// Whether its samples are those of the same pixels, in the same depth.
    fn is_like(&self, other: &Self) -> bool {
        let place = |component: &Self| {
            let source = &component.source;
            let fields = component.rows.interlaced && source.h_sub > 0;
            (source.name, source.depth, source.w_sub, source.h_sub, source.columns, fields)
        };
        place(self) == place(other)
    }
}

/// The components of both, each with its like; none where native codes cannot be compared.
fn pairs(one: &Probe, other: &Probe, gain: u32) -> Option<Vec<Pair>> {
    // Indices of palettes are no amounts.
    if one.kind() != other.kind() || one.is_indexed() || one.components.len() != other.components.len() {
        return None;
    }
    let is_rgb = *one.kind() == Kind::Rgb;
    let pair = |component: &Component| {
        let like = other.components.iter().find(|other| component.is_like(other))?;
        let name = component.source.name;
        let channel = DRAWN.iter().find(|&&(drawn, _)| drawn == name).map(|&(_, place)| place);
        let paints = match channel {
            _ if name == 'A' => Paint::Nothing,
            Some(place) if is_rgb => Paint::Channel(place),
            _ => Paint::Gray,
        };
        let peak = u16::MAX >> (16 - component.source.depth.clamp(1, 16));
        Some(Pair {
            sides: [component.clone(), like.clone()],
            paints,
            shades: (0..=peak).map(|difference| shade(difference, peak, gain)).collect(),
            counted: vec![false; component.rows.rows.max(like.rows.rows)],
        })
    };
    one.components.iter().map(pair).collect()
}

/// A difference as a code of 8 bits, `gain` times as bright, rounded to nearest.
fn shade(difference: u16, peak: u16, gain: u32) -> u8 {
    let bright = u64::from(difference) * u64::from(gain) * 255 + u64::from(peak) / 2;
    u8::try_from(bright / u64::from(peak.max(1))).unwrap_or(u8::MAX)
}

fn paint(paints: Paint, shades: &[u8], differences: &[u16], w_sub: u8, out: &mut [u8]) {
    let shade = |x: usize| {
        let column = (x >> w_sub).min(differences.len().saturating_sub(1));
        let difference = differences.get(column).copied().unwrap_or(0);
        shades.get(usize::from(difference)).copied().unwrap_or(u8::MAX)
    };
    let pixels = out.chunks_exact_mut(RGBA).enumerate();
    match paints {
        Paint::Nothing => {}
        Paint::Channel(place) => pixels.for_each(|(x, pixel)| pixel[place] = shade(x)),
        Paint::Gray => pixels.for_each(|(x, pixel)| {
            let shade = shade(x).max(pixel[0]);
            pixel[..RGBA - 1].fill(shade);
        }),
    }
}

/// Lines as they are drawn.
fn drawn<'a, E: From<DecodeError>>(
    decoder: &Decoder,
    lines: &Range<usize>,
    payload: &mut impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
) -> Result<Vec<u8>, E> {
    let bytes = (0..decoder.planes()).map(|plane| payload(decoder.plane_rows(plane, lines)));
    let bytes = bytes.collect::<Result<Vec<_>, _>>()?;
    let mut planes = [&[][..]; MAX_PLANES];
    for (plane, bytes) in planes.iter_mut().zip(&bytes) {
        *plane = bytes;
    }
    let mut rgba = vec![0; lines.len() * decoder.rgba_row_len()];
    decoder.decode_rows(&planes[..bytes.len()], lines, &mut rgba)?;
    Ok(rgba)
}

fn compare_drawn(
    one: &[u8],
    other: &[u8],
    (line, width): (usize, usize),
    gain: u32,
    out: &mut [u8],
    apart: &mut [Apart],
) {
    let row_len = (width * RGBA).max(1);
    let rows = one.chunks_exact(row_len).zip(other.chunks_exact(row_len));
    let mut differences = Vec::with_capacity(width);
    for (apart, (_, place)) in apart.iter_mut().zip(DRAWN) {
        for (line, (one, other)) in (line..).zip(rows.clone()) {
            let codes = |row: &[u8]| row.iter().skip(place).step_by(RGBA).copied().collect::<Vec<_>>();
            differences.clear();
            differences.extend(codes(one).iter().zip(codes(other)).map(|(a, b)| u16::from(a.abs_diff(b))));
            apart.row(&differences, line, 0);
        }
    }
    for ((pixel, one), other) in
        out.chunks_exact_mut(RGBA).zip(one.chunks_exact(RGBA)).zip(other.chunks_exact(RGBA))
    {
        for (place, code) in pixel.iter_mut().enumerate().take(RGBA - 1) {
            *code = shade(one[place].abs_diff(other[place]).into(), 255, gain);
        }
        pixel[RGBA - 1] = OPAQUE;
    }
}

#[allow(clippy::cast_precision_loss, reason = "the one rounding of a sum that was exact")]
fn float(whole: u128) -> f64 {
    whole as f64
}
