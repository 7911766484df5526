//! A row of chroma to a row of pixels: the integer filters of `videoconvert`, and the straight line.

/// A sample of 8 or 16 bits.
pub(in crate::convert) trait Sample: Copy + Default {
    /// `a` and `b` by weights of at most 8, whose sum is two to the power of `shift`, rounded.
    fn mixed(a: Self, of_a: u16, b: Self, of_b: u16, shift: u32) -> Self;
}

// Each in words just wide enough, of which vectors hold more.
impl Sample for u8 {
    #[allow(clippy::cast_possible_truncation, reason = "means of samples are no larger than samples")]
    fn mixed(a: Self, of_a: u16, b: Self, of_b: u16, shift: u32) -> Self {
        let half = 1 << shift >> 1;
        ((of_a * u16::from(a) + of_b * u16::from(b) + half) >> shift) as Self
    }
}

impl Sample for u16 {
    #[allow(clippy::cast_possible_truncation, reason = "means of samples are no larger than samples")]
    fn mixed(a: Self, of_a: u16, b: Self, of_b: u16, shift: u32) -> Self {
        let (of_a, of_b) = (u32::from(of_a), u32::from(of_b));
        let half = 1 << shift >> 1;
        ((of_a * u32::from(a) + of_b * u32::from(b) + half) >> shift) as Self
    }
}

/// How a row of chroma becomes one of pixels as in `videoconvert`.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) enum Columns {
    /// As it is: a sample a pixel.
    All,
    /// Two pixels of each sample.
    TwoNearest,
    /// Samples in the middle of two pixels.
    TwoCentred,
    /// Samples on the left one of two pixels.
    TwoLeft,
    /// Samples in the middle of four pixels.
    FourCentred,
    /// Samples on the leftmost of four pixels.
    FourLeft,
}

impl Columns {
    /// Writes a pixel for each of `out`, of half or a quarter as many samples, rounded up.
    pub(in crate::convert) fn row<T: Sample>(self, chroma: &[T], out: &mut [T]) {
        match self {
            Self::All => out.copy_from_slice(chroma),
            Self::TwoNearest => repeat::<T, 2>(chroma, out),
            Self::TwoCentred => {
                ends(chroma, out);
                let inner = out.get_mut(1..).unwrap_or_default();
                between(chroma, inner, |a, b| [mean::<_, 4>(a, 3, b, 1), mean::<_, 4>(a, 1, b, 3)]);
            }
            Self::TwoLeft => {
                ends(chroma, out);
                between(chroma, out, |a, b| [a, mean::<_, 2>(a, 1, b, 1)]);
            }
            // What is right of the last whole step is not filtered: that is what `videoconvert` does.
            Self::FourCentred => {
                repeat::<T, 4>(chroma, out);
                let inner = out.get_mut(2..).unwrap_or_default();
                between(chroma, inner, |a, b| [7, 5, 3, 1].map(|of_a| mean::<_, 8>(a, of_a, b, 8 - of_a)));
            }
            Self::FourLeft => {
                repeat::<T, 4>(chroma, out);
                between(chroma, out, |a, b| {
                    [a, mean::<_, 4>(a, 3, b, 1), mean::<_, 2>(a, 1, b, 1), mean::<_, 4>(a, 1, b, 3)]
                });
            }
        }
    }
}

/// Writes the first and the last two pixels, which have no sample on their other side.
fn ends<T: Sample>(chroma: &[T], out: &mut [T]) {
    if let (Some(first), Some(last)) = (chroma.first(), chroma.last()) {
        let len = out.len();
        out[len.saturating_sub(2)..].fill(*last);
        out[..1.min(len)].fill(*first);
    }
}

fn repeat<T: Sample, const TIMES: usize>(chroma: &[T], out: &mut [T]) {
    let (whole, rest) = out.as_chunks_mut::<TIMES>();
    for (pixels, &sample) in whole.iter_mut().zip(chroma) {
        *pixels = [sample; TIMES];
    }
    if let Some(&last) = chroma.last() {
        rest.fill(last);
    }
}

/// Writes the pixels of every two neighbours for which there is room.
fn between<T: Sample, const STEP: usize>(chroma: &[T], out: &mut [T], pixels: impl Fn(T, T) -> [T; STEP]) {
    let next = chroma.get(1..).unwrap_or_default();
    for ((out, &a), &b) in out.as_chunks_mut().0.iter_mut().zip(chroma).zip(next) {
        *out = pixels(a, b);
    }
}

fn mean<T: Sample, const SUM: u16>(a: T, of_a: u16, b: T, of_b: u16) -> T {
    T::mixed(a, of_a, b, of_b, const { SUM.trailing_zeros() })
}

/// Writes `a` and `b` mixed by weights whose sum is a power of two, rounded.
pub(in crate::convert) fn mix<T: Sample>(a: &[T], b: &[T], weights: [u16; 2], out: &mut [T]) {
    let [of_a, of_b] = weights;
    let shift = (of_a + of_b).trailing_zeros();
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = T::mixed(a, of_a, b, of_b, shift);
    }
}

/// Straight lines between the samples of a row, at the distances of the standards.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Line {
    /// Pixels of a sample.
    step: usize,
    left: bool,
    /// What each of these pixels takes of the sample to the left, its own and the one to the right.
    weights: [[f32; 3]; 4],
}

impl Line {
    /// For samples of 1, 2 or 4 pixels that stand on the leftmost of them, or in the middle.
    pub(in crate::convert) fn new(w_sub: u8, left: bool) -> Self {
        let step = 1_u8 << w_sub.min(2);
        let mut weights = [[0.0; 3]; 4];
        for (pixel, weights) in (0_u8..).zip(&mut weights).take(step.into()) {
            let middle = if left { 0.0 } else { f32::from(step - 1) / 2.0 };
            let right_of = (f32::from(pixel) - middle) / f32::from(step);
            *weights = [(-right_of).max(0.0), 1.0 - right_of.abs(), right_of.max(0.0)];
        }
        Self { step: step.into(), left, weights }
    }

    /// Whether samples stand on the leftmost of their pixels.
    pub(in crate::convert) fn is_left(&self) -> bool {
        self.left
    }

    /// How many bits a sample gets that is made of its neighbours.
    pub(in crate::convert) fn fraction(w_sub: u8, left: bool) -> u8 {
        if w_sub == 0 { 0 } else { w_sub + u8::from(!left) }
    }

    /// Writes the pixels of a row; `padded` holds its samples with the first and the last repeated once.
    pub(in crate::convert) fn row(&self, padded: &[f32], out: &mut [f32]) {
        match self.step {
            1 => self.steps::<1>(padded, out),
            2 => self.steps::<2>(padded, out),
            _ => self.steps::<4>(padded, out),
        }
    }

    fn steps<const STEP: usize>(&self, padded: &[f32], out: &mut [f32]) {
        let pixel = |near: &[f32], weights: &[f32; 3]| {
            weights[0] * near[0] + weights[1] * near[1] + weights[2] * near[2]
        };
        let (whole, rest) = out.as_chunks_mut::<STEP>();
        for (pixels, near) in whole.iter_mut().zip(padded.windows(3)) {
            for (to, weights) in pixels.iter_mut().zip(&self.weights) {
                *to = pixel(near, weights);
            }
        }
        for (to, weights) in rest.iter_mut().zip(&self.weights) {
            *to = pixel(&padded[whole.len()..], weights);
        }
    }
}
