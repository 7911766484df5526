//! The sources of what one client was sent in part: of the frame it drew last, so that it can ask for all of it, and
//! of those it has not answered for, one of which may be that frame soon.

use crate::frame::Frame;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use wire::MAX_CREDITS;
use wire::control::Outcome;

/// How long a source may keep a buffer from its pool, in nanoseconds; after that it is copied.
const LENT_NANOS: u64 = 250_000_000;

/// Late frames that are kept: as many as may come while one of them is on the canvas.
const LATE_MAX: usize = 4;
/// Bytes of copies that are kept for all clients of a stream.
const COPIES_MAX: u64 = 48 << 20;
/// So many copies there may be, however large: of the frame drawn last, and of the one that may take its place.
const COPIES_ALWAYS: usize = 2;

/// The copies that are kept for the clients of a stream: of each frame one, for all who drew it last.
#[derive(Debug, Default)]
pub(crate) struct Copies(Mutex<Vec<Weak<Frame>>>);

impl Copies {
    /// A copy of `frame`; none where those that are kept have too many bytes already.
    pub(crate) fn of(&self, frame: &Frame) -> Option<Arc<Frame>> {
        // Whoever wants another copy waits for this one: they are made one at a time.
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        copies.retain(|copy| copy.strong_count() > 0);
        let held: Vec<_> = copies.iter().filter_map(Weak::upgrade).collect();
        if let Some(copy) = held.iter().find(|copy| copy.sequence() == frame.sequence()) {
            return Some(Arc::clone(copy));
        }
        let bytes: u64 = held.iter().map(|copy| copy.header().payload_len).sum();
        if held.len() >= COPIES_ALWAYS && bytes + frame.header().payload_len > COPIES_MAX {
            return None;
        }
        let copy = Arc::new(frame.to_own());
        copies.push(Arc::downgrade(&copy));
        Some(copy)
    }
}

/// Sources of frames that were sent in part.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Sent and not answered for, oldest first.
    sent: Vec<Arc<Frame>>,
    drawn: Option<Drawn>,
    /// Late, oldest first: one of them may have been drawn after all, as nothing newer came, which nobody is told.
    late: Vec<Drawn>,
}

#[derive(Debug)]
struct Drawn {
    frame: Arc<Frame>,
    since_nanos: u64,
}

impl Kept {
    /// Part of a frame is being sent.
    pub(crate) fn sent(&mut self, frame: Arc<Frame>) {
        // Frames that a client never answers for are no more than it has credits.
        if self.sent.len() == usize::from(MAX_CREDITS) {
            self.sent.remove(0);
        }
        self.sent.push(frame);
    }

    /// The client says what became of a frame.
    pub(crate) fn returned(&mut self, sequence: u64, outcome: Outcome, now_nanos: u64) {
        let found = self.sent.iter().position(|frame| frame.sequence() == sequence);
        let frame = found.map(|index| self.sent.remove(index));
        let drawn = frame.map(|frame| Drawn { frame, since_nanos: now_nanos });
        match outcome {
            Outcome::Drawn => {
                self.drawn = drawn;
                self.late.clear();
            }
            Outcome::Late => {
                self.late.extend(drawn);
                let older = self.late.len().saturating_sub(LATE_MAX);
                self.late.drain(..older);
            }
            Outcome::Overtaken | Outcome::Undrawn => {}
        }
    }

    /// The source of a frame that was drawn, if it was the last one.
    pub(crate) fn frame(&self, sequence: u64) -> Option<Arc<Frame>> {
        let mut frames = self.drawn.iter().chain(&self.late).map(|drawn| &drawn.frame);
        frames.find(|frame| frame.sequence() == sequence).cloned()
    }

    /// A source that has kept a buffer from its pool for long enough: to be copied, and given to
    /// [`copied`](Self::copied).
    pub(crate) fn to_copy(&self, now_nanos: u64) -> Option<Arc<Frame>> {
        let is_due = |drawn: &&Drawn| {
            !drawn.frame.is_own() && now_nanos.saturating_sub(drawn.since_nanos) > LENT_NANOS
        };
        let due = self.drawn.iter().chain(&self.late).find(is_due)?;
        Some(Arc::clone(&due.frame))
    }

    /// Keeps a copy in the place of what it is a copy of; without one, the frame is gone.
    pub(crate) fn copied(&mut self, sequence: u64, copy: Option<&Arc<Frame>>) {
        let is_it = |drawn: &Drawn| drawn.frame.sequence() == sequence;
        if let Some(copy) = copy {
            let kept = self.drawn.iter_mut().chain(&mut self.late).filter(|drawn| is_it(drawn));
            kept.for_each(|drawn| drawn.frame = Arc::clone(copy));
        } else {
            self.drawn.take_if(|drawn| is_it(drawn));
            self.late.retain(|drawn| !is_it(drawn));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use wire::layout::{Pixels, Plane};
    use wire::{FrameHeader, Layout};

    fn frame(sequence: u64) -> Arc<Frame> {
        let planes = vec![Plane { stride: 2, offset: 0, length: 4 }];
        let pixels = Pixels::Named { name: "rggb".into() };
        let layout = Layout { pixels, planes, ..Layout::plain(2, 2) }.check().unwrap();
        let header = FrameHeader { sequence, ..FrameHeader::default() };
        let payload = Box::new(Bytes::from_static(&[1, 2, 3, 4]));
        Arc::new(Frame::new(header, Arc::new(layout), payload, Bytes::new()).unwrap())
    }

    #[test]
    fn the_frame_drawn_last_is_kept_and_no_other() {
        let mut kept = Kept::default();
        kept.sent(frame(1));
        assert!(kept.frame(1).is_none(), "not drawn yet");
        kept.sent(frame(2));
        kept.returned(1, Outcome::Drawn, 0);
        assert!(kept.frame(1).is_some() && kept.frame(2).is_none());
        kept.returned(2, Outcome::Overtaken, 0);
        assert!(kept.frame(1).is_some() && kept.frame(2).is_none());
        kept.sent(frame(3));
        kept.returned(3, Outcome::Drawn, 0);
        assert!(kept.frame(1).is_none() && kept.frame(3).is_some());
    }

    #[test]
    fn a_whole_frame_drawn_after_it_lets_it_go() {
        let mut kept = Kept::default();
        kept.sent(frame(1));
        kept.returned(1, Outcome::Drawn, 0);
        kept.returned(2, Outcome::Drawn, 0);
        assert!(kept.frame(1).is_none());
    }

    #[test]
    fn a_late_frame_may_be_the_one_that_was_drawn() {
        let mut kept = Kept::default();
        for sequence in 1..=9 {
            kept.sent(frame(sequence));
            kept.returned(sequence, Outcome::Late, 0);
        }
        assert!(kept.frame(5).is_none() && (6..=9).all(|sequence| kept.frame(sequence).is_some()));
        kept.sent(frame(10));
        kept.returned(10, Outcome::Drawn, 0);
        assert!(kept.frame(9).is_none() && kept.frame(10).is_some());
    }

    #[test]
    fn what_is_never_answered_for_is_bounded() {
        let mut kept = Kept::default();
        (0..100).for_each(|sequence| kept.sent(frame(sequence)));
        assert_eq!(kept.sent.len(), usize::from(MAX_CREDITS));
    }

    #[test]
    fn a_copy_takes_the_place_of_its_source_alone() {
        let mut kept = Kept::default();
        kept.sent(frame(1));
        kept.returned(1, Outcome::Drawn, 0);
        let copy = Arc::new(frame(1).to_own());
        kept.copied(1, Some(&copy));
        assert!(Arc::ptr_eq(&kept.frame(1).unwrap(), &copy));
        kept.copied(2, Some(&frame(2)));
        assert!(Arc::ptr_eq(&kept.frame(1).unwrap(), &copy));
        assert!(kept.to_copy(u64::MAX).is_none(), "it has bytes of its own");
        kept.copied(1, None);
        assert!(kept.frame(1).is_none());
    }

    #[test]
    fn clients_share_copies_and_these_are_bounded() {
        let copies = Copies::default();
        let first = [copies.of(&frame(1)).unwrap(), copies.of(&frame(2)).unwrap()];
        assert!(Arc::ptr_eq(&first[0], &copies.of(&frame(1)).unwrap()));
        let large = |sequence| {
            let (whole, len) = (frame(sequence), usize::try_from(COPIES_MAX).unwrap());
            let payload = Box::new(Bytes::from(vec![0; len]));
            Frame::new(*whole.header(), Arc::clone(whole.layout()), payload, Bytes::new()).unwrap()
        };
        assert!(copies.of(&large(3)).is_none());
        drop(first);
        let second = [copies.of(&large(3)), copies.of(&large(4))];
        assert!(second.iter().all(Option::is_some), "two may be as large as they are");
        assert!(copies.of(&frame(5)).is_none());
    }
}
