//! One client's share of a stream: what it takes next, and the account of what it did not get.

use super::{Counts, Published, Stream, choice};
use crate::frame::Frame;
use std::sync::{Arc, Weak};
use wire::Ledger;
use wire::control::{Outcome, Policy};

/// A frame that may be sent.
pub type Next = Published<Arc<Frame>>;

/// A client's subscription; dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    stream: Arc<Stream>,
    id: u64,
    /// The stream's counts when it began; `waiting` frames of them are this subscription's too.
    base: Counts,
    waiting: u64,
    last: Option<u64>,
    paused: bool,
    writing: bool,
}

impl Subscription {
    pub(super) fn new(stream: Arc<Stream>, id: u64, base: Counts, waiting: u64) -> Self {
        Self { stream, id, base, waiting, last: None, paused: false, writing: false }
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// Whether nothing waits to be sent: the newest frame was sent, or none is asked for.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        let slot = self.stream.lock();
        let newest = slot.newest.as_ref().map(|newest| newest.frame.sequence());
        self.paused || newest.is_none() || (newest == self.last && !self.writing)
    }

    /// The frame that was taken last, whole, while it is still the stream's newest one.
    #[must_use]
    pub fn last(&self) -> Option<Arc<Frame>> {
        self.stream.newest().filter(|newest| !self.writing && self.last == Some(newest.sequence()))
    }

    /// The frame to send now, if there is one. It is only looked at: [`take`](Self::take) it when its first byte is
    /// written, and look again when that has to wait.
    #[must_use]
    pub fn next(&self) -> Option<Next> {
        if self.paused || self.writing {
            return None;
        }
        let slot = self.stream.lock();
        let newest = slot.newest.as_ref()?;
        let held: Vec<Next> = slot.held.iter().filter_map(Published::upgrade).collect();
        let sequences: Vec<u64> = held.iter().map(|held| held.frame.sequence()).collect();
        // Where the pipeline waits for each viewer, few frames are held anyway.
        let is_spent = self.stream.policy == Policy::Latest && self.stream.memory.is_spent();
        let room = if is_spent { choice::HELD_FRAMES_LEAST } else { choice::HELD_FRAMES_MAX };
        let chosen = choice::choose(newest.frame.sequence(), &sequences, self.last, room)?;
        held.into_iter().find(|held| held.frame.sequence() == chosen).or_else(|| Some(newest.clone()))
    }

    /// Takes the frame, of which the first byte was written; answer with [`sent`](Self::sent) or
    /// [`abandoned`](Self::abandoned).
    pub fn take(&mut self, next: &Next) {
        let Published { frame, index } = next;
        let mut slot = self.stream.lock();
        slot.held.retain(|held| held.frame.strong_count() > 0);
        if !slot.held.iter().any(|held| held.index == *index) {
            slot.held.push(Published { frame: Arc::downgrade(frame), index: *index });
        }
        if let Some(subscriber) = slot.subscribers.get_mut(&self.id) {
            let ledger = &mut subscriber.ledger;
            if let Some(passed) = index.checked_sub(subscriber.settled) {
                ledger.skipped += passed;
                subscriber.settled = index + 1;
            } else {
                // It was passed over before, and is given after all because the bound on held frames is spent.
                let passed_over =
                    if ledger.skipped > 0 { &mut ledger.skipped } else { &mut ledger.not_requested };
                *passed_over = passed_over.saturating_sub(1);
            }
        }
        drop(slot);
        self.stream.taken.notify_all();
        self.last = Some(frame.sequence());
        self.writing = true;
    }

    /// The frame that was taken is sent whole.
    pub fn sent(&mut self, frame: &Frame) {
        self.writing = false;
        self.account(|ledger| {
            ledger.sent += 1;
            ledger.bytes_sent += frame.header().payload_len;
        });
    }

    /// The message of the frame that was taken was ended before its time.
    pub fn abandoned(&mut self) {
        self.writing = false;
        self.account(|ledger| ledger.abandoned += 1);
    }

    /// The viewer says what became of a frame.
    pub fn returned(&mut self, outcome: Outcome) {
        self.account(|ledger| {
            *match outcome {
                Outcome::Drawn => &mut ledger.drawn,
                Outcome::Overtaken => &mut ledger.overtaken,
                Outcome::Late => &mut ledger.late,
                Outcome::Undrawn => &mut ledger.undrawn,
            } += 1;
        });
    }

    /// Asks for no frames, or asks again; what passes meanwhile is counted as not requested.
    pub fn set_paused(&mut self, paused: bool) {
        self.settle();
        self.paused = paused;
        if let Some(subscriber) = self.stream.lock().subscribers.get_mut(&self.id) {
            subscriber.paused = paused;
        }
    }

    /// Whether it asks for no frames.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// The account up to now; it [balances](Ledger::balances).
    pub fn ledger(&mut self) -> Ledger {
        let (counts, waiting, ledger) = self.settle();
        Ledger {
            source_gap: counts.source_gap - self.base.source_gap,
            arrived: counts.arrived - self.base.arrived + self.waiting,
            dropped: counts.dropped - self.base.dropped,
            pending: waiting + u64::from(self.writing),
            ..ledger
        }
    }

    fn account(&mut self, change: impl FnOnce(&mut Ledger)) {
        if let Some(subscriber) = self.stream.lock().subscribers.get_mut(&self.id) {
            change(&mut subscriber.ledger);
        }
    }

    /// Counts what was published and passed over; the newest, if not taken, goes on waiting.
    fn settle(&mut self) -> (Counts, u64, Ledger) {
        let mut slot = self.stream.lock();
        let counts = slot.counts;
        let Some(subscriber) = slot.subscribers.get_mut(&self.id) else {
            return (counts, 0, Ledger::default());
        };
        let unsettled = counts.published - subscriber.settled;
        let waiting = unsettled.min(1);
        let passed = unsettled - waiting;
        subscriber.settled += passed;
        if self.paused {
            subscriber.ledger.not_requested += passed;
        } else {
            subscriber.ledger.skipped += passed;
        }
        (counts, waiting, subscriber.ledger)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.settle();
        self.stream.lock().leave(self.id);
        self.stream.taken.notify_all();
        self.stream.changed();
    }
}

impl Published<Weak<Frame>> {
    fn upgrade(&self) -> Option<Next> {
        self.frame.upgrade().map(|frame| Published { frame, index: self.index })
    }
}
