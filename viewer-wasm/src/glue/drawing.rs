//! Frames onto the canvas, and out of the viewer again.

use super::detail::{self, Detail};
use super::held::Held;
use super::host;
use super::metas;
use super::session::Session;
use crate::policy::{Chosen, FrameTimes};
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
    /// As JavaScript has it.
    pub(super) fn thrown(self) -> JsValue {
        let thrown = js_sys::Error::new(&self.to_string());
        thrown.set_name(self.name());
        thrown.into()
    }

    fn name(self) -> &'static str {
        match self {
            Self::NoFrame => "NoFrame",
            Self::FrameGone { .. } => "FrameGone",
        }
    }
}

impl Session {
    /// Draws the frame that is due; false when none is.
    pub(super) fn draw_next(&mut self) -> bool {
        if self.waits_for_whole() {
            return false;
        }
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
    /// `held` tells a frame of the past, or one that was there already, from the newest one.
    pub(super) fn present(&mut self, frame: Held, late: bool, held: bool) -> bool {
        if let Err(error) = frame.decode() {
            self.say("error", detail::error("malformed_frame", &error.to_string()));
            return false;
        }
        let before = self.shown.as_ref().map(|shown| &shown.layout);
        let is_new_layout = before.is_none_or(|before| !Rc::ptr_eq(before, &frame.layout));
        if is_new_layout {
            let alike = before.filter(|before| before.is_like(&frame.layout));
            if let Some(before) = alike {
                // Of the same frames another part was sent, or in another encoding: what they are tried as stays.
                frame.layout.try_as(before.tried().filter(|_| frame.is_whole()));
            } else {
                self.look.forget();
            }
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
            let took = self.times_of(&frame);
            if !held {
                self.times.add(took);
            }
            let times = detail::Times { received: frame.received_nanos, drawn: host::now_nanos(), took };
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
        let Held { header, layout, .. } = shown;
        let plain = shown.plain().ok().filter(|_| shown.is_whole());
        let plain = plain.ok_or(ReadError::FrameGone { sequence: header.sequence })?;
        // What the server converted comes behind the bytes of the appsink.
        let data = plain.first(shown.source_len()).slice(0, u32::MAX);
        let frame = Detail::new()
            .set("sequence", detail::number(header.sequence))
            .set("ptsNanos", detail::nanos(header.pts_nanos))
            .set("caps", layout.caps())
            .set("data", data);
        Ok(frame.done())
    }

    /// What the frame that was drawn last took on its way.
    pub(super) fn times_of(&self, frame: &Held) -> FrameTimes {
        let here = self.server_now(frame.received_nanos).and_then(|here| u64::try_from(here).ok());
        let (decode, draw) = self.screen.took;
        FrameTimes {
            bytes: frame.header.payload_len,
            plain: frame.len() as u64,
            work: frame.header.work_nanos.unwrap_or(0),
            // Clocks are aligned to within a fraction of the way there and back.
            receive: here.zip(frame.header.sent_nanos).map(|(here, sent)| here.saturating_sub(sent)),
            decode,
            draw,
        }
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
