//! Codes to colour, as tables made once a layout: what `videoconvert` makes of a sample, or what the standards say.

mod chroma;
mod fixed;
pub(super) mod matrix;
mod upsample;

pub(super) use chroma::{Filter, Taps, Vertical};
pub(super) use fixed::Fixed;
pub(super) use upsample::{Columns, Line, Sample, mix};

use super::display::Curve;
use super::error::Unsupported;
use super::picture::{ColorMode, Drawing, Rgb};
use super::unpack::{narrow, widen};
use wire::layout::Range;

/// Bytes of an output pixel.
pub(super) const RGBA: usize = 4;

/// One pixel of output: R, G, B, A.
pub(super) type Rgba = [u8; 4];

/// The alpha of every pixel: frames are shown opaque.
pub(super) const OPAQUE: u8 = 255;

/// Mid-scale of 16-bit chroma: a gray sample is a luma sample with this for U and V.
const NO_CHROMA_16: u16 = 0x8000;

/// `videoconvert`'s luma factor of 8 bits for limited range, 255 * 256 / 219 rounded; for full range it is 256.
const LUMA_LIMITED_8: i64 = 298;
const LUMA_FULL_8: i64 = 256;

/// The output code of every sample of `depth` bits of one RGB component; `2^depth` entries.
pub(super) fn rgb_table(depth: u8, drawing: &Drawing) -> Vec<u8> {
    let curve = drawing.curve(depth);
    let code = |sample| match (drawing.mode, &curve) {
        (ColorMode::Gst, _) => narrow(sample, depth),
        (ColorMode::Itu, None) => expand(sample, depth, drawing.range),
        (ColorMode::Itu, Some(curve)) => curve.byte(f64::from(sample)),
    };
    samples(depth).map(code).collect()
}

/// Every sample of `depth` bits of one RGB component, from black at 0 to white at 1; `2^depth` entries.
pub(super) fn unit_table(depth: u8, drawing: &Drawing) -> Vec<f32> {
    let curve = drawing.any_curve(depth);
    samples(depth).map(|sample| single(curve.unit(f64::from(sample)))).collect()
}

/// The output pixel of every gray sample of `depth` bits; `2^depth` entries.
pub(super) fn gray_table(depth: u8, drawing: &Drawing) -> Result<Vec<Rgba>, Unsupported> {
    let (matrix, range) = (drawing.matrix.as_str(), drawing.range);
    // Unknown is reachable for gray only, and RGB's cannot be meant for it: both are read as bt601.
    let known = if matches!(matrix, "unknown" | "rgb") { "bt601" } else { matrix };
    let words =
        matrix::Words::named(known, range).ok_or_else(|| Unsupported::Matrix { name: matrix.to_owned() })?;
    let (curve, map) = (drawing.curve(depth), drawing.map.table());
    let mapped = |code: u8| {
        let [red, green, blue] = map[usize::from(code)];
        [red, green, blue, OPAQUE]
    };
    let pixel = |sample| match (drawing.mode, &curve) {
        (ColorMode::Gst, _) if depth <= 8 => gray(luma8(narrow(sample, depth), range)),
        (ColorMode::Gst, _) => words.pixel(widen(sample, depth), NO_CHROMA_16, NO_CHROMA_16),
        (ColorMode::Itu, None) => mapped(expand(sample, depth, range)),
        (ColorMode::Itu, Some(curve)) => mapped(curve.byte(f64::from(sample))),
    };
    let mut table: Vec<_> = samples(depth).map(pixel).collect();
    if let (Some(Rgb([red, green, blue])), Some(zero)) = (drawing.zero, table.first_mut()) {
        *zero = [red, green, blue, OPAQUE];
    }
    Ok(table)
}

impl Drawing {
    /// The curve from codes of `depth` bits, where it is not the straight line of the range.
    pub(super) fn curve(&self, depth: u8) -> Option<Curve> {
        let straight = self.levels.is_none() && (self.gamma - 1.0).abs() <= f64::EPSILON;
        (!straight).then(|| self.any_curve(depth))
    }

    /// The codes of `depth` bits that are black and white, if all others are on the straight line of both.
    pub(super) fn ends(&self, depth: u8) -> Option<(u16, u16)> {
        let straight = self.mode == ColorMode::Itu && (self.gamma - 1.0).abs() <= f64::EPSILON;
        let (black, white) = self.black_and_white(depth);
        straight.then_some((whole(black)?, whole(white)?))
    }

    /// The curve from codes of `depth` bits.
    fn any_curve(&self, depth: u8) -> Curve {
        let (black, white) = self.black_and_white(depth);
        Curve::new(black, white, self.gamma)
    }

    /// The codes of `depth` bits that are black and white.
    pub(super) fn black_and_white(&self, depth: u8) -> (f64, f64) {
        let codes = f64::from(1_u32 << depth);
        if let Some((black, white)) = self.levels {
            // Components of fewer bits have their share of the deepest one's codes.
            let share = (codes - 1.0) / f64::from((1_u32 << self.deepest) - 1);
            return (f64::from(black) * share, f64::from(white) * share);
        }
        match self.range {
            Range::Full => (0.0, codes - 1.0),
            // 16 and 235 at 8 bits, and twice that with every further bit.
            Range::Limited => (codes * 16.0 / 256.0, codes * 235.0 / 256.0),
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "computed in double and used in single precision")]
fn single(value: f64) -> f32 {
    value as f32
}

/// A code, if it is one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared after")]
fn whole(value: f64) -> Option<u16> {
    let code = value as u16;
    ((f64::from(code) - value).abs() <= f64::EPSILON).then_some(code)
}

fn samples(depth: u8) -> std::ops::RangeInclusive<u16> {
    0..=u16::MAX >> (16 - depth)
}

fn gray(code: u8) -> Rgba {
    [code, code, code, OPAQUE]
}

/// `videoconvert`'s 8-bit matrix without chroma: the black level never enters it, so limited white becomes 253.
fn luma8(code: u8, range: Range) -> u8 {
    let factor = match range {
        Range::Limited => LUMA_LIMITED_8,
        Range::Full => LUMA_FULL_8,
    };
    let centred = code ^ 0x80;
    let sample = i16::from_be_bytes([centred, centred]);
    let product = (i64::from(sample) * factor) >> 16;
    byte(product + 128)
}

/// Black to 0, white to 255, rounded; what lies outside is clamped.
fn expand(sample: u16, depth: u8, range: Range) -> u8 {
    let sample = i64::from(sample);
    // Limited range is 16 and 235 at 8 bits and doubles with every further bit; in units of 1/256 that is 16 << depth.
    let (above_black, span) = match range {
        Range::Full => (sample, (1 << depth) - 1),
        Range::Limited => ((sample << 8) - (16 << depth), 219 << depth),
    };
    byte((2 * 255 * above_black + span).div_euclid(2 * span))
}

/// The nearest code of 8 bits.
fn byte(code: i64) -> u8 {
    u8::try_from(code.clamp(0, 255)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Picture;
    use wire::Layout;

    fn drawing(mode: ColorMode, matrix: &str, range: Range) -> Drawing {
        let mut layout = Layout::plain(2, 2);
        matrix.clone_into(&mut layout.color.matrix);
        layout.color.range = range;
        Picture::from(mode).drawing(&layout, 8)
    }

    #[test]
    fn every_depth_reaches_black_and_white() {
        for depth in 1..=16 {
            for mode in [ColorMode::Gst, ColorMode::Itu] {
                let table = rgb_table(depth, &drawing(mode, "rgb", Range::Full));
                assert_eq!(table.len(), 1 << depth);
                assert_eq!((table.first(), table.last()), (Some(&0), Some(&255)), "{depth} {mode:?}");
            }
        }
    }

    #[test]
    fn eight_bit_rgb_passes_unchanged_whatever_the_range() {
        let table = rgb_table(8, &drawing(ColorMode::Gst, "rgb", Range::Limited));
        assert!(table.iter().enumerate().all(|(code, &out)| code == usize::from(out)));
    }

    #[test]
    fn gst_white_of_limited_gray_is_253() {
        let table = gray_table(8, &drawing(ColorMode::Gst, "bt601", Range::Limited)).unwrap();
        assert_eq!(table[235], [253, 253, 253, 255]);
    }

    #[test]
    fn itu_is_within_one_of_the_formula() {
        for depth in [5, 8, 10, 12, 16_u8] {
            let max = f64::from((1_u32 << depth) - 1);
            let unit = f64::from(1_u32 << depth) / 256.0;
            for range in [Range::Full, Range::Limited] {
                let table = rgb_table(depth, &drawing(ColorMode::Itu, "rgb", range));
                for (sample, &code) in (0_u32..).zip(&table) {
                    let sample = f64::from(sample);
                    let exact = match range {
                        Range::Full => sample / max * 255.0,
                        Range::Limited => (sample - 16.0 * unit) / (219.0 * unit) * 255.0,
                    };
                    assert!((exact.clamp(0.0, 255.0) - f64::from(code)).abs() <= 0.5 + 1e-9);
                }
            }
        }
    }

    #[test]
    fn an_unknown_matrix_is_refused_by_name() {
        let error = gray_table(8, &drawing(ColorMode::Gst, "bt1886", Range::Full)).unwrap_err();
        assert!(error.to_string().contains("bt1886"));
    }
}
