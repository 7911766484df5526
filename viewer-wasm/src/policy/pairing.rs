//! Which frames of two streams belong together: those of one running time, where the streams share a pipeline.

/// What is known of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its number.
    pub sequence: u64,
    /// When it is due, in nanoseconds of its pipeline's running time.
    pub running_time: Option<u64>,
    /// How long it lasts, in nanoseconds.
    pub duration: Option<u64>,
}

/// Two frames that are compared, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Place among the one stream's frames.
    pub one: usize,
    /// Place among the other's.
    pub other: usize,
    /// Running time of the one less that of the other's, in nanoseconds; `None` where both are just the newest.
    pub apart: Option<i64>,
}

/// Why no two frames are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpaired {
    /// There is none of one of the streams.
    NoFrame,
    /// The nearest two are so many nanoseconds apart: more than half a frame.
    Apart(u64),
}

/// How long a frame lasts that says nothing of it, in nanoseconds: 25 are a second.
const FRAME_NANOS: u64 = 40_000_000;

/// The newest frame of the one stream that has one of the other's within half of its duration, and the nearest of these.
///
/// Both lists begin with the oldest. Running times of different pipelines have different origins: without `shared`, the
/// newest of both are taken, as they are where a running time is missing.
pub fn pair(one: &[Stamp], other: &[Stamp], shared: bool) -> Result<Pair, Unpaired> {
    let (Some(last), Some(other_last)) = (one.len().checked_sub(1), other.len().checked_sub(1)) else {
        return Err(Unpaired::NoFrame);
    };
    let newest = Pair { one: last, other: other_last, apart: None };
    if !shared {
        return Ok(newest);
    }
    let mut nearest: Option<u64> = None;
    for (place, stamp) in one.iter().enumerate().rev() {
        let Some(time) = stamp.running_time else { continue };
        let distance = |other: &Stamp| Some(other.running_time?.abs_diff(time));
        let found = other.iter().enumerate().filter_map(|(place, other)| Some((distance(other)?, place)));
        let Some((distance, other_place)) = found.min() else { continue };
        nearest = Some(nearest.map_or(distance, |nearest| nearest.min(distance)));
        if distance <= stamp.duration.unwrap_or(FRAME_NANOS) / 2 {
            let other_time = other.get(other_place).and_then(|other| other.running_time).unwrap_or(time);
            let signed = i64::try_from(distance).unwrap_or(i64::MAX);
            let apart = if time >= other_time { signed } else { -signed };
            return Ok(Pair { one: place, other: other_place, apart: Some(apart) });
        }
    }
    nearest.map_or(Ok(newest), |nearest| Err(Unpaired::Apart(nearest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    fn stamps(millis: impl IntoIterator<Item = u64>) -> Vec<Stamp> {
        let stamp = |(sequence, millis)| Stamp {
            sequence,
            running_time: Some(millis * MILLI),
            duration: Some(40 * MILLI),
        };
        (0..).zip(millis).map(stamp).collect()
    }

    #[test]
    fn the_newest_with_a_partner_is_taken() {
        let (one, late) = (stamps([0, 40, 80, 120]), stamps([0, 41]));
        assert_eq!(pair(&one, &late, true), Ok(Pair { one: 1, other: 1, apart: Some(-1_000_000) }));
        assert_eq!(pair(&late, &one, true), Ok(Pair { one: 1, other: 1, apart: Some(1_000_000) }));
    }

    #[test]
    fn half_a_frame_is_near_enough_and_more_is_not() {
        let one = stamps([100]);
        assert_eq!(pair(&one, &stamps([80]), true).unwrap().apart, Some(20_000_000));
        assert_eq!(pair(&one, &stamps([10, 79, 122]), true), Err(Unpaired::Apart(21_000_000)));
    }

    #[test]
    fn a_frame_without_a_duration_lasts_that_of_25_a_second() {
        let one = [Stamp { duration: None, ..stamps([100])[0] }];
        assert!(pair(&one, &stamps([80]), true).is_ok());
        assert!(pair(&one, &stamps([79]), true).is_err());
    }

    #[test]
    fn different_pipelines_are_never_paired() {
        let (one, other) = (stamps([0, 40]), stamps([0, 40, 80]));
        assert_eq!(pair(&one, &other, false), Ok(Pair { one: 1, other: 2, apart: None }));
    }

    #[test]
    fn without_running_times_the_newest_are_taken() {
        let one = [Stamp { sequence: 5, running_time: None, duration: None }];
        assert_eq!(pair(&one, &stamps([7]), true), Ok(Pair { one: 0, other: 0, apart: None }));
        assert_eq!(pair(&one, &[], true), Err(Unpaired::NoFrame));
    }
}
