//! What a frame's codes are, in native depth: extremes, used bits and a histogram, per component.
//!
//! 12-bit data in 16-bit words looks black; this is what says so.

use std::borrow::Borrow;

/// Deepest component.
const MAX_DEPTH: u8 = 16;

/// What was seen of one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The component as the layout names it.
    pub name: char,
    /// Bits of a code.
    pub depth: u8,
    /// Least code.
    pub min: u16,
    /// Greatest code.
    pub max: u16,
    /// Bits that were set in any code.
    pub bits: u16,
    /// Codes looked at.
    pub count: u64,
}

impl Observed {
    /// Number of bits from the lowest to the highest that any code had set; 0 where all codes were 0.
    #[must_use]
    pub fn used_bits(&self) -> u8 {
        let unset = self.bits.leading_zeros() + self.bits.trailing_zeros();
        byte(u16::BITS.saturating_sub(unset))
    }

    /// Number of lowest bits that no code had set; 0 where all codes were 0, which says nothing of bits.
    #[must_use]
    pub fn unused_low(&self) -> u8 {
        if self.bits == 0 { 0 } else { byte(self.bits.trailing_zeros()) }
    }

    /// Number of topmost bits of the depth that no code had set.
    #[must_use]
    pub fn unused_high(&self) -> u8 {
        self.depth.saturating_sub(byte(u16::BITS - self.bits.leading_zeros()))
    }
}

/// Takes the codes of one component row by row.
#[derive(Clone, Debug)]
pub struct Observer {
    name: char,
    depth: u8,
    /// One pair of rows in so many goes into the histogram.
    every: usize,
    min: u16,
    max: u16,
    bits: u16,
    count: u64,
    /// Occurrences of every code of the depth.
    bins: Vec<u32>,
}

impl Observer {
    /// An observer of a component of `depth` bits, 1 to 16, whose histogram takes one pair of rows in `every`.
    ///
    /// It is pairs because the two rows of a Bayer pattern or of two fields differ.
    #[must_use]
    pub fn new(name: char, depth: u8, every: usize) -> Self {
        let depth = depth.clamp(1, MAX_DEPTH);
        Self {
            name,
            depth,
            every: every.max(1),
            min: u16::MAX,
            max: 0,
            bits: 0,
            count: 0,
            bins: vec![0; 1 << depth],
        }
    }

    /// The `every` of [`new`](Self::new) that lets about `most` of so many samples into the histogram.
    #[must_use]
    pub fn every_for(width: usize, height: usize, most: usize) -> usize {
        width.saturating_mul(height).div_ceil(most.max(1)).max(1)
    }

    /// Whether this row of the frame goes into the histogram: a caller who has no time for exact extremes can leave the
    /// others out altogether.
    #[must_use]
    pub fn wants(&self, row: usize) -> bool {
        (row / 2).is_multiple_of(self.every)
    }

    /// Takes the codes of one row of the frame: all of them count for the extremes, and those of
    /// [wanted](Self::wants) rows for the histogram. A code is at most `2^depth - 1`; others are in no percentile.
    pub fn row(&mut self, row: usize, codes: &[u16]) {
        // Apart from the histogram, so that it becomes vectors.
        let (mut min, mut max, mut bits) = (self.min, self.max, self.bits);
        for &code in codes {
            min = min.min(code);
            max = max.max(code);
            bits |= code;
        }
        (self.min, self.max, self.bits) = (min, max, bits);
        self.count += codes.len() as u64;
        if self.wants(row) {
            for &code in codes {
                if let Some(bin) = self.bins.get_mut(usize::from(code)) {
                    *bin = bin.saturating_add(1);
                }
            }
        }
    }

    /// What was seen so far; `None` before any code.
    #[must_use]
    pub fn observed(&self) -> Option<Observed> {
        let &Self { name, depth, min, max, bits, count, .. } = self;
        (count > 0).then_some(Observed { name, depth, min, max, bits, count })
    }
}

/// Least and greatest code of all components together, in codes of the deepest; `None` before any code.
#[must_use]
pub fn extremes(components: &[impl Borrow<Observer>]) -> Option<(u16, u16)> {
    let deepest = deepest(components);
    let seen = components.iter().filter_map(|component| component.borrow().observed());
    seen.map(|seen| (deepen(seen.min, seen.depth, deepest), deepen(seen.max, seen.depth, deepest)))
        .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
}

/// The codes of all components together that `low` and `high` percent of the codes lie below, in codes of the deepest
/// component; `None` before any code is in a histogram.
///
/// `low` is counted from below and `100 - high` from above, each in whole codes rounded up and at least one, so that 0
/// and 100 are the extremes and a histogram turned round gives the same ends turned round. Asked for the other way round
/// (`low` above `high`) the ends may be so too.
#[must_use]
pub fn percentiles(components: &[impl Borrow<Observer>], low: f64, high: f64) -> Option<(u16, u16)> {
    let deepest = deepest(components);
    let mut merged = vec![0_u64; 1 << deepest];
    for component in components.iter().map(Borrow::borrow) {
        for (code, &count) in (0..=u16::MAX).zip(&component.bins) {
            if let Some(bin) = merged.get_mut(usize::from(deepen(code, component.depth, deepest))) {
                *bin += u64::from(count);
            }
        }
    }
    let total = merged.iter().sum();
    let bins = || (0..=u16::MAX).zip(&merged);
    Some((nth(bins(), rank(low, total))?, nth(bins().rev(), rank(100.0 - high, total))?))
}

/// The code at which so many have been counted.
fn nth<'a>(bins: impl Iterator<Item = (u16, &'a u64)>, rank: u64) -> Option<u16> {
    let mut seen = 0;
    bins.filter(|&(_, &count)| count > 0).find_map(|(code, &count)| {
        seen += count;
        (seen >= rank).then_some(code)
    })
}

/// How many codes so many percent are: 1 to all of them.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are far below 2^53, and a cast from float to integer clamps"
)]
fn rank(percent: f64, total: u64) -> u64 {
    let rank = (percent / 100.0 * total as f64).ceil() as u64;
    rank.min(total).max(1)
}

fn deepest(components: &[impl Borrow<Observer>]) -> u8 {
    components.iter().map(|component| component.borrow().depth).max().unwrap_or(1)
}

/// A code in a deeper component's codes: black stays black and white white.
fn deepen(code: u16, depth: u8, to: u8) -> u16 {
    let [white, deep] = [depth, to].map(|depth| u32::from(u16::MAX >> (MAX_DEPTH - depth)));
    if white == deep {
        return code;
    }
    u16::try_from((u32::from(code) * deep + white / 2) / white).unwrap_or(u16::MAX)
}

/// A number of bits.
fn byte(bits: u32) -> u8 {
    u8::try_from(bits).unwrap_or(MAX_DEPTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &[Observer] = &[];

    fn seen(depth: u8, codes: &[u16]) -> Observer {
        let mut observer = Observer::new('Y', depth, 1);
        observer.row(0, codes);
        observer
    }

    #[test]
    fn twelve_bits_in_sixteen_are_told() {
        let low = seen(16, &[0, 0x0fff, 0x0123]).observed().unwrap();
        assert_eq!((low.used_bits(), low.unused_low(), low.unused_high()), (12, 0, 4));
        let high = seen(16, &[0, 0xfff0, 0x0120]).observed().unwrap();
        assert_eq!((high.used_bits(), high.unused_low(), high.unused_high()), (12, 4, 0));
        assert_eq!((high.min, high.max, high.bits, high.count), (0, 0xfff0, 0xfff0, 3));
    }

    #[test]
    fn zeros_use_no_bit_and_nothing_is_not_observed() {
        let zeros = seen(10, &[0; 4]).observed().unwrap();
        assert_eq!((zeros.used_bits(), zeros.unused_low(), zeros.unused_high()), (0, 0, 10));
        assert_eq!(seen(10, &[]).observed(), None);
        assert_eq!(percentiles(&[seen(10, &[])], 0.5, 99.5), None);
        assert_eq!(percentiles(NOTHING, 0.5, 99.5), None);
        assert_eq!(extremes(NOTHING), None);
    }

    #[test]
    fn percentiles_leave_out_the_outliers() {
        let mut codes: Vec<u16> = (0..1000).map(|index| 100 + index % 100).collect();
        codes.extend([0, 0, 0, 1023, 1023]);
        let observer = [seen(10, &codes)];
        assert_eq!(extremes(&observer), Some((0, 1023)));
        assert_eq!(percentiles(&observer, 0.5, 99.5), Some((100, 199)));
        assert_eq!(percentiles(&observer, 0.0, 100.0), Some((0, 1023)));
        assert_eq!(percentiles(&observer, -1.0, f64::INFINITY), Some((0, 1023)));
        assert!(percentiles(&observer, f64::NAN, f64::NAN).is_some());
    }

    #[test]
    fn percentiles_are_the_same_from_either_side() {
        let codes: Vec<u16> = (0..997_u32).map(|index| (index * index % 256) as u16).collect();
        let mirrored: Vec<u16> = codes.iter().map(|code| 255 - code).collect();
        let (low, high) = percentiles(&[seen(8, &codes)], 2.0, 95.0).unwrap();
        assert_eq!(percentiles(&[seen(8, &mirrored)], 5.0, 98.0), Some((255 - high, 255 - low)));
    }

    #[test]
    fn components_are_taken_together() {
        let [dark, bright] = [seen(8, &[10; 99]), seen(8, &[200])];
        assert_eq!(percentiles(&[dark.clone(), bright.clone()], 0.0, 98.0), Some((10, 10)));
        assert_eq!(percentiles(&[dark, bright], 0.0, 100.0), Some((10, 200)));
    }

    #[test]
    fn shallow_components_are_brought_to_the_deepest() {
        let of_565 = [seen(5, &[0, 31]), seen(6, &[32]), seen(5, &[16])];
        assert_eq!(percentiles(&of_565, 0.0, 100.0), Some((0, 63)));
        assert_eq!(extremes(&of_565), Some((0, 63)));
        assert_eq!([deepen(16, 5, 6), deepen(65535, 16, 16), deepen(1, 1, 16)], [33, 65535, 65535]);
    }

    #[test]
    fn histogram_takes_pairs_and_extremes_take_all() {
        let mut observer = Observer::new('Y', 8, 3);
        for row in 0..12_u16 {
            observer.row(usize::from(row), &[row]);
        }
        let wanted: Vec<_> = (0..12).filter(|&row| observer.wants(row)).collect();
        assert_eq!(wanted, [0, 1, 6, 7]);
        assert_eq!(percentiles(std::slice::from_ref(&observer), 0.0, 100.0), Some((0, 7)));
        let Observed { min, max, count, .. } = observer.observed().unwrap();
        assert_eq!((min, max, count), (0, 11, 12));
    }

    #[test]
    fn the_share_of_rows_keeps_the_cost() {
        assert_eq!(Observer::every_for(640, 480, 1 << 19), 1);
        assert_eq!(Observer::every_for(1920, 1080, 1 << 19), 4);
        assert_eq!([Observer::every_for(0, 0, 1), Observer::every_for(usize::MAX, 2, 0)], [1, usize::MAX]);
    }

    #[test]
    fn odd_depths_and_codes_never_panic() {
        for depth in [0, 1, 9, 16, 17, 255] {
            let observer = seen(depth, &[0, 1, 511, u16::MAX]);
            let odd = observer.observed().unwrap();
            assert_eq!((odd.used_bits(), odd.unused_low(), odd.unused_high()), (16, 0, 0));
            assert!(extremes(&[observer.clone(), seen(16, &[3])]).is_some());
            assert!(percentiles(&[observer, seen(4, &[3])], 0.5, 99.5).is_some());
        }
    }
}
