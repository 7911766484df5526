//! Which leased frame is fetched, which are kept, and which one a message brings; no socket, no clock, no frames of its own.
//!
//! One frame is on its way at a time. Whoever asks for another meanwhile gets the last one asked for: what was passed
//! over on the way there is not fetched. The frame on the canvas, where it was sent in part, is fetched whole in the same
//! way, without a lease.

use std::collections::VecDeque;

/// Bytes of fetched frames that are kept, so that steps back and forth need not fetch them again: ten of 1080p in BGR.
pub const KEPT_BYTES: u64 = 64 << 20;

/// The leased frames of one freeze.
#[derive(Debug)]
pub struct Past<F> {
    /// Rising.
    leased: Vec<u64>,
    /// The frame that it was frozen at, which the viewer has anyway.
    frozen: Option<(u64, F)>,
    /// The newest fetched last.
    kept: VecDeque<Kept<F>>,
    wanted: Option<u64>,
    asked: Option<u64>,
    /// The frame on the canvas, which is being fetched whole.
    whole: Option<u64>,
    announced: Option<u64>,
}

#[derive(Debug)]
struct Kept<F> {
    sequence: u64,
    bytes: u64,
    frame: F,
}

/// What is to be done to show a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Showing<F> {
    /// Draw this.
    Here(F),
    /// Ask the server for it.
    Fetch(u64),
    /// Wait for the one that is on its way.
    Wait,
    /// It cannot be had.
    Gone,
}

impl<F> Default for Past<F> {
    fn default() -> Self {
        Self {
            leased: Vec::new(),
            frozen: None,
            kept: VecDeque::new(),
            wanted: None,
            asked: None,
            whole: None,
            announced: None,
        }
    }
}

impl<F: Clone> Past<F> {
    /// A viewer freezes at a frame, if it has one.
    pub fn freeze(&mut self, frozen: Option<(u64, F)>) {
        self.end();
        self.frozen = frozen;
    }

    /// The server has leased these, in rising order.
    pub fn leased(&mut self, sequences: Vec<u64>) {
        self.leased = sequences;
    }

    /// No frame of the past can be had any more but the one that it was frozen at.
    pub fn end(&mut self) {
        self.leased.clear();
        self.kept.clear();
        self.wanted = None;
        self.asked = None;
    }

    /// The connection is gone, and with it what was on the way.
    pub fn disconnected(&mut self) {
        self.end();
        self.whole = None;
        self.announced = None;
    }

    /// The frame that it was frozen at.
    pub fn frozen(&self) -> Option<&(u64, F)> {
        self.frozen.as_ref()
    }

    /// The frame on the canvas is to be had whole: whether it is to be asked for now. While another one is on its way it is
    /// not.
    pub fn fetch_whole(&mut self, sequence: u64) -> bool {
        let is_free = self.asked.is_none() && self.whole.is_none();
        if is_free {
            self.whole = Some(sequence);
        }
        is_free
    }

    /// The frame that is being fetched whole.
    #[must_use]
    pub fn fetching_whole(&self) -> Option<u64> {
        self.whole
    }

    /// The frame that was fetched whole has come, or cannot be had. Gives what is to be done now, if anything.
    pub fn end_whole(&mut self, frame: Option<(u64, F)>) -> Option<Showing<F>> {
        self.whole = None;
        if let (Some((sequence, frame)), Some(frozen)) = (frame, &mut self.frozen)
            && frozen.0 == sequence
        {
            frozen.1 = frame;
        }
        let wanted = self.wanted?;
        Some(self.show(wanted))
    }

    /// A frame is to be shown, in the place of any that was asked for before.
    pub fn show(&mut self, sequence: u64) -> Showing<F> {
        self.wanted = None;
        let kept = self.kept.iter().find(|kept| kept.sequence == sequence).map(|kept| &kept.frame);
        let frozen = self.frozen.as_ref().filter(|(frozen, _)| *frozen == sequence).map(|(_, frame)| frame);
        if let Some(frame) = frozen.or(kept) {
            return Showing::Here(frame.clone());
        }
        if self.leased.binary_search(&sequence).is_err() {
            return Showing::Gone;
        }
        self.wanted = Some(sequence);
        if self.asked.is_some() || self.whole.is_some() {
            return Showing::Wait;
        }
        self.asked = Some(sequence);
        Showing::Fetch(sequence)
    }

    /// The next binary message is a frame that was asked for.
    pub fn announced(&mut self, sequence: u64) {
        self.announced = Some(sequence);
    }

    /// A binary message has come: the sequence of the frame that it was announced to be, if it was.
    pub fn take_announced(&mut self) -> Option<u64> {
        self.announced.take()
    }

    /// The frame that was asked for has come, `None` if it was cut short or cannot be read. Gives what is to be done
    /// now, if anything.
    pub fn arrived(&mut self, sequence: u64, frame: Option<(F, u64)>) -> Option<Showing<F>> {
        // What was asked for in an earlier lease may still come.
        if self.asked != Some(sequence) {
            return None;
        }
        self.asked = None;
        match frame {
            Some((frame, bytes)) => self.keep(Kept { sequence, bytes, frame }),
            None => self.leased.retain(|leased| *leased != sequence),
        }
        let wanted = self.wanted?;
        Some(self.show(wanted))
    }

    fn keep(&mut self, new: Kept<F>) {
        self.kept.push_back(new);
        // The newest one stays, however large.
        while self.kept.len() > 1 && self.kept.iter().map(|kept| kept.bytes).sum::<u64>() > KEPT_BYTES {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(leased: std::ops::Range<u64>) -> Past<u64> {
        let mut past = Past::default();
        past.freeze(Some((leased.end, leased.end)));
        past.leased(leased.collect());
        past
    }

    #[test]
    fn what_is_here_is_not_fetched_again() {
        let mut past = past(0..10);
        assert_eq!(past.show(10), Showing::Here(10), "it was frozen there");
        assert_eq!(past.show(3), Showing::Fetch(3));
        assert_eq!(past.arrived(3, Some((3, 1))), Some(Showing::Here(3)));
        assert_eq!(past.show(10), Showing::Here(10));
        assert_eq!(past.show(3), Showing::Here(3));
        assert_eq!(past.show(11), Showing::Gone);
    }

    #[test]
    fn one_is_on_its_way_and_the_last_one_wanted_comes_next() {
        let mut past = past(0..10);
        assert_eq!(past.show(9), Showing::Fetch(9));
        assert_eq!((past.show(8), past.show(7)), (Showing::Wait, Showing::Wait));
        assert_eq!(past.arrived(9, Some((9, 1))), Some(Showing::Fetch(7)));
        assert_eq!(past.show(9), Showing::Here(9));
        assert_eq!(past.arrived(7, Some((7, 1))), None, "another one was asked for, and shown, meanwhile");
        assert_eq!(past.show(7), Showing::Here(7));
    }

    #[test]
    fn the_whole_of_the_frozen_frame_takes_its_place() {
        let mut past = past(0..10);
        assert!(past.fetch_whole(10) && !past.fetch_whole(10));
        assert_eq!(past.show(10), Showing::Here(10));
        assert_eq!((past.show(3), past.fetching_whole()), (Showing::Wait, Some(10)), "one at a time");
        assert_eq!(past.end_whole(Some((10, 1000))), Some(Showing::Fetch(3)));
        assert_eq!((past.show(10), past.fetch_whole(10)), (Showing::Here(1000), false));
        assert_eq!(past.arrived(3, Some((3, 1))), None);
        assert!(past.fetch_whole(10));
        assert_eq!(past.end_whole(None), None);
        assert_eq!(past.show(10), Showing::Here(1000));
        assert!(past.fetch_whole(10));
        past.disconnected();
        assert_eq!(past.fetching_whole(), None);
    }

    #[test]
    fn what_cannot_be_read_is_gone() {
        let mut past = past(0..10);
        assert_eq!(past.show(9), Showing::Fetch(9));
        assert_eq!(past.arrived(9, None), Some(Showing::Gone));
        assert_eq!(past.show(8), Showing::Fetch(8));
        past.end();
        assert_eq!(past.arrived(8, Some((8, 1))), None);
        assert_eq!((past.show(8), past.show(10)), (Showing::Gone, Showing::Here(10)));
    }

    #[test]
    fn a_message_is_announced_once() {
        let mut past = past(0..10);
        past.announced(4);
        assert_eq!((past.take_announced(), past.take_announced()), (Some(4), None));
        past.announced(5);
        past.freeze(None);
        assert_eq!(past.take_announced(), Some(5), "it is still on its way, and no live frame");
        past.announced(6);
        past.disconnected();
        assert_eq!(past.take_announced(), None);
    }

    #[test]
    fn the_oldest_of_what_is_kept_goes() {
        let mut past = past(0..10);
        for sequence in 0..3 {
            assert_eq!(past.show(sequence), Showing::Fetch(sequence));
            let bytes = KEPT_BYTES / 2;
            assert_eq!(past.arrived(sequence, Some((sequence, bytes))), Some(Showing::Here(sequence)));
        }
        assert_eq!((past.show(2), past.show(1)), (Showing::Here(2), Showing::Here(1)));
        assert_eq!(past.show(0), Showing::Fetch(0));
        assert_eq!(past.arrived(0, Some((0, 2 * KEPT_BYTES))), Some(Showing::Here(0)));
        assert_eq!(past.show(0), Showing::Here(0));
    }
}
