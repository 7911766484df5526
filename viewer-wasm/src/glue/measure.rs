//! Histogram and statistics of the frame on the canvas, or of a part of it: when asked for, and now and then for events.

use super::detail::{Detail, number};
use super::probe::ProbeError;
use super::screen::ScreenError;
use super::session::Session;
use super::slices::{Job, Kind, Payload, Rhythm, Work};
use crate::convert::{Measured, Measurement};
use js_sys::{Array, Uint32Array};
use std::ops::Range;
use wasm_bindgen::prelude::*;

/// Nanoseconds from the beginning of one measurement to the next, at least: numbers that change faster cannot be read.
const PAUSE_NANOS: u64 = 450_000_000;
/// The same where the region has been moved: the hand that moves it wants to see what it does.
const MOVED_NANOS: u64 = 100_000_000;

/// A rectangle: first column, first row, columns, rows; what is not given reaches to the frame's end.
pub(super) type Part = [Option<u32>; 4];
const WHOLE: Part = [None; 4];

/// What is measured while somebody wants it.
#[derive(Default)]
pub(super) struct Measuring {
    wanted: bool,
    /// The region that is measured instead of whole frames.
    region: Option<Part>,
    pub(super) rhythm: Rhythm<Part>,
}

/// A rectangle of a frame that is being measured.
struct Measure {
    columns: Range<usize>,
    lines: Range<usize>,
    /// Whether it is the region.
    of_region: bool,
    measurement: Measurement,
}

impl Work for Measure {
    fn step(&mut self, payload: Payload<'_>) -> Result<bool, ScreenError> {
        self.measurement.step(payload)
    }

    fn said(&self, sequence: u64) -> JsValue {
        let place = |value: usize| number(value as u64);
        let rect = Detail::new()
            .set("x", place(self.columns.start))
            .set("y", place(self.lines.start))
            .set("width", place(self.columns.len()))
            .set("height", place(self.lines.len()));
        Detail::new()
            .set("sequence", number(sequence))
            .set("rect", rect.done())
            .set("ofRegion", self.of_region)
            .set("components", self.measurement.measured().iter().map(component).collect::<Array>())
            .done()
    }
}

impl Session {
    /// Whether somebody wants measurements of frames.
    pub(super) fn is_measuring(&self) -> bool {
        self.measuring.wanted
    }

    /// Measures a part of the frame on the canvas.
    pub(super) fn measure(&self, part: Part) -> Result<Job, ProbeError> {
        self.measure_job(part, false)
    }

    /// Whether `measured` is said of frames, now and then.
    pub(super) fn set_measuring(&mut self, wanted: bool) {
        self.measuring.wanted = wanted;
        self.forget_measured();
        self.measure_when_due();
    }

    /// The part of frames that `measured` is said of; `None` for all of them.
    pub(super) fn set_region(&mut self, region: Option<Part>) {
        self.measuring.region = region;
        self.measure_when_due();
    }

    /// Another layout, or another listener: a frame is measured soon.
    pub(super) fn forget_measured(&mut self) {
        self.measuring.rhythm = Rhythm::default();
        self.drop_jobs(Kind::Measured);
    }

    /// Begins to measure the frame on the canvas where that is wanted and due.
    pub(super) fn measure_when_due(&mut self) {
        let Measuring { wanted, region, rhythm } = &self.measuring;
        let Some(shown) = self.shown.as_ref().filter(|shown| *wanted && shown.is_whole()) else { return };
        let (sequence, part) = (shown.header.sequence, region.unwrap_or(WHOLE));
        if !rhythm.is_due(sequence, &part, PAUSE_NANOS, MOVED_NANOS) {
            return;
        }
        // What cannot be decoded has been said when it was drawn; a region outside of the frame has nothing in it.
        if let Ok(job) = self.measure_job(part, region.is_some()) {
            self.measuring.rhythm.begin(sequence, part);
            self.begin(job);
        }
    }

    fn measure_job(&self, [x, y, width, height]: Part, of_region: bool) -> Result<Job, ProbeError> {
        let read = self.read()?.whole()?;
        let (frame_width, frame_height) = read.probe.size();
        let rest = |start: u32, end: usize| u32::try_from(end).unwrap_or(u32::MAX).saturating_sub(start);
        let (x, y) = (x.unwrap_or(0), y.unwrap_or(0));
        let width = width.unwrap_or_else(|| rest(x, frame_width));
        let height = height.unwrap_or_else(|| rest(y, frame_height));
        let (columns, lines) = read.within(x, y, width, height)?;
        let measurement = Measurement::new(read.probe.clone(), columns.clone(), lines.clone());
        let work = Measure { columns, lines, of_region, measurement };
        Ok(Job::new(&read, Kind::Measured, Box::new(work)))
    }
}

fn component(measured: &Measured) -> JsValue {
    let spread = |part: fn(&crate::convert::Spread) -> f64| {
        measured.spread.as_ref().map_or(JsValue::NULL, |spread| part(spread).into())
    };
    Detail::new()
        .set("name", measured.name.to_string())
        .set("depth", measured.depth)
        .set("count", number(measured.count))
        .set("min", spread(|spread| spread.min.into()))
        .set("max", spread(|spread| spread.max.into()))
        .set("mean", spread(|spread| spread.mean))
        .set("deviation", spread(|spread| spread.deviation))
        .set("usedBits", measured.used_bits)
        .set("zeros", number(measured.zeros))
        .set("saturated", number(measured.saturated))
        .set("bins", Uint32Array::from(measured.bins.as_slice()))
        .set("binCodes", measured.bin_codes)
        .done()
}
