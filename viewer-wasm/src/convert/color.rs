//! Codes to colour, as tables made once a layout: what `videoconvert` makes of a sample, or what the standards say.

use super::{Unsupported, matrix};
use wire::layout::Range;

/// Bytes of an output pixel.
pub(super) const RGBA: usize = 4;

/// How codes become colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMode {
    /// Bit for bit what GStreamer's `videoconvert` makes of the frame with its default options.
    #[default]
    Gst,
    /// What ITU-R BT.601, 709 and 2020 say, rounded to the nearest code.
    Itu,
}

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
pub(super) fn rgb_table(depth: u8, range: Range, mode: ColorMode) -> Vec<u8> {
    let code = |sample| match mode {
        ColorMode::Gst => narrow(sample, depth),
        ColorMode::Itu => expand(sample, depth, range),
    };
    samples(depth).map(code).collect()
}

/// The output pixel of every gray sample of `depth` bits; `2^depth` entries.
pub(super) fn gray_table(
    depth: u8,
    matrix: &str,
    range: Range,
    mode: ColorMode,
) -> Result<Vec<Rgba>, Unsupported> {
    // Unknown is reachable for gray only, and RGB's cannot be meant for it: both are read as bt601.
    let known = if matches!(matrix, "unknown" | "rgb") { "bt601" } else { matrix };
    let words =
        matrix::Words::named(known, range).ok_or_else(|| Unsupported::Matrix { name: matrix.to_owned() })?;
    let pixel = |sample| match mode {
        ColorMode::Gst if depth <= 8 => gray(luma8(narrow(sample, depth), range)),
        ColorMode::Gst => words.pixel(widen(sample, depth), NO_CHROMA_16, NO_CHROMA_16),
        ColorMode::Itu => gray(expand(sample, depth, range)),
    };
    Ok(samples(depth).map(pixel).collect())
}

fn samples(depth: u8) -> std::ops::RangeInclusive<u16> {
    0..=u16::MAX >> (16 - depth)
}

fn gray(code: u8) -> Rgba {
    [code, code, code, OPAQUE]
}

/// The topmost 8 bits; a shallower sample is repeated below itself until all 8 are filled.
pub(super) fn narrow(sample: u16, depth: u8) -> u8 {
    let mut word = sample << (16 - depth);
    let mut filled = depth;
    while filled < 8 {
        word |= word >> filled;
        filled *= 2;
    }
    word.to_be_bytes()[0]
}

/// All 16 bits: the sample on top, repeated below itself once.
fn widen(sample: u16, depth: u8) -> u16 {
    let word = sample << (16 - depth);
    word | word.checked_shr(u32::from(depth)).unwrap_or(0)
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

    #[test]
    fn shallow_samples_are_repeated() {
        for x in 0..32_u16 {
            assert_eq!(u16::from(narrow(x, 5)), x << 3 | x >> 2);
        }
        for x in 0..64_u16 {
            assert_eq!(u16::from(narrow(x, 6)), x << 2 | x >> 4);
        }
        assert_eq!(
            [narrow(0, 1), narrow(1, 1), narrow(2, 2), narrow(5, 3)],
            [0, 255, 0b1010_1010, 0b1011_0110]
        );
    }

    #[test]
    fn every_depth_reaches_black_and_white() {
        for depth in 1..=16 {
            for mode in [ColorMode::Gst, ColorMode::Itu] {
                let table = rgb_table(depth, Range::Full, mode);
                assert_eq!(table.len(), 1 << depth);
                assert_eq!((table.first(), table.last()), (Some(&0), Some(&255)), "{depth} {mode:?}");
            }
        }
    }

    #[test]
    fn eight_bit_rgb_passes_unchanged_whatever_the_range() {
        let table = rgb_table(8, Range::Limited, ColorMode::Gst);
        assert!(table.iter().enumerate().all(|(code, &out)| code == usize::from(out)));
    }

    #[test]
    fn gst_white_of_limited_gray_is_253() {
        let table = gray_table(8, "bt601", Range::Limited, ColorMode::Gst).unwrap();
        assert_eq!(table[235], [253, 253, 253, 255]);
    }

    #[test]
    fn itu_is_within_one_of_the_formula() {
        for depth in [5, 8, 10, 12, 16_u8] {
            let max = f64::from((1_u32 << depth) - 1);
            let unit = f64::from(1_u32 << depth) / 256.0;
            for range in [Range::Full, Range::Limited] {
                let table = rgb_table(depth, range, ColorMode::Itu);
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
        let error = gray_table(8, "bt1886", Range::Full, ColorMode::Gst).unwrap_err();
        assert!(error.to_string().contains("bt1886"));
    }
}
