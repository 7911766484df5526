//! Display range and gamma: which code becomes black, which one white, and what lies between.

/// White of the output.
const WHITE: f64 = 255.0;

/// A curve from codes to brightness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    black: f64,
    span: f64,
    exponent: f64,
}

impl Curve {
    /// The curve that makes `min` black, `max` white and `t` between them `t^(1/gamma)`.
    ///
    /// `min` and `max` are codes, and need not be whole nor of any depth. `min` above `max` shows the negative. Where
    /// they are equal the curve is a step: that code is black, and what is above it is white. A gamma that is no positive
    /// number counts as 1.
    #[must_use]
    pub fn new(min: f64, max: f64, gamma: f64) -> Self {
        let exponent = if gamma.is_finite() && gamma > 0.0 { gamma.recip() } else { 1.0 };
        Self { black: min, span: max - min, exponent }
    }

    /// Brightness of a code, 0 to 1; codes outside the range are the nearest end of it.
    #[must_use]
    pub fn unit(&self, code: f64) -> f64 {
        self.times(code, 1.0)
    }

    /// Brightness of a code, 0 to 255, rounded to nearest, halves up.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies in 0 to 255")]
    pub fn byte(&self, code: f64) -> u8 {
        self.times(code, WHITE).round() as u8
    }

    /// The bytes of all codes of a component of `depth` bits, 1 to 16; `2^depth` entries.
    #[must_use]
    pub fn table(&self, depth: u8) -> Vec<u8> {
        let codes = 0..=u16::MAX >> (16 - depth.clamp(1, 16));
        codes.map(|code| self.byte(f64::from(code))).collect()
    }

    /// `white` times the brightness. One division comes last, so that a half is exactly a half and rounds up.
    fn times(&self, code: f64, white: f64) -> f64 {
        let above = code - self.black;
        if self.span == 0.0 {
            return if above > 0.0 { white } else { 0.0 };
        }
        #[allow(clippy::float_cmp, reason = "it is exactly 1 without gamma")]
        let value = if self.exponent == 1.0 {
            white * above / self.span
        } else {
            // Below black there is no power; NaN goes with it.
            let unit = above / self.span;
            if unit > 0.0 { white * unit.powf(self.exponent) } else { 0.0 }
        };
        if value > 0.0 { value.min(white) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_black_and_white_at_every_gamma() {
        for gamma in [0.1, 0.45, 1.0, 2.2, 10.0] {
            let curve = Curve::new(256.0, 3760.0, gamma);
            assert_eq!([0.0, 256.0, 3760.0, 65535.0].map(|code| curve.byte(code)), [0, 0, 255, 255]);
            assert!(curve.table(12).is_sorted(), "{gamma}");
        }
    }

    #[test]
    fn full_and_limited_range_are_rounded_as_integers_would() {
        for depth in 1..=16_u8 {
            // Ends in units of 1/256 code, so that they are whole at any depth.
            for (black, white) in [(0_i64, ((1 << depth) - 1) << 8), (16 << depth, 235 << depth)] {
                #[allow(clippy::cast_precision_loss, reason = "small numbers")]
                let curve = Curve::new(black as f64 / 256.0, white as f64 / 256.0, 1.0);
                for (code, &byte) in (0_i64..).zip(&curve.table(depth)) {
                    let (above, span) = ((code << 8) - black, white - black);
                    let exact = (2 * 255 * above + span).div_euclid(2 * span).clamp(0, 255);
                    assert_eq!(i64::from(byte), exact, "depth {depth}, code {code}");
                }
            }
        }
    }

    #[test]
    fn gamma_lifts_the_middle() {
        let unit = Curve::new(0.0, 100.0, 2.0).unit(25.0);
        assert!((unit - 0.5).abs() < 1e-12);
        assert_eq!(Curve::new(0.0, 100.0, 2.0).byte(25.0), 128);
        assert_eq!(Curve::new(0.0, 100.0, 0.5).byte(50.0), 64);
    }

    #[test]
    fn an_empty_range_is_a_step() {
        for gamma in [1.0, 2.2] {
            let curve = Curve::new(7.0, 7.0, gamma);
            assert_eq!([0.0, 6.0, 7.0, 8.0, 9.0].map(|code| curve.byte(code)), [0, 0, 0, 255, 255]);
        }
    }

    #[test]
    fn ends_the_other_way_round_give_the_negative() {
        let curve = Curve::new(200.0, 100.0, 1.0);
        assert_eq!([0.0, 100.0, 150.0, 200.0, 255.0].map(|code| curve.byte(code)), [255, 255, 128, 0, 0]);
    }

    #[test]
    fn no_number_leaves_the_unit_range() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e-300, f64::MAX, f64::MIN];
        for (min, max) in odd.into_iter().flat_map(|min| odd.map(|max| (min, max))) {
            for (gamma, code) in odd.into_iter().flat_map(|gamma| odd.map(|code| (gamma, code))) {
                let unit = Curve::new(min, max, gamma).unit(code);
                assert!((0.0..=1.0).contains(&unit), "{min} {max} {gamma} {code}: {unit}");
            }
        }
    }

    #[test]
    fn tables_have_an_entry_a_code() {
        let curve = Curve::new(0.0, 1.0, 1.0);
        assert_eq!([0, 1, 8, 16, 99].map(|depth| curve.table(depth).len()), [2, 2, 256, 65536, 65536]);
    }
}
