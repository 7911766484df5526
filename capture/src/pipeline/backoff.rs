//! How long to wait before a pipeline is built again. Pure policy: no clock and no random numbers of its own.

use std::time::Duration;

/// A pipeline that gave frames for this long has recovered: what fails next is a new failure, not the old one again.
const RECOVERED_AFTER: Duration = Duration::from_secs(5);

/// The bounds of the wait before a restart, as `--restart-delay MIN..MAX` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    min: Duration,
    max: Duration,
}

impl Delays {
    /// No wait is shorter than `min` or longer than `max`; none where `max` is the shorter one, or `min` is zero.
    #[must_use]
    pub fn new(min: Duration, max: Duration) -> Option<Self> {
        (!min.is_zero() && min <= max).then_some(Self { min, max })
    }
}

impl Default for Delays {
    fn default() -> Self {
        Self { min: Duration::from_millis(500), max: Duration::from_secs(10) }
    }
}

/// Waits that grow from failure to failure, until a pipeline has recovered.
#[derive(Debug)]
pub(super) struct Backoff {
    delays: Delays,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(delays: Delays) -> Self {
        Self { delays, failures: 0 }
    }

    /// The wait after one more failure of a pipeline that had given frames for so long; `random` is from 0 up to 1.
    ///
    /// Its bound doubles with each failure. The wait is at least half of the bound, so that it grows, and at random over
    /// the other half, so that pipelines that failed together do not come back together.
    pub(super) fn next(&mut self, gave_frames: Duration, random: f64) -> Duration {
        if gave_frames >= RECOVERED_AFTER {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let Delays { min, max } = self.delays;
        let bound = 2_u32.checked_pow(self.failures).map_or(max, |times| min.saturating_mul(times)).min(max);
        let least = (bound / 2).max(min);
        least + bound.saturating_sub(least).mul_f64(random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_FRAMES: Duration = Duration::ZERO;

    fn waits(backoff: &mut Backoff, random: f64, count: usize) -> Vec<u128> {
        (0..count).map(|_| backoff.next(NO_FRAMES, random).as_millis()).collect()
    }

    #[test]
    fn the_wait_doubles_up_to_its_bound() {
        let mut shortest = Backoff::new(Delays::default());
        assert_eq!(waits(&mut shortest, 0.0, 7), [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
        let mut longest = Backoff::new(Delays::default());
        assert_eq!(waits(&mut longest, 1.0, 7), [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    }

    #[test]
    fn no_wait_is_outside_of_the_delays_however_often_it_fails() {
        let (min, max) = (Duration::from_millis(100), Duration::from_millis(150));
        let mut backoff = Backoff::new(Delays::new(min, max).unwrap());
        for random in [0.0, 0.5, 1.0, -3.0, 7.0].repeat(40) {
            let wait = backoff.next(NO_FRAMES, random);
            assert!((min..=max).contains(&wait), "{wait:?}");
        }
    }

    #[test]
    fn frames_for_some_seconds_end_the_series_and_a_few_frames_do_not() {
        let mut backoff = Backoff::new(Delays::default());
        waits(&mut backoff, 0.0, 6);
        assert_eq!(backoff.next(Duration::from_secs(4), 0.0), Duration::from_secs(5));
        assert_eq!(backoff.next(RECOVERED_AFTER, 0.0), Duration::from_millis(500));
    }

    #[test]
    fn delays_that_cannot_be_are_refused() {
        let second = Duration::from_secs(1);
        assert_eq!(Delays::new(second, Duration::from_millis(999)), None);
        assert_eq!(Delays::new(Duration::ZERO, second), None);
        assert!(Delays::new(second, second).is_some());
    }
}
