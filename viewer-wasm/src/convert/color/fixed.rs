//! The standards' formula in integers: what 8 to 12 bits a sample are computed with, four pixels to an instruction.
//!
//! ```text
//! luma'   = luma * scale - offset           of 16 bits: black is half a code, so that cutting off
//!                                           rounds, less 128 codes
//! chroma' = (chroma - middle) * 2^(16 - depth)         of 16 bits, with the fractions that upsampling makes
//! code    = 128 + ((luma' * of_y + u' * of_u + v' * of_v) >> 21)
//! ```
//!
//! Factors are rounded to 16 bits. All they err by is less than 1/32 of a code, so a code is at most one from the nearest.

use super::{OPAQUE, Rgba};

/// What codes are less until the end: around zero, they are clamped by the vectors' own saturation.
const MIDDLE: i32 = 128;

/// Codes twice and three times as large as white, and negative ones, pass through 32 bits.
const LARGEST_SUM: i32 = 1 << (31 - 15);

/// The formula of one matrix, range and depth.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Fixed {
    /// What luma is multiplied by.
    pub(in crate::convert) scale: i16,
    /// What is subtracted then.
    pub(in crate::convert) offset: i16,
    /// Bits of a chroma sample.
    pub(in crate::convert) depth: u8,
    /// Factor of luma.
    pub(in crate::convert) of_y: i16,
    /// Factor of V in R.
    pub(in crate::convert) v_in_r: i16,
    /// Factors of U and V in G.
    pub(in crate::convert) in_g: [i16; 2],
    /// Factor of U in B.
    pub(in crate::convert) u_in_b: i16,
}

impl Fixed {
    /// Bits of a product below a code: as many as leave room for the largest factors of the standards.
    pub(in crate::convert) const FRACTION: u32 = 21;

    /// The formula with `luma` codes from black to white a unit and `black` the code of black, and `factors` of chroma
    /// (V in R, U in G, V in G, U in B) in codes of 8 bits a sample; `None` where 16 bits do not hold it.
    ///
    /// `fraction` is how many bits upsampling adds to chroma.
    pub(in crate::convert) fn new(
        depths: [u8; 3],
        (black, per_luma): (f64, f64),
        factors: [f64; 4],
        fraction: u8,
    ) -> Option<Self> {
        let [y, u, v] = depths;
        if u != v || !(8..=12).contains(&y) || !(8..=12).contains(&u) || fraction > 16 - u {
            return None;
        }
        let unit = f64::from(1_u32 << Self::FRACTION);
        let last = f64::from((1_u32 << y) - 1);
        // The largest scale has the smallest error; with those that are a power of two, all that fits 16 bits fits.
        let most = 1_i16 << (15 - y);
        let (scale, of_y, offset) = [most, most - 1].into_iter().find_map(|scale| {
            let of_y = per_luma * unit / f64::from(scale);
            let offset = black * f64::from(scale) + (f64::from(MIDDLE) - 0.5) * unit / of_y.round();
            let end = last * f64::from(scale) - offset.round();
            let fits = end <= f64::from(i16::MAX);
            fits.then_some((scale, short(of_y)?, short(offset)?))
        })?;
        let mut shorts = [0; 4];
        for (to, factor) in shorts.iter_mut().zip(factors) {
            *to = short(factor * unit / f64::from(1_u32 << (16 - u)))?;
        }
        let [v_in_r, u_in_g, v_in_g, u_in_b] = shorts;
        let sums = [[of_y, v_in_r, 0], [of_y, u_in_g, v_in_g], [of_y, u_in_b, 0]];
        let fits =
            |row: [i16; 3]| row.iter().map(|&factor| i32::from(factor).abs()).sum::<i32>() < LARGEST_SUM;
        sums.into_iter().all(fits).then_some(Self {
            scale,
            offset,
            depth: u,
            of_y,
            v_in_r,
            in_g: [u_in_g, v_in_g],
            u_in_b,
        })
    }

    /// Luma of 16 bits of a code.
    pub(in crate::convert) fn luma(&self, code: i32) -> i32 {
        code * i32::from(self.scale) - i32::from(self.offset)
    }

    /// The pixel of luma and chroma of 16 bits.
    pub(in crate::convert) fn pixel(&self, y: i32, u: i32, v: i32) -> Rgba {
        let luma = y * i32::from(self.of_y);
        let [u_in_g, v_in_g] = self.in_g.map(i32::from);
        let red = luma + v * i32::from(self.v_in_r);
        let green = luma + u * u_in_g + v * v_in_g;
        let blue = luma + u * i32::from(self.u_in_b);
        let code = |sum: i32| ((sum >> Self::FRACTION) + MIDDLE).clamp(0, 255).cast_unsigned();
        (code(red) | code(green) << 8 | code(blue) << 16 | u32::from(OPAQUE) << 24).to_le_bytes()
    }
}

/// The nearest number of 16 bits.
#[allow(clippy::cast_possible_truncation, reason = "checked to fit; what is no number does not")]
fn short(value: f64) -> Option<i16> {
    let value = value.round();
    (value.abs() <= f64::from(i16::MAX)).then_some(value as i16)
}

#[cfg(test)]
mod tests {
    use crate::convert::color::matrix::{Exact, luma_factors};
    use crate::convert::{ColorMode, Picture};
    use wire::Layout;
    use wire::layout::Range;

    #[test]
    fn codes_err_by_less_than_a_thirty_second() {
        let (mut worst, mut others, mut all) = (0.0_f64, 0_u32, 0_u32);
        for (name, range) in ["bt601", "bt709", "bt2020", "smpte240m", "fcc"]
            .into_iter()
            .flat_map(|name| [Range::Full, Range::Limited].map(|range| (name, range)))
        {
            for depth in [8, 10, 12_u8] {
                let mut layout = Layout::plain(2, 2);
                name.clone_into(&mut layout.color.matrix);
                layout.color.range = range;
                let drawing = Picture::from(ColorMode::Itu).drawing(&layout, depth);
                let exact = Exact::of(&drawing, [depth; 3], 4).unwrap();
                let fixed = exact.fixed().expect("16 bits hold the factors of the standards");
                let (red, blue) = luma_factors(name).unwrap();
                let green = 1.0 - red - blue;
                let codes = 1_i32 << depth;
                let unit = f64::from(codes) / 256.0;
                let (black, luma, chroma) = match range {
                    Range::Full => (0.0, f64::from(codes - 1), f64::from(codes - 1)),
                    Range::Limited => (16.0 * unit, 219.0 * unit, 224.0 * unit),
                };
                let steps = |by: i32| (0..codes).step_by(usize::try_from(by * codes / 256).unwrap());
                for (y, u, v) in
                    steps(5).flat_map(|y| steps(9).flat_map(move |u| steps(7).map(move |v| (y, u, v))))
                {
                    let middle = codes / 2;
                    let scaled = |sample: i32| (sample - middle) << (16 - depth);
                    let pixel = fixed.pixel(fixed.luma(y), scaled(u), scaled(v));
                    let unit = (f64::from(y) - black) * 255.0 / luma;
                    let [u, v] = [u, v].map(|sample| f64::from(sample - middle) * 255.0 / chroma);
                    let (in_red, in_blue) = (unit + 2.0 * (1.0 - red) * v, unit + 2.0 * (1.0 - blue) * u);
                    let in_green = (unit - red * in_red - blue * in_blue) / green;
                    for (code, expected) in pixel.into_iter().zip([in_red, in_green, in_blue]) {
                        let expected = expected.clamp(0.0, 255.0);
                        worst = worst.max((f64::from(code) - expected).abs() - 0.5);
                        others += u32::from((f64::from(code) - expected.round()).abs() > 0.5);
                        all += 1;
                    }
                }
            }
        }
        assert!(worst < 1.0 / 32.0, "{worst}");
        // Nearly all are the nearest.
        assert!(others * 100 < all, "{others} of {all}");
    }
}
