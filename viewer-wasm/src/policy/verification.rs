//! Whether frames arrived as they left: what the server said of each, beside what was found here. Pure.

use wire::{Hash, Hashes};

/// What came of comparing frames since it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    is_wanted: bool,
    /// What the server has heard of it.
    asked: Asked,
    /// Of the frame to come.
    announced: Option<(u64, Hashes)>,
    counts: Compared,
    mismatch: Option<Mismatch>,
}

/// Since when hashes are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    /// Not on this connection.
    #[default]
    Not,
    /// While frames come: those on their way have none. What the server answers to a question of this time, it answers
    /// after it has heard.
    At(u64),
    /// Every frame that comes has its hashes before it.
    Heard,
}

/// Frames that came since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Whole, and as the server hashed them.
    pub verified: u64,
    /// Only a part or a subsampling was sent, of which the server's hashes say nothing.
    pub partial: u64,
    /// With other hashes than the server's.
    pub mismatches: u64,
    /// No hash came, though the server had heard that they are wanted.
    pub unannounced: u64,
    /// Could not be hashed here: no memory.
    pub unread: u64,
}

/// What there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nobody asks.
    Off,
    /// No frame has come since.
    Waiting,
    /// All frames were as the server hashed them.
    Verified,
    /// Frames were sent in part: they say nothing.
    Partial,
    /// Frames could not be compared: no hash came, or there was no memory to take one.
    Unverified,
    /// A frame was not as the server hashed it; this stays.
    Mismatch,
}

/// The first frame that was not as the server hashed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Its number.
    pub sequence: u64,
    /// `buffer` or `rows`.
    pub hash: &'static str,
    /// What the server said; none where there is no rule for the rows.
    pub server: Option<Hash>,
    /// What was found here.
    pub viewer: Option<Hash>,
}

impl Verification {
    /// Begins anew, or ends; what was found before is forgotten.
    pub fn restart(&mut self, is_wanted: bool) {
        *self = Self { is_wanted, ..Self::default() };
    }

    /// Whether somebody asks.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// The server is asked before it is asked for frames: each comes with its hashes.
    pub fn asked_first(&mut self) {
        self.asked = Asked::Heard;
    }

    /// The server is asked while frames come, and for the time, with `now_nanos`, after it.
    pub fn asked(&mut self, now_nanos: u64) {
        self.asked = Asked::At(now_nanos);
    }

    /// The server answers what it was asked at `asked_nanos`.
    pub fn answered(&mut self, asked_nanos: u64) {
        if matches!(self.asked, Asked::At(at) if asked_nanos >= at) {
            self.asked = Asked::Heard;
        }
    }

    /// The server says the hashes of a frame.
    pub fn announce(&mut self, sequence: u64, hashes: Hashes) {
        self.announced = Some((sequence, hashes));
    }

    /// The connection is another one: the frame that was announced does not come.
    pub fn interrupt(&mut self) {
        self.announced = None;
        self.asked = Asked::Not;
    }

    /// Whether the frame has been announced and waits to be compared.
    #[must_use]
    pub fn expects(&self, sequence: u64) -> bool {
        self.is_wanted && self.announced.is_some_and(|(announced, _)| announced == sequence)
    }

    /// A frame has come that is not [expected](Self::expects); whether that is told.
    pub fn miss(&mut self) -> bool {
        let is_missed = self.is_wanted && self.asked == Asked::Heard;
        self.counts.unannounced += u64::from(is_missed);
        is_missed
    }

    /// Compares a frame that is [expected](Self::expects); `actual` is asked for only where the whole frame was sent, and
    /// is none where there is no memory to hash it.
    pub fn compare(&mut self, sequence: u64, is_whole: bool, actual: impl FnOnce() -> Option<Hashes>) {
        if !self.expects(sequence) {
            return;
        }
        let Some((_, said)) = self.announced.take() else { return };
        if !is_whole {
            self.counts.partial += 1;
            return;
        }
        let Some(actual) = actual() else {
            self.counts.unread += 1;
            return;
        };
        if actual == said {
            self.counts.verified += 1;
            return;
        }
        self.counts.mismatches += 1;
        let mismatch = if actual.buffer == said.buffer {
            Mismatch { sequence, hash: "rows", server: said.rows, viewer: actual.rows }
        } else {
            Mismatch { sequence, hash: "buffer", server: Some(said.buffer), viewer: Some(actual.buffer) }
        };
        self.mismatch.get_or_insert(mismatch);
    }

    /// What became of the frames.
    #[must_use]
    pub fn counts(&self) -> Compared {
        self.counts
    }

    /// The first frame that was not as it should be.
    #[must_use]
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.mismatch.as_ref()
    }

    /// All of it in a word.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match self.counts {
            _ if !self.is_wanted => Finding::Off,
            _ if self.mismatch.is_some() => Finding::Mismatch,
            Compared { unannounced: 1.., .. } | Compared { unread: 1.., .. } => Finding::Unverified,
            Compared { partial: 1.., .. } => Finding::Partial,
            Compared { verified: 1.., .. } => Finding::Verified,
            _ => Finding::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(bytes: &[u8], rows: &[u8]) -> Hashes {
        Hashes { buffer: Hash::of(bytes), rows: Some(Hash::of(rows)) }
    }

    fn verifying() -> Verification {
        let mut verification = Verification::default();
        verification.restart(true);
        verification
    }

    fn compare(verification: &mut Verification, sequence: u64, said: Hashes, found: Option<Hashes>) {
        verification.announce(sequence, said);
        assert!(verification.expects(sequence));
        verification.compare(sequence, true, || found);
        assert!(!verification.expects(sequence), "compared twice");
    }

    #[test]
    fn frames_that_are_as_they_were_are_counted() {
        let mut verification = verifying();
        assert_eq!(verification.finding(), Finding::Waiting);
        for sequence in 3..6 {
            compare(&mut verification, sequence, hashes(b"a", b"b"), Some(hashes(b"a", b"b")));
        }
        assert_eq!(verification.finding(), Finding::Verified);
        assert_eq!(verification.counts(), Compared { verified: 3, ..Compared::default() });
        verification.restart(false);
        assert_eq!((verification.finding(), verification.counts()), (Finding::Off, Compared::default()));
    }

    #[test]
    fn the_first_mismatch_stays_with_both_values() {
        let mut verification = verifying();
        compare(&mut verification, 1, hashes(b"a", b"a"), Some(hashes(b"x", b"x")));
        compare(&mut verification, 2, hashes(b"a", b"a"), Some(hashes(b"y", b"y")));
        compare(&mut verification, 3, hashes(b"a", b"a"), Some(hashes(b"a", b"a")));
        let (server, viewer) = (Some(Hash::of(b"a")), Some(Hash::of(b"x")));
        let expected = Mismatch { sequence: 1, hash: "buffer", server, viewer };
        assert_eq!(verification.mismatch(), Some(&expected));
        assert_eq!(verification.finding(), Finding::Mismatch);
        assert_eq!(verification.counts(), Compared { verified: 1, mismatches: 2, ..Compared::default() });
    }

    #[test]
    fn rows_alone_are_a_mismatch() {
        let mut verification = verifying();
        compare(&mut verification, 1, hashes(b"a", b"a"), Some(hashes(b"a", b"x")));
        assert_eq!(verification.mismatch().map(|mismatch| mismatch.hash), Some("rows"));
    }

    #[test]
    fn what_cannot_be_hashed_is_no_mismatch_but_is_not_verified() {
        let mut verification = verifying();
        compare(&mut verification, 1, hashes(b"a", b"a"), None);
        compare(&mut verification, 2, hashes(b"a", b"a"), Some(hashes(b"a", b"a")));
        assert_eq!((verification.mismatch(), verification.finding()), (None, Finding::Unverified));
        assert_eq!(verification.counts(), Compared { verified: 1, unread: 1, ..Compared::default() });
    }

    #[test]
    fn frames_without_hashes_are_counted_once_the_server_has_heard() {
        let mut verification = verifying();
        verification.asked(10);
        assert!(!verification.miss(), "frames on their way have none");
        verification.answered(9);
        assert!(!verification.miss(), "this answers an earlier question");
        verification.answered(10);
        assert!(verification.miss());
        compare(&mut verification, 2, hashes(b"a", b"a"), Some(hashes(b"a", b"a")));
        assert_eq!(verification.finding(), Finding::Unverified);
        assert_eq!(verification.counts(), Compared { verified: 1, unannounced: 1, ..Compared::default() });
        // Another connection, which has to be asked anew; what was found stays.
        verification.interrupt();
        assert!(!verification.miss());
        verification.asked_first();
        assert!(verification.miss());
        assert_eq!(verification.counts().unannounced, 2);
        verification.restart(false);
        verification.asked_first();
        assert!(!verification.miss(), "nobody asks");
    }

    #[test]
    fn a_part_of_a_frame_is_not_verified() {
        let mut verification = verifying();
        verification.announce(1, hashes(b"a", b"a"));
        verification.compare(1, false, || unreachable!("a part is not hashed"));
        assert_eq!(verification.finding(), Finding::Partial);
        assert_eq!(verification.counts(), Compared { partial: 1, ..Compared::default() });
    }

    #[test]
    fn only_the_frame_that_was_announced_is_compared() {
        let mut verification = verifying();
        verification.announce(1, hashes(b"a", b"a"));
        assert!(!verification.expects(2));
        verification.interrupt();
        assert!(!verification.expects(1));
        let mut off = Verification::default();
        off.announce(1, hashes(b"a", b"a"));
        assert!(!off.expects(1));
    }
}
