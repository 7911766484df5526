//! How long no frame has come to any appsink of a pipeline, while frames were due. Pure policy: no clock of its own.

use std::time::{Duration, Instant};

/// The first frame has at least this long: devices and network sources take seconds to begin.
const FIRST_AT_LEAST: Duration = Duration::from_secs(10);

/// Watches one pipeline from its start.
#[derive(Debug)]
pub(super) struct Silence {
    /// Frames that had arrived when it was looked at last.
    arrived: u64,
    /// When the last frame was seen, or could be expected again.
    since: Instant,
    /// When the first frame and the last one were seen.
    frames: Option<(Instant, Instant)>,
}

impl Silence {
    /// The pipeline starts now, when so many frames have arrived before.
    pub(super) fn new(arrived: u64, now: Instant) -> Self {
        Self { arrived, since: now, frames: None }
    }

    /// Takes in how many frames have arrived by now, and whether more are due; tells whether some are new.
    pub(super) fn look(&mut self, arrived: u64, is_due: bool, now: Instant) -> bool {
        let is_new = arrived != self.arrived;
        self.arrived = arrived;
        if is_new {
            self.frames = Some((self.frames.map_or(now, |(first, _)| first), now));
        }
        if is_new || !is_due {
            self.since = now;
        }
        is_new
    }

    /// How long it is silent, if that is as long as `timeout` says.
    pub(super) fn is_too_long(&self, timeout: Duration, now: Instant) -> Option<Duration> {
        let timeout = if self.frames.is_some() { timeout } else { timeout.max(FIRST_AT_LEAST) };
        Some(now.saturating_duration_since(self.since)).filter(|silent| *silent >= timeout)
    }

    /// Whether a frame has come.
    pub(super) fn has_begun(&self) -> bool {
        self.frames.is_some()
    }

    /// From the first frame to the last one.
    pub(super) fn gave_frames(&self) -> Duration {
        self.frames.map_or(Duration::ZERO, |(first, last)| last.saturating_duration_since(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(2);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn silence_is_counted_from_the_last_frame() {
        let start = Instant::now();
        let mut silence = Silence::new(7, start);
        assert!(silence.look(8, true, start + seconds(1)));
        assert!(!silence.look(8, true, start + seconds(2)));
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(2)), None);
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(3)), Some(TIMEOUT));
        assert!(silence.look(9, true, start + seconds(3)));
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(3)), None);
        assert_eq!(silence.gave_frames(), seconds(2), "silence after them is not counted");
    }

    #[test]
    fn the_first_frame_has_longer_and_a_long_timeout_holds_for_it_too() {
        let start = Instant::now();
        let mut silence = Silence::new(0, start);
        silence.look(0, true, start + seconds(9));
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(9)), None);
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(10)), Some(seconds(10)));
        assert_eq!(silence.is_too_long(seconds(60), start + seconds(59)), None);
        assert_eq!((silence.has_begun(), silence.gave_frames()), (false, Duration::ZERO));
    }

    #[test]
    fn while_no_frame_is_due_none_is_missed() {
        let start = Instant::now();
        let mut silence = Silence::new(0, start);
        silence.look(1, true, start);
        silence.look(1, false, start + seconds(90));
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(91)), None);
        silence.look(1, true, start + seconds(91));
        assert_eq!(silence.is_too_long(TIMEOUT, start + seconds(92)), Some(TIMEOUT));
    }
}
