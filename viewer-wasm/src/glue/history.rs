//! Frames of the past: the lease while the viewer is frozen, frames fetched from it, and the event that lists them.

use super::detail::{self, Detail, nanos, number};
use super::held::Held;
use super::incoming::take_apart;
use super::message::Message;
use super::session::Session;
use crate::frame::FrameError;
use crate::policy::{Past, Showing};
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::ClientMessage;
use wire::history::{FRAME_GONE, LEASE_ENDED, LeasedFrame, NO_HISTORY, TOO_MANY_FETCHES};

/// What a viewer knows of its stream's past.
#[derive(Default)]
pub(super) struct History {
    pub(super) past: Past<Held>,
    leased: Vec<LeasedFrame>,
    seconds: Option<u64>,
    /// Why there are no frames, if there should be some.
    reason: String,
}

impl Session {
    /// The viewer is frozen from now on, or goes on.
    pub(super) fn freeze(&mut self, frozen: bool) {
        let at = self.history.past.frozen().map(|(_, held)| held.clone());
        let shown = self.shown.as_ref().filter(|_| frozen);
        self.history.past.freeze(shown.map(|held| (held.header.sequence, held.clone())));
        self.history.forget("");
        if !frozen {
            self.return_from_past(at);
        }
        let Some(stream) = self.stream.clone() else {
            self.history.forget(if frozen { "there is no connection" } else { "" });
            return self.say_history();
        };
        if frozen {
            self.keep_lease();
            self.send(&ClientMessage::Lease { stream });
        } else {
            self.release();
            self.say_history();
        }
    }

    /// Goes back to the frame that it was frozen at: where nothing newer comes, that is the newest there is.
    fn return_from_past(&mut self, frozen: Option<Held>) {
        let shown = self.shown.as_ref().map(|shown| shown.header.sequence);
        if let Some(frozen) = frozen.filter(|frozen| shown != Some(frozen.header.sequence)) {
            self.present(frozen, false, true);
        }
    }

    /// The server keeps these.
    pub(super) fn leased(&mut self, stream: &str, seconds: u64, frames: Vec<LeasedFrame>) {
        if self.stream.as_deref() != Some(stream) || !self.gate.is_paused() {
            return;
        }
        self.history.past.leased(frames.iter().map(|frame| frame.sequence).collect());
        self.history.leased = frames;
        self.history.seconds = Some(seconds);
        self.say_history();
    }

    /// The next binary message is this frame.
    pub(super) fn receive_fetched(&mut self, sequence: u64) {
        self.history.past.announced(sequence);
    }

    /// Takes a binary message that was announced; false if it was not, and is a newest frame.
    pub(super) fn receive_announced(&mut self, message: &Rc<Message>) -> bool {
        let Some(sequence) = self.history.past.take_announced() else { return false };
        let held = match take_apart(message) {
            Ok(parts) if parts.header.sequence == sequence => {
                self.described(&parts.header).map(|layout| Held::new(parts, message, layout))
            }
            Ok(parts) => Err(format!("frame {sequence} was announced, and {} came", parts.header.sequence)),
            // The server gave it up because it is not wanted any more.
            Err(FrameError::Abandoned(_)) => Err(String::new()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(text) = &held
            && !text.is_empty()
        {
            self.say("error", detail::error("malformed_frame", text));
        }
        if let Ok(held) = &held {
            self.verify(held);
        }
        if self.history.past.fetching_whole() == Some(sequence) {
            self.whole_came(sequence, held.ok());
            return true;
        }
        let bytes = u64::from(message.length());
        let next = self.history.past.arrived(sequence, held.ok().map(|held| (held, bytes)));
        if let Some(showing) = next {
            self.follow_past(showing);
        }
        self.whole_goes_on();
        true
    }

    /// Whether an error of the server is about frames of the past; then it is told with these.
    pub(super) fn is_of_the_past(&mut self, code: &str, text: &str) -> bool {
        if ![NO_HISTORY, FRAME_GONE, TOO_MANY_FETCHES, LEASE_ENDED].contains(&code) {
            return false;
        }
        match self.history.past.fetching_whole() {
            Some(sequence) if [FRAME_GONE, TOO_MANY_FETCHES].contains(&code) => {
                self.whole_came(sequence, None);
            }
            _ => self.lose_history(text),
        }
        true
    }

    /// The connection is gone, and the lease with it.
    pub(super) fn forget_past(&mut self) {
        let had_some = !self.history.leased.is_empty();
        self.history.past.disconnected();
        if had_some {
            self.lose_history("the connection was lost, and the frames that were held with it");
        }
    }

    /// Puts a frame that is held on the canvas; whether it is there now, or comes with a `frame` event.
    pub(super) fn show_held(&mut self, sequence: u64) -> Result<bool, JsValue> {
        let showing = self.history.past.show(sequence);
        let is_here = matches!(showing, Showing::Here(_));
        if self.follow_past(showing) {
            return Ok(is_here);
        }
        let reason = if self.history.reason.is_empty() { "it is not held" } else { &self.history.reason };
        let thrown = js_sys::Error::new(&format!("frame {sequence} cannot be shown: {reason}"));
        thrown.set_name("FrameGone");
        Err(thrown.into())
    }

    /// Does what is to be done to show a frame; false if it cannot be had.
    pub(super) fn follow_past(&mut self, showing: Showing<Held>) -> bool {
        match showing {
            Showing::Here(frame) => {
                self.present(frame, false, true);
            }
            Showing::Fetch(sequence) => {
                if let Some(stream) = self.stream.clone() {
                    self.send(&ClientMessage::Fetch { stream, sequence });
                }
            }
            Showing::Wait => {}
            Showing::Gone => {
                // Whoever waits for it sees that it is not in the list.
                self.say_history();
                return false;
            }
        }
        true
    }

    fn lose_history(&mut self, reason: &str) {
        self.history.past.end();
        self.history.forget(reason);
        self.say_history();
        self.whole_goes_on();
    }

    fn say_history(&mut self) {
        let detail = Detail::new()
            .set("frames", self.history.list())
            .set("seconds", self.history.seconds.map_or(JsValue::NULL, |seconds| number(seconds).into()))
            .set("reason", self.history.reason.as_str());
        self.say("history", detail.done());
    }
}

impl History {
    fn forget(&mut self, reason: &str) {
        self.leased = Vec::new();
        self.seconds = None;
        reason.clone_into(&mut self.reason);
    }

    /// The leased frames and the one that it was frozen at, rising; what is missing between them, by cause where the
    /// server tells.
    fn list(&self) -> Array {
        let frozen = self.past.frozen().map(|(_, held)| &held.header);
        let list = Array::new();
        let mut before: Option<u64> = None;
        let mut put = |sequence: u64, arrival: u64, pts: Option<u64>, causes: Option<&LeasedFrame>| {
            let cause = |count: fn(&LeasedFrame) -> u64| {
                causes.map_or(JsValue::NULL, |frame| number(count(frame)).into())
            };
            let missing = before.map_or(0, |before| sequence.saturating_sub(before + 1));
            before = Some(sequence);
            #[allow(clippy::cast_precision_loss, reason = "a time to be drawn")]
            let arrival_millis = arrival as f64 / 1e6;
            let entry = Detail::new()
                .set("sequence", number(sequence))
                .set("arrivalMillis", arrival_millis)
                .set("ptsNanos", nanos(pts))
                .set("missing", number(missing))
                .set("dropped", cause(|frame| frame.dropped))
                .set("notKept", cause(|frame| frame.not_kept))
                .set("sourceGap", cause(|frame| frame.source_gap));
            list.push(&entry.done());
        };
        let lone = frozen.filter(|frozen| !self.leased.iter().any(|frame| frame.sequence == frozen.sequence));
        let at = lone.map(|lone| self.leased.partition_point(|frame| frame.sequence < lone.sequence));
        for (index, frame) in self.leased.iter().enumerate() {
            if let Some(lone) = lone.filter(|_| at == Some(index)) {
                put(lone.sequence, lone.arrival_nanos, lone.pts_nanos, None);
            }
            // What the server counts is since the leased frame before, which is not the one before here.
            let causes = Some(frame).filter(|_| at != Some(index));
            put(frame.sequence, frame.arrival_nanos, frame.pts_nanos, causes);
        }
        if let Some(lone) = lone.filter(|_| at == Some(self.leased.len())) {
            put(lone.sequence, lone.arrival_nanos, lone.pts_nanos, None);
        }
        list
    }
}
