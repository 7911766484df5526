//! The hashes of frames as they come, beside those that the server took: each frame is compared before its credit goes
//! back, so that a viewer that is slow at it is sent fewer, and nobody else waits.

use super::detail::{Detail, number};
use super::held::{Held, Plain, reserve};
use super::host;
use super::screen::{ScreenError, TILE_BYTES};
use super::session::Session;
use crate::policy::{Compared, Finding, Verification};
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::hash::{Hasher, Rows};
use wire::{CheckedLayout, ClientMessage, Hash, Hashes};

/// What is verified while somebody wants it.
#[derive(Default)]
pub(super) struct Verifying {
    pub(super) found: Verification,
    /// Bytes pass through here on their way out of the message.
    bytes: Vec<u8>,
}

impl Session {
    /// Whether frames are compared with what the server hashed; begins to count anew.
    pub(super) fn set_verifying(&mut self, wanted: bool) {
        self.verifying.found.restart(wanted);
        if let Some(stream) = self.stream.clone() {
            self.send(&ClientMessage::Verify { stream, on: wanted });
            if wanted {
                // What the server answers after this, it has heard; frames that come after the answer have hashes.
                let client_sent = host::now_nanos();
                self.verifying.found.asked(client_sent);
                self.send(&ClientMessage::Clock { client_sent });
            }
        }
        self.say_verified(None);
    }

    /// Another stream is shown from now on.
    pub(super) fn verify_anew(&mut self) {
        if self.verifying.found.is_wanted() {
            self.verifying.found.restart(true);
            self.say_verified(None);
        }
    }

    /// Asks for the hashes of all frames of a stream that is about to be subscribed to.
    pub(super) fn ask_for_hashes(&mut self, stream: &str) {
        if self.verifying.found.is_wanted() {
            self.verifying.found.asked_first();
            self.send(&ClientMessage::Verify { stream: stream.to_owned(), on: true });
        }
    }

    /// The server has said the hashes of a frame, which comes next, or was sent before.
    pub(super) fn receive_hashes(&mut self, sequence: u64, hashes: Hashes) {
        self.verifying.found.announce(sequence, hashes);
        // One of another stream or server may have the same number, and stays on the canvas until a newer one is there.
        let layouts = &self.layouts;
        let is_here = |shown: &Held| layouts.iter().any(|layout| Rc::ptr_eq(layout, &shown.layout));
        let announced = self.shown.take_if(|shown| shown.header.sequence == sequence && is_here(shown));
        if let Some(shown) = announced {
            self.verify(&shown);
            self.shown = Some(shown);
        }
    }

    /// Compares a frame, if the server has said its hashes; counts it, if it should have.
    pub(super) fn verify(&mut self, frame: &Held) {
        let sequence = frame.header.sequence;
        let Verifying { found, bytes } = &mut self.verifying;
        if !found.expects(sequence) {
            if found.miss() {
                self.say_verified(Some(sequence));
            }
            return;
        }
        let layout = frame.layout.checked().ok();
        let is_whole = layout.is_some_and(|layout| layout.is_whole());
        found.compare(sequence, is_whole, || hashes(layout?, &frame.plain().ok()?, bytes).ok());
        self.say_verified(Some(sequence));
    }

    fn say_verified(&mut self, sequence: Option<u64>) {
        let detail = said(&self.verifying.found, sequence);
        self.say("verified", detail);
    }
}

/// Hashes a payload, which is copied in piece by piece.
pub(super) fn hashes(
    layout: &CheckedLayout,
    payload: &Plain,
    bytes: &mut Vec<u8>,
) -> Result<Hashes, ScreenError> {
    let source = layout.source_len(payload.range.len() as u64);
    let mut hasher = Hasher::new();
    let mut at = 0;
    while at < source {
        let end = source.min(at + TILE_BYTES as u64);
        hasher.update(piece(payload, at..end, bytes)?);
        at = end;
    }
    let buffer = hasher.finish();
    let Some(rows) = Rows::of(layout) else { return Ok(Hashes { buffer, rows: None }) };
    if rows.are_all_of(source) {
        return Ok(Hashes { buffer, rows: Some(buffer) });
    }
    let mut hasher = Hasher::new();
    for band in rows.bands() {
        let range = band.bytes();
        let first = range.start;
        let piece = piece(payload, range, bytes)?;
        for span in band.spans() {
            hasher.update(&piece[place(span.start - first)..place(span.end - first)]);
        }
    }
    Ok(Hashes { buffer, rows: Some(hasher.finish()) })
}

/// Bytes of the payload, in wasm memory.
fn piece<'a>(payload: &Plain, range: Range<u64>, bytes: &'a mut Vec<u8>) -> Result<&'a [u8], ScreenError> {
    let len = place(range.end - range.start);
    if bytes.len() < len {
        reserve(bytes, len)?;
    }
    payload.copy(place(range.start), &mut bytes[..len])?;
    Ok(&bytes[..len])
}

/// A place in a message, which is no longer than a usize.
fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

fn said(found: &Verification, sequence: Option<u64>) -> JsValue {
    let state = match found.finding() {
        Finding::Off => "off",
        Finding::Waiting => "waiting",
        Finding::Verified => "verified",
        Finding::Partial => "partial",
        Finding::Unverified => "unverified",
        Finding::Mismatch => "mismatch",
    };
    let Compared { verified, partial, mismatches, unannounced, unread } = found.counts();
    let text = |hash: Option<Hash>| hash.map_or(JsValue::NULL, |hash| hash.to_string().into());
    let mismatch = found.mismatch().map_or(JsValue::NULL, |mismatch| {
        Detail::new()
            .set("sequence", number(mismatch.sequence))
            .set("hash", mismatch.hash)
            .set("server", text(mismatch.server))
            .set("viewer", text(mismatch.viewer))
            .done()
    });
    Detail::new()
        .set("state", state)
        .set("sequence", sequence.map_or(JsValue::NULL, |sequence| number(sequence).into()))
        .set("count", number(verified))
        .set("partial", number(partial))
        .set("mismatches", number(mismatches))
        .set("unannounced", number(unannounced))
        .set("unread", number(unread))
        .set("mismatch", mismatch)
        .done()
}
