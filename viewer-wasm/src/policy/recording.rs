//! Which frames a recording keeps: the next so many that are received, within a bound in bytes.
//!
//! No clock, and no idea of what a frame is.

/// The next frames, kept until somebody takes them.
#[derive(Debug)]
pub struct Recording<F> {
    wanted: usize,
    most_bytes: u64,
    frames: Vec<F>,
    bytes: u64,
    last: Option<u64>,
    missing: u64,
    end: Option<End>,
}

/// Why a recording has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All frames that were wanted are there.
    Complete,
    /// The bound in bytes leaves no room for the next one.
    Full,
    /// No more frames come.
    Stream,
    /// Numbers began anew: another run of the server.
    Restarted,
    /// Somebody stopped it, or it never began.
    Stopped,
}

impl End {
    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Full => "full",
            Self::Stream => "stream",
            Self::Restarted => "restarted",
            Self::Stopped => "stopped",
        }
    }
}

impl<F> Default for Recording<F> {
    fn default() -> Self {
        Self { end: Some(End::Stopped), ..Self::new(0, 0) }
    }
}

impl<F> Recording<F> {
    /// Keeps the next `wanted` frames, at least one, of at most `most_bytes` together.
    #[must_use]
    pub fn new(wanted: usize, most_bytes: u64) -> Self {
        Self {
            wanted: wanted.max(1),
            most_bytes,
            frames: Vec::new(),
            bytes: 0,
            last: None,
            missing: 0,
            end: None,
        }
    }

    /// A frame was received; true where that changes anything.
    pub fn add(&mut self, sequence: u64, bytes: u64, frame: impl FnOnce() -> F) -> bool {
        if self.end.is_some() {
            return false;
        }
        if self.last.is_some_and(|last| sequence <= last) {
            self.end = Some(End::Restarted);
        } else if self.bytes.saturating_add(bytes) > self.most_bytes {
            self.end = Some(End::Full);
        } else {
            self.missing += self.last.map_or(0, |last| sequence - last - 1);
            self.last = Some(sequence);
            self.bytes += bytes;
            self.frames.push(frame());
            if self.frames.len() >= self.wanted {
                self.end = Some(End::Complete);
            }
        }
        true
    }

    /// No more is kept; true where that changes anything.
    pub fn finish(&mut self, end: End) -> bool {
        let is_on = self.end.is_none();
        self.end.get_or_insert(end);
        is_on
    }

    /// Frames that are wanted.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// The frames that are kept.
    #[must_use]
    pub fn frames(&self) -> &[F] {
        &self.frames
    }

    /// Bytes of the frames that are kept.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Frames between those that are kept, which were not received.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Why it is over; `None` while it goes on.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(recording: &Recording<u64>) -> (&[u64], u64, Option<End>) {
        (recording.frames(), recording.missing(), recording.end())
    }

    #[test]
    fn the_next_frames_and_no_more() {
        let mut recording = Recording::new(3, 100);
        for sequence in [4, 5, 9, 10] {
            recording.add(sequence, 10, || sequence);
        }
        assert_eq!(state(&recording), (&[4, 5, 9][..], 3, Some(End::Complete)));
        assert!(!recording.finish(End::Stream), "it is over already");
    }

    #[test]
    fn the_bound_is_in_bytes() {
        let mut recording = Recording::new(9, 25);
        for sequence in 0..3 {
            recording.add(sequence, 10, || sequence);
        }
        assert_eq!((state(&recording), recording.bytes()), ((&[0, 1][..], 0, Some(End::Full)), 20));
    }

    #[test]
    fn numbers_that_begin_anew_end_it() {
        let mut recording = Recording::new(9, 25);
        recording.add(7, 1, || 7);
        recording.add(0, 1, || 0);
        assert_eq!(state(&recording), (&[7][..], 0, Some(End::Restarted)));
    }

    #[test]
    fn without_one_nothing_is_kept() {
        let mut none = Recording::default();
        assert!(!none.add(1, 1, || 1));
        assert_eq!(state(&none), (&[][..], 0, Some(End::Stopped)));
    }
}
