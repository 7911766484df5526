//! Whether whole frames are possible for a view, and what is sent if they are not.
//!
//! Whole and raw while the link keeps up. If it does not: what can be seen, with a sample for each device pixel; then
//! encodings, each kept only if more frames are drawn with it; then larger steps, down to a rate that still looks alive.
//! What is finer is tried again when the link seems to allow it, more and more rarely where that fails.
//!
//! Pure policy: what was sent and drawn comes in with its time, the choice comes out.

#[cfg(test)]
mod tests;

use super::cut::{Cut, Grid};
use std::time::Duration;
use wire::CheckedLayout;
use wire::control::{View, ViewMode};
use wire::layout::Encoding;

/// What is judged together, in nanoseconds: long enough for some frames, short enough to notice.
const WINDOW_NANOS: u64 = 500_000_000;
/// Frames that a window has at least, unless it lasts [`WINDOW_MAX_NANOS`].
const WINDOW_FRAMES: u64 = 5;
/// After this, few frames are what there is to judge.
const WINDOW_MAX_NANOS: u64 = 2_000_000_000;
/// Frames a second that a screen shows.
const SCREEN_RATE: f64 = 60.0;
/// The rate that coarser samples are worth: below it, motion is no longer seen as motion.
const ALIVE_RATE: f64 = 25.0;
/// The share of the wanted rate that counts as keeping up.
const KEEPS_UP: f64 = 0.9;
/// The share of the link that a finer choice may be expected to take.
const SPARE: f64 = 0.7;
/// The share of the link that is aimed at where it is the bound.
const AIM: f64 = 0.85;
/// How much more an encoding has to draw.
const GAIN: f64 = 1.05;
/// How long what failed is not tried again, at first and at most; each failure doubles it.
const REST_NANOS: (u64, u64) = (4_000_000_000, 128_000_000_000);
/// Whole frames of more bytes are not sent before the link is known: a second at 100 Mbit/s.
const BOLD_BYTES: u64 = 12_000_000;
/// The weight of a new measurement.
const WEIGHT: f64 = 0.25;

/// What is sent now, and why.
#[derive(Debug, Default)]
pub(crate) struct Auto {
    level: Option<Level>,
    encoding: Encoding,
    window: Window,
    /// Windows in a row that did not keep up.
    behind: u32,
    /// Bytes a second that the link takes, where it was the bound.
    link: Option<f64>,
    /// Bytes of a frame over those it was sent as, by encoding.
    gains: [Option<f64>; ENCODINGS.len()],
    trial: Option<Trial>,
    finer: Rest,
    encodings: [Rest; ENCODINGS.len()],
}

/// Encodings that may be tried, in the order in which they are.
const ENCODINGS: [Encoding; 2] = [Encoding::Residual, Encoding::Lz4];

/// How much of a frame is sent; each further one is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// All of it.
    Full,
    /// What can be seen, in steps so many times larger than the screen wants.
    Seen(u32),
}

/// What happened since it began.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    since: Option<u64>,
    arrived: u64,
    drawn: u64,
    bytes: u64,
    /// The link was the bound of some frame.
    has_waited: bool,
}

/// What a window came to, a second.
#[derive(Clone, Copy, Debug)]
struct Rates {
    wanted: f64,
    drawn: f64,
    bytes: f64,
    has_waited: bool,
}

/// Something new is being tried, and what it has to beat.
#[derive(Clone, Copy, Debug)]
enum Trial {
    /// A finer level; before it, this was sent.
    Finer { before: (Level, Encoding) },
    /// An encoding, against the frames a second that were drawn before.
    Encoding { before: Encoding, rate: f64 },
}

/// What failed rests.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    until: u64,
    nanos: u64,
}

/// What is sent of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) cut: Cut,
    pub(crate) encoding: Encoding,
}

impl Auto {
    /// A frame was sent as `bytes` of its `raw` ones in `elapsed`; `has_waited` tells whether the link was the bound.
    pub(crate) fn sent(
        &mut self,
        raw: u64,
        bytes: u64,
        encoding: Encoding,
        elapsed: Duration,
        has_waited: bool,
    ) {
        if let Some(index) = index_of(encoding) {
            let gain = as_f64(raw) / as_f64(bytes.max(1));
            self.gains[index] = Some(blend(self.gains[index], gain));
        }
        self.window.bytes += bytes;
        self.window.has_waited |= has_waited;
        if has_waited {
            self.link = Some(blend(self.link, as_f64(bytes) / elapsed.as_secs_f64().max(1e-6)));
        }
    }

    /// Bytes a second that the link takes, as far as it has been the bound.
    pub(crate) fn link(&self) -> Option<u64> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate is no negative number"
        )]
        self.link.map(|rate| rate as u64)
    }

    /// A frame was drawn.
    pub(crate) fn drawn(&mut self) {
        self.window.drawn += 1;
    }

    /// Something else is wanted: what was learnt of the link and of encodings is still true.
    pub(crate) fn anew(&self) -> Self {
        Self { link: self.link, gains: self.gains, ..Self::default() }
    }

    /// Nothing is asked for: what happens now tells nothing of the link.
    pub(crate) fn interrupt(&mut self) {
        self.window = Window::default();
    }

    /// What to send of a frame with this layout, when `arrived` frames have come to the stream.
    pub(crate) fn choose(&mut self, layout: &CheckedLayout, view: &View, arrived: u64, now: u64) -> Choice {
        let forced = view.encodings.first().copied().filter(|_| !view.encodings.contains(&Encoding::Raw));
        if forced.is_some() {
            self.encoding = Encoding::Raw;
        }
        let grid = Grid::of(layout);
        let scene = Scene { layout, view, grid };
        if view.mode != ViewMode::Auto {
            self.level = None;
        } else if self.level.is_none() {
            let is_bold = Cut::whole(layout).byte_count(layout) <= BOLD_BYTES;
            self.level = Some(if is_bold { Level::Full } else { Level::Seen(0) });
        }
        if let Some(rates) = self.window.judged(view, arrived, now) {
            self.judge(&scene, rates, now);
        }
        Choice { cut: scene.cut(self.level), encoding: forced.unwrap_or(self.encoding) }
    }

    fn judge(&mut self, scene: &Scene, rates: Rates, now: u64) {
        let Rates { wanted, drawn, bytes, has_waited } = rates;
        let keeps_up = drawn >= wanted * KEEPS_UP;
        if !keeps_up && has_waited {
            // It was busy all the while: what single frames tell of it has the kernel's buffers in it.
            self.link = Some(bytes);
        }
        self.behind = if keeps_up { 0 } else { self.behind + 1 };
        match self.trial.take() {
            Some(Trial::Finer { before }) => {
                if keeps_up {
                    self.finer = Rest::default();
                } else {
                    (self.level, self.encoding) = (Some(before.0), before.1);
                    self.finer.fail(now);
                }
            }
            Some(Trial::Encoding { before, rate }) => {
                if let Some(index) = index_of(self.encoding)
                    && drawn < rate * GAIN
                {
                    self.encodings[index].fail(now);
                    self.encoding = before;
                }
            }
            None if keeps_up => self.refine(scene, wanted, now),
            // One window may be an accident.
            None if self.behind < 2 => {}
            None => self.relieve(scene, wanted, drawn, now),
        }
    }

    /// Tries what is finer, if the link seems to allow it.
    fn refine(&mut self, scene: &Scene, wanted: f64, now: u64) {
        if now < self.finer.until {
            return;
        }
        let before = (self.level.unwrap_or(Level::Full), self.encoding);
        if self.encoding != Encoding::Raw && scene.view.encodings.contains(&Encoding::Raw) {
            if self.fits(scene, self.level, Encoding::Raw, wanted, SPARE) {
                self.encoding = Encoding::Raw;
                self.trial = Some(Trial::Finer { before });
            }
            return;
        }
        let finer = match self.level {
            Some(Level::Seen(0)) => Level::Full,
            Some(Level::Seen(coarser)) => Level::Seen(coarser - 1),
            Some(Level::Full) | None => return,
        };
        // What is coarser than the screen gives way as soon as motion looks alive.
        let wanted = if finer == Level::Full { wanted } else { wanted.min(ALIVE_RATE) };
        if self.fits(scene, Some(finer), self.encoding, wanted, SPARE) {
            self.level = Some(finer);
            self.trial = Some(Trial::Finer { before });
        }
    }

    /// Sends less.
    fn relieve(&mut self, scene: &Scene, wanted: f64, drawn: f64, now: u64) {
        self.behind = 0;
        let least = wanted.min(ALIVE_RATE);
        if let Some(level @ Level::Full) = self.level
            && scene.cut(Some(level)) != scene.cut(Some(Level::Seen(0)))
        {
            self.finer.fail(now);
            self.level = Some(self.coarse_enough(scene, 0, least));
            return;
        }
        let untried = |encoding: &Encoding| {
            index_of(*encoding).is_some_and(|index| now >= self.encodings[index].until)
                && *encoding != self.encoding
        };
        if self.encoding == Encoding::Raw
            && let Some(encoding) = scene.encodings().find(untried)
        {
            self.trial = Some(Trial::Encoding { before: self.encoding, rate: drawn });
            self.encoding = encoding;
            return;
        }
        if drawn < least * KEEPS_UP && self.level.is_some() && scene.grid.is_some() {
            let now_at = if let Some(Level::Seen(coarser)) = self.level { coarser + 1 } else { 1 };
            self.finer.fail(now);
            self.level = Some(self.coarse_enough(scene, now_at, least));
        }
    }

    /// The least coarse level from `first` on that the link is expected to take at `rate`.
    fn coarse_enough(&self, scene: &Scene, first: u32, rate: f64) -> Level {
        let mut coarser = first;
        while !self.fits(scene, Some(Level::Seen(coarser)), self.encoding, rate, AIM)
            && scene.cut(Some(Level::Seen(coarser))) != scene.cut(Some(Level::Seen(coarser + 1)))
        {
            coarser += 1;
        }
        Level::Seen(coarser)
    }

    /// Whether `share` of the link takes `rate` frames a second; where it never was the bound, it does.
    fn fits(&self, scene: &Scene, level: Option<Level>, encoding: Encoding, rate: f64, share: f64) -> bool {
        let gain = index_of(encoding).and_then(|index| self.gains[index]).unwrap_or(1.0);
        let bytes = as_f64(scene.cut(level).byte_count(scene.layout)) / gain;
        self.link.is_none_or(|link| bytes * rate <= link * share)
    }
}

/// What is looked at, and how.
struct Scene<'a> {
    layout: &'a CheckedLayout,
    view: &'a View,
    grid: Option<Grid>,
}

impl Scene<'_> {
    fn cut(&self, level: Option<Level>) -> Cut {
        let (layout, view) = (self.layout, self.view);
        let Some(grid) = self.grid else { return Cut::whole(layout) };
        match (view.mode, level) {
            (ViewMode::Full, _) | (_, Some(Level::Full)) => Cut::whole(layout),
            (ViewMode::Fit, _) => Cut::fitted(grid, layout, view),
            (ViewMode::Region, _) => Cut::visible(grid, layout, view),
            (ViewMode::Auto, level) => {
                let coarser = if let Some(Level::Seen(coarser)) = level { coarser } else { 0 };
                let seen = Cut::seen(grid, layout, view);
                (0..coarser).try_fold(seen, |cut, _| cut.coarser(grid).ok_or(cut)).unwrap_or_else(|cut| cut)
            }
        }
    }

    fn encodings(&self) -> impl Iterator<Item = Encoding> {
        ENCODINGS.into_iter().filter(|encoding| self.view.encodings.contains(encoding))
    }
}

impl Window {
    /// What it came to, when there is enough to judge; then a new one begins.
    fn judged(&mut self, view: &View, arrived: u64, now: u64) -> Option<Rates> {
        let new = Self { since: Some(now), arrived, ..Self::default() };
        let Some(since) = self.since else {
            *self = new;
            return None;
        };
        let (nanos, frames) = (now.saturating_sub(since), arrived.saturating_sub(self.arrived));
        if nanos < WINDOW_NANOS || (frames < WINDOW_FRAMES && nanos < WINDOW_MAX_NANOS) {
            return None;
        }
        let seconds = Duration::from_nanos(nanos).as_secs_f64();
        let rate = view.rate.map_or(SCREEN_RATE, f64::from).min(SCREEN_RATE);
        let rates = Rates {
            wanted: (as_f64(frames) / seconds).min(rate),
            drawn: as_f64(self.drawn) / seconds,
            bytes: as_f64(self.bytes) / seconds,
            has_waited: self.has_waited,
        };
        *self = new;
        Some(rates)
    }
}

impl Rest {
    fn fail(&mut self, now: u64) {
        self.nanos = (self.nanos * 2).clamp(REST_NANOS.0, REST_NANOS.1);
        self.until = now.saturating_add(self.nanos);
    }
}

fn index_of(encoding: Encoding) -> Option<usize> {
    ENCODINGS.iter().position(|&known| known == encoding)
}

fn blend(old: Option<f64>, new: f64) -> f64 {
    old.map_or(new, |old| old + WEIGHT * (new - old))
}

#[allow(clippy::cast_precision_loss, reason = "bytes and frames are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
