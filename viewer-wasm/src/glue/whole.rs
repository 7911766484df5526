//! Whole frames on demand: the frame on the canvas, where it was sent in part, is fetched and drawn again, the same frame
//! with all of its samples. While somebody waits for it nothing newer is drawn, and then it is there before anything else.

use super::drawing::ReadError;
use super::held::Held;
use super::session::Session;
use crate::convert::Cut;
use crate::policy::State;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wire::ClientMessage;

/// A rectangle: first column, first row, columns, rows.
pub(super) type Rectangle = (u32, u32, u32, u32);

/// Who waits for the frame on the canvas to be whole.
#[derive(Default)]
pub(super) struct Whole {
    waiting: Vec<Waiter>,
    /// The frame that could not be had, so that nobody asks for it again without need.
    gone: Option<u64>,
    /// A lease is to be ended once nothing is on its way any more: that would end it too.
    release_due: bool,
}

struct Waiter {
    resolve: Function,
    reject: Function,
    /// It waits until the view has stopped, at whatever can be had.
    is_pause: bool,
}

impl Waiter {
    fn settle(self, gone: Option<u64>) {
        // Functions of a promise do not throw, and what waits for it runs later.
        let _ = match gone.filter(|_| !self.is_pause) {
            None => self.resolve.call0(&JsValue::NULL),
            Some(sequence) => self.reject.call1(&JsValue::NULL, &ReadError::FrameGone { sequence }.thrown()),
        };
    }
}

impl Session {
    /// Resolves when the frame on the canvas is whole; `None` where it is, or where all that is wanted of it is there:
    /// every sample of a rectangle, or where it `snaps`, one for each of its first.
    pub(super) fn whole(&mut self, part: Option<Rectangle>, snaps: bool) -> Option<Promise> {
        let shown = self.shown.as_ref().filter(|shown| !shown.is_whole())?;
        if let Some(part) = part
            && let Ok(cut) = shown.layout.checked().map(|layout| Cut::of(layout))
            && (cut.has(part) || snaps && cut.sent((part.0, part.1)).is_some())
        {
            return None;
        }
        Some(self.wait_for_whole(false))
    }

    /// Resolves when a view that has been stopped shows the frame that it stopped at; `None` where it does.
    pub(super) fn pause_whole(&mut self) -> Option<Promise> {
        self.shown.as_ref().filter(|shown| !shown.is_whole())?;
        Some(self.wait_for_whole(true))
    }

    /// Whether the frame on the canvas is to stay there.
    pub(super) fn waits_for_whole(&self) -> bool {
        !self.whole.waiting.is_empty()
    }

    /// A view goes on: nobody waits for it to stop any more.
    pub(super) fn stop_pausing(&mut self) {
        for waiter in std::mem::take(&mut self.whole.waiting) {
            if waiter.is_pause {
                waiter.settle(None);
            } else {
                self.whole.waiting.push(waiter);
            }
        }
    }

    /// Where nothing newer is due, the last frame is there as a whole; asked now and then.
    pub(super) fn whole_when_idle(&mut self, state: &State) {
        let is_still = match state {
            State::Ended => true,
            // Nothing is on its way, and nothing was skipped for this viewer.
            State::Stalled { .. } | State::Restarting { .. } => {
                self.ledger.is_some_and(|ledger| ledger.pending == 0)
            }
            _ => false,
        };
        let Some(shown) = self.shown.as_ref().filter(|shown| is_still && !shown.is_whole()) else { return };
        if self.whole.gone != Some(shown.header.sequence) {
            self.fetch_whole();
        }
    }

    /// Ends the lease, now or after the frame that is on its way.
    pub(super) fn release(&mut self) {
        self.whole.release_due = true;
        self.release_when_due();
    }

    /// A lease begins: the server ends the one before.
    pub(super) fn keep_lease(&mut self) {
        self.whole.release_due = false;
    }

    /// The frame has come, or cannot be had; gives the whole of what it was to be the whole of.
    pub(super) fn whole_came(&mut self, sequence: u64, frame: Option<Held>) {
        let kept = frame.clone().map(|frame| (sequence, frame));
        let next = self.history.past.end_whole(kept);
        self.release_when_due();
        let is_shown = self.shown.as_ref().is_some_and(|shown| shown.header.sequence == sequence);
        match frame {
            Some(frame) if is_shown => {
                self.present(frame, false, true);
            }
            None if is_shown => self.whole_is_gone(sequence),
            _ => {}
        }
        if let Some(showing) = next {
            self.follow_past(showing);
        }
        self.whole_goes_on();
    }

    /// The connection is gone, and with it what the server kept.
    pub(super) fn forget_whole(&mut self) {
        self.whole.release_due = false;
        if let Some(shown) = self.shown.as_ref().filter(|shown| !shown.is_whole()) {
            self.whole_is_gone(shown.header.sequence);
        }
    }

    /// Another frame may be on the canvas, or the way to the server free.
    pub(super) fn whole_goes_on(&mut self) {
        if self.whole.waiting.is_empty() {
            return;
        }
        if self.shown.as_ref().is_none_or(Held::is_whole) {
            for waiter in std::mem::take(&mut self.whole.waiting) {
                waiter.settle(None);
            }
            // Not now: who waited has not run yet.
            self.ask_for_animation_frame();
        } else {
            self.fetch_whole();
        }
    }

    fn wait_for_whole(&mut self, is_pause: bool) -> Promise {
        let mut functions = None;
        let promise = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
        if let Some((resolve, reject)) = functions {
            self.whole.waiting.push(Waiter { resolve, reject, is_pause });
        }
        self.fetch_whole();
        promise
    }

    fn fetch_whole(&mut self) {
        let Some(sequence) = self.shown.as_ref().map(|shown| shown.header.sequence) else { return };
        let Some(stream) = self.stream.clone() else { return self.whole_is_gone(sequence) };
        if self.history.past.fetch_whole(sequence) {
            self.send(&ClientMessage::Fetch { stream, sequence });
        }
    }

    fn whole_is_gone(&mut self, sequence: u64) {
        self.whole.gone = Some(sequence);
        let waiting = std::mem::take(&mut self.whole.waiting);
        if !waiting.is_empty() {
            self.ask_for_animation_frame();
        }
        for waiter in waiting {
            waiter.settle(Some(sequence));
        }
    }

    fn release_when_due(&mut self) {
        if !self.whole.release_due || self.history.past.fetching_whole().is_some() {
            return;
        }
        self.whole.release_due = false;
        if let Some(stream) = self.stream.clone() {
            self.send(&ClientMessage::Release { stream });
        }
    }
}
