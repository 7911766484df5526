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
/// In the middle of a long frame twice as much may wait: it is this frame's own, and the writer is woken half as often.
const IN_THE_MIDDLE: u32 = 2;
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

    /// The value while so many bytes of a frame are still to be written.
    ///
    /// Which frame is next is decided when the kernel has room for its first byte, so that the end of a frame, as much as
    /// the link drains in ten milliseconds, is written with as much before it and no more.
    pub(super) fn value(&self, rest: usize) -> u32 {
        if rest > self.current as usize { self.current.saturating_mul(IN_THE_MIDDLE) } else { self.current }
    }

    /// Takes into account that the kernel took `bytes` in `elapsed`.
    ///
    /// Only a change by half again is worth a system call.
    pub(super) fn measure(&mut self, bytes: usize, elapsed: Duration) {
        // No fragment is near 4 GiB, and one that is taken in no time tells nothing less than "fast".
        let bytes = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
        let rate = bytes / elapsed.as_secs_f64().max(1e-6);
        let average = self.bytes_per_second.map_or(rate, |old| old + WEIGHT * (rate - old));
        self.bytes_per_second = Some(average);
        let wanted = (average * KEPT.as_secs_f64()).clamp(f64::from(LEAST), f64::from(MOST));
        let current = f64::from(self.current);
        if wanted < current * 1.5 && wanted > current / 1.5 {
            return;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped between two u32 above"
        )]
        let wanted = wanted as u32;
        self.current = wanted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(bytes_per_milli: usize) -> u32 {
        let mut lowat = Lowat::new();
        for _ in 0..50 {
            lowat.measure(bytes_per_milli * 10, Duration::from_millis(10));
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
        let mut changes = 0;
        for round in 0..1_000 {
            let before = lowat.value(0);
            lowat.measure(1_000_000 + (round % 7) * 50_000, Duration::from_millis(10));
            changes += usize::from(lowat.value(0) != before);
        }
        assert!(changes <= 2, "{changes}");
    }

    #[test]
    fn the_end_of_a_frame_has_no_more_before_it_than_the_link_drains() {
        let lowat = Lowat::new();
        let rests = [10 << 20, 129 << 10, 128 << 10, 1, 0];
        assert_eq!(rests.map(|rest| lowat.value(rest)), [2 * LEAST, 2 * LEAST, LEAST, LEAST, LEAST]);
    }
}
