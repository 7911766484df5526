//! Recording: received frames are kept in the messages they came in, outside of wasm's memory, until they are taken.

use super::detail::{Detail, number};
use super::held::Held;
use super::session::Session;
use crate::policy::{End, Recording};
use wasm_bindgen::JsValue;

/// The frames that are recorded, or have been.
#[derive(Default)]
pub(super) struct Recorded(Recording<Held>);

impl Recorded {
    /// Whether it goes on.
    pub(super) fn is_on(&self) -> bool {
        self.0.end().is_none()
    }

    /// A frame of the recording.
    pub(super) fn frame(&self, index: usize) -> Option<&Held> {
        self.0.frames().get(index)
    }
}

impl Session {
    /// Records the next `frames` frames, of at most `bytes` together; what was recorded before is forgotten.
    pub(super) fn record(&mut self, frames: u32, bytes: f64) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is too much or less than nothing is bounded by the cast"
        )]
        let bytes = bytes as u64;
        self.recording = Recorded(Recording::new(frames as usize, bytes));
        if self.connection.is_over() {
            // No more will come.
            self.finish_recording(End::Stream);
        } else {
            self.say_recording();
        }
    }

    /// Records no more; what was recorded stays.
    pub(super) fn finish_recording(&mut self, end: End) {
        if self.recording.0.finish(end) {
            self.say_recording();
        }
    }

    /// Forgets what was recorded.
    pub(super) fn forget_recording(&mut self) {
        self.recording = Recorded::default();
    }

    /// A frame has been received.
    pub(super) fn record_frame(&mut self, frame: &Held) {
        // One that was asked for before the recording may still be sent in part.
        if !frame.is_whole() {
            return;
        }
        // The whole message is kept.
        let bytes = u64::from(frame.message.length());
        if self.recording.0.add(frame.header.sequence, bytes, || frame.clone()) {
            self.say_recording();
        }
    }

    fn say_recording(&mut self) {
        let recording = &self.recording.0;
        let detail = Detail::new()
            .set("frames", number(recording.frames().len() as u64))
            .set("wanted", number(recording.wanted() as u64))
            .set("bytes", number(recording.bytes()))
            .set("missing", number(recording.missing()))
            .set("ended", recording.end().map_or(JsValue::NULL, |end| end.name().into()))
            .done();
        self.say("recording", detail);
    }
}
