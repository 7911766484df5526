//! The codes along a line of the frame on the canvas: when asked for, and for events while there is a line.

use super::detail::{Detail, number};
use super::probe::ProbeError;
use super::screen::ScreenError;
use super::session::Session;
use super::slices::{Job, Kind, Payload, Rhythm, Work};
use crate::convert::{Line, Profile};
use js_sys::{Array, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;

/// Nanoseconds from one profile to the next, at least: curves that change faster are a blur.
const PAUSE_NANOS: u64 = 100_000_000;

/// The line whose codes are said.
#[derive(Default)]
pub(super) struct Profiling {
    line: Option<Line>,
    pub(super) rhythm: Rhythm<Line>,
}

impl Work for Profile {
    fn step(&mut self, payload: Payload<'_>) -> Result<bool, ScreenError> {
        self.step(payload)
    }

    fn said(&self, sequence: u64) -> JsValue {
        let line = self.line();
        let ends = Detail::new()
            .set("x1", line.from.0)
            .set("y1", line.from.1)
            .set("x2", line.to.0)
            .set("y2", line.to.1);
        // Both are less than a line's ends are, which are 32 bits.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let points = (0..line.points()).map(|index| line.point(index));
        let points: Vec<u32> = points.flat_map(|(x, y)| [place(x), place(y)]).collect();
        let component = |(name, depth, codes): (char, u8, &[u16])| {
            Detail::new()
                .set("name", name.to_string())
                .set("depth", depth)
                .set("codes", Uint16Array::from(codes))
                .done()
        };
        Detail::new()
            .set("sequence", number(sequence))
            .set("line", ends.done())
            .set("points", Uint32Array::from(points.as_slice()))
            .set("components", self.components().map(component).collect::<Array>())
            .done()
    }
}

impl Session {
    /// Whether somebody wants a line of each frame.
    pub(super) fn is_profiling(&self) -> bool {
        self.profiling.line.is_some()
    }

    /// Reads a line of the frame on the canvas.
    pub(super) fn profile(&self, line: Line) -> Result<Job, ProbeError> {
        let read = self.read()?.whole()?;
        for (x, y) in [line.from, line.to] {
            read.within(x, y, 1, 1)?;
        }
        let work = Profile::new(read.probe.clone(), line);
        Ok(Job::new(&read, Kind::Profiled, Box::new(work)))
    }

    /// The line that `profiled` is said of; `None` for none.
    pub(super) fn set_line(&mut self, line: Option<Line>) {
        self.profiling.line = line;
        if line.is_none() {
            self.forget_profiled();
        }
        self.profile_when_due();
    }

    /// Another layout, or no line any more.
    pub(super) fn forget_profiled(&mut self) {
        self.profiling.rhythm = Rhythm::default();
        self.drop_jobs(Kind::Profiled);
    }

    /// Begins to read the line of the frame on the canvas where there is one and it is due.
    pub(super) fn profile_when_due(&mut self) {
        let Some((shown, line)) = self.shown.as_ref().zip(self.profiling.line) else { return };
        if !shown.is_whole() {
            return;
        }
        let sequence = shown.header.sequence;
        if !self.profiling.rhythm.is_due(sequence, &line, PAUSE_NANOS, PAUSE_NANOS) {
            return;
        }
        // What cannot be decoded has been said when it was drawn; a line outside of the frame has no codes.
        if let Ok(job) = self.profile(line) {
            self.profiling.rhythm.begin(sequence, line);
            self.begin(job);
        }
    }
}
