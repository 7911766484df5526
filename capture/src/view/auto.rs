//! Whether whole frames are possible for a view, and what is sent if they are not.
//!
//! Whole and raw while the link keeps up. If it does not: what can be seen, with a sample for each device pixel; then
//! encodings, each kept only if more frames are drawn with it; then larger steps, down to a rate that still looks alive.
//! What is finer is tried again when the link seems to allow it, more and more rarely where that fails.
//!
//! Pure policy: what was sent and drawn comes in with its time, the choice comes out.

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

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Layout;
    use wire::layout::{ByteOrder, Component, Family, Pixels, Plane, Region};

    /// Frames of three bytes a pixel.
    fn bgr(width: u32, height: u32) -> CheckedLayout {
        let component = |name, offset| Component {
            name,
            plane: 0,
            offset,
            pixel_stride: 3,
            depth: 8,
            shift: 0,
            w_sub: 0,
            h_sub: 0,
        };
        let components = vec![component('R', 2), component('G', 1), component('B', 0)];
        let length = u64::from(width) * u64::from(height) * 3;
        let layout = Layout {
            pixels: Pixels::Components { family: Family::Rgb, byte_order: ByteOrder::Little, components },
            planes: vec![Plane { stride: width * 3, offset: 0, length }],
            ..Layout::plain(width, height)
        };
        layout.check().unwrap()
    }

    /// A link and a viewer behind it.
    struct Link {
        bytes_per_second: f64,
        /// What encodings make of a byte, in the order of [`ENCODINGS`].
        gains: [f64; 2],
        /// Seconds that each frame takes besides.
        work: f64,
    }

    const LOOPBACK: Link = Link { bytes_per_second: 6e8, gains: [1.0, 1.0], work: 0.002 };
    const ETHERNET: Link = Link { bytes_per_second: 12e6, gains: [1.0, 1.0], work: 0.002 };

    /// Sends frames of a stream for so many seconds, newest first; gives the last choice and the rate drawn in the
    /// second half.
    fn run(link: &Link, layout: &CheckedLayout, view: &View, rate: f64, seconds: f64) -> (Choice, f64) {
        let mut auto = Auto::default();
        let (mut time, mut last, mut drawn) = (0.0_f64, None, 0);
        let mut choice = None;
        while time < seconds {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a minute has few frames"
            )]
            let (frame, now) = ((time * rate) as u64, (time * 1e9) as u64);
            if last == Some(frame) {
                time += 0.001;
                continue;
            }
            last = Some(frame);
            let chosen = auto.choose(layout, view, frame + 1, now);
            let raw = chosen.cut.byte_count(layout);
            let gain = index_of(chosen.encoding).map_or(1.0, |index| link.gains[index]);
            let sending = as_f64(raw) / gain / link.bytes_per_second;
            let waits = sending > 0.001;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than the frame")]
            let bytes = (as_f64(raw) / gain) as u64;
            auto.sent(raw, bytes, chosen.encoding, Duration::from_secs_f64(sending), waits);
            time += sending + link.work;
            auto.drawn();
            drawn += u32::from(time > seconds / 2.0);
            choice = Some(chosen);
        }
        (choice.unwrap(), f64::from(drawn) / (seconds / 2.0))
    }

    fn view(pixels: (u32, u32)) -> View {
        let encodings = vec![Encoding::Raw, Encoding::Lz4, Encoding::Residual];
        View { mode: ViewMode::Auto, pixels: Some(pixels), encodings, ..View::default() }
    }

    #[test]
    fn whole_and_raw_while_the_link_keeps_up() {
        let layout = bgr(1920, 1080);
        let (choice, rate) = run(&LOOPBACK, &layout, &view((480, 270)), 30.0, 10.0);
        assert_eq!(choice, Choice { cut: Cut::whole(&layout), encoding: Encoding::Raw });
        assert!(rate > 29.0, "{rate}");
    }

    #[test]
    fn what_the_screen_shows_when_whole_frames_are_too_much() {
        let layout = bgr(3840, 2160);
        let (choice, rate) = run(&LOOPBACK, &layout, &view((1280, 720)), 60.0, 10.0);
        assert_eq!((choice.cut.step, choice.encoding), ((3, 3), Encoding::Raw));
        assert!(rate > 57.0, "{rate}");
    }

    #[test]
    fn coarser_than_the_screen_rather_than_a_slide_show() {
        let layout = bgr(3840, 2160);
        let (choice, rate) = run(&ETHERNET, &layout, &view((1280, 720)), 60.0, 40.0);
        assert!(choice.cut.step.0 > 3 && choice.cut.step.0 <= 9, "{choice:?}");
        assert!(rate > 20.0, "{rate}");
    }

    #[test]
    fn what_is_seen_of_a_zoomed_picture() {
        let layout = bgr(3840, 2160);
        let visible = Region { x: 1000, y: 500, width: 160, height: 90 };
        let view = View { visible: Some(visible), ..view((1280, 720)) };
        let (choice, rate) = run(&ETHERNET, &layout, &view, 60.0, 10.0);
        assert_eq!(choice.cut, Cut { region: visible, step: (1, 1) });
        assert!(rate > 57.0, "{rate}");
    }

    #[test]
    fn an_encoding_is_kept_if_more_is_drawn_with_it() {
        let layout = bgr(640, 480);
        let link = Link { gains: [2.0, 1.0], ..ETHERNET };
        let (choice, rate) = run(&link, &layout, &view((640, 480)), 30.0, 20.0);
        assert_eq!((choice.cut.is_whole(&layout), choice.encoding), (true, Encoding::Residual));
        assert!(rate > 22.0, "{rate}");
        let link = Link { gains: [1.0, 3.0], ..ETHERNET };
        let (choice, _) = run(&link, &layout, &view((640, 480)), 30.0, 20.0);
        assert_eq!(choice.encoding, Encoding::Lz4);
        let none = View { encodings: vec![], ..view((640, 480)) };
        let (choice, _) = run(&link, &layout, &none, 30.0, 20.0);
        assert_eq!(choice.encoding, Encoding::Raw, "none was offered");
    }

    #[test]
    fn what_was_asked_for_by_name_is_done() {
        let layout = bgr(3840, 2160);
        let only = |mode, encoding| View { mode, encodings: vec![encoding], ..view((1280, 720)) };
        let (choice, _) = run(&ETHERNET, &layout, &only(ViewMode::Full, Encoding::Residual), 60.0, 20.0);
        assert_eq!(choice, Choice { cut: Cut::whole(&layout), encoding: Encoding::Residual });
        let (choice, _) = run(&LOOPBACK, &layout, &only(ViewMode::Fit, Encoding::Raw), 5.0, 20.0);
        assert_eq!((choice.cut.step, choice.encoding), ((3, 3), Encoding::Raw));
    }

    #[test]
    fn huge_frames_are_not_sent_to_a_link_that_nobody_knows() {
        let layout = bgr(3840, 2160);
        let choice = Auto::default().choose(&layout, &view((1280, 720)), 1, 0);
        assert_eq!(choice.cut.step, (3, 3));
        let (choice, _) = run(&LOOPBACK, &layout, &view((1280, 720)), 10.0, 10.0);
        assert!(choice.cut.is_whole(&layout), "ten a second are no trouble");
    }

    #[test]
    fn finer_frames_are_tried_less_and_less_often() {
        let mut rest = Rest::default();
        let mut lasts = Vec::new();
        for _ in 0..8 {
            rest.fail(0);
            lasts.push(rest.until / 1_000_000_000);
        }
        assert_eq!(lasts, [4, 8, 16, 32, 64, 128, 128, 128]);
    }
}
