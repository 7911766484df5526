//! How long to wait before connecting again.

/// The shortest wait, in milliseconds.
const FLOOR_MILLIS: f64 = 500.0;
/// The longest wait, in milliseconds.
const CEILING_MILLIS: f64 = 10_000.0;

/// Waits between 0.5 s and a bound that doubles with each failure up to 10 s, at random over the whole span, so that
/// many viewers of a server that restarts do not come back at the same time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Milliseconds to wait after one more failure; `random` is from 0 up to 1.
    pub fn next_millis(&mut self, random: f64) -> f64 {
        self.failures = self.failures.saturating_add(1);
        // 2^5 times the floor is past the ceiling already.
        let doublings = i32::try_from(self.failures.min(5)).unwrap_or(5);
        let bound = (FLOOR_MILLIS * 2_f64.powi(doublings)).min(CEILING_MILLIS);
        FLOOR_MILLIS + (bound - FLOOR_MILLIS) * random.clamp(0.0, 1.0)
    }

    /// The connection proved to work: begin again with short waits.
    ///
    /// Called when a frame has come, not when a connection opens: a server that accepts and closes at once is failing.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_between_half_a_second_and_ten() {
        for random in [0.0, 0.3, 0.999_999, 7.0, f64::NAN] {
            let mut backoff = Backoff::default();
            for _ in 0..50 {
                let wait = backoff.next_millis(if random.is_nan() { 0.5 } else { random });
                assert!((500.0..=10_000.0).contains(&wait), "{wait}");
            }
        }
    }

    #[test]
    fn the_bound_doubles_and_is_reset() {
        let mut backoff = Backoff::default();
        let bounds: Vec<_> = (0..6).map(|_| backoff.next_millis(1.0)).collect();
        assert_eq!(bounds, [1_000.0, 2_000.0, 4_000.0, 8_000.0, 10_000.0, 10_000.0]);
        assert!(backoff.next_millis(0.0) < 501.0);
        backoff.reset();
        assert!(backoff.next_millis(1.0) < 1_001.0);
    }
}
