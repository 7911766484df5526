//! Codes to colour, as tables made once a layout: what `videoconvert` makes of a sample, or what the standards say.

use super::Unsupported;
use wire::layout::Range;

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
const NO_CHROMA_16: i64 = 0x8000;

/// `videoconvert`'s luma factor of 8 bits for limited range, 255 * 256 / 219 rounded; for full range it is 256.
const LUMA_LIMITED_8: i64 = 298;
const LUMA_FULL_8: i64 = 256;

/// `videoconvert`'s integer matrix of 16 bits: a row each for R, G and B, of factors for Y, U and V and an offset.
type Matrix16 = [[i64; 4]; 3];

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
    let rows = matrix16(matrix, range)?;
    let pixel = |sample| match mode {
        ColorMode::Gst if depth <= 8 => gray(luma8(narrow(sample, depth), range)),
        ColorMode::Gst => {
            let [r, g, b] = rows.map(|row| luma16(widen(sample, depth), row));
            [r, g, b, OPAQUE]
        }
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
fn narrow(sample: u16, depth: u8) -> u8 {
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

/// One row of `videoconvert`'s 16-bit matrix without chroma, narrowed by truncation.
fn luma16(word: u16, [y, u, v, offset]: [i64; 4]) -> u8 {
    let sum = y * i64::from(word) + (u + v) * NO_CHROMA_16 + offset;
    byte(sum >> 8 >> 8)
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

/// The rows of a matrix by GStreamer's name for it.
///
/// `unknown` is reachable for gray only, and `rgb` cannot be meant for it: both are read as bt601.
fn matrix16(name: &str, range: Range) -> Result<Matrix16, Unsupported> {
    use Range::{Full, Limited};
    Ok(match (name, range) {
        ("bt601" | "unknown" | "rgb", Limited) => {
            [[298, 0, 409, -14_609_388], [298, -100, -208, 8_885_063], [298, 516, 0, -18_142_715]]
        }
        ("bt601" | "unknown" | "rgb", Full) => {
            [[255, 0, 358, -11_715_066], [255, -88, -182, 8_842_891], [255, 452, 0, -14_806_774]]
        }
        ("bt709", Limited) => {
            [[298, 0, 459, -16_259_547], [298, -55, -136, 5_038_282], [298, 541, 0, -18_941_056]]
        }
        ("bt709", Full) => {
            [[255, 0, 402, -13_158_978], [255, -48, -119, 5_476_907], [255, 473, 0, -15_505_333]]
        }
        ("bt2020", Limited) => {
            [[298, 0, 430, -15_302_684], [298, -48, -167, 5_806_616], [298, 548, 0, -19_187_434]]
        }
        ("bt2020", Full) => {
            [[255, 0, 376, -12_321_710], [255, -42, -146, 6_149_209], [255, 480, 0, -15_720_917]]
        }
        ("smpte240m", Limited) => {
            [[298, 0, 459, -16_271_007], [298, -66, -139, 5_494_706], [298, 532, 0, -18_658_390]]
        }
        ("smpte240m", Full) => {
            [[255, 0, 402, -13_169_005], [255, -58, -122, 5_876_283], [255, 466, 0, -15_257_997]]
        }
        ("fcc", Limited) => {
            [[298, 0, 408, -14_590_289], [298, -97, -207, 8_746_177], [298, 519, 0, -18_219_111]]
        }
        ("fcc", Full) => {
            [[255, 0, 357, -11_698_354], [255, -85, -182, 8_721_364], [255, 454, 0, -14_873_622]]
        }
        _ => return Err(Unsupported::Matrix { name: name.to_owned() }),
    })
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
