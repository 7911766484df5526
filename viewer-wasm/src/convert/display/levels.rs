//! Which codes become black and white: as the range says, as the frame is, or as somebody says.
//!
//! Policy without a clock: what follows the frame does so in steps a frame, and stands still under noise.

use super::observe::{Observer, extremes, percentiles};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;

/// Percent of all codes that `auto` lets be below black and not below white: outliers do not decide.
const AUTO_PERCENTILES: (f64, f64) = (0.5, 99.5);

/// An end has moved when it did so by more than one part in so many of the span, and by more than a code: less is noise.
const STILL: u16 = 100;

/// The part of the way that an end goes in a frame: a change is followed to a tenth in eight frames.
const STEPS: u16 = 4;

/// Display range in native codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Levels {
    /// What the range of the colorimetry says.
    #[default]
    Full,
    /// From the 0.5th to the 99.5th percentile of the frame.
    Auto,
    /// From the least to the greatest code of the frame.
    Observed,
    /// From the first to the second; the other way round shows the negative.
    Manual(u16, u16),
}

impl Levels {
    /// Whether [`resolve`](Self::resolve) looks at the frame.
    #[must_use]
    pub fn follows_frame(self) -> bool {
        matches!(self, Self::Auto | Self::Observed)
    }

    /// The codes that become black and white; `None` for what the range says.
    ///
    /// `components` saw the frame; several of them have one display range, in codes of the deepest. `before` is what the
    /// frame before was shown with in the same layout and with the same levels, and `None` at first: then the range is
    /// that of the frame exactly. Otherwise it stays while neither end has moved by more than 1 % of the span, and goes a
    /// quarter of the way when one has; when one has moved by more than the whole span, this is another scene, and it goes
    /// there at once.
    #[must_use]
    pub fn resolve(
        self,
        components: &[impl Borrow<Observer>],
        before: Option<(u16, u16)>,
    ) -> Option<(u16, u16)> {
        let now = match self {
            Self::Full => return None,
            Self::Manual(black, white) => return Some((black, white)),
            Self::Observed => extremes(components),
            Self::Auto => {
                let (low, high) = AUTO_PERCENTILES;
                percentiles(components, low, high)
            }
        };
        match (before, now) {
            (Some(before), Some(now)) => Some(follow(before, now)),
            (before, now) => now.or(before),
        }
    }
}

fn follow(before: (u16, u16), now: (u16, u16)) -> (u16, u16) {
    let span = before.1.saturating_sub(before.0);
    let moved = before.0.abs_diff(now.0).max(before.1.abs_diff(now.1));
    if moved > span.max(1) {
        now
    } else if moved > (span / STILL).max(1) {
        (step(before.0, now.0), step(before.1, now.1))
    } else {
        before
    }
}

/// Nearer by a part of the way, rounded up so that it gets there.
fn step(from: u16, to: u16) -> u16 {
    let by = from.abs_diff(to).div_ceil(STEPS);
    if from < to { from.saturating_add(by) } else { from.saturating_sub(by) }
}

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full => serializer.serialize_str("full"),
            Self::Auto => serializer.serialize_str("auto"),
            Self::Observed => serializer.serialize_str("observed"),
            Self::Manual(black, white) => (black, white).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LevelsVisitor)
    }
}

/// Written out, because the derived one of a word or a pair can only say that nothing matched.
struct LevelsVisitor;

impl<'de> Visitor<'de> for LevelsVisitor {
    type Value = Levels;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"full\", \"auto\", \"observed\" or [min, max] in codes of 0 to 65535")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Levels, E> {
        match word {
            "full" => Ok(Levels::Full),
            "auto" => Ok(Levels::Auto),
            "observed" => Ok(Levels::Observed),
            _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
        }
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut codes: A) -> Result<Levels, A::Error> {
        let mut next = |index| {
            let code: Option<u16> = codes.next_element()?;
            code.ok_or_else(|| de::Error::invalid_length(index, &self))
        };
        let (black, white) = (next(0)?, next(1)?);
        match codes.next_element::<de::IgnoredAny>()? {
            None => Ok(Levels::Manual(black, white)),
            Some(_) => Err(de::Error::invalid_length(3, &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(codes: impl IntoIterator<Item = u16>) -> [Observer; 1] {
        let mut observer = Observer::new('Y', 16, 1);
        observer.row(0, &codes.into_iter().collect::<Vec<_>>());
        [observer]
    }

    #[test]
    fn each_mode_has_its_ends() {
        let frame = frame((1000..=2000).chain([0, 60000]));
        let nothing: &[Observer] = &[];
        assert_eq!(Levels::Full.resolve(&frame, None), None);
        assert_eq!(Levels::Manual(7, 9).resolve(&frame, Some((1, 2))), Some((7, 9)));
        assert_eq!(Levels::Observed.resolve(&frame, None), Some((0, 60000)));
        assert_eq!(Levels::Auto.resolve(&frame, None), Some((1004, 1996)));
        assert_eq!(Levels::Auto.resolve(nothing, None), None);
        assert_eq!(Levels::Auto.resolve(nothing, Some((3, 4))), Some((3, 4)));
        let [component] = &frame;
        assert_eq!(Levels::Observed.resolve(&[component, component], None), Some((0, 60000)));
        assert!(Levels::Auto.follows_frame() && !Levels::Full.follows_frame());
    }

    #[test]
    fn noise_does_not_move_the_ends() {
        let mut shown = Levels::Observed.resolve(&frame([1000, 3000]), None);
        for noise in 0..20_u16 {
            shown = Levels::Observed.resolve(&frame([990 + noise, 3010 - noise]), shown);
            assert_eq!(shown, Some((1000, 3000)));
        }
    }

    #[test]
    fn a_change_is_followed_in_steps_until_it_is_noise() {
        let mut shown = (1000, 3000);
        let mut frames = 0;
        loop {
            let next = follow(shown, (1000, 4000));
            if next == shown {
                break;
            }
            assert!(next.1 > shown.1 && next.1 <= shown.1 + 250, "{shown:?} to {next:?}");
            (shown, frames) = (next, frames + 1);
        }
        assert!(shown.1.abs_diff(4000) <= 30 && frames <= 16, "{shown:?} after {frames}");
    }

    #[test]
    fn another_scene_is_taken_at_once() {
        assert_eq!(follow((100, 200), (40000, 50000)), (40000, 50000));
        assert_eq!(follow((5, 5), (5, 900)), (5, 900));
        assert_eq!(follow((5, 5), (5, 6)), (5, 5));
    }

    #[test]
    fn ends_never_cross_and_always_come_to_rest() {
        let ends = [0_u16, 1, 2, 3, 5, 99, 100, 101, 4095, 65534, 65535];
        let ranges = || ends.into_iter().flat_map(|low| ends.into_iter().map(move |high| (low, high)));
        let ordered = || ranges().filter(|(low, high)| low <= high);
        for (from, to) in ordered().flat_map(|from| ordered().map(move |to| (from, to))) {
            let mut shown = from;
            for _ in 0..100 {
                let next = follow(shown, to);
                assert!(next.0 <= next.1, "{shown:?} to {to:?}: {next:?}");
                shown = next;
            }
            assert_eq!(follow(shown, to), shown, "{from:?} to {to:?}");
            let still = (shown.1 - shown.0) / STILL;
            assert!(shown.0.abs_diff(to.0) <= still.max(1) && shown.1.abs_diff(to.1) <= still.max(1));
        }
        // Nor with ends from elsewhere.
        for (from, to) in ranges().flat_map(|from| ranges().map(move |to| (from, to))) {
            let _ = follow(from, to);
        }
    }

    #[test]
    fn json_is_a_word_or_a_pair() {
        for (levels, json) in [
            (Levels::Full, r#""full""#),
            (Levels::Auto, r#""auto""#),
            (Levels::Observed, r#""observed""#),
            (Levels::Manual(64, 940), "[64,940]"),
        ] {
            assert_eq!(serde_json::to_string(&levels).unwrap(), json);
            assert_eq!(serde_json::from_str::<Levels>(json).unwrap(), levels);
        }
        for json in [r#""Full""#, "[]", "[1]", "[1,2,3]", "[1,65536]", "[-1,2]", "[1.5,2]", "7", "null", "{}"]
        {
            let error = serde_json::from_str::<Levels>(json).unwrap_err().to_string();
            assert!(error.contains("expected"), "{json}: {error}");
        }
    }
}
