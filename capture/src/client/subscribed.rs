//! One client's subscription to one stream: its credits, how it looks at frames, and what it is offered.
//!
//! Knows no socket, and no clock of its own.

use super::past::{Fetched, Past, PastError};
use crate::frame::Frame;
use crate::stream::{Next, Stream, Subscription};
use crate::view::{Auto, Choice, Cut, Kept, Recipe};
use std::sync::Arc;
use std::time::Duration;
use wire::control::{Outcome, Policy, Sending, StreamStatistics, View, ViewMode};
use wire::layout::Encoding;
use wire::{CheckedLayout, MAX_CREDITS};

/// A stream that a client has subscribed to.
#[derive(Debug)]
pub(super) struct Subscribed {
    /// Tells a subscription from a later one of the same stream.
    id: u64,
    name: String,
    pub(super) subscription: Subscription,
    credits: u8,
    /// The newest layout this client was told for the stream.
    told_layout: Option<u32>,
    pub(super) told_end: bool,
    pub(super) past: Past,
    view: View,
    auto: Auto,
    kept: Kept,
    /// The source of the last frame drawn, which was asked for and waits to be sent.
    asked: Option<Arc<Frame>>,
    sending: Sending,
    /// Frames sent whose credits are out: their number, and when they arrived.
    out: Vec<(u64, u64)>,
}

/// A frame that may be sent, and the subscription it is for.
#[derive(Debug)]
pub(super) struct Offer {
    subscription: u64,
    what: What,
    /// What is made of it before it is sent; nothing where it is sent as it is.
    pub(super) recipe: Option<Arc<Recipe>>,
    /// Whether its layout was not told yet.
    pub(super) is_layout_new: bool,
    /// Whether its hashes go before it.
    pub(super) is_verified: bool,
}

/// Why a frame is sent.
#[derive(Debug)]
enum What {
    /// It is the newest.
    Newest(Next),
    /// It was asked for, of the past.
    Fetched(Fetched),
    /// It was asked for: what was drawn of it is not all.
    Kept(Arc<Frame>),
}

/// A frame that a client may still ask for, and that keeps a buffer from its pool.
#[derive(Clone, Debug)]
pub(super) struct Lent {
    subscription: u64,
    stream: Arc<Stream>,
    frame: Arc<Frame>,
}

impl Lent {
    /// A copy of it; takes as long as copying its bytes.
    pub(super) fn copy(&self) -> Option<Arc<Frame>> {
        self.stream.copies().of(&self.frame)
    }
}

/// What sending a frame took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effort {
    /// From its first byte to its last one in the socket.
    pub(super) elapsed: Duration,
    /// The socket had no room for all of it at once.
    pub(super) has_waited: bool,
}

impl Offer {
    /// The frame as it left the appsink.
    pub(super) fn frame(&self) -> &Arc<Frame> {
        match &self.what {
            What::Newest(next) => &next.frame,
            What::Fetched(fetched) => &fetched.frame,
            What::Kept(frame) => frame,
        }
    }

    /// The layout of what is sent.
    pub(super) fn layout(&self) -> &Arc<CheckedLayout> {
        self.recipe.as_ref().map_or_else(|| self.frame().layout(), |recipe| recipe.layout())
    }

    /// Whether it was asked for by its number.
    pub(super) fn is_fetched(&self) -> bool {
        !matches!(self.what, What::Newest(_))
    }

    pub(super) fn is_for(&self, one: &Subscribed) -> bool {
        self.subscription == one.id
    }
}

impl Subscribed {
    pub(super) fn new(id: u64, name: &str, subscription: Subscription, credits: u8) -> Self {
        Self {
            id,
            name: name.to_owned(),
            subscription,
            credits,
            told_layout: None,
            told_end: false,
            past: Past::default(),
            view: View::default(),
            auto: Auto::default(),
            kept: Kept::default(),
            asked: None,
            sending: Sending::default(),
            out: Vec::new(),
        }
    }

    /// Name of the stream.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How frames are looked at from now on.
    pub(super) fn set_view(&mut self, view: View) {
        if view.mode != self.view.mode || view.encodings != self.view.encodings {
            self.auto = self.auto.anew();
        }
        self.view = view;
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        self.subscription.set_paused(paused);
        self.auto.interrupt();
    }

    /// A credit comes back; `false` where none was spent.
    pub(super) fn returned(&mut self, sequence: u64, outcome: Outcome, now_nanos: u64) -> bool {
        if self.credits == MAX_CREDITS {
            return false;
        }
        self.credits += 1;
        self.subscription.returned(outcome);
        self.kept.returned(sequence, outcome, now_nanos);
        let sent = self.out.iter().position(|(number, _)| *number == sequence);
        let arrived_nanos = sent.map(|index| self.out.swap_remove(index).1);
        if outcome == Outcome::Drawn {
            self.auto.drawn();
            if let Some(arrived_nanos) = arrived_nanos {
                self.subscription.stream().timings().drawn(now_nanos.saturating_sub(arrived_nanos));
            }
        }
        true
    }

    /// Has a frame wait to be sent: the source of the one drawn last, or a leased one.
    pub(super) fn fetch(&mut self, sequence: u64) -> Result<(), PastError> {
        let Some(frame) = self.kept.frame(sequence) else {
            return self.past.fetch(self.subscription.stream(), sequence);
        };
        // A slow client must not keep a buffer from its source while it reads.
        self.asked = Some(if frame.is_own() { frame } else { Arc::new(frame.to_own()) });
        Ok(())
    }

    /// A frame that was asked for.
    pub(super) fn fetched(&self, is_verified: bool) -> Option<Offer> {
        let what = match &self.asked {
            Some(frame) => What::Kept(Arc::clone(frame)),
            None => What::Fetched(self.past.waiting()?.clone()),
        };
        Some(self.offer(what, None, is_verified))
    }

    /// The newest frame, if there is a credit for it.
    pub(super) fn newest(&mut self, is_verified: bool, now_nanos: u64) -> Option<Offer> {
        let next = (self.credits > 0).then(|| self.subscription.next()).flatten()?;
        let recipe = self.recipe(&next.frame, is_verified, now_nanos);
        Some(self.offer(What::Newest(next), recipe, is_verified))
    }

    /// What the view makes of a frame.
    fn recipe(&mut self, frame: &Frame, is_verified: bool, now_nanos: u64) -> Option<Arc<Recipe>> {
        if self.view.mode == ViewMode::Full && self.view.encodings.iter().all(|&one| one == Encoding::Raw) {
            return None;
        }
        let (layout, stream) = (frame.layout(), self.subscription.stream());
        let is_patient = stream.policy() == Policy::Every && self.view.mode == ViewMode::Auto;
        let arrived = frame.sequence() + 1;
        let Choice { mut cut, encoding } = self.auto.choose(layout, &self.view, arrived, now_nanos);
        // Hashes are of whole frames, and where the pipeline waits, so can the viewer.
        if is_verified || is_patient {
            cut = Cut::whole(layout);
        }
        match stream.recipes().of(layout, cut, encoding) {
            Ok(recipe) => recipe,
            Err(error) => {
                tracing::warn!(stream = self.name, %error, ?cut, "a frame cannot be cut, and is sent whole");
                None
            }
        }
    }

    fn offer(&self, what: What, recipe: Option<Arc<Recipe>>, is_verified: bool) -> Offer {
        let mut offer = Offer { subscription: self.id, what, recipe, is_layout_new: false, is_verified };
        offer.is_layout_new = self.told_layout != Some(offer.layout().id);
        offer
    }

    /// The layout of an offer was sent.
    pub(super) fn told_layout(&mut self, offer: &Offer) {
        self.told_layout = Some(offer.layout().id);
    }

    /// Takes the offered frame: its first byte was written. Tells whether it was a newest one.
    pub(super) fn take(&mut self, offer: &Offer) -> bool {
        match &offer.what {
            What::Newest(next) => {
                self.credits -= 1;
                self.subscription.take(next);
                if offer.recipe.as_ref().is_some_and(|recipe| recipe.is_cut()) {
                    self.kept.sent(Arc::clone(&next.frame));
                }
                return true;
            }
            What::Fetched(fetched) => self.past.begun(fetched),
            What::Kept(frame) => {
                self.asked.take_if(|asked| Arc::ptr_eq(asked, frame));
            }
        }
        false
    }

    /// Whether a frame that is being written is still wanted.
    pub(super) fn wants(&self, offer: &Offer) -> bool {
        match &offer.what {
            What::Newest(_) | What::Kept(_) => true,
            What::Fetched(fetched) => self.past.is_wanted(fetched),
        }
    }

    /// A frame was sent as `sent`, with that effort; what was asked for is no part of the account of what arrives.
    pub(super) fn sent(&mut self, offer: &Offer, sent: &Frame, effort: Effort, now_nanos: u64) {
        if !matches!(offer.what, What::Newest(_)) {
            return;
        }
        let Effort { elapsed, has_waited } = effort;
        let (raw, bytes) = (offer.layout().min_payload_len(), sent.header().payload_len);
        self.auto.sent(raw, bytes, offer.layout().encoding, elapsed, has_waited);
        self.subscription.sent(sent);
        self.sending.frames += 1;
        self.sending.work_nanos += sent.header().work_nanos.unwrap_or(0);
        self.sending.send_nanos += u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        let arrived_nanos = sent.header().arrival_nanos;
        let age_nanos = now_nanos.saturating_sub(arrived_nanos);
        self.subscription.stream().timings().sent(elapsed, age_nanos);
        // As many as there are credits, or a client that never says what it returns would make it longer.
        self.out.truncate(usize::from(MAX_CREDITS) - 1);
        self.out.push((sent.sequence(), arrived_nanos));
    }

    /// The message of a frame was ended before its time.
    pub(super) fn abandoned(&mut self, offer: &Offer) {
        if matches!(offer.what, What::Newest(_)) {
            // The viewer has nothing to return for it.
            self.credits = (self.credits + 1).min(MAX_CREDITS);
            self.subscription.abandoned();
        }
    }

    /// A source that has kept a buffer from its pool for long enough.
    pub(super) fn to_copy(&self, now_nanos: u64) -> Option<Lent> {
        let frame = self.kept.to_copy(now_nanos)?;
        Some(Lent { subscription: self.id, stream: Arc::clone(self.subscription.stream()), frame })
    }

    /// Keeps a copy in the place of what it is a copy of.
    pub(super) fn copied(&mut self, lent: &Lent, copy: Option<&Arc<Frame>>) {
        if lent.subscription == self.id {
            self.kept.copied(lent.frame.sequence(), copy);
        }
    }

    /// Where its frames went, and what sending them took.
    pub(super) fn statistics(&mut self) -> StreamStatistics {
        StreamStatistics {
            stream: self.name.clone(),
            ledger: self.subscription.ledger(),
            sending: Sending { bytes_per_second: self.auto.link(), ..self.sending },
        }
    }
}
