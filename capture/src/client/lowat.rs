//! How much unsent data the kernel may keep for a client: about ten milliseconds of what its link drains.
//!
//! Less, and a fast reader waits for us; more, and the frame that waits in the kernel is old when it leaves.
//! Pure policy: bytes and times come in, the value for `TCP_NOTSENT_LOWAT` comes out.

use std::time::Duration;

/// The least: below it wake-ups cost more than the latency they save.
pub(super) const LEAST: u32 = 128 * 1024;
/// The most: enough for loopback at gigabytes a second.
const MOST: u32 = 2 * 1024 * 1024;
/// What the kernel may keep, as a time.
const KEPT: Duration = Duration::from_millis(10);
/// The weight of a new measurement.
const WEIGHT: f64 = 0.25;

/// Follows a client's drain rate.
#[derive(Debug)]
pub(super) struct Lowat {
    bytes_per_second: Option<f64>,
    current: u32,
}

impl Lowat {
    pub(super) fn new() -> Self {
        Self { bytes_per_second: None, current: LEAST }
    }

    /// Takes into account that the kernel took `bytes` in `elapsed`; gives the new value when it should be set.
    ///
    /// Only a change by half again is worth a system call.
    pub(super) fn measure(&mut self, bytes: usize, elapsed: Duration) -> Option<u32> {
        // No fragment is near 4 GiB, and one that is taken in no time tells nothing less than "fast".
        let bytes = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
        let rate = bytes / elapsed.as_secs_f64().max(1e-6);
        let average = self.bytes_per_second.map_or(rate, |old| old + WEIGHT * (rate - old));
        self.bytes_per_second = Some(average);
        let wanted = (average * KEPT.as_secs_f64()).clamp(f64::from(LEAST), f64::from(MOST));
        let current = f64::from(self.current);
        if wanted < current * 1.5 && wanted > current / 1.5 {
            return None;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped between two u32 above"
        )]
        let wanted = wanted as u32;
        self.current = wanted;
        Some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(bytes_per_milli: usize) -> u32 {
        let mut lowat = Lowat::new();
        for _ in 0..50 {
            let _ = lowat.measure(bytes_per_milli * 10, Duration::from_millis(10));
        }
        lowat.current
    }

    #[test]
    fn ten_milliseconds_of_the_link_within_bounds() {
        assert_eq!(settled(1_250), LEAST, "10 Mbit/s");
        assert_eq!(settled(12_500), LEAST, "100 Mbit/s");
        let gigabit = settled(117_000);
        assert!((800_000..1_500_000).contains(&gigabit), "{gigabit}");
        assert_eq!(settled(2_000_000), MOST, "loopback");
    }

    #[test]
    fn a_steady_link_costs_no_system_calls() {
        let mut lowat = Lowat::new();
        let calls = (0..1_000)
            .filter(|round| {
                lowat.measure(1_000_000 + (round % 7) * 50_000, Duration::from_millis(10)).is_some()
            })
            .count();
        assert!(calls <= 2, "{calls}");
    }
}
