//! What the server sends: JSON messages as text, frames as binary.

use super::described::Described;
use super::detail::{self, Detail};
use super::held::Held;
use super::host;
use super::message::Message;
use super::screen::js_len;
use super::session::Session;
use super::socket::{Carrier, Socket};
use crate::frame::{self, FrameError, Parts};
use crate::policy::End;
use js_sys::Uint8Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wire::clock::Exchange;
use wire::control::{Phase, StreamState};
use wire::{FrameHeader, Hashes, HeaderError, Layout, ServerMessage};

/// Layouts remembered: those of the frames on the way, and a few for good measure.
const MAX_LAYOUTS: usize = 8;
/// Clock exchanges at the start, one after the other, for a good estimate before the first frame is drawn.
const FIRST_CLOCKS: u32 = 4;

impl Session {
    /// A message has come.
    pub(super) fn receive(&mut self, data: JsValue) {
        if let Some(text) = data.as_string() {
            self.receive_text(&text);
        } else {
            // A view of bytes whose room goes back, or all of what the browser's own socket has made.
            let message = match data.dyn_into() {
                Ok(bytes) => Message::new(bytes, self.socket.as_ref().and_then(Socket::giving_back)),
                Err(data) => Message::new(Uint8Array::new(&data), None),
            };
            self.receive_frame(&Rc::new(message));
        }
    }

    fn receive_text(&mut self, text: &str) {
        let message = match ServerMessage::from_json(text) {
            Ok(message) => message,
            Err(error) => return self.unreadable(text, &error),
        };
        match message {
            ServerMessage::Hello { policy, streams, .. } => {
                self.policy = policy;
                self.server = detail::json_key(text, "server");
                self.connection.opened();
                self.say_streams(text, &streams);
            }
            ServerMessage::Streams { streams } => self.say_streams(text, &streams),
            ServerMessage::Layout { layout } => self.receive_layout(text, *layout),
            ServerMessage::Bus { .. } => {
                let message = detail::json_key(text, "message");
                self.say("bus", Detail::new().set("message", message).done());
            }
            ServerMessage::EndOfStream { stream } => {
                if self.stream.as_ref() == Some(&stream) {
                    self.set_phase(Phase::Ended, None);
                    self.finish_recording(End::Stream);
                }
            }
            ServerMessage::Statistics { streams } => {
                let own = streams.into_iter().find(|entry| self.stream.as_ref() == Some(&entry.stream));
                if let Some(own) = own {
                    self.ledger = Some(own.ledger);
                    let rates = self.tally.rates(host::now_nanos(), self.ledger.as_ref());
                    let means = self.times.means(own.sending);
                    self.say(
                        "statistics",
                        detail::statistics(&own.ledger, self.tally.counts(), rates, means, self.carrier),
                    );
                }
            }
            ServerMessage::Clock { client_sent, server_received, server_sent } => {
                let client_received = host::now_nanos();
                self.verifying.found.answered(client_sent);
                self.aligner.add(Exchange { client_sent, server_received, server_sent, client_received });
                if self.clocks_asked < FIRST_CLOCKS {
                    self.ask_clock();
                }
            }
            ServerMessage::Leased { stream, seconds, frames } => self.leased(&stream, seconds, frames),
            ServerMessage::Fetched { sequence, .. } => self.receive_fetched(sequence),
            ServerMessage::Hashes { stream, sequence, buffer, rows } => {
                if self.stream.as_ref() == Some(&stream) {
                    self.receive_hashes(sequence, Hashes { buffer, rows });
                }
            }
            ServerMessage::Body {} => self.carrier = Carrier::Http,
            ServerMessage::Error { code, text } => {
                if self.is_of_the_past(&code, &text) {
                    return;
                }
                self.say("error", detail::error(&code, &text));
                if code == "no_such_stream" {
                    self.stream = None;
                    self.connection.set_phase(Phase::Failed, Some(text), host::now_nanos());
                }
            }
        }
    }

    /// A message of a later version, or damaged: without a layout no frame can be read, the rest is only said.
    fn unreadable(&mut self, text: &str, error: &serde_json::Error) {
        let kind = detail::json_key(text, "type").as_string().unwrap_or_default();
        let said = format!("cannot read the server's {kind} message: {error}");
        self.say("error", detail::error("unreadable_message", &said));
        if matches!(kind.as_str(), "layout" | "hello") {
            self.fail(said);
        }
    }

    fn say_streams(&mut self, text: &str, streams: &[StreamState]) {
        let policy = match self.policy {
            wire::control::Policy::Latest => "latest",
            wire::control::Policy::Every => "every",
        };
        let list = detail::json_key(text, "streams");
        let detail =
            Detail::new().set("streams", list).set("policy", policy).set("server", self.server.clone());
        self.say("streams", detail.done());
        self.follow(streams);
    }

    /// Subscribes as soon as the wanted stream is there, and follows its state.
    fn follow(&mut self, streams: &[StreamState]) {
        if self.stream.is_none() {
            let wanted = self.wanted();
            let found = streams.iter().find(|stream| wanted.is_empty() || stream.name == wanted);
            match found.map(|stream| stream.name.clone()) {
                Some(name) => self.subscribe(name),
                None if wanted.is_empty() => {}
                None => {
                    let names: Vec<_> = streams.iter().map(|stream| stream.name.as_str()).collect();
                    let text = format!("no stream {wanted}; the server has: {}", names.join(", "));
                    self.connection.set_phase(Phase::Failed, Some(text), host::now_nanos());
                }
            }
        }
        if let Some(own) = streams.iter().find(|stream| self.stream.as_ref() == Some(&stream.name)) {
            self.compare.pipeline = Some(own.pipeline);
            self.set_phase(own.phase, own.failure.clone());
        }
    }

    fn set_phase(&mut self, phase: Phase, failure: Option<String>) {
        self.connection.set_phase(phase, failure, host::now_nanos());
        self.gate.set_ended(self.connection.is_over());
        // The end of a stream is said once more behind its last frame; after a failure nothing follows.
        if phase == Phase::Failed {
            self.finish_recording(End::Stream);
        }
        self.draw_when_due();
    }

    fn receive_layout(&mut self, text: &str, layout: Layout) {
        if self.stream.as_ref() != Some(&layout.stream) {
            return;
        }
        if let Some(known) = self.layouts.iter().position(|known| known.id() == layout.id) {
            // Told again, for a frame of the past or the newest after one: what was made of it is still good.
            let known = self.layouts.remove(known);
            self.layouts.extend(known);
            return;
        }
        if self.layouts.len() == MAX_LAYOUTS {
            self.layouts.pop_front();
        }
        let described = Described::new(layout, detail::json_key(text, "layout"));
        self.layouts.push_back(Rc::new(described));
    }

    fn receive_frame(&mut self, message: &Rc<Message>) {
        if self.receive_announced(message) || self.stream.is_none() {
            return;
        }
        let parts = match take_apart(message) {
            Ok(parts) => parts,
            Err(error) => return self.not_a_frame(error),
        };
        let header = parts.header;
        let now = host::now_nanos();
        self.tally.received(header.sequence, header.arrival_nanos, header.payload_len);
        self.heard(now);
        match self.described(&header) {
            // Whole ones are on their way, and only those can be read otherwise.
            Ok(layout) if !layout.is_whole() && self.is_trying() => self.gate.reject(header.sequence),
            Ok(layout) => {
                let frame = Held::new(parts, message, layout);
                self.verify(&frame);
                self.record_frame(&frame);
                let server_now = self.server_now(now);
                self.gate.arrive(frame, header.sequence, header.arrival_nanos, now, server_now);
            }
            Err(text) => {
                self.say("error", detail::error("malformed_frame", &text));
                self.gate.reject(header.sequence);
            }
        }
        self.draw_when_due();
    }

    fn not_a_frame(&mut self, error: FrameError) {
        match error {
            // The server ended it on purpose and has taken its credit back.
            FrameError::Abandoned(_) => self.tally.abandoned(),
            FrameError::Malformed(what) => {
                self.say("error", detail::error("malformed_frame", &error.to_string()));
                if let HeaderError::Incomplete { sequence, .. } = what {
                    self.tally.received(sequence, 0, 0);
                    self.gate.reject(sequence);
                    self.report_outcomes();
                }
            }
        }
    }

    /// The layout of a frame, if its payload is as long as that needs.
    pub(super) fn described(&self, header: &FrameHeader) -> Result<Rc<Described>, String> {
        let (sequence, id) = (header.sequence, header.layout_id);
        let layout = self
            .layouts
            .iter()
            .rev()
            .find(|layout| layout.id() == id)
            .ok_or_else(|| format!("frame {sequence} has layout {id}, which was not sent"))?;
        layout.check_payload(header).map_err(|error| format!("frame {sequence}: {error}"))?;
        Ok(Rc::clone(layout))
    }
}

/// Where a message's parts are.
pub(super) fn take_apart(message: &Uint8Array) -> Result<Parts, FrameError> {
    let len = message.length() as usize;
    let mut start = [0; FrameHeader::LEN];
    let seen = &mut start[..len.min(FrameHeader::LEN)];
    message.subarray(0, js_len(seen.len())).copy_to(seen);
    let header_len = frame::header_len(seen, len);
    if header_len <= seen.len() {
        return frame::split(seen, len);
    }
    frame::split(&message.subarray(0, js_len(header_len)).to_vec(), len)
}
