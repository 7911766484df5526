//! Copies of the newest frames of all streams, within one bound in bytes. Knows neither GStreamer nor sockets.
//!
//! A frame is offered when it is published. Its bytes are copied by a thread of the history, so that a source gets its
//! buffers back and the thread that pulls samples does not wait; when that thread is behind, the one that offers copies.
//! Which frames are kept is [`Shelf`]'s to say; a [`Lease`] keeps some for whoever looks at them.

mod shelf;
#[cfg(test)]
mod tests;

pub use shelf::{OVERHEAD, Shelf, Ticket, Verdict};

use crate::frame::Frame;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use wire::history::LeasedFrame;

/// Frames that may wait to be copied: each keeps a buffer from its source.
const WAITING_MAX: usize = 2;

/// The history of all streams.
#[derive(Debug)]
pub struct History {
    state: Mutex<State>,
    copier: SyncSender<Ticket>,
}

#[derive(Debug)]
struct State {
    shelf: Shelf,
    frames: BTreeMap<Ticket, Kept>,
    streams: BTreeMap<String, BTreeMap<u64, Ticket>>,
    counts: Counts,
}

#[derive(Debug)]
struct Kept {
    frame: Arc<Frame>,
    standing: Standing,
}

/// Where a frame stands among all of its stream: counts since that began, the frame included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Frames that were published.
    pub published: u64,
    /// Frames that arrived and were never published.
    pub dropped: u64,
    /// Frames that the source seems to have missed.
    pub source_gap: u64,
}

/// Frames of a stream that stay until this is dropped, whatever comes.
#[derive(Debug)]
pub struct Lease {
    history: Arc<History>,
    stream: String,
    tickets: BTreeMap<u64, Ticket>,
    listed: Vec<LeasedFrame>,
}

/// How frames came to be held, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Copied by the history's own thread.
    pub copied: u64,
    /// Copied by the thread that offered them, because the other was behind.
    pub copied_at_once: u64,
    /// Copies already.
    pub shared: u64,
    /// Not kept: larger than what the bound leaves beside leased frames.
    pub refused: u64,
    /// Gone again, to make room.
    pub evicted: u64,
}

/// What is held of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Frames.
    pub frames: usize,
    /// Sequence of the oldest.
    pub first: Option<u64>,
    /// Sequence of the newest.
    pub last: Option<u64>,
}

/// What is held of all streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Bytes there may be.
    pub bound: u64,
    /// Bytes there are.
    pub bytes: u64,
    /// Frames.
    pub frames: usize,
    /// How they came.
    #[serde(flatten)]
    pub counts: Counts,
}

impl History {
    /// A history of so many bytes; none for 0, and none, with a word in the log, where no thread can be had.
    #[must_use]
    pub fn new(bound: u64) -> Option<Arc<Self>> {
        if bound == 0 {
            return None;
        }
        let (copier, tickets) = sync_channel(WAITING_MAX);
        let state = State {
            shelf: Shelf::new(bound),
            frames: BTreeMap::new(),
            streams: BTreeMap::new(),
            counts: Counts::default(),
        };
        let history = Arc::new(Self { state: Mutex::new(state), copier });
        let weak = Arc::downgrade(&history);
        let thread = thread::Builder::new().name("history".to_owned());
        match thread.spawn(move || copy(&weak, &tickets)) {
            Ok(_) => Some(history),
            Err(error) => {
                tracing::error!(%error, "no history is kept: there is no thread to copy frames with");
                None
            }
        }
    }

    /// Takes a frame that was just published.
    pub fn offer(&self, frame: &Arc<Frame>, standing: Standing) {
        let mut state = self.lock();
        let Verdict { ticket, evicted } =
            state.shelf.admit(frame.source_len() + u64::from(frame.header().metas_len));
        let gone: Vec<_> = evicted.into_iter().filter_map(|ticket| state.remove(ticket)).collect();
        state.counts.evicted += gone.len() as u64;
        let Some(ticket) = ticket else {
            state.counts.refused += 1;
            return;
        };
        let by_sequence = state.streams.entry(frame.layout().stream.clone()).or_default();
        by_sequence.insert(frame.sequence(), ticket);
        state.frames.insert(ticket, Kept { frame: Arc::clone(frame), standing });
        let is_own = frame.is_own();
        state.counts.shared += u64::from(is_own);
        drop(state);
        // Giving memory and buffers back takes time; not under our lock.
        drop(gone);
        if !is_own && self.copier.try_send(ticket).is_err() {
            self.replace(ticket, |counts| &mut counts.copied_at_once);
        }
    }

    /// A frame that is held.
    #[must_use]
    pub fn frame(&self, stream: &str, sequence: u64) -> Option<Arc<Frame>> {
        let state = self.lock();
        let ticket = state.streams.get(stream)?.get(&sequence)?;
        state.frames.get(ticket).map(|kept| Arc::clone(&kept.frame))
    }

    /// Leases the newest frames, `most` at the most, that are held of a stream now; new frames of all streams use what is
    /// left of the bound.
    #[must_use]
    pub fn lease(self: &Arc<Self>, stream: &str, most: usize) -> Lease {
        let mut state = self.lock();
        let held = state.streams.get(stream);
        let newest = held.into_iter().flatten().rev().take(most);
        let tickets: BTreeMap<_, _> = newest.map(|(sequence, ticket)| (*sequence, *ticket)).collect();
        for ticket in tickets.values() {
            state.shelf.lease(*ticket);
        }
        let kept: Vec<_> = tickets.values().filter_map(|ticket| state.frames.get(ticket)).collect();
        let before = std::iter::once(None).chain(kept.iter().copied().map(Some));
        let listed = kept.iter().zip(before).map(|(kept, before)| kept.listed(before)).collect();
        drop(kept);
        Lease { history: Arc::clone(self), stream: stream.to_owned(), tickets, listed }
    }

    /// Sequences of the oldest and the newest frame that is held of a stream; some between them may be gone.
    #[must_use]
    pub fn range(&self, stream: &str) -> Option<RangeInclusive<u64>> {
        let Shown { first, last, .. } = self.shown(stream);
        Some(first?..=last?)
    }

    /// What is held of a stream.
    #[must_use]
    pub fn shown(&self, stream: &str) -> Shown {
        let state = self.lock();
        let Some(held) = state.streams.get(stream) else { return Shown::default() };
        let sequence = |entry: Option<(&u64, &Ticket)>| entry.map(|(sequence, _)| *sequence);
        Shown {
            frames: held.len(),
            first: sequence(held.first_key_value()),
            last: sequence(held.last_key_value()),
        }
    }

    /// What is held of all streams.
    #[must_use]
    pub fn total(&self) -> Total {
        let state = self.lock();
        Total {
            bound: state.shelf.bound(),
            bytes: state.shelf.used(),
            frames: state.frames.len(),
            counts: state.counts,
        }
    }

    /// Puts a copy in the place of a frame, if that is still held.
    fn replace(&self, ticket: Ticket, count: impl Fn(&mut Counts) -> &mut u64) {
        let lent = self.lock().frames.get(&ticket).map(|kept| Arc::clone(&kept.frame));
        let Some(lent) = lent else { return };
        let copy = Arc::new(lent.to_own());
        let mut state = self.lock();
        let old = state.frames.get_mut(&ticket).map(|kept| std::mem::replace(&mut kept.frame, copy));
        if old.is_some() {
            *count(&mut state.counts) += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics; if it did, going on with what is there is the better failure.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// The leased frames, oldest first, and what is missing between them.
    #[must_use]
    pub fn frames(&self) -> &[LeasedFrame] {
        &self.listed
    }

    /// A leased frame.
    #[must_use]
    pub fn frame(&self, sequence: u64) -> Option<Arc<Frame>> {
        self.tickets.get(&sequence).and_then(|_| self.history.frame(&self.stream, sequence))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.history.lock();
        for ticket in self.tickets.values() {
            state.shelf.release(*ticket);
        }
    }
}

impl State {
    fn remove(&mut self, ticket: Ticket) -> Option<Arc<Frame>> {
        let frame = self.frames.remove(&ticket)?.frame;
        if let Some(held) = self.streams.get_mut(&frame.layout().stream) {
            held.remove(&frame.sequence());
        }
        Some(frame)
    }
}

impl Kept {
    /// What a lease says of it; `before` is the frame before it in the list.
    fn listed(&self, before: Option<&Self>) -> LeasedFrame {
        let header = self.frame.header();
        let past = before.map_or(self.standing, |before| before.standing);
        let since = |count: fn(&Standing) -> u64| count(&self.standing).saturating_sub(count(&past));
        LeasedFrame {
            sequence: header.sequence,
            arrival_nanos: header.arrival_nanos,
            pts_nanos: header.pts_nanos,
            dropped: since(|standing| standing.dropped),
            not_kept: since(|standing| standing.published).saturating_sub(1),
            source_gap: since(|standing| standing.source_gap),
        }
    }
}

/// Copies frames until the history is gone.
fn copy(history: &Weak<History>, tickets: &Receiver<Ticket>) {
    while let Ok(ticket) = tickets.recv() {
        let Some(history) = history.upgrade() else { return };
        history.replace(ticket, |counts| &mut counts.copied);
    }
}
