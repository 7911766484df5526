//! Frames onto the canvas, and out of the viewer again.

use super::described::Held;
use super::detail::{self, Detail};
use super::host;
use super::metas;
use super::screen::js_len;
use super::session::Session;
use crate::policy::Chosen;
use std::rc::Rc;
use thiserror::Error;
use wasm_bindgen::JsValue;
use wire::control::Outcome;

/// Why there is no frame to read.
#[derive(Clone, Copy, Debug, Error)]
pub(super) enum ReadError {
    /// None has been received.
    #[error("no frame has been received yet")]
    NoFrame,
    /// Only a part of it was sent.
    #[error("only a part of frame {sequence} was sent, and the whole is no longer there")]
    FrameGone {
        /// Its number.
        sequence: u64,
    },
}

impl ReadError {
    /// What the thrown error's `name` is.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NoFrame => "NoFrame",
            Self::FrameGone { .. } => "FrameGone",
        }
    }
}

impl Session {
    /// Draws the frame that is due; false when none is.
    pub(super) fn draw_next(&mut self) -> bool {
        let now = host::now_nanos();
        let server_now = self.server_now(now);
        let chosen = self.gate.choose(now, server_now);
        // Choosing settles late frames even where it gives none.
        self.report_outcomes();
        let Some(Chosen { frame, sequence, settled }) = chosen else { return false };
        let drawn = self.present(frame, settled == Some(Outcome::Late), false);
        self.gate.finish(sequence, settled, drawn);
        self.report_outcomes();
        if drawn {
            self.tally.put();
        }
        true
    }

    /// Puts a frame on the canvas in the place of the one there, and says so; tells whether it could be drawn.
    ///
    /// `held` tells a frame of the past from the newest one.
    pub(super) fn present(&mut self, frame: Held, late: bool, held: bool) -> bool {
        let is_new_layout = self.shown.as_ref().is_none_or(|shown| !Rc::ptr_eq(&shown.layout, &frame.layout));
        if is_new_layout {
            self.look.forget();
            self.forget_measured();
            self.forget_profiled();
        }
        self.end_misfit(&frame);
        let drawn = self.put(&frame);
        if is_new_layout {
            self.say_layout(&frame, drawn.as_ref().err());
        }
        if drawn.is_ok() {
            let metas = metas::read(&frame).unwrap_or_else(|text| {
                self.say("error", detail::error("malformed_metas", &text));
                JsValue::NULL
            });
            let times = detail::Times { received: frame.received_nanos, drawn: host::now_nanos() };
            let detail = detail::frame(&frame.header, metas, self.aligner.best(), times, late, held);
            self.say("frame", detail);
        }
        self.shown = Some(frame);
        if is_new_layout {
            self.say_picture();
        }
        self.compare_drawn();
        self.read_when_due();
        drawn.is_ok()
    }

    /// Draws the frame on the canvas again, as the picture is now; gives the reason where that cannot be done.
    pub(super) fn redraw(&mut self) -> Option<String> {
        let shown = self.shown.take()?;
        let drawn = self.put(&shown);
        self.shown = Some(shown);
        self.compare_again();
        match drawn {
            Ok(()) => None,
            Err(NotDrawn::Undecodable(text)) => Some(text),
            Err(NotDrawn::Screen(text)) => {
                self.say("error", detail::error("canvas", &text));
                Some(text)
            }
        }
    }

    /// A copy of the frame on the canvas.
    pub(super) fn read_frame(&self) -> Result<JsValue, ReadError> {
        let shown = self.shown.as_ref().ok_or(ReadError::NoFrame)?;
        let Held { header, message, payload, layout, .. } = shown;
        if layout.checked().is_ok_and(|layout| !layout.is_whole()) {
            return Err(ReadError::FrameGone { sequence: header.sequence });
        }
        // What the server converted comes behind the bytes of the appsink.
        let len = usize::try_from(shown.source_len()).unwrap_or(payload.len());
        let data = message.slice(js_len(payload.start), js_len(payload.start + len));
        let frame = Detail::new()
            .set("sequence", detail::number(header.sequence))
            .set("ptsNanos", detail::nanos(header.pts_nanos))
            .set("caps", layout.caps())
            .set("data", data);
        Ok(frame.done())
    }

    /// The server's clock as far as it is known.
    pub(super) fn server_now(&self, now: u64) -> Option<i64> {
        self.aligner.best().map(|alignment| alignment.to_server(now))
    }

    fn put(&mut self, frame: &Held) -> Result<(), NotDrawn> {
        self.observe_first(frame);
        match frame.layout.decoder(&self.look.effective(), frame.header.flags) {
            Ok(decoder) => {
                self.screen.draw(&decoder, frame).map_err(|error| NotDrawn::Screen(error.to_string()))
            }
            Err(reason) => {
                self.screen.blank();
                Err(NotDrawn::Undecodable(reason))
            }
        }
    }

    fn say_layout(&mut self, frame: &Held, not_drawn: Option<&NotDrawn>) {
        let reason = match not_drawn {
            None => None,
            Some(NotDrawn::Undecodable(text)) => Some(text.as_str()),
            Some(NotDrawn::Screen(text)) => {
                self.say("error", detail::error("canvas", text));
                Some(text.as_str())
            }
        };
        self.say("layout", detail::layout(frame, reason));
    }
}

/// Why a frame is not on the canvas, in words.
enum NotDrawn {
    /// It cannot be decoded.
    Undecodable(String),
    /// It was decoded, but the browser cannot show it.
    Screen(String),
}
