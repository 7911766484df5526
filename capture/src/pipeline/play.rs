//! One pipeline that plays: its bus, the state it should be in, its silence, and its end.

use super::bus;
use super::keeper::Own;
use super::runner::{Life, OnEos};
use super::silence::Silence;
use super::state::{self, Preroll, Situation};
use super::tap::{Carried, Tap};
use crate::sample::Convert;
use crate::stream::Stream;
use gst::MessageView;
use gst::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use wire::control::BusKind;

/// How often a pipeline's thread looks after what no bus message tells: viewers, silence, stopping.
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(50);
/// How long the end of the stream may take to travel through a pipeline that is stopped.
const EOS_MAX: gst::ClockTime = gst::ClockTime::from_mseconds(1000);
/// How long a pipeline that is replaced may take to go down; one that hangs longer is left behind.
const DOWN_MAX: Duration = Duration::from_secs(2);
/// Quality-of-service messages come with every late frame; of each element one is told in this time.
const QOS_EVERY: Duration = Duration::from_secs(1);

/// Rounds of `--on-eos loop`.
#[derive(Debug, Default)]
struct Rounds {
    /// Seeking to the start gave no frame, or is impossible.
    cannot_seek: bool,
    /// The round that ends now was begun by a seek.
    sought: bool,
    /// Frames that had arrived when it began.
    arrived: u64,
}

/// One pipeline that plays, on the thread of its [`Keeper`](super::keeper::Keeper).
pub(super) struct Play<'a> {
    own: &'a Own,
    pipeline: gst::Pipeline,
    taps: Vec<Tap>,
    preroll: Preroll,
    playing: bool,
    buffered_percent: i32,
    eos: bool,
    failure: Option<String>,
    silence: Silence,
    rounds: Rounds,
    qos_told: HashMap<String, Instant>,
}

impl<'a> Play<'a> {
    pub(super) fn new(own: &'a Own, pipeline: gst::Pipeline, taps: Vec<Tap>) -> Self {
        let arrived = taps.iter().map(Tap::arrived).sum();
        Self {
            own,
            pipeline,
            taps,
            preroll: Preroll::Pending,
            playing: false,
            buffered_percent: 100,
            eos: false,
            failure: None,
            silence: Silence::new(arrived, Instant::now()),
            rounds: Rounds { arrived, ..Rounds::default() },
            qos_told: HashMap::new(),
        }
    }

    /// Plays until the program stops; or, with the reason, until another pipeline is to take the place of this one.
    pub(super) fn run(&mut self) -> Option<String> {
        let bus = self.pipeline.bus()?;
        if let Some(why) = self.begin(&bus) {
            return Some(why);
        }
        while !self.own.is_stopped() {
            self.own.inspector.beat();
            if self.failure.is_none() {
                self.follow();
                if let Some(why) = self.watch() {
                    return Some(why);
                }
            }
            if let Some(why) = self.settle() {
                return Some(why);
            }
            if let Some(message) = bus.timed_pop(TICK) {
                self.handle(&message);
            }
        }
        None
    }

    /// Brings it to PAUSED; tells why another pipeline is to take the place of this one, if that is so.
    ///
    /// Elements may hang in it (a connection, a device), so that it has a thread of its own.
    fn begin(&mut self, bus: &gst::Bus) -> Option<String> {
        let (told, is_done) = mpsc::sync_channel(1);
        let pipeline = self.pipeline.clone();
        // Where there is no thread, nothing is told.
        let _ = thread::Builder::new().name(format!("start {}", self.own.number)).spawn(move || {
            let _ = told.send(pipeline.set_state(gst::State::Paused).is_ok());
        });
        let has_begun = loop {
            self.own.inspector.beat();
            match is_done.recv_timeout(TICK.into()) {
                Ok(has_begun) => break has_begun,
                Err(mpsc::RecvTimeoutError::Disconnected) => break false,
                Err(mpsc::RecvTimeoutError::Timeout) if self.own.is_stopped() => return None,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            if let Some(why) = self.watch() {
                return Some(why);
            }
        };
        if has_begun {
            self.taps.iter_mut().for_each(Tap::pull);
        } else {
            self.not_started(bus);
        }
        None
    }

    /// How long it gave frames.
    pub(super) fn gave_frames(&self) -> Duration {
        self.silence.gave_frames()
    }

    /// Follows the way to PAUSED, and the state that is wanted from there.
    fn follow(&mut self) {
        if self.preroll == Preroll::Pending {
            let (result, ..) = self.pipeline.state(gst::ClockTime::ZERO);
            self.preroll = match result {
                Ok(gst::StateChangeSuccess::Success) => Preroll::Done,
                Ok(gst::StateChangeSuccess::NoPreroll) => Preroll::Live,
                _ => return,
            };
            self.own.inspector.set_live(self.preroll == Preroll::Live);
            if self.preroll == Preroll::Live {
                tracing::debug!(pipeline = self.own.number, "the pipeline is live");
                for tap in &self.taps {
                    tap.set_live();
                }
            }
            self.own.life.set(Life::Running);
        }
        let plays = state::plays(Situation {
            policy: self.own.registry.policy(),
            viewers: self.taps.iter().map(|tap| tap.stream().counts().viewers).sum(),
            preroll: self.preroll,
            buffered_percent: self.buffered_percent,
        });
        if plays != self.playing {
            self.playing = plays;
            let target = if plays { gst::State::Playing } else { gst::State::Paused };
            if self.pipeline.set_state(target).is_err() {
                tracing::debug!(
                    pipeline = self.own.number,
                    ?target,
                    "the state change failed; the bus tells why"
                );
            }
        }
    }

    /// Looks whether frames come; tells why another pipeline is to take the place of this one, if that is so.
    fn watch(&mut self) -> Option<String> {
        let now = Instant::now();
        let has_begun = self.silence.has_begun();
        let arrived = self.taps.iter().map(Tap::arrived).sum();
        let is_due = self.is_frame_due();
        if self.silence.look(arrived, is_due, now) {
            let is_again = matches!(self.own.life.get(), Life::Stalled { .. });
            if is_again {
                self.own.life.set(Life::Running);
            }
            if is_again || (!has_begun && self.own.inspector.is_restarted()) {
                self.own.say(BusKind::Info, &self.path(), "frames come again".to_owned());
            }
        }
        let silent = self.silence.is_too_long(self.own.options.stall_timeout?, now)?;
        if matches!(self.own.life.get(), Life::Stalled { .. }) {
            return None;
        }
        let why = self.stall_in_words(silent);
        self.own.say(BusKind::Stalled, &self.path(), why.clone());
        if self.own.options.restarts_failures() {
            return Some(why);
        }
        self.own.inspector.failed(&why);
        for tap in &self.taps {
            tap.stream().stall(why.clone());
        }
        self.own.life.set(Life::Stalled { why });
        None
    }

    /// Whether a frame should come: it plays or begins to, has not ended, and waits for nobody.
    fn is_frame_due(&self) -> bool {
        let moves = self.playing || self.preroll == Preroll::Pending;
        let is_at_end = self.eos || self.own.life.get().is_over();
        let is_held_up = self.taps.iter().any(|tap| tap.stream().is_held_up());
        moves && !is_at_end && !is_held_up && !self.taps.is_empty()
    }

    /// Which streams are silent, for how long, and where to look.
    fn stall_in_words(&self, silent: Duration) -> String {
        let names: Vec<_> = self.taps.iter().map(|tap| format!("`{}`", tap.stream().name())).collect();
        let sources: Vec<_> = self
            .pipeline
            .iterate_sources()
            .into_iter()
            .filter_map(Result::ok)
            .map(|source| source.name().to_string())
            .collect();
        let first = if self.silence.has_begun() { "" } else { "first " };
        format!(
            "no {first}frame at {} for {:.1} s: check that the source ({}) is up and sends, and in the graph which \
             element the frames stop at",
            names.join(", "),
            silent.as_secs_f64(),
            sources.join(", "),
        )
    }

    /// Draws the consequences once everything there was is pulled; tells why another pipeline is to take the place of
    /// this one, if that is so.
    fn settle(&mut self) -> Option<String> {
        if !self.taps.iter().all(Tap::is_drained) {
            return None;
        }
        if let Some(why) = &self.failure {
            if self.own.options.restarts_failures() {
                return Some(why.clone());
            }
            if !self.own.life.get().is_over() {
                self.own.life.set(Life::Failed { why: why.clone() });
                // Nothing more comes: what it holds (devices, sockets) is given back.
                let _ = self.pipeline.set_state(gst::State::Null);
            }
        } else if self.eos {
            self.eos = false;
            if self.own.options.on_eos == OnEos::Loop && self.begin_again() {
                return None;
            }
            if self.own.options.restarts_ends() {
                return Some("the stream ended".to_owned());
            }
            for tap in &self.taps {
                tap.stream().end();
            }
            self.own.life.set(Life::Ended);
        }
        None
    }

    /// Begins at the start again, by seeking or else by a new start; not when a round gave no frame at all.
    fn begin_again(&mut self) -> bool {
        let arrived = self.taps.iter().map(Tap::arrived).sum();
        let was_empty = arrived == self.rounds.arrived;
        if was_empty && !self.rounds.sought {
            tracing::warn!(pipeline = self.own.number, "there is nothing to loop: no frame came");
            return false;
        }
        self.rounds.cannot_seek |= was_empty;
        self.rounds.arrived = arrived;
        for tap in &self.taps {
            tap.begin_again();
        }
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        self.rounds.sought =
            !self.rounds.cannot_seek && self.pipeline.seek_simple(flags, gst::ClockTime::ZERO).is_ok();
        if self.rounds.sought {
            return true;
        }
        self.rounds.cannot_seek = true;
        self.preroll = Preroll::Pending;
        self.playing = false;
        self.pipeline.set_state(gst::State::Ready).is_ok()
            && self.pipeline.set_state(gst::State::Paused).is_ok()
    }

    fn handle(&mut self, message: &gst::Message) {
        if let Some(words) = bus::in_words(message, &self.pipeline, self.own.number) {
            if words.kind == BusKind::Qos && !self.qos_is_due(&words.source) {
                return;
            }
            if self.failure.is_none() || words.kind != BusKind::Error {
                bus::log(&words);
            } else {
                tracing::debug!(
                    pipeline = self.own.number,
                    "{}: {} (a consequence)",
                    words.source,
                    words.text
                );
            }
            if words.kind == BusKind::Error {
                self.fail(format!("{}: {}", element_name(&words.source), words.text));
            }
            self.own.registry.post(words);
        }
        match message.view() {
            MessageView::Eos(_) => self.eos = true,
            MessageView::Application(_) if self.failure.is_none() && self.own.options.holds_ends() => {
                // Streams of one pipeline may end at different times.
                for tap in self.taps.iter().filter(|tap| tap.is_drained()) {
                    tap.stream().end();
                }
            }
            MessageView::Latency(_) if self.pipeline.recalculate_latency().is_err() => {
                tracing::debug!(pipeline = self.own.number, "the latency cannot be computed");
            }
            MessageView::Buffering(buffering) => self.buffered_percent = buffering.percent(),
            MessageView::ClockLost(_) if self.playing => {
                // Pausing and playing makes it choose another clock.
                let _ = self.pipeline.set_state(gst::State::Paused);
                self.playing = false;
            }
            MessageView::RequestState(request) => {
                let _ = self.pipeline.set_state(request.requested_state());
            }
            _ => {}
        }
    }

    fn qos_is_due(&mut self, source: &str) -> bool {
        let now = Instant::now();
        let due = self.qos_told.get(source).is_none_or(|told| now.duration_since(*told) >= QOS_EVERY);
        if due {
            self.qos_told.insert(source.to_owned(), now);
        }
        due
    }

    /// The first failure is the cause; those that follow are its consequences.
    fn fail(&mut self, why: String) {
        if self.failure.is_some() {
            return;
        }
        self.own.inspector.failed(&why);
        let fate = if self.own.options.restarts_failures() { Stream::interrupt } else { Stream::fail };
        for tap in &self.taps {
            tap.fail(&why, fate);
        }
        self.failure = Some(why);
    }

    /// The change to PAUSED failed at once: the bus has the reason.
    fn not_started(&mut self, bus: &gst::Bus) {
        while let Some(message) = bus.pop() {
            self.handle(&message);
        }
        self.fail("the pipeline cannot be started, and no element says why".to_owned());
        if !self.own.options.restarts_failures() {
            let why = self.failure.clone().unwrap_or_default();
            self.own.life.set(Life::NotStarted { why });
            let _ = self.pipeline.set_state(gst::State::Null);
        }
    }

    /// Its streams.
    pub(super) fn streams(&self) -> impl Iterator<Item = &Stream> {
        self.taps.iter().map(|tap| &**tap.stream())
    }

    /// The path of the pipeline, as its messages have it.
    pub(super) fn path(&self) -> String {
        self.pipeline.path_string().to_string()
    }

    /// Takes it down for good.
    pub(super) fn take_down(mut self) {
        for tap in &self.taps {
            tap.stream().close();
        }
        // Files are finished by EOS (a muxer on another branch); it travels only while the pipeline plays.
        if self.playing
            && !self.own.life.get().is_over()
            && self.failure.is_none()
            && self.pipeline.send_event(gst::event::Eos::new())
            && let Some(bus) = self.pipeline.bus()
        {
            bus.timed_pop_filtered(EOS_MAX, &[gst::MessageType::Eos, gst::MessageType::Error]);
        }
        down(&self.pipeline, &mut self.taps);
    }

    /// Takes it down for another one, which its streams wait for; one that hangs is left behind on its thread.
    pub(super) fn replace(self, convert: &Convert) -> Vec<Carried> {
        for tap in &self.taps {
            tap.stream().close();
        }
        let carried: Vec<_> = self.taps.iter().map(|tap| tap.hand_on(convert)).collect();
        let Self { own, pipeline, mut taps, .. } = self;
        let (done, is_done) = mpsc::sync_channel(1);
        let name = format!("down {}", own.number);
        let going = Arc::clone(&own.down);
        let spawned = thread::Builder::new().name(name).spawn(move || {
            down(&pipeline, &mut taps);
            drop((pipeline, taps, going));
            let _ = done.send(());
        });
        if spawned.is_err() || is_done.recv_timeout(DOWN_MAX).is_err() {
            own.inspector.left_behind();
            tracing::warn!(pipeline = own.number, "an element hangs; the pipeline is left behind as it is");
        }
        for one in &carried {
            one.stream.reopen();
        }
        carried
    }
}

/// What it holds (devices, sockets, threads) is given back.
fn down(pipeline: &gst::Pipeline, taps: &mut [Tap]) {
    if pipeline.set_state(gst::State::Null).is_err() {
        tracing::debug!(pipeline = %pipeline.name(), "the pipeline does not go to NULL");
    }
    for tap in taps {
        tap.stop();
    }
}

/// The last part of an element's path.
fn element_name(path: &str) -> &str {
    path.rsplit([':', '/']).next().unwrap_or(path)
}
