//! Estimates the frames a source missed, from buffer offsets or else time stamps. Pure policy.

/// Offsets that rise by one this often in a row are taken for frame numbers (v4l2, videotestsrc).
const PROOF: u32 = 3;

/// Watches one stream for frames that never came.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    offset: Option<u64>,
    steps_of_one: u32,
    pts: Option<u64>,
    frame_nanos: Option<u64>,
}

impl Gaps {
    /// The framerate of the frames to come, as a fraction; 0 is variable.
    pub(super) fn set_framerate(&mut self, numerator: i32, denominator: i32) {
        self.frame_nanos = match (u64::try_from(numerator), u64::try_from(denominator)) {
            (Ok(n), Ok(d)) if n > 0 => Some(d * 1_000_000_000 / n).filter(|nanos| *nanos > 0),
            _ => None,
        };
        self.pts = None;
    }

    /// What follows does not continue what came before: a new segment, a seek, a new stream.
    pub(super) fn restart(&mut self) {
        *self = Self { frame_nanos: self.frame_nanos, ..Self::default() };
    }

    /// How many frames are missing before this one.
    pub(super) fn before(&mut self, offset: Option<u64>, pts_nanos: Option<u64>) -> u64 {
        let by_offset = self.by_offset(offset);
        let by_pts = self.by_pts(pts_nanos);
        by_offset.or(by_pts).unwrap_or(0)
    }

    /// Missing frames, if the offsets have proven to be frame numbers.
    fn by_offset(&mut self, offset: Option<u64>) -> Option<u64> {
        let last = std::mem::replace(&mut self.offset, offset);
        let step = offset.zip(last).and_then(|(offset, last)| offset.checked_sub(last));
        let proven = self.steps_of_one >= PROOF;
        match step {
            Some(1) => {
                self.steps_of_one = self.steps_of_one.saturating_add(1);
                proven.then_some(0)
            }
            // A source that counts may skip; one whose offset stands still or falls does not count frames.
            Some(step) if step > 1 && proven => Some(step - 1),
            _ => {
                self.steps_of_one = 0;
                None
            }
        }
    }

    fn by_pts(&mut self, pts: Option<u64>) -> Option<u64> {
        let last = std::mem::replace(&mut self.pts, pts);
        let frame = self.frame_nanos?;
        let passed = pts?.checked_sub(last?)?;
        // Up to half a frame is jitter.
        (passed > frame + frame / 2).then(|| (passed + frame / 2) / frame - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u64 = 40_000_000;

    fn at_25() -> Gaps {
        let mut gaps = Gaps::default();
        gaps.set_framerate(25, 1);
        gaps
    }

    #[test]
    fn offsets_count_once_proven() {
        let mut gaps = Gaps::default();
        let missing = [10, 11, 12, 13, 16, 17, 30].map(|offset| gaps.before(Some(offset), None));
        assert_eq!(missing, [0, 0, 0, 0, 2, 0, 12]);
    }

    #[test]
    fn byte_offsets_are_no_frame_numbers() {
        let mut gaps = Gaps::default();
        for frame in 0..10 {
            assert_eq!(gaps.before(Some(frame * 921_600), None), 0);
        }
    }

    #[test]
    fn pts_against_a_fixed_rate() {
        let mut gaps = at_25();
        let times = [0, FRAME, 2 * FRAME + FRAME / 3, 3 * FRAME, 6 * FRAME];
        assert_eq!(times.map(|pts| gaps.before(None, Some(pts))), [0, 0, 0, 0, 2]);
    }

    #[test]
    fn proven_offsets_outrank_pts() {
        let mut gaps = at_25();
        for frame in 0..5 {
            assert_eq!(gaps.before(Some(frame), Some(frame * FRAME)), 0);
        }
        assert_eq!(gaps.before(Some(5), Some(9 * FRAME)), 0, "late, but the next one");
    }

    #[test]
    fn no_rate_no_guess_and_a_restart_is_no_gap() {
        let mut gaps = Gaps::default();
        gaps.set_framerate(0, 1);
        assert_eq!(gaps.before(None, Some(0)) + gaps.before(None, Some(90 * FRAME)), 0);
        let mut gaps = at_25();
        assert_eq!(gaps.before(None, Some(0)), 0);
        gaps.restart();
        assert_eq!(gaps.before(None, Some(90 * FRAME)), 0);
        assert_eq!(gaps.before(None, Some(0)), 0, "back to the start");
    }
}
