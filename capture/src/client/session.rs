//! What reader and writer of one connection share: subscriptions, credits, what is to be said, why to close.
//!
//! Knows no socket.

use super::past::{Past, PastError};
use super::subscribed::{Effort, Lent, Offer, Subscribed};
use crate::frame::Frame;
use crate::registry::Registry;
use crate::server::Cause;
use crate::stream::Stream;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::Notify;
use wire::control::{Outcome, Phase};
use wire::{ClientMessage, MAX_CREDITS, ServerMessage, close};

/// Answers that may wait for the writer, in bytes; a client beyond it asks without reading.
const MAX_WAITING: usize = 256 * 1024;

/// One connection's state.
#[derive(Debug)]
pub(super) struct Session {
    registry: Arc<Registry>,
    wake: Arc<Notify>,
    subscribed: Vec<Subscribed>,
    /// Streams whose frames go with their hashes, subscribed or not.
    verified: HashSet<String>,
    next_id: u64,
    /// Where the search for the next frame begins, so that all streams get their turn.
    turn: usize,
    answers: VecDeque<Answer>,
    waiting: usize,
    allowance: Allowance,
    closing: Option<Closing>,
}

/// Why the connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) code: u16,
    pub(super) reason: String,
}

/// Something to say when the writer is free.
#[derive(Debug)]
pub(super) enum Answer {
    /// As it is.
    Message(Box<ServerMessage>),
    /// The answer to a clock question, stamped when it is written.
    Clock { client_sent: u64, server_received: u64 },
    /// The hashes of a frame that was sent already.
    Hashes(Arc<Frame>),
    /// What follows goes into the body that waits with this key.
    Body(String),
}

/// How many messages a client may send: a fixed rate, and one more for each frame it was sent.
#[derive(Debug)]
struct Allowance {
    per_second: u32,
    left: f64,
    at_nanos: u64,
}

impl Session {
    pub(super) fn new(registry: Arc<Registry>, wake: Arc<Notify>, max_messages: u32, now_nanos: u64) -> Self {
        Self {
            registry,
            wake,
            subscribed: Vec::new(),
            verified: HashSet::new(),
            next_id: 0,
            turn: 0,
            answers: VecDeque::new(),
            waiting: 0,
            allowance: Allowance {
                per_second: max_messages,
                left: f64::from(max_messages),
                at_nanos: now_nanos,
            },
            closing: None,
        }
    }

    /// Acts on a text message of the client, read at `now_nanos`; an error if it is one too many.
    pub(super) fn receive(&mut self, text: &str, now_nanos: u64) -> Result<(), Cause> {
        if !self.allowance.spend(now_nanos) {
            let reason = format!("more than {} messages a second", self.allowance.per_second);
            self.close(close::POLICY, &reason);
            return Err(Cause::Messages);
        }
        match ClientMessage::from_json(text) {
            Ok(message) => self.act(message, now_nanos),
            Err(error) => self.close(close::POLICY, &format!("no {} message: {error}", wire::SUBPROTOCOL)),
        }
        self.wake.notify_one();
        Ok(())
    }

    fn act(&mut self, message: ClientMessage, now_nanos: u64) {
        match message {
            ClientMessage::Subscribe { stream, credits } => self.subscribe(&stream, credits),
            ClientMessage::Unsubscribe { stream } => {
                let before = self.subscribed.len();
                self.subscribed.retain(|one| one.name() != stream);
                if self.subscribed.len() == before {
                    self.not_subscribed(&stream);
                }
            }
            ClientMessage::Credit { stream, sequence, outcome } => {
                self.credit(&stream, sequence, outcome, now_nanos);
            }
            ClientMessage::Pause { stream, paused } => match self.find(&stream) {
                Some(one) => one.set_paused(paused),
                None => self.not_subscribed(&stream),
            },
            ClientMessage::View { stream, view } => match self.find(&stream) {
                Some(one) => one.set_view(view),
                None => self.not_subscribed(&stream),
            },
            ClientMessage::Lease { stream } => {
                self.with_past(&stream, |past, stream| past.lease(stream, now_nanos).map(Some));
            }
            ClientMessage::Release { stream } => self.with_past(&stream, |past, _| {
                past.release();
                Ok(None)
            }),
            ClientMessage::Fetch { stream, sequence } => match self.find(&stream) {
                Some(one) => {
                    if let Err(error) = one.fetch(sequence) {
                        self.error(error.code(), &error.to_string());
                    }
                }
                None => self.not_subscribed(&stream),
            },
            ClientMessage::Clock { client_sent } => {
                self.answer(Answer::Clock { client_sent, server_received: now_nanos });
            }
            ClientMessage::Verify { stream, on } => self.verify(&stream, on),
            ClientMessage::Body { key } => self.answer(Answer::Body(key)),
        }
    }

    fn subscribe(&mut self, name: &str, credits: u8) {
        if !(1..=MAX_CREDITS).contains(&credits) {
            return self.close(close::POLICY, &format!("{credits} credits; 1 to {MAX_CREDITS} are possible"));
        }
        if self.find(name).is_some() {
            return self
                .error("already_subscribed", &format!("{name:?} is subscribed on this connection already"));
        }
        let Some(stream) = self.registry.stream(name) else { return self.no_such_stream(name) };
        self.next_id += 1;
        let subscription = stream.subscribe(Arc::clone(&self.wake));
        self.subscribed.push(Subscribed::new(self.next_id, name, subscription, credits));
    }

    fn verify(&mut self, name: &str, on: bool) {
        if !on {
            self.verified.remove(name);
            return;
        }
        // Only streams there are: the set is no longer than their list.
        if self.registry.stream(name).is_none() {
            return self.no_such_stream(name);
        }
        if self.verified.insert(name.to_owned())
            && let Some(frame) = self.find(name).and_then(|one| one.subscription.last())
        {
            self.answer(Answer::Hashes(frame));
        }
    }

    fn credit(&mut self, name: &str, sequence: u64, outcome: Outcome, now_nanos: u64) {
        // Frames may still be on the way after an unsubscribe; their credits mean nothing any more.
        let Some(one) = self.find(name) else { return };
        // A credit that was never spent is a client's mistake that must not buy it more frames.
        if !one.returned(sequence, outcome, now_nanos) {
            self.close(close::POLICY, "a credit was returned that was not spent");
        }
    }

    /// The next frame to send: one that was asked for, or a newest one, fairly among the streams that have one and a
    /// credit for it.
    pub(super) fn offer(&mut self, now_nanos: u64) -> Option<Offer> {
        let Self { subscribed, verified, turn, .. } = self;
        let is_verified = |one: &Subscribed| verified.contains(one.name());
        if let Some(fetched) = subscribed.iter().find_map(|one| one.fetched(is_verified(one))) {
            return Some(fetched);
        }
        let count = subscribed.len();
        (0..count).map(|step| (*turn + step) % count).find_map(|index| {
            let one = &mut subscribed[index];
            let is_verified = is_verified(one);
            one.newest(is_verified, now_nanos)
        })
    }

    /// Notes that the layout of an offer was sent.
    pub(super) fn told_layout(&mut self, offer: &Offer) {
        if let Some(one) = self.offered(offer) {
            one.told_layout(offer);
        }
    }

    /// Takes the offered frame: its first byte was written. The stream may be unsubscribed by now.
    pub(super) fn take(&mut self, offer: &Offer) {
        if let Some(index) = self.subscribed.iter().position(|one| offer.is_for(one))
            && self.subscribed[index].take(offer)
        {
            self.turn = index + 1;
        }
    }

    /// Whether a frame that is being written is still wanted.
    pub(super) fn is_wanted(&self, offer: &Offer) -> bool {
        let one = self.subscribed.iter().find(|one| offer.is_for(one));
        self.closing.is_none() && one.is_some_and(|one| one.wants(offer))
    }

    /// The frame was sent whole, as `sent`.
    pub(super) fn sent(&mut self, offer: &Offer, sent: &Frame, effort: Effort, now_nanos: u64) {
        self.allowance.left += 1.0;
        if let Some(one) = self.offered(offer) {
            one.sent(offer, sent, effort, now_nanos);
        }
    }

    /// The frame's message was ended before its time.
    pub(super) fn abandoned(&mut self, offer: &Offer) {
        self.allowance.left += 1.0;
        if let Some(one) = self.offered(offer) {
            one.abandoned(offer);
        }
    }

    /// A source that is kept for the client and has to be copied, so that its pool gets its buffer back.
    pub(super) fn to_copy(&self, now_nanos: u64) -> Option<Lent> {
        self.subscribed.iter().find_map(|one| one.to_copy(now_nanos))
    }

    /// Keeps a copy in the place of what it is a copy of.
    pub(super) fn copied(&mut self, lent: &Lent, copy: Option<&Arc<Frame>>) {
        self.subscribed.iter_mut().for_each(|one| one.copied(lent, copy));
    }

    /// What is to be said now: answers first, then ends of streams whose last frame was sent.
    pub(super) fn answers(&mut self) -> Vec<Answer> {
        self.waiting = 0;
        let mut answers: Vec<Answer> = self.answers.drain(..).collect();
        for one in &mut self.subscribed {
            let has_ended = one.subscription.stream().phase() == Phase::Ended;
            if has_ended && !one.told_end && one.subscription.is_drained() {
                let stream = one.name().to_owned();
                answers.push(Answer::Message(Box::new(ServerMessage::EndOfStream { stream })));
                one.told_end = true;
            }
            one.told_end &= has_ended;
        }
        answers
    }

    /// Ends leases that have lasted as long as they may, and says so.
    pub(super) fn expire(&mut self, now_nanos: u64) {
        let ended = |one: &mut Subscribed| one.past.expire(one.subscription.stream(), now_nanos);
        let ended: Vec<_> = self.subscribed.iter_mut().filter_map(ended).collect();
        for error in ended {
            self.error(error.code(), &error.to_string());
        }
    }

    /// The accounts of all subscribed streams; `None` without any.
    pub(super) fn statistics(&mut self) -> Option<ServerMessage> {
        let streams: Vec<_> = self.subscribed.iter_mut().map(Subscribed::statistics).collect();
        (!streams.is_empty()).then_some(ServerMessage::Statistics { streams })
    }

    /// Ends the connection; the first reason counts.
    pub(super) fn close(&mut self, code: u16, reason: &str) {
        if self.closing.is_none() {
            self.closing = Some(Closing { code, reason: reason.to_owned() });
        }
        self.wake.notify_one();
    }

    /// Why to end, if it is to end.
    pub(super) fn closing(&self) -> Option<&Closing> {
        self.closing.as_ref()
    }

    fn find(&mut self, name: &str) -> Option<&mut Subscribed> {
        self.subscribed.iter_mut().find(|one| one.name() == name)
    }

    fn offered(&mut self, offer: &Offer) -> Option<&mut Subscribed> {
        self.subscribed.iter_mut().find(|one| offer.is_for(one))
    }

    /// Acts on the past of a subscribed stream, and answers with what comes of it.
    fn with_past(
        &mut self,
        name: &str,
        act: impl FnOnce(&mut Past, &Stream) -> Result<Option<ServerMessage>, PastError>,
    ) {
        let Some(one) = self.find(name) else { return self.not_subscribed(name) };
        match act(&mut one.past, one.subscription.stream()) {
            Ok(Some(message)) => self.answer(Answer::Message(Box::new(message))),
            Ok(None) => {}
            Err(error) => self.error(error.code(), &error.to_string()),
        }
    }

    fn no_such_stream(&mut self, name: &str) {
        let names: Vec<_> = self.registry.streams().iter().map(|stream| stream.name().to_owned()).collect();
        self.error("no_such_stream", &format!("no stream {name:?}; there are: {}", names.join(", ")));
    }

    fn not_subscribed(&mut self, name: &str) {
        self.error("not_subscribed", &format!("{name:?} is not subscribed on this connection"));
    }

    fn error(&mut self, code: &str, text: &str) {
        let text = wire::capped(text, wire::MAX_TEXT);
        self.answer(Answer::Message(Box::new(ServerMessage::Error { code: code.to_owned(), text })));
    }

    fn answer(&mut self, answer: Answer) {
        /// Answers that are made when they are written are about this long.
        const LATER: usize = 256;
        self.waiting += match &answer {
            Answer::Message(message) => message.to_json().len(),
            Answer::Clock { .. } | Answer::Hashes(_) | Answer::Body(_) => LATER,
        };
        self.answers.push_back(answer);
        if self.waiting > MAX_WAITING {
            self.close(close::POLICY, "too many questions, and the answers are not read");
        }
    }
}

impl Allowance {
    /// Messages of a second may come at once.
    fn spend(&mut self, now_nanos: u64) -> bool {
        let elapsed = std::time::Duration::from_nanos(now_nanos.saturating_sub(self.at_nanos)).as_secs_f64();
        self.at_nanos = now_nanos;
        let most = f64::from(self.per_second);
        self.left = (self.left + elapsed * most).min(most) - 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::control::Policy;

    fn session() -> Session {
        let registry = Registry::new(Policy::Latest);
        registry.add("left", 0);
        Session::new(registry, Arc::default(), 100, 0)
    }

    fn said(session: &mut Session) -> Vec<ServerMessage> {
        let messages = session.answers().into_iter().filter_map(|answer| match answer {
            Answer::Message(message) => Some(*message),
            Answer::Clock { .. } | Answer::Hashes(_) | Answer::Body(_) => None,
        });
        messages.collect()
    }

    #[test]
    fn an_unknown_stream_is_answered_with_the_ones_there_are() {
        let mut session = session();
        let _ = session.receive(r#"{"type":"subscribe","stream":"right","credits":2}"#, 0);
        let [ServerMessage::Error { code, text }] = &said(&mut session)[..] else { panic!() };
        assert_eq!(code, "no_such_stream");
        assert!(text.contains("left"), "{text}");
        assert!(session.closing().is_none());
    }

    #[test]
    fn what_is_no_message_closes_with_its_name() {
        for text in ["", "nonsense", r#"{"type":"dance"}"#, r#"{"type":"clock","client_sent":1,"extra":2}"#] {
            let mut session = session();
            let _ = session.receive(text, 0);
            assert_eq!(session.closing().unwrap().code, close::POLICY, "{text}");
        }
    }

    #[test]
    fn credits_cannot_be_made() {
        let mut session = session();
        let _ = session.receive(r#"{"type":"subscribe","stream":"left","credits":2}"#, 0);
        assert!(session.closing().is_none());
        let _ = session.receive(r#"{"type":"credit","stream":"left","sequence":0,"outcome":"drawn"}"#, 0);
        assert_eq!(session.closing().unwrap().code, close::POLICY);
        let mut session = self::session();
        let _ = session.receive(r#"{"type":"subscribe","stream":"left","credits":3}"#, 0);
        assert_eq!(session.closing().unwrap().code, close::POLICY);
    }

    #[test]
    fn a_flood_is_cut_off_and_a_steady_client_is_not() {
        let clock = r#"{"type":"clock","client_sent":1}"#;
        let mut flood = session();
        for _ in 0..101 {
            let _ = flood.receive(clock, 0);
        }
        assert_eq!(flood.closing().unwrap().code, close::POLICY);
        let mut steady = session();
        for round in 0..1_000 {
            let _ = steady.receive(clock, round * 10_000_000);
            let _ = steady.answers();
        }
        assert_eq!(steady.closing(), None);
    }

    #[test]
    fn answers_that_are_not_read_are_bounded() {
        let mut session = session();
        for round in 0..10_000 {
            let _ = session.receive(r#"{"type":"clock","client_sent":1}"#, round * 10_000_000);
        }
        assert_eq!(session.closing().unwrap().code, close::POLICY);
    }
}
