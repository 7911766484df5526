//! Trying bytes as something else: the frames of a layout read by another one, until a frame comes that has neither.
//! What is read as the appsink's own bytes, and what the server said of them, stays.

use super::held::Held;
use super::session::Session;
use super::{detail, host};
use crate::convert::Decoder;
use std::rc::Rc;
use thiserror::Error;
use wasm_bindgen::prelude::*;
use wire::{CheckedLayout, Layout, LayoutError};

/// A layout that frames are read by although they came with another.
pub(super) struct Tried {
    /// As the page gave it.
    pub(super) json: JsValue,
    pub(super) layout: CheckedLayout,
}

/// Why frames cannot be read by a layout.
#[derive(Debug, Error)]
pub(super) enum TrialError {
    /// None has been received.
    #[error("no frame has been received yet")]
    NoFrame,
    /// Only a part of it was sent.
    #[error("only a part of frame {sequence} was sent: its bytes cannot be tried as anything else")]
    Part {
        /// Its number.
        sequence: u64,
    },
    /// The JSON is no layout.
    #[error("no layout: {0}")]
    Unreadable(String),
    /// It describes a part, or a picture of the server's.
    #[error("a layout to try describes whole frames as they left the appsink")]
    NotWhole,
    /// Its sizes do not fit each other.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The buffer is too short.
    #[error("{format} {width}x{height} needs {expected} bytes, the buffer has {actual}")]
    TooShort {
        /// Name of the format.
        format: String,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes needed.
        expected: u64,
        /// Bytes of the appsink's buffer.
        actual: u64,
    },
    /// No decoder reads it.
    #[error("{0}")]
    Undecodable(String),
}

impl TrialError {
    /// As JavaScript has it: an `Error` named `NoFrame`, `FrameGone` or `RangeError`.
    pub(super) fn thrown(&self) -> JsValue {
        let thrown = js_sys::Error::new(&self.to_string());
        thrown.set_name(match self {
            Self::NoFrame => "NoFrame",
            Self::Part { .. } => "FrameGone",
            _ => "RangeError",
        });
        thrown.into()
    }
}

impl Tried {
    /// A layout of its JSON, if the bytes of `frame` can be read by it.
    fn new(text: &str, frame: &Held) -> Result<Self, TrialError> {
        let layout = Layout::from_json(text).map_err(|error| TrialError::Unreadable(error.to_string()))?;
        let layout = layout.check()?;
        if !layout.is_whole() || layout.converted.is_some() {
            return Err(TrialError::NotWhole);
        }
        let json = js_sys::JSON::parse(text).unwrap_or(JsValue::NULL);
        let tried = Self { json, layout };
        tried.check(frame)?;
        Ok(tried)
    }

    /// Whether the appsink's bytes of a frame are enough.
    fn check(&self, frame: &Held) -> Result<(), TrialError> {
        let expected = self.layout.min_payload_len();
        let actual = frame.source_len() as u64;
        if expected <= actual {
            return Ok(());
        }
        let Layout { format, width, height, .. } = &*self.layout;
        Err(TrialError::TooShort { format: format.clone(), width: *width, height: *height, expected, actual })
    }
}

impl Session {
    /// Reads the frames of the layout on the canvas by that of `text`, or again by their own; the one there is drawn again.
    pub(super) fn try_as(&mut self, text: Option<&str>) -> Result<(), TrialError> {
        let shown = self.shown.as_ref().ok_or(TrialError::NoFrame)?;
        let tried = match text {
            None if shown.layout.tried().is_none() => return Ok(()),
            None => None,
            Some(text) => {
                if !shown.is_whole() {
                    return Err(TrialError::Part { sequence: shown.header.sequence });
                }
                let tried = Tried::new(text, shown)?;
                Decoder::new(&tried.layout, &self.look.effective())
                    .map_err(|error| TrialError::Undecodable(error.to_string()))?;
                Some(Rc::new(tried))
            }
        };
        let was_blank = shown.layout.decoder(&self.look.effective(), shown.header.flags).is_err();
        shown.layout.try_as(tried);
        self.shown_otherwise(was_blank);
        Ok(())
    }

    /// Ends a trial that a frame is too short for.
    pub(super) fn end_misfit(&mut self, frame: &Held) {
        let Some(tried) = frame.layout.tried() else { return };
        if let Err(error) = tried.check(frame) {
            frame.layout.try_as(None);
            let text = format!("frame {}: {error}; shown as the caps say", frame.header.sequence);
            self.say("error", detail::error("tried", &text));
            self.look.forget();
            self.forget_measured();
            self.forget_profiled();
            self.say("layout", detail::layout(frame, None));
        }
    }

    /// The frame on the canvas, and those like it, are read otherwise from now on.
    fn shown_otherwise(&mut self, was_blank: bool) {
        self.look.forget();
        self.forget_measured();
        self.forget_profiled();
        let reason = self.redraw();
        let Some(shown) = &self.shown else { return };
        let layout = detail::layout(shown, reason.as_deref());
        let times = detail::Times {
            received: shown.received_nanos,
            drawn: host::now_nanos(),
            took: self.times_of(shown),
        };
        // Frozen, it may be one of the past.
        let held = self.gate.is_paused();
        // Unreadable ones were told of when the frame came.
        let metas = super::metas::read(shown).unwrap_or(JsValue::NULL);
        let frame = detail::frame(&shown.header, metas, self.aligner.best(), times, false, held);
        self.say("layout", layout);
        // One that could not be drawn before was not told of.
        if was_blank && reason.is_none() {
            self.say("frame", frame);
        }
        self.say_picture();
        self.read_when_due();
    }
}
