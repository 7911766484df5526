//! PQ and HLG to what an SDR screen can show, by tables made once.
//!
//! ```text
//! R'G'B' ─ EOTF ─▶ light of a 1000 cd/m² display ─ primaries ─▶ BT.709 ─ EETF ─▶ light of a 203 cd/m² one ─▶ sRGB codes
//! ```
//!
//! * EOTF: PQ is that of SMPTE ST 2084. HLG is the inverse OETF of ARIB STD-B67 and the OOTF of a display with a nominal
//!   peak of 1000 cd/m². Both are in ITU-R BT.2100.
//! * Primaries: BT.2020 becomes BT.709 by the matrix of ITU-R BT.2087, in linear light; others stay as they are.
//! * EETF: the curve of ITU-R BT.2390 (section 5.4), from a peak of 1000 cd/m², which most programmes are made for, to
//!   203 cd/m², which ITU-R BT.2408 gives for white in HDR. Up to about 90 cd/m² light stays as it is; a soft knee bends
//!   the rest. It is applied to the greatest of R, G and B and the others go along, which keeps the hue.
//! * What is outside of BT.709 is cut off at 0, what is brighter than 1000 cd/m² is as bright as that.
//! * sRGB codes (IEC 61966-2-1), which is what a canvas holds.
//!
//! Reference white, 203 cd/m² (PQ 58 %, HLG 75 %), becomes code 229 and leaves the rest to highlights.

#[cfg(test)]
mod tests;

/// Peak of the source, cd/m²; 1.0 in linear light.
const SOURCE_PEAK: f64 = 1000.0;

/// Peak of the target, cd/m².
const TARGET_PEAK: f64 = 203.0;

/// What PQ can say at most, cd/m².
const PQ_PEAK: f64 = 10_000.0;

/// HLG's system gamma for a display of 1000 cd/m² (BT.2100, table 5).
const HLG_SYSTEM_GAMMA: f64 = 1.2;

/// Intervals of a [`Table`], as a power of two; between their ends it is linear.
const STEP_BITS: u32 = 11;
const STEPS: usize = 1 << STEP_BITS;

/// Bits of the fraction of an `f32`.
const FRACTION_BITS: u32 = 23;

/// The bits of 1.0.
const ONE: i32 = 1.0_f32.to_bits().cast_signed();

/// The bits of the darkest light that has a code of its own, 2^-13: less is not half a code.
const DARKEST: i32 = (1.0_f32 / 8192.0).to_bits().cast_signed();

/// Bits that do not choose the code: 512 codes an octave are at most a fifth of a code apart.
const BELOW_CODE: u32 = FRACTION_BITS - 9;
const CODES: usize = ((ONE - DARKEST) >> BELOW_CODE).cast_unsigned() as usize + 1;

/// How much of R, G and B is luminance.
const LUMINANCE_2020: [f32; 3] = [0.2627, 0.6780, 0.0593];
const LUMINANCE_709: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// GStreamer's names of the two transfers.
const PQ: &str = "smpte2084";
const HLG: &str = "arib-std-b67";

/// HDR pixels to SDR.
#[derive(Clone, Debug)]
pub struct ToneMap {
    /// Non-linear component to linear light; of the display for PQ, of the scene for HLG.
    linear: Table,
    /// HLG only: scene to display.
    ootf: Option<Ootf>,
    /// Whether the primaries are those of BT.2020.
    wide: bool,
    /// Light of the source's display, at most 1, to that of the target.
    eetf: Table,
    /// The codes of light, by the topmost bits of its logarithm.
    codes: Box<[u8; CODES]>,
}

impl ToneMap {
    /// Whether there is a map for GStreamer's name of a transfer: it is PQ (`smpte2084`) or HLG (`arib-std-b67`).
    #[must_use]
    pub fn acts_on(transfer: &str) -> bool {
        matches!(transfer, PQ | HLG)
    }

    /// The map for GStreamer's names of a transfer and of primaries; `None` where it does not [act](Self::acts_on) on the
    /// transfer. Primaries other than `bt2020` are taken for the screen's.
    #[must_use]
    pub fn new(transfer: &str, primaries: &str) -> Option<Self> {
        let wide = primaries == "bt2020";
        let (linear, ootf) = match transfer {
            PQ => (Table::of(|code| pq_light(code) / SOURCE_PEAK), None),
            HLG => (Table::of(hlg_scene), Some(Ootf::new(wide))),
            _ => return None,
        };
        Some(Self { linear, ootf, wide, eetf: Table::of(eetf), codes: codes() })
    }

    /// The sRGB codes of a pixel; `rgb` is R'G'B' as the matrix gives it, 0 to 1. What lies outside is clamped; what is no
    /// number is black or white, as its sign says.
    #[inline]
    #[must_use]
    pub fn pixel(&self, rgb: [f32; 3]) -> [u8; 3] {
        let mut light = rgb.map(|code| self.linear.at(code));
        if let Some(ootf) = &self.ootf {
            let gain = ootf.gain(light);
            light = light.map(|component| component * gain);
        }
        if self.wide {
            light = narrowed(light);
        }
        let greatest = greatest(light);
        if greatest > 0.0 {
            let gain = self.eetf.at(greatest) / greatest;
            light.map(|component| self.code(component * gain))
        } else {
            [0; 3]
        }
    }

    /// The bits of a float, taken as an integer, are its logarithm but for a curve within each octave.
    #[inline]
    fn code(&self, light: f32) -> u8 {
        let above = bits(light).clamp(DARKEST, ONE) - DARKEST;
        self.codes[(above >> BELOW_CODE).cast_unsigned() as usize]
    }
}

/// HLG's way from the light of a scene to that of the display.
#[derive(Clone, Debug)]
struct Ootf {
    luminance: [f32; 3],
    /// Fourth root of luminance to gain: nearly a straight line.
    gain: Table,
}

impl Ootf {
    fn new(wide: bool) -> Self {
        let luminance = if wide { LUMINANCE_2020 } else { LUMINANCE_709 };
        // The components themselves are the first power.
        let exponent = HLG_SYSTEM_GAMMA - 1.0;
        Self { luminance, gain: Table::of(|root| root.powi(4).powf(exponent)) }
    }

    fn gain(&self, [red, green, blue]: [f32; 3]) -> f32 {
        let [of_red, of_green, of_blue] = self.luminance;
        let luminance = of_red * red + of_green * green + of_blue * blue;
        self.gain.at(luminance.sqrt().sqrt())
    }
}

/// A function on 0 to 1.
#[derive(Clone, Debug)]
struct Table(Box<[f32; STEPS + 2]>);

impl Table {
    #[allow(clippy::cast_possible_truncation, reason = "computed in double and used in single precision")]
    fn of(function: impl Fn(f64) -> f64) -> Self {
        let mut values = Box::new([0.0; STEPS + 2]);
        for (at, value) in (0_u16..).zip(values.iter_mut()) {
            // The last is there to be read, with no weight, by what is 1.
            *value = function((f64::from(at) / f64::from(1 << STEP_BITS)).min(1.0)) as f32;
        }
        Self(values)
    }

    #[inline]
    #[allow(clippy::cast_precision_loss, reason = "12 bits are exact")]
    fn at(&self, place: f32) -> f32 {
        const BELOW: u32 = FRACTION_BITS - STEP_BITS;
        // From 1 to 2 the bits are a fixed point number.
        let place = bits(1.0 + unit(place)) - ONE;
        let part = (place & ((1 << BELOW) - 1)) as f32 / (1 << BELOW) as f32;
        let step = ((place >> BELOW).cast_unsigned() as usize).min(STEPS);
        let (from, to) = (self.0[step], self.0[step + 1]);
        from + (to - from) * part
    }
}

/// The bits of a number; of two that are not negative, the greater has the greater ones, and negative ones have negative
/// ones.
///
/// Choosing by them takes no branch, where choosing by floats takes one in wasm that noise makes slow (three times
/// slower as a whole).
#[inline]
fn bits(number: f32) -> i32 {
    number.to_bits().cast_signed()
}

/// The number clamped to 0 to 1.
#[inline]
fn unit(number: f32) -> f32 {
    f32::from_bits(bits(number).clamp(0, ONE).cast_unsigned())
}

/// The greatest, or any where all are negative.
#[inline]
fn greatest(numbers: [f32; 3]) -> f32 {
    let [one, two, three] = numbers.map(bits);
    f32::from_bits(one.max(two).max(three).cast_unsigned())
}

/// BT.2020 to BT.709 (BT.2087). Written with differences, so that gray stays gray to the last bit.
#[inline]
fn narrowed([red, green, blue]: [f32; 3]) -> [f32; 3] {
    [
        red - 0.5876 * (green - red) - 0.0728 * (blue - red),
        green - 0.1246 * (red - green) - 0.0083 * (blue - green),
        blue - 0.0182 * (red - blue) - 0.1006 * (green - blue),
    ]
}

const PQ_M1: f64 = 2610.0 / 16384.0;
const PQ_M2: f64 = 2523.0 / 4096.0 * 128.0;
const PQ_C1: f64 = 3424.0 / 4096.0;
const PQ_C2: f64 = 2413.0 / 4096.0 * 32.0;
const PQ_C3: f64 = 2392.0 / 4096.0 * 32.0;

/// PQ's EOTF: code, 0 to 1, to cd/m².
fn pq_light(code: f64) -> f64 {
    let root = code.powf(PQ_M2.recip());
    PQ_PEAK * ((root - PQ_C1).max(0.0) / (PQ_C2 - PQ_C3 * root)).powf(PQ_M1.recip())
}

/// The inverse of [`pq_light`].
fn pq_code(light: f64) -> f64 {
    let power = (light / PQ_PEAK).powf(PQ_M1);
    ((PQ_C1 + PQ_C2 * power) / (1.0 + PQ_C3 * power)).powf(PQ_M2)
}

/// HLG's inverse OETF: code, 0 to 1, to the light of the scene, 0 to 1.
fn hlg_scene(code: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    if code <= 0.5 {
        code * code / 3.0
    } else {
        let c = 0.5 - A * (4.0 * A).ln();
        (((code - c) / A).exp() + B) / 12.0
    }
}

/// BT.2390's EETF for black at 0: light in parts of the source's peak to light in parts of the target's.
fn eetf(light: f64) -> f64 {
    let source = pq_code(SOURCE_PEAK);
    let target = pq_code(TARGET_PEAK) / source;
    let knee = 1.5 * target - 0.5;
    let code = pq_code(light * SOURCE_PEAK) / source;
    if code <= knee {
        // The same light; not by way of PQ, so that it is exact.
        return light * SOURCE_PEAK / TARGET_PEAK;
    }
    let t = (code - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let bent = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
        + (t3 - 2.0 * t2 + t) * (1.0 - knee)
        + (3.0 * t2 - 2.0 * t3) * target;
    pq_light(bent * source) / TARGET_PEAK
}

/// sRGB's codes, each that of the middle of the light it stands for.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
fn codes() -> Box<[u8; CODES]> {
    let mut codes = Box::new([0; CODES]);
    for (index, code) in (0_i32..).zip(codes.iter_mut()) {
        let middle = DARKEST + (index << BELOW_CODE) + (1 << (BELOW_CODE - 1));
        let light = f64::from(unit(f32::from_bits(middle.cast_unsigned())));
        *code = (255.0 * srgb(light)).round() as u8;
    }
    codes
}

/// Light to sRGB's non-linear component, both 0 to 1.
fn srgb(light: f64) -> f64 {
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(2.4_f64.recip()) - 0.055 }
}
