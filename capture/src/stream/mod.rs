//! One stream: its newest frame, who has which frame, and where every frame went.
//!
//! Knows neither GStreamer nor sockets. A pipeline publishes; each client holds a [`Subscription`].

mod choice;
mod subscription;
#[cfg(test)]
mod tests;

pub use choice::HELD_FRAMES_MAX;
pub use subscription::{Next, Subscription};

use crate::frame::Frame;
use crate::history::{History, Lease, Shown, Standing};
use crate::memory::Memory;
use crate::metrics::Timings;
use crate::view::{Copies, Recipes};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Notify, watch};
use wire::Ledger;
use wire::control::{Phase, Policy, StreamState};

/// A stream and its newest frame.
#[derive(Debug)]
pub struct Stream {
    name: String,
    pipeline: u32,
    policy: Policy,
    slot: Mutex<Slot>,
    /// Wakes a publisher that waits in policy `every`.
    taken: Condvar,
    changes: watch::Sender<u64>,
    history: Option<Arc<History>>,
    memory: Arc<Memory>,
    recipes: Recipes,
    copies: Copies,
    timings: Timings,
}

/// Counts of a stream since it began, over all pipeline restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that reached the appsink.
    pub arrived: u64,
    /// Frames that became the newest one here.
    pub published: u64,
    /// Frames that arrived and were never published.
    pub dropped: u64,
    /// Frames the source seems to have missed.
    pub source_gap: u64,
    /// Payload bytes published.
    pub bytes: u64,
    /// Viewers that subscribe to it now.
    pub viewers: usize,
    /// Distinct frames that viewers hold now.
    pub held: usize,
}

#[derive(Debug, Default)]
struct Slot {
    newest: Option<Published<Arc<Frame>>>,
    /// Frames that clients took; those nobody has any more are cleared away when the next one is taken.
    held: Vec<Published<Weak<Frame>>>,
    subscribers: HashMap<u64, Subscriber>,
    next_subscriber: u64,
    /// The accounts of subscribers that are gone, together.
    gone: Ledger,
    /// The most that was told of counts that may fall again: a frame can be given after all that was passed over.
    told: Ledger,
    counts: Counts,
    phase: Phase,
    failure: Option<String>,
    caps: Option<String>,
    converted: Option<String>,
    closed: bool,
}

/// A frame and its place among all that were published.
#[derive(Clone, Debug)]
pub struct Published<F> {
    /// The frame.
    pub frame: F,
    /// How many frames were published before it.
    index: u64,
}

#[derive(Debug)]
struct Subscriber {
    wake: Arc<Notify>,
    /// Frames published before this count are settled for it: taken, skipped or not requested.
    settled: u64,
    /// It asks for no frames: none wakes it.
    paused: bool,
    /// What became of frames here; what its subscription knows of itself is not in it.
    ledger: Ledger,
}

/// What became of frames at all viewers there are and were, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Their accounts; of frames that arrived or are pending, it knows nothing.
    pub ledger: Ledger,
    /// Frames sent to viewers that are there, of which these have not said what became.
    pub in_flight: u64,
}

impl Stream {
    pub(crate) fn new(
        name: String,
        pipeline: u32,
        policy: Policy,
        changes: watch::Sender<u64>,
        history: Option<Arc<History>>,
        memory: Arc<Memory>,
    ) -> Arc<Self> {
        let (slot, taken) = (Mutex::default(), Condvar::new());
        let (recipes, copies, timings) = (Recipes::default(), Copies::default(), Timings::default());
        Arc::new(Self {
            name,
            pipeline,
            policy,
            slot,
            taken,
            changes,
            history,
            memory,
            recipes,
            copies,
            timings,
        })
    }

    /// The name it is served under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which of its frames clients get.
    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    /// How its frames become what views are sent.
    pub(crate) fn recipes(&self) -> &Recipes {
        &self.recipes
    }

    /// Copies of its frames that clients may still ask for.
    pub(crate) fn copies(&self) -> &Copies {
        &self.copies
    }

    /// Index of its pipeline.
    #[must_use]
    pub fn pipeline(&self) -> u32 {
        self.pipeline
    }

    /// Makes `frame` the newest. In policy `every` it first waits until each subscriber has taken the one before.
    ///
    /// The sequences of published frames rise; the numbers left out between them are counted as dropped.
    /// A frame that is not newer (a preroll frame that comes again) changes nothing.
    pub fn publish(&self, frame: Frame) {
        let mut slot = self.lock();
        if self.policy == Policy::Every {
            slot = self
                .taken
                .wait_while(slot, |slot| slot.is_waited_for())
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.put(slot, frame);
    }

    /// Makes `frame` the newest if that needs no waiting; for preroll frames, which come again as samples.
    pub fn publish_preroll(&self, frame: Frame) {
        let slot = self.lock();
        if self.policy == Policy::Latest || !slot.is_waited_for() {
            self.put(slot, frame);
        }
    }

    fn put(&self, mut slot: MutexGuard<'_, Slot>, frame: Frame) {
        let sequence = frame.sequence();
        if slot.closed || slot.counts.arrived > sequence {
            return;
        }
        slot.counts.dropped += sequence - slot.counts.arrived;
        slot.counts.arrived = sequence + 1;
        slot.counts.bytes += frame.header().payload_len;
        let index = slot.counts.published;
        slot.counts.published += 1;
        let Counts { published, dropped, .. } = slot.counts;
        let converted = frame.layout().converted.as_ref().map(|converted| converted.format.clone());
        let told = slot.phase == Phase::Running
            && slot.caps.as_deref() == Some(&*frame.layout().caps)
            && slot.converted == converted;
        if !told {
            slot.phase = Phase::Running;
            slot.failure = None;
            slot.caps = Some(frame.layout().caps.clone());
            slot.converted.clone_from(&converted);
        }
        let frame = Arc::new(frame.charged(&self.memory));
        let old = slot.newest.replace(Published { frame: Arc::clone(&frame), index });
        slot.wake(|subscriber| !subscriber.paused);
        drop(slot);
        // Giving a buffer back to its pool can take the pool's lock; not under ours.
        if let Some(old) = &old {
            old.frame.made().forget();
        }
        drop(old);
        if let Some(history) = &self.history {
            let source_gap = frame.source_gap();
            history.offer(&frame, Standing { published, dropped, source_gap });
        }
        drop(frame);
        if !told {
            self.changed();
        }
    }

    /// Counts a frame that arrived but cannot be shown, and says why; `caps` as they arrived.
    pub fn refuse(&self, sequence: u64, caps: &str, why: String) {
        let mut slot = self.lock();
        if slot.counts.arrived <= sequence {
            slot.counts.dropped += sequence + 1 - slot.counts.arrived;
            slot.counts.arrived = sequence + 1;
        }
        let told = slot.phase == Phase::Failed && slot.failure.as_ref() == Some(&why);
        slot.caps = Some(caps.to_owned());
        slot.converted = None;
        slot.phase = Phase::Failed;
        slot.failure = Some(why);
        slot.wake(|_| true);
        drop(slot);
        if !told {
            self.changed();
        }
    }

    /// Counts frames the source seems to have missed.
    pub fn add_source_gap(&self, frames: u64) {
        self.lock().counts.source_gap += frames;
    }

    /// Marks the end of the stream; the newest frame stays served. A stream that failed stays failed.
    pub fn end(&self) {
        self.set_phase(Phase::Ended, None);
    }

    /// Marks the stream as failed; the newest frame stays served.
    pub fn fail(&self, why: String) {
        self.set_phase(Phase::Failed, Some(why));
    }

    /// Marks the stream as silent for too long; the next frame ends that. One that ended or failed stays so.
    pub fn stall(&self, why: String) {
        self.set_phase(Phase::Stalled, Some(why));
    }

    /// The pipeline is taken down for another one; the newest frame stays served until the next comes.
    ///
    /// It is copied: as long as somebody maps one of its buffers, a device may stay busy.
    pub fn interrupt(&self, why: String) {
        self.set_phase(Phase::Restarting, Some(why));
        let Some(lent) = self.newest().filter(|newest| !newest.is_own()) else { return };
        let own = Arc::new(lent.to_own());
        let mut slot = self.lock();
        let newest = slot.newest.as_mut().filter(|newest| Arc::ptr_eq(&newest.frame, &lent));
        let old = newest.map(|newest| std::mem::replace(&mut newest.frame, own));
        drop(slot);
        // Giving a buffer back to its pool can take the pool's lock; not under ours.
        drop(old);
    }

    fn set_phase(&self, phase: Phase, failure: Option<String>) {
        let mut slot = self.lock();
        let is_over = matches!(slot.phase, Phase::Ended | Phase::Failed);
        let stays = match phase {
            Phase::Ended => slot.phase == Phase::Failed,
            Phase::Stalled => is_over,
            _ => false,
        };
        let is_said = slot.phase == phase && (phase == Phase::Failed || slot.failure == failure);
        if stays || is_said {
            return;
        }
        slot.phase = phase;
        slot.failure = failure;
        slot.wake(|_| true);
        drop(slot);
        self.changed();
    }

    /// Lets no publisher wait any more and takes no further frame; called before the pipeline is taken down.
    pub fn close(&self) {
        self.lock().closed = true;
        self.taken.notify_all();
    }

    /// Takes frames again, for the pipeline that follows one that was taken down.
    pub fn reopen(&self) {
        self.lock().closed = false;
    }

    /// What `/streams` and `hello` say of it.
    #[must_use]
    pub fn state(&self) -> StreamState {
        let slot = self.lock();
        StreamState {
            name: self.name.clone(),
            pipeline: self.pipeline,
            phase: slot.phase,
            failure: slot.failure.clone(),
            caps: slot.caps.clone(),
            converted: slot.converted.clone(),
        }
    }

    /// Where it is in its life.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Whether the next frame has to wait for somebody to take the newest one: in policy `every` alone.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        self.policy == Policy::Every && self.lock().is_waited_for()
    }

    /// Whether a subscriber has yet to take the newest frame.
    #[must_use]
    pub fn is_untaken(&self) -> bool {
        let slot = self.lock();
        !slot.subscribers.is_empty() && slot.is_waited_for()
    }

    /// Its counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let slot = self.lock();
        let held = slot.held.iter().filter(|held| held.frame.strong_count() > 0).count();
        Counts { viewers: slot.subscribers.len(), held, ..slot.counts }
    }

    /// What became of frames at all its viewers; its counts never fall.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut slot = self.lock();
        let mut totals = Totals { ledger: slot.gone, in_flight: 0 };
        for subscriber in slot.subscribers.values() {
            totals.ledger += subscriber.ledger;
            totals.in_flight += subscriber.ledger.in_flight();
        }
        let Ledger { skipped, not_requested, .. } = &mut totals.ledger;
        *skipped = slot.told.skipped.max(*skipped);
        *not_requested = slot.told.not_requested.max(*not_requested);
        slot.told = totals.ledger;
        totals
    }

    /// How long its frames took.
    #[must_use]
    pub fn timings(&self) -> &Timings {
        &self.timings
    }

    /// The newest frame.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Frame>> {
        self.lock().newest.as_ref().map(|published| Arc::clone(&published.frame))
    }

    /// The frame of that sequence, if it is the newest one or held in the history.
    #[must_use]
    pub fn frame(&self, sequence: u64) -> Option<Arc<Frame>> {
        let newest = self.newest().filter(|newest| newest.sequence() == sequence);
        newest.or_else(|| self.history.as_ref()?.frame(&self.name, sequence))
    }

    /// What the history holds of it; none where no history is kept.
    #[must_use]
    pub fn history(&self) -> Option<Shown> {
        Some(self.history.as_ref()?.shown(&self.name))
    }

    /// Leases the newest frames, `most` at the most, that the history holds of it; none where no history is kept.
    #[must_use]
    pub fn lease(&self, most: usize) -> Option<Lease> {
        Some(self.history.as_ref()?.lease(&self.name, most))
    }

    /// Sequences of the oldest and the newest frame that [`frame`](Self::frame) finds; some between may be gone.
    #[must_use]
    pub fn held(&self) -> Option<RangeInclusive<u64>> {
        let newest = self.newest()?.sequence();
        let oldest = self.history.as_ref().and_then(|history| history.range(&self.name));
        Some(oldest.map_or(newest, |range| newest.min(*range.start()))..=newest)
    }

    /// Subscribes; `wake` is notified whenever there may be something to send.
    pub fn subscribe(self: &Arc<Self>, wake: Arc<Notify>) -> Subscription {
        let mut slot = self.lock();
        let id = slot.next_subscriber;
        slot.next_subscriber += 1;
        let waiting = u64::from(slot.newest.is_some());
        let settled = slot.counts.published - waiting;
        slot.subscribers.insert(id, Subscriber { wake, settled, paused: false, ledger: Ledger::default() });
        let base = slot.counts;
        drop(slot);
        self.changed();
        Subscription::new(Arc::clone(self), id, base, waiting)
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        // Nothing under this lock panics; if it did, going on with the counts as they are is the better failure.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }
}

impl Slot {
    /// In policy `every`: whether the newest frame still waits for a subscriber, or for the first one to come.
    fn is_waited_for(&self) -> bool {
        let published = self.counts.published;
        !self.closed
            && self.newest.is_some()
            && (self.subscribers.is_empty() || self.subscribers.values().any(|one| one.settled < published))
    }

    /// Lets a subscriber go, and keeps its account.
    fn leave(&mut self, id: u64) {
        if let Some(subscriber) = self.subscribers.remove(&id) {
            self.gone += subscriber.ledger;
        }
    }

    fn wake(&self, whom: impl Fn(&Subscriber) -> bool) {
        self.subscribers.values().filter(|one| whom(one)).for_each(|one| one.wake.notify_one());
    }
}
