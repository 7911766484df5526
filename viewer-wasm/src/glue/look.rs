//! How frames are shown, what was observed of their codes, and the event that says so.

use super::held::Held;
use super::session::Session;
use super::{detail, host};
use crate::convert::display::{Levels, Observed};
use crate::convert::{ColorMode, Decoder, Facts, Observation, Picture};
use serde::Serialize;
use std::borrow::Cow;
use wire::CheckedLayout;
use wire::layout::Range;

/// Nanoseconds between two observations, at least: what is only read changes twice a second, what is followed sooner.
const READ_NANOS: u64 = 450_000_000;
const FOLLOW_NANOS: u64 = 200_000_000;
/// Observing takes no more than one part in so many of the time.
const SHARE: u64 = 40;

/// The picture that is wanted, and what follows the frames in it.
#[derive(Default)]
pub(super) struct Look {
    picture: Picture,
    /// Black and white, where they follow the frames.
    levels: Option<(u16, u16)>,
    observed: Option<Vec<Observed>>,
    /// The frame last observed, and the time from when on another may be.
    sequence: Option<u64>,
    due: u64,
}

impl Look {
    /// The picture with the levels of the frames in it.
    pub(super) fn effective(&self) -> Cow<'_, Picture> {
        match self.levels {
            Some((black, white)) if self.picture.levels.follows_frame() => {
                Cow::Owned(Picture { levels: Levels::Manual(black, white), ..self.picture.clone() })
            }
            _ => Cow::Borrowed(&self.picture),
        }
    }

    /// Another layout: what was observed is of other codes.
    pub(super) fn forget(&mut self) {
        self.levels = None;
        self.observed = None;
        self.sequence = None;
        self.due = 0;
    }

    fn see(&mut self, sequence: u64, observation: &Observation) {
        self.levels = observation.levels(self.picture.levels, self.levels);
        self.observed = Some(observation.observed());
        self.sequence = Some(sequence);
    }
}

impl Session {
    /// How frames are shown from now on; the one on the canvas is drawn again.
    pub(super) fn set_picture(&mut self, picture: Picture) {
        if self.look.picture == picture {
            return;
        }
        if self.look.picture.levels != picture.levels || self.look.picture.zero != picture.zero {
            self.look.forget();
        }
        self.look.picture = picture;
        self.redraw();
        self.say_picture();
    }

    /// Looks at a frame's codes before it is drawn, where its levels follow them and none has been seen.
    pub(super) fn observe_first(&mut self, frame: &Held) {
        if self.look.picture.levels.follows_frame() && self.look.levels.is_none() {
            self.observe(frame);
        }
    }

    /// Looks at the codes of the frame on the canvas, now and then, and says what they are.
    pub(super) fn observe_when_due(&mut self) {
        let now = host::now_nanos();
        let Some(shown) = self.shown.take() else { return };
        if now >= self.look.due && self.look.sequence != Some(shown.header.sequence) {
            let before = self.look.levels;
            self.observe(&shown);
            let took = host::now_nanos().saturating_sub(now);
            let pause = if self.look.picture.levels.follows_frame() { FOLLOW_NANOS } else { READ_NANOS };
            self.look.due = now + pause.max(took.saturating_mul(SHARE));
            self.shown = Some(shown);
            // While frames come, the next one is drawn by the new levels.
            if before != self.look.levels && self.gate.asks_for_none() {
                self.redraw();
            }
            self.say_picture();
        } else {
            self.shown = Some(shown);
        }
    }

    fn observe(&mut self, frame: &Held) {
        // What cannot be decoded or read has been said when it was drawn.
        if let Ok(decoder) = frame.layout.decoder(&self.look.effective(), frame.header.flags)
            && let Ok(observation) = self.screen.observe(&decoder, frame)
        {
            self.look.see(frame.header.sequence, &observation);
        }
    }

    /// Says how the frame on the canvas is shown.
    pub(super) fn say_picture(&mut self) {
        let Some(shown) = &self.shown else { return };
        let picture = self.look.effective();
        let Ok(decoder) = shown.layout.decoder(&picture, shown.header.flags) else { return };
        let said = |layout: &CheckedLayout| detail::json(&Said::new(&self.look, layout, &decoder));
        if let Ok(Some(detail)) = shown.layout.read_by(said) {
            self.say("picture", detail);
        }
    }
}

/// The detail of a `picture` event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    color: ColorMode,
    adjusted: bool,
    overrides: Vec<String>,
    matrix: &'a str,
    range: Range,
    chroma_site: Option<&'static str>,
    levels: SaidLevels,
    single_channel: bool,
    phase: Option<&'a str>,
    transfer: &'a str,
    primaries: &'a str,
    tone_mapped: bool,
    observed: Option<Vec<SaidComponent>>,
    converted: Option<SaidConverted<'a>>,
}

#[derive(Serialize)]
struct SaidLevels {
    mode: Levels,
    min: f64,
    max: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SaidComponent {
    name: char,
    depth: u8,
    min: u16,
    max: u16,
    used_bits: u8,
    unused_low: u8,
    unused_high: u8,
}

#[derive(Serialize)]
struct SaidConverted<'a> {
    format: &'a str,
}

impl<'a> Said<'a> {
    fn new(look: &'a Look, layout: &'a CheckedLayout, decoder: &'a Decoder) -> Self {
        let facts: &Facts = decoder.facts();
        let (min, max) = facts.levels;
        let component = |seen: &Observed| SaidComponent {
            name: seen.name,
            depth: seen.depth,
            min: seen.min,
            max: seen.max,
            used_bits: seen.used_bits(),
            unused_low: seen.unused_low(),
            unused_high: seen.unused_high(),
        };
        Self {
            color: facts.mode,
            adjusted: look.picture.is_adjusted(layout),
            overrides: look.picture.overrides(layout),
            matrix: &facts.matrix,
            range: facts.range,
            chroma_site: facts.chroma_site.map(crate::convert::ChromaSite::name),
            levels: SaidLevels { mode: look.picture.levels, min, max },
            single_channel: facts.is_single_channel,
            phase: facts.phase.as_deref(),
            transfer: &layout.color.transfer,
            primaries: &layout.color.primaries,
            tone_mapped: facts.is_tone_mapped,
            observed: look.observed.as_ref().map(|seen| seen.iter().map(component).collect()),
            converted: layout.converted.as_ref().map(|converted| SaidConverted { format: &converted.format }),
        }
    }
}
