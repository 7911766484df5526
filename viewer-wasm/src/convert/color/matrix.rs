//! Y, U and V to R, G and B: `videoconvert`'s two integer matrices, and the formula that they stand for.

use super::fixed::Fixed;
use super::{OPAQUE, RGBA, Rgba, single};
use crate::convert::display::{Curve, ToneMap};
use crate::convert::picture::Drawing;
use wire::layout::Range;

/// `videoconvert`'s matrix of 8 bits: factors of Y, of V in R, of U in B, of U in G and of V in G, times 256.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Bytes(pub(in crate::convert) [i32; 5]);

/// `videoconvert`'s matrix of 16 bits: a row each for R, G and B, of factors for Y, U and V times 256, and an offset.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Words(pub(in crate::convert) [[i32; 4]; 3]);

/// The standards' formula from samples as they are to codes of 8 bits: factors of Y, U and V and an offset.
#[derive(Clone, Debug)]
pub(in crate::convert) struct Exact {
    rows: [[f32; 4]; 3],
    finish: Finish,
}

/// What is done with the codes of 8 bits and their fractions.
#[derive(Clone, Debug)]
enum Finish {
    /// They are rounded.
    Codes,
    /// They are computed and rounded in integers.
    Fixed(Fixed),
    /// Each goes through a table of `255 * CURVE_STEPS + 1` steps.
    Curve(Box<[u8]>),
    /// They are mapped from high dynamic range.
    Tone(ToneMap),
}

/// Steps of a curve's table to a code: a sixteenth of a code is less than any gamma in use can show.
const CURVE_STEPS: f32 = 16.0;

impl Bytes {
    /// The matrix of GStreamer's name for it; `None` for a name that is none.
    pub(in crate::convert) fn named(name: &str, range: Range) -> Option<Self> {
        integers(name, range).map(|(bytes, _)| Self(bytes))
    }

    /// Writes the pixels of a row.
    pub(in crate::convert) fn row(&self, y: &[u8], u: &[u8], v: &[u8], out: &mut [u8]) {
        let Self([of_y, v_in_r, u_in_b, u_in_g, v_in_g]) = *self;
        for (((pixel, &y), &u), &v) in out.chunks_exact_mut(RGBA).zip(y).zip(u).zip(v) {
            let (y, u, v) = (centred(y), centred(u), centred(v));
            // Each product is cut off by itself, and the black level never enters.
            let y = ((y * of_y) >> 16) + 128;
            let red = y + ((v * v_in_r) >> 16);
            let green = y + ((u * u_in_g) >> 16) + ((v * v_in_g) >> 16);
            let blue = y + ((u * u_in_b) >> 16);
            pixel.copy_from_slice(&rgba(red, green, blue));
        }
    }
}

impl Words {
    /// The matrix of GStreamer's name for it; `None` for a name that is none.
    pub(in crate::convert) fn named(name: &str, range: Range) -> Option<Self> {
        integers(name, range).map(|(_, words)| Self(words))
    }

    /// The output pixel of 16 bits of each, narrowed by truncation.
    pub(in crate::convert) fn pixel(&self, y: u16, u: u16, v: u16) -> Rgba {
        let (y, u, v) = (i32::from(y), i32::from(u), i32::from(v));
        let code = |row: &[i32; 4]| (row[0] * y + row[1] * u + row[2] * v + row[3]) >> 16;
        let [red, green, blue] = &self.0;
        rgba(code(red), code(green), code(blue))
    }

    /// Writes the pixels of a row.
    pub(in crate::convert) fn row(&self, y: &[u16], u: &[u16], v: &[u16], out: &mut [u8]) {
        for (((pixel, &y), &u), &v) in out.chunks_exact_mut(RGBA).zip(y).zip(u).zip(v) {
            pixel.copy_from_slice(&self.pixel(y, u, v));
        }
    }
}

impl Exact {
    /// The formula of a drawing's matrix, for the depths of Y, U and V; `None` for a name that is none.
    ///
    /// `fraction` is how many bits upsampling adds to chroma.
    pub(in crate::convert) fn of(drawing: &Drawing, depths: [u8; 3], fraction: u8) -> Option<Self> {
        let (red, blue) = luma_factors(&drawing.matrix)?;
        let green = 1.0 - red - blue;
        let factors = [
            [1.0, 0.0, 2.0 * (1.0 - red)],
            [1.0, -2.0 * blue * (1.0 - blue) / green, -2.0 * red * (1.0 - red) / green],
            [1.0, 2.0 * (1.0 - blue), 0.0],
        ];
        let [y, u, v] = depths;
        let (black, white) = drawing.black_and_white(y);
        // Where both are one code, all above it is white.
        let luma = (black, if white > black { white - black } else { f64::MIN_POSITIVE });
        let scales = [luma, chroma_scale(u, drawing.range), chroma_scale(v, drawing.range)];
        let rows = factors.map(|row| {
            let mut folded = [0.0; 4];
            let mut offset = 0.0;
            for ((to, factor), (zero, span)) in folded.iter_mut().zip(row).zip(scales) {
                let factor = 255.0 * factor / span;
                *to = single(factor);
                offset -= factor * zero;
            }
            // Half a code, so that cutting off rounds.
            folded[3] = single(offset + 0.5);
            folded
        });
        let gamma = (drawing.gamma - 1.0).abs() > f64::EPSILON;
        let finish = match &drawing.tone {
            Some(tone) => Finish::Tone(tone.clone()),
            None if gamma => Finish::Curve(Finish::table(drawing.gamma)),
            None => {
                let [per_luma, per_u, per_v] = scales.map(|(_, span)| 255.0 / span);
                let [red, green, blue] = factors;
                let chroma = [red[2] * per_v, green[1] * per_u, green[2] * per_v, blue[1] * per_u];
                Fixed::new(depths, (luma.0, per_luma), chroma, fraction).map_or(Finish::Codes, Finish::Fixed)
            }
        };
        Some(Self { rows, finish })
    }

    /// The formula in integers, if it is computed so.
    pub(in crate::convert) fn fixed(&self) -> Option<&Fixed> {
        if let Finish::Fixed(fixed) = &self.finish { Some(fixed) } else { None }
    }

    /// Writes the pixels of a row.
    #[allow(clippy::cast_possible_truncation, reason = "a cast from float to integer clamps")]
    pub(in crate::convert) fn row(&self, y: &[f32], u: &[f32], v: &[f32], out: &mut [u8]) {
        let [red, green, blue] = &self.rows;
        let put = |out: &mut [u8], pixel: &dyn Fn([f32; 3]) -> Rgba| {
            for (((to, &y), &u), &v) in out.chunks_exact_mut(RGBA).zip(y).zip(u).zip(v) {
                let code = |row: &[f32; 4]| row[0] * y + row[1] * u + row[2] * v + row[3];
                to.copy_from_slice(&pixel([code(red), code(green), code(blue)]));
            }
        };
        match &self.finish {
            Finish::Codes => {
                for (((pixel, &y), &u), &v) in out.chunks_exact_mut(RGBA).zip(y).zip(u).zip(v) {
                    let code = |row: &[f32; 4]| (row[0] * y + row[1] * u + row[2] * v + row[3]) as i32;
                    pixel.copy_from_slice(&rgba(code(red), code(green), code(blue)));
                }
            }
            Finish::Fixed(fixed) => {
                let codes = f32::from(1_u16 << fixed.depth);
                let (middle, scale) = (codes / 2.0, 65_536.0 / codes);
                let chroma = |sample: f32| ((sample - middle) * scale) as i32;
                for (((pixel, &y), &u), &v) in out.chunks_exact_mut(RGBA).zip(y).zip(u).zip(v) {
                    pixel.copy_from_slice(&fixed.pixel(fixed.luma(y as i32), chroma(u), chroma(v)));
                }
            }
            Finish::Curve(table) => put(out, &|codes| {
                let [red, green, blue] = codes.map(|code| table[curve_step(code).min(table.len() - 1)]);
                [red, green, blue, OPAQUE]
            }),
            Finish::Tone(tone) => put(out, &|codes| {
                let [red, green, blue] = tone.pixel(codes.map(|code| (code - 0.5) / 255.0));
                [red, green, blue, OPAQUE]
            }),
        }
    }
}

/// The step of a curve's table that is nearest to a code, which has half a code added.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float to integer clamps"
)]
fn curve_step(code: f32) -> usize {
    usize::from(((code - 0.5) * CURVE_STEPS + 0.5) as u16)
}

impl Finish {
    fn table(gamma: f64) -> Box<[u8]> {
        let last = 255 * 16;
        let curve = Curve::new(0.0, f64::from(last), gamma);
        (0..=last).map(|step| curve.byte(f64::from(step))).collect()
    }
}

/// A code around zero, repeated below itself.
fn centred(code: u8) -> i32 {
    let code = code ^ 0x80;
    i32::from(i16::from_be_bytes([code, code]))
}

/// The pixel of the nearest codes of 8 bits. It is put together as one word, which compilers make vectors of.
fn rgba(red: i32, green: i32, blue: i32) -> Rgba {
    let code = |value: i32| value.clamp(0, 255).cast_unsigned();
    (code(red) | code(green) << 8 | code(blue) << 16 | u32::from(OPAQUE) << 24).to_le_bytes()
}

/// No colour and the distance between the extremes.
fn chroma_scale(depth: u8, range: Range) -> (f64, f64) {
    let codes = f64::from(1_u32 << depth);
    let span = match range {
        Range::Full => codes - 1.0,
        Range::Limited => codes * 224.0 / 256.0,
    };
    (codes / 2.0, span)
}

/// How much of luma is red and how much is blue, as the standards have it.
pub(super) fn luma_factors(name: &str) -> Option<(f64, f64)> {
    Some(match name {
        "bt601" => (0.299, 0.114),
        "bt709" => (0.2126, 0.0722),
        "bt2020" => (0.2627, 0.0593),
        "smpte240m" => (0.212, 0.087),
        "fcc" => (0.30, 0.11),
        _ => return None,
    })
}

/// What `videoconvert` computes with, read off its own tables.
#[rustfmt::skip]
fn integers(name: &str, range: Range) -> Option<([i32; 5], [[i32; 4]; 3])> {
    use Range::{Full, Limited};
    Some(match (name, range) {
        ("bt601", Limited) => (
            [298, 409, 516, -100, -208],
            [[298, 0, 409, -14_609_388], [298, -100, -208, 8_885_063], [298, 516, 0, -18_142_715]],
        ),
        ("bt601", Full) => (
            [256, 359, 454, -88, -183],
            [[255, 0, 358, -11_715_066], [255, -88, -182, 8_842_891], [255, 452, 0, -14_806_774]],
        ),
        ("bt709", Limited) => (
            [298, 459, 541, -55, -136],
            [[298, 0, 459, -16_259_547], [298, -55, -136, 5_038_282], [298, 541, 0, -18_941_056]],
        ),
        ("bt709", Full) => (
            [256, 403, 475, -48, -120],
            [[255, 0, 402, -13_158_978], [255, -48, -119, 5_476_907], [255, 473, 0, -15_505_333]],
        ),
        ("bt2020", Limited) => (
            [298, 430, 548, -48, -167],
            [[298, 0, 430, -15_302_684], [298, -48, -167, 5_806_616], [298, 548, 0, -19_187_434]],
        ),
        ("bt2020", Full) => (
            [256, 377, 482, -42, -146],
            [[255, 0, 376, -12_321_710], [255, -42, -146, 6_149_209], [255, 480, 0, -15_720_917]],
        ),
        ("smpte240m", Limited) => (
            [298, 459, 532, -66, -139],
            [[298, 0, 459, -16_271_007], [298, -66, -139, 5_494_706], [298, 532, 0, -18_658_390]],
        ),
        ("smpte240m", Full) => (
            [256, 403, 467, -58, -122],
            [[255, 0, 402, -13_169_005], [255, -58, -122, 5_876_283], [255, 466, 0, -15_257_997]],
        ),
        ("fcc", Limited) => (
            [298, 408, 519, -97, -207],
            [[298, 0, 408, -14_590_289], [298, -97, -207, 8_746_177], [298, 519, 0, -18_219_111]],
        ),
        ("fcc", Full) => (
            [256, 358, 456, -85, -182],
            [[255, 0, 357, -11_698_354], [255, -85, -182, 8_721_364], [255, 454, 0, -14_873_622]],
        ),
        _ => return None,
    })
}
