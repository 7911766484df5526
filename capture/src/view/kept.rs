//! The sources of what one client was sent in part: of the frame it drew last, so that it can ask for all of it, and
//! of those it has not answered for, one of which may be that frame soon.

use crate::frame::Frame;
use std::sync::Arc;
use wire::MAX_CREDITS;
use wire::control::Outcome;

/// How long a source may keep a buffer from its pool, in nanoseconds; after that it is copied.
const LENT_NANOS: u64 = 250_000_000;

/// Sources of frames that were sent in part.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Sent and not answered for, oldest first.
    sent: Vec<Arc<Frame>>,
    drawn: Option<Drawn>,
    /// Late, and drawn after all if nothing newer comes.
    late: Option<Drawn>,
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
            Outcome::Drawn => (self.drawn, self.late) = (drawn, None),
            Outcome::Late => self.late = drawn,
            Outcome::Overtaken | Outcome::Undrawn => {}
        }
    }

    /// The source of a frame that was drawn, if it was the last one.
    pub(crate) fn frame(&self, sequence: u64) -> Option<Arc<Frame>> {
        let frames = [&self.drawn, &self.late].into_iter().flatten().map(|drawn| &drawn.frame);
        frames.into_iter().find(|frame| frame.sequence() == sequence).cloned()
    }

    /// A source that has kept a buffer from its pool for long enough: to be copied, and given to
    /// [`copied`](Self::copied).
    pub(crate) fn to_copy(&self, now_nanos: u64) -> Option<Arc<Frame>> {
        let is_due = |drawn: &&Drawn| {
            !drawn.frame.is_own() && now_nanos.saturating_sub(drawn.since_nanos) > LENT_NANOS
        };
        let due = [&self.drawn, &self.late].into_iter().flatten().find(is_due)?;
        Some(Arc::clone(&due.frame))
    }

    /// Keeps a copy in the place of what it is a copy of.
    pub(crate) fn copied(&mut self, copy: &Arc<Frame>) {
        for drawn in [&mut self.drawn, &mut self.late].into_iter().flatten() {
            if drawn.frame.sequence() == copy.sequence() {
                drawn.frame = Arc::clone(copy);
            }
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
        kept.copied(&copy);
        assert!(Arc::ptr_eq(&kept.frame(1).unwrap(), &copy));
        kept.copied(&frame(2));
        assert!(Arc::ptr_eq(&kept.frame(1).unwrap(), &copy));
        assert!(kept.to_copy(u64::MAX).is_none(), "it has bytes of its own");
    }
}
