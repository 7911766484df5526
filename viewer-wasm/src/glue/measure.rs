//! Histogram and statistics of the frame on the canvas: all at once when asked for, else in slices between frames.

use super::detail::{Detail, number};
use super::probe::{ProbeError, bytes_of};
use super::session::Session;
use super::{host, screen::ScreenError};
use crate::convert::{Measured, Measurement};
use js_sys::{Array, Uint8Array, Uint32Array};
use std::ops::Range;
use wasm_bindgen::prelude::*;

/// Nanoseconds from the beginning of one measurement to the next, at least: numbers that change faster cannot be read.
const PAUSE_NANOS: u64 = 450_000_000;
/// Measuring takes no more than one part in so many of the time.
const SHARE: u64 = 20;
/// Nanoseconds of a slice, about; then whatever came meanwhile has its turn, and a frame is drawn.
const SLICE_NANOS: u64 = 2_000_000;

/// What is measured while somebody wants it.
#[derive(Default)]
pub(super) struct Measuring {
    wanted: bool,
    job: Option<Job>,
    /// The frame last measured, and the time from when on another may be.
    sequence: Option<u64>,
    due: u64,
}

/// A frame that is being measured: it stays the same while others are drawn.
struct Job {
    rectangle: Rectangle,
    message: Uint8Array,
    /// Where the payload begins in the message.
    payload: usize,
    measurement: Measurement,
    began: u64,
    took: u64,
}

#[derive(Clone)]
struct Rectangle {
    sequence: u64,
    columns: Range<usize>,
    lines: Range<usize>,
}

impl Measuring {
    /// Another layout: a frame of it is measured soon.
    pub(super) fn forget(&mut self) {
        *self = Self { wanted: self.wanted, ..Self::default() };
    }
}

impl Job {
    fn step(&mut self) -> Result<bool, ScreenError> {
        self.measurement.step(|range| bytes_of(&self.message, self.payload, range))
    }

    fn said(&self) -> JsValue {
        said(&self.rectangle, &self.measurement.measured())
    }
}

impl Session {
    /// All there is to say of a rectangle of the frame on the canvas; what is not given reaches to the frame's end.
    pub(super) fn measure(
        &self,
        x: Option<u32>,
        y: Option<u32>,
        width: Option<u32>,
        height: Option<u32>,
    ) -> Result<JsValue, ProbeError> {
        let mut job = self.job(x, y, width, height)?;
        while job.step()? {}
        Ok(job.said())
    }

    /// Whether `measured` is said of frames, now and then.
    pub(super) fn set_measuring(&mut self, wanted: bool) {
        self.measuring = Measuring { wanted, ..Measuring::default() };
        self.measure_when_due();
    }

    /// Begins to measure the frame on the canvas where that is wanted and due.
    pub(super) fn measure_when_due(&mut self) {
        let Measuring { wanted, job, sequence, due } = &self.measuring;
        let shown = self.shown.as_ref().map(|shown| shown.header.sequence);
        if !wanted || job.is_some() || shown == *sequence || host::now_nanos() < *due {
            return;
        }
        // What cannot be decoded has been said when it was drawn.
        if let Ok(job) = self.job(None, None, None, None) {
            self.measuring.sequence = shown;
            self.measuring.job = Some(job);
            self.ask_for_slice();
        }
    }

    /// Measures for a moment.
    pub(super) fn measure_slice(&mut self) {
        let Some(mut job) = self.measuring.job.take() else { return };
        let from = host::now_nanos();
        let mut goes_on = Ok(true);
        while let Ok(true) = goes_on
            && host::now_nanos().saturating_sub(from) < SLICE_NANOS
        {
            goes_on = job.step();
        }
        job.took += host::now_nanos().saturating_sub(from);
        self.measuring.due = job.began + PAUSE_NANOS.max(job.took.saturating_mul(SHARE));
        match goes_on {
            Ok(true) => {
                self.measuring.job = Some(job);
                self.ask_for_slice();
            }
            Ok(false) => self.say("measured", job.said()),
            // The frame's bytes are gone; the next one is measured.
            Err(_) => {}
        }
    }

    fn job(
        &self,
        x: Option<u32>,
        y: Option<u32>,
        width: Option<u32>,
        height: Option<u32>,
    ) -> Result<Job, ProbeError> {
        let read = self.read()?;
        let (frame_width, frame_height) = read.probe.size();
        let rest = |start: u32, end: usize| u32::try_from(end).unwrap_or(u32::MAX).saturating_sub(start);
        let (x, y) = (x.unwrap_or(0), y.unwrap_or(0));
        let width = width.unwrap_or_else(|| rest(x, frame_width));
        let height = height.unwrap_or_else(|| rest(y, frame_height));
        let (columns, lines) = read.within(x, y, width, height)?;
        let rectangle = Rectangle {
            sequence: read.frame.header.sequence,
            columns: columns.clone(),
            lines: lines.clone(),
        };
        Ok(Job {
            rectangle,
            message: read.frame.message.clone(),
            payload: read.frame.payload.start,
            measurement: Measurement::new(read.probe, columns, lines),
            began: host::now_nanos(),
            took: 0,
        })
    }
}

fn said(rectangle: &Rectangle, measured: &[Measured]) -> JsValue {
    let Rectangle { sequence, columns, lines } = rectangle;
    let place = |value: usize| number(value as u64);
    let rect = Detail::new()
        .set("x", place(columns.start))
        .set("y", place(lines.start))
        .set("width", place(columns.len()))
        .set("height", place(lines.len()));
    Detail::new()
        .set("sequence", number(*sequence))
        .set("rect", rect.done())
        .set("components", measured.iter().map(component).collect::<Array>())
        .done()
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
