//! The stream beside another, or beside a frame of its own: pairs of frames, drawn on two layers, and how far they are
//! apart, in slices between frames. What is not done in time is skipped.

use super::compared::{Found, Pairing, said, said_nothing};
use super::described::Described;
use super::held::Held;
use super::held::Plain;
use super::lend::{Lending, Lent, Line, Port, held};
use super::probe::ProbeError;
use super::screen::{Canvas, Screen, ScreenError};
use super::{host, session::Session};
use crate::convert::{Difference, Probe, Side};
use crate::policy::{self, Stamp, Unpaired};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Frames of a stream that are kept for a partner to come: half a second of 30 a second.
const MOST_FRAMES: usize = 16;
/// Bytes of these, but for the newest.
const MOST_BYTES: usize = 64 << 20;
/// Nanoseconds from the beginning of one comparison to the next, at least.
const PAUSE_NANOS: u64 = 50_000_000;
/// Comparing takes no more than one part in so many of the time.
const SHARE: u64 = 3;
/// Nanoseconds of a slice, about; then whatever came meanwhile has its turn, and a frame is drawn.
const SLICE_NANOS: u64 = 3_000_000;
/// How often it is said that there is no pair.
const NO_PAIR_NANOS: u64 = 250_000_000;

/// All of a viewer that has to do with others.
#[derive(Default)]
pub(super) struct Compare {
    /// Index of the stream's pipeline.
    pub(super) pipeline: Option<u32>,
    pub(super) lending: Option<Lending>,
    layers: Option<[Screen; 2]>,
    held: Option<Rc<Held>>,
    active: Option<Active>,
}

struct Active {
    with: With,
    own: Shelf,
    other: Shelf,
    difference: bool,
    gain: u32,
    /// The pair that is on the layers.
    pair: Option<Rc<Found>>,
    /// Whether that has been compared, as it is drawn now.
    done: bool,
    job: Option<Job>,
    due: u64,
    complaint_due: u64,
}

enum With {
    Held(Rc<Held>),
    Other { line: Line, asked: bool, layout: Option<Rc<Described>>, apart: Option<&'static str> },
}

/// The newest frames, bounded in number and bytes.
#[derive(Default)]
struct Shelf(VecDeque<Rc<Held>>);

struct Job {
    pair: Rc<Found>,
    bytes: [Plain; 2],
    difference: Difference,
    rgba: Vec<u8>,
    began: u64,
    took: u64,
}

impl Shelf {
    fn put(&mut self, frame: Rc<Held>) {
        let time = |frame: &Held| frame.header.running_time_nanos;
        // Time that goes back is that of another run; and no number is there twice.
        let goes_on =
            |last: &Rc<Held>| last.header.sequence < frame.header.sequence && time(last) <= time(&frame);
        if !self.0.back().is_none_or(goes_on) {
            self.0.clear();
        }
        self.0.push_back(frame);
        let bytes = |frame: &Rc<Held>| frame.message.length() as usize;
        while self.0.len() > 1
            && (self.0.len() > MOST_FRAMES || self.0.iter().map(bytes).sum::<usize>() > MOST_BYTES)
        {
            self.0.pop_front();
        }
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.0.iter().map(|frame| stamp(frame)).collect()
    }
}

fn stamp(frame: &Held) -> Stamp {
    let rate = frame.layout.checked().map_or((0, 1), |layout| layout.framerate);
    let period = (u64::from(rate.1) * 1_000_000_000).checked_div(rate.0.into());
    Stamp {
        sequence: frame.header.sequence,
        running_time: frame.header.running_time_nanos,
        duration: frame.header.duration_nanos.or(period),
    }
}

impl Active {
    fn new(with: With, difference: bool, gain: u32) -> Self {
        Self {
            with,
            own: Shelf::default(),
            other: Shelf::default(),
            difference,
            gain,
            pair: None,
            done: false,
            job: None,
            due: 0,
            complaint_due: 0,
        }
    }

    /// The two frames to be compared now, or why there are none.
    fn choose(&self, is_still: bool) -> Result<Found, Unpaired> {
        let newest = self.own.0.back().ok_or(Unpaired::NoFrame)?;
        let apart = match &self.with {
            With::Held(held) => {
                return Ok(Found::new(newest, held, Pairing::Held));
            }
            With::Other { apart, .. } => *apart,
        };
        // While nothing moves, a partner that was found stays, whatever came after it.
        if is_still
            && apart.is_none()
            && let Some(pair) = self.pair.as_ref().filter(|pair| Rc::ptr_eq(&pair.one, newest))
        {
            return Ok(pair.as_ref().clone());
        }
        let pair = policy::pair(&self.own.stamps(), &self.other.stamps(), apart.is_none())?;
        let (Some(one), Some(other)) = (self.own.0.get(pair.one), self.other.0.get(pair.other)) else {
            return Err(Unpaired::NoFrame);
        };
        let pairing = match (pair.apart, apart) {
            (Some(nanos), _) => Pairing::RunningTime(nanos),
            (None, apart) => Pairing::Newest(apart.unwrap_or("no running times")),
        };
        Ok(Found::new(one, other, pairing))
    }
}

impl Compare {
    /// Whether frames are compared here, or lent to be.
    pub(super) fn is_on(&self) -> bool {
        self.active.is_some() || self.lending.as_ref().is_some_and(Lending::is_on)
    }
}

impl Session {
    /// Keeps the frame on the canvas, to compare with.
    pub(super) fn hold(&mut self) -> Result<JsValue, ProbeError> {
        let shown = self.shown.as_ref().ok_or(ProbeError::NoFrame)?;
        self.compare.held = Some(Rc::new(shown.clone()));
        Ok(held(shown))
    }

    /// The canvases that pairs are drawn on: the stream's own frame, and the other or the difference.
    pub(super) fn set_layers(&mut self, canvases: [Canvas; 2]) -> Result<(), JsValue> {
        let [front, back] = canvases;
        self.compare.layers = Some([Screen::new(front)?, Screen::new(back)?]);
        Ok(())
    }

    /// Compares with the frames that come over the port, or, without one, with the frame that was held.
    pub(super) fn compare_with(
        &mut self,
        port: Option<Port>,
        difference: bool,
        gain: u32,
    ) -> Result<(), ProbeError> {
        let with = match port {
            Some(port) => {
                let heard = self.later(|session, lent| session.borrowed(&lent));
                With::Other { line: Line::new(port, heard), asked: false, layout: None, apart: None }
            }
            None => With::Held(Rc::clone(self.compare.held.as_ref().ok_or(ProbeError::NoFrame)?)),
        };
        self.compare.active = Some(Active::new(with, difference, gain));
        self.compare_drawn();
        Ok(())
    }

    /// Shows the difference, or the other's frame, from now on.
    pub(super) fn set_comparison(&mut self, difference: bool, gain: u32) {
        if let Some(active) = &mut self.compare.active {
            (active.difference, active.gain) = (difference, gain);
        }
        self.compare_again();
    }

    /// Compares no more. What was held is forgotten.
    pub(super) fn end_comparison(&mut self) {
        self.compare.active = None;
        self.compare.held = None;
        for layer in self.compare.layers.iter_mut().flatten() {
            layer.blank();
        }
    }

    /// Another stream, or the same anew: its frames have other numbers.
    pub(super) fn forget_compared(&mut self) {
        self.compare.pipeline = None;
        if let Some(active) = &mut self.compare.active {
            active.own = Shelf::default();
            active.pair = None;
            active.job = None;
        }
    }

    /// A frame has been drawn: it may have a partner, or be one.
    pub(super) fn compare_drawn(&mut self) {
        self.lend_when_wanted();
        let (Some(active), Some(shown)) = (&mut self.compare.active, &self.shown) else { return };
        // A part of a frame is compared with nothing; whole ones are on their way.
        let is_new = active.own.0.back().is_none_or(|last| last.header.sequence != shown.header.sequence);
        if is_new && shown.is_whole() {
            active.own.put(Rc::new(shown.clone()));
        }
        self.borrow_more();
        self.compare_when_due();
    }

    /// Frames are drawn in another way: so are the layers.
    pub(super) fn compare_again(&mut self) {
        if let Some(active) = &mut self.compare.active {
            active.pair = None;
            active.job = None;
            active.due = 0;
        }
        self.compare_when_due();
    }

    /// Another viewer's frame has come.
    fn borrowed(&mut self, lent: &JsValue) {
        let (url, pipeline) = (self.url().to_owned(), self.compare.pipeline);
        let Some(active) = &mut self.compare.active else { return };
        let With::Other { asked, layout, apart, .. } = &mut active.with else { return };
        *asked = false;
        if let Some(lent) = Lent::read(lent, layout.as_ref()) {
            *apart = if lent.server.as_deref() != Some(url.as_str()) {
                Some("different servers")
            } else if lent.pipeline.is_none() || lent.pipeline != pipeline.map(f64::from) {
                Some("different pipelines")
            } else {
                None
            };
            *layout = Some(Rc::clone(&lent.frame.layout));
            active.other.put(Rc::new(lent.frame));
        }
        self.compare_when_due();
        self.borrow_more();
    }

    /// Asks the other viewer for a frame, where one is of use and there is time for it.
    fn borrow_more(&mut self) {
        let is_still = self.gate.asks_for_none();
        let Some(active) = &mut self.compare.active else { return };
        let is_busy = active.job.is_some();
        let With::Other { line, asked, apart, .. } = &mut active.with else { return };
        let is_found = is_still && apart.is_none() && active.pair.is_some();
        if !*asked && !is_busy && !is_found {
            *asked = true;
            line.ask();
        }
    }

    /// Draws the newest pair, and begins to compare it where that is due.
    pub(super) fn compare_when_due(&mut self) {
        let is_still = self.gate.asks_for_none();
        let now = host::now_nanos();
        let Some(active) = &mut self.compare.active else { return };
        let found = match active.choose(is_still) {
            Ok(found) => found,
            Err(why) => {
                if now >= active.complaint_due && active.pair.is_none() {
                    active.complaint_due = now + NO_PAIR_NANOS;
                    self.say("compared", said_nothing(why));
                }
                return;
            }
        };
        let pair = match &active.pair {
            Some(pair) if pair.is(&found) => Rc::clone(pair),
            _ => {
                let pair = Rc::new(found);
                active.pair = Some(Rc::clone(&pair));
                active.done = false;
                self.draw_layers(&pair);
                pair
            }
        };
        self.begin_comparison(pair, now);
    }

    fn begin_comparison(&mut self, pair: Rc<Found>, now: u64) {
        let Some(active) = &self.compare.active else { return };
        if active.done || active.job.is_some() || now < active.due {
            return;
        }
        let (gain, paints) = (active.gain, active.difference);
        let sides = self.side(&pair.one).and_then(|one| Ok((one, self.side(&pair.other)?)));
        let bytes = || Ok([pair.one.plain()?, pair.other.plain()?]);
        let difference = sides.and_then(|(one, other)| {
            let difference = Difference::new(&one, &other, gain).map_err(|error| error.to_string())?;
            let bytes = bytes().map_err(|error: ScreenError| error.to_string())?;
            Ok((difference, bytes))
        });
        match difference {
            Ok((difference, bytes)) => {
                let rgba = if paints { vec![0; difference.rgba_len()] } else { Vec::new() };
                let job = Job { pair, bytes, difference, rgba, began: now, took: 0 };
                if let Some(active) = &mut self.compare.active {
                    active.job = Some(job);
                }
                self.ask_for_slice();
            }
            Err(text) => {
                if let Some(active) = &mut self.compare.active {
                    active.done = true;
                    active.due = now + PAUSE_NANOS;
                }
                if paints && let Some([_, back]) = &mut self.compare.layers {
                    back.blank();
                }
                self.say("compared", said(&pair, None, &text));
            }
        }
    }

    /// Compares for a moment.
    pub(super) fn compare_slice(&mut self) {
        let Some(mut job) = self.compare.active.as_mut().and_then(|active| active.job.take()) else { return };
        let from = host::now_nanos();
        let mut goes_on = Ok(true);
        while let Ok(true) = goes_on
            && host::now_nanos().saturating_sub(from) < SLICE_NANOS
        {
            goes_on = job.step();
        }
        let now = host::now_nanos();
        job.took += now.saturating_sub(from);
        if let Some(active) = &mut self.compare.active {
            active.due = job.began + PAUSE_NANOS.max(job.took.saturating_mul(SHARE));
            if let Ok(true) = goes_on {
                active.job = Some(job);
                return self.ask_for_slice();
            }
            active.done = active.pair.as_ref().is_some_and(|pair| pair.is(&job.pair));
        }
        // Where the bytes are gone, the next pair is compared.
        if goes_on.is_ok() {
            let text = job.put(self.compare.layers.as_mut()).err().map(|error| error.to_string());
            self.say("compared", said(&job.pair, Some(&job.difference), &text.unwrap_or_default()));
        }
        self.borrow_more();
    }

    fn draw_layers(&mut self, pair: &Found) {
        let is_difference = self.compare.active.as_ref().is_some_and(|active| active.difference);
        let Some([mut front, mut back]) = self.compare.layers.take() else { return };
        // What cannot be decoded is said when it is compared.
        let draw = |screen: &mut Screen, frame: &Held| match frame
            .layout
            .decoder(&self.look.effective(), frame.header.flags)
        {
            Ok(decoder) => drop(screen.draw(&decoder, frame)),
            Err(_) => screen.blank(),
        };
        if !is_difference {
            draw(&mut front, &pair.one);
            draw(&mut back, &pair.other);
        }
        self.compare.layers = Some([front, back]);
    }

    /// What reads a frame: by its own layout, or by the one that is tried.
    fn side(&self, frame: &Held) -> Result<Side, String> {
        let flags = frame.header.flags;
        let decoder = frame.layout.decoder(&self.look.effective(), flags)?;
        let of_fields = frame.layout.is_of_fields(flags);
        let probe = frame.layout.read_by(|layout| Probe::new(layout, of_fields))?;
        let probe = probe.map_err(|error| error.to_string())?;
        Ok(Side { probe, decoder })
    }
}

impl Job {
    fn step(&mut self) -> Result<bool, ScreenError> {
        let [one, other] = &self.bytes;
        self.difference.step(|range| one.bytes(range), |range| other.bytes(range), &mut self.rgba)
    }

    /// Puts the picture of the difference on its layer, where one was painted.
    fn put(&mut self, layers: Option<&mut [Screen; 2]>) -> Result<(), ScreenError> {
        let Some([_, back]) = layers.filter(|_| !self.rgba.is_empty()) else { return Ok(()) };
        back.show(self.difference.size(), &mut self.rgba)
    }
}
