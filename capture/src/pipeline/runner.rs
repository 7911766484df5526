//! Plays pipelines: one thread each reads the bus, follows the wanted state, and takes the pipeline down.

use super::built::Built;
use super::bus;
use super::inspector::Inspector;
use super::state::{self, Preroll, Situation};
use super::tap::Tap;
use crate::registry::Registry;
use crate::sample::Reader;
use gst::MessageView;
use gst::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wire::control::{BusKind, Policy};

/// How often a pipeline's thread looks after what no bus message tells: viewers, stopping.
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(50);
/// How long the end of the stream may take to travel through a pipeline that is stopped.
const EOS_MAX: gst::ClockTime = gst::ClockTime::from_mseconds(1000);
/// How long stopping may take in all; what hangs longer is left behind.
const STOP_MAX: Duration = Duration::from_millis(1_400);
/// Quality-of-service messages come with every late frame; of each element one is told in this time.
const QOS_EVERY: Duration = Duration::from_secs(1);

/// What happens when all streams of a pipeline have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEos {
    /// The last frames stay served.
    #[default]
    Hold,
    /// The program exits once all pipelines have ended. To a pipeline this is the same as holding.
    Exit,
    /// It begins again.
    Loop,
}

/// Where a pipeline is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// On its way.
    Starting,
    /// It reached PAUSED.
    Running,
    /// All its streams have ended and every frame was pulled.
    Ended,
    /// It failed while running; what came before was pulled.
    Failed {
        /// The element and what it said.
        why: String,
    },
    /// It could not be started at all.
    NotStarted {
        /// The element and what it said.
        why: String,
    },
}

impl Life {
    /// Whether nothing more comes.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Ended | Self::Failed { .. } | Self::NotStarted { .. })
    }

    /// Why it failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed { why } | Self::NotStarted { why } => Some(why),
            _ => None,
        }
    }
}

/// The pipelines that play. Dropping it stops them.
#[derive(Debug)]
pub struct Runner {
    lives: watch::Receiver<Vec<Life>>,
    stop: Arc<AtomicBool>,
    done: mpsc::Receiver<()>,
    running: usize,
}

impl Runner {
    /// Adds the streams of all pipelines to the registry, in order, and starts the pipelines.
    #[must_use]
    pub fn start(pipelines: Vec<Built>, registry: &Arc<Registry>, on_eos: OnEos) -> Self {
        let count = pipelines.len();
        let (lives, receiver) = watch::channel(vec![Life::Starting; count]);
        let lives = Arc::new(lives);
        let stop = Arc::new(AtomicBool::new(false));
        let (done, all_done) = mpsc::sync_channel(count.max(1));
        let mut unnamed = 0..;
        let mut running = 0;
        for (index, Built { pipeline, tapped, convert, description }) in pipelines.into_iter().enumerate() {
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let taps: Vec<Tap> = tapped
                .into_iter()
                .map(|tapped| {
                    let name =
                        tapped.name.unwrap_or_else(|| format!("stream{}", unnamed.next().unwrap_or(0_u32)));
                    let stream = registry.add(&name, number);
                    let reader = Reader::converting(stream.name(), convert.clone());
                    Tap::new(tapped.sink, tapped.spelled, stream, registry.policy(), reader)
                })
                .collect();
            let inspector = Arc::new(Inspector::new(&pipeline, number, description, &taps, receiver.clone()));
            registry.add_pipeline(inspector.clone());
            warn_of_tee(&pipeline, taps.len(), registry.policy());
            let play = Play {
                number,
                pipeline,
                taps,
                inspector,
                registry: Arc::clone(registry),
                on_eos,
                stop: Arc::clone(&stop),
                life: LifeCell { index, lives: Arc::clone(&lives) },
                preroll: Preroll::Pending,
                playing: false,
                buffered_percent: 100,
                eos: false,
                failure: None,
                rounds: Rounds::default(),
                qos_told: HashMap::new(),
            };
            let done = done.clone();
            let spawned = thread::Builder::new().name(format!("pipeline {index}")).spawn(move || {
                play.run();
                let _ = done.send(());
            });
            match spawned {
                Ok(_) => running += 1,
                Err(error) => lives.send_modify(|lives| {
                    lives[index] = Life::NotStarted { why: format!("no thread for the pipeline: {error}") };
                }),
            }
        }
        Self { lives: receiver, stop, done: all_done, running }
    }

    /// The lives of all pipelines, in order; the receiver is told of every change.
    #[must_use]
    pub fn lives(&self) -> watch::Receiver<Vec<Life>> {
        self.lives.clone()
    }

    /// Ends all pipelines: EOS, then NULL; waits a bounded time, and tells whether all ended in it.
    pub fn stop(&mut self) -> bool {
        self.stop.store(true, Ordering::Release);
        let deadline = Instant::now() + STOP_MAX;
        while self.running > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.done.recv_timeout(left) {
                Ok(()) => self.running -= 1,
                Err(mpsc::RecvTimeoutError::Timeout) => return false,
                // A thread that panicked sends nothing.
                Err(mpsc::RecvTimeoutError::Disconnected) => self.running = 0,
            }
        }
        true
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Branches that wait for different viewers can block each other at the tee.
fn warn_of_tee(pipeline: &gst::Pipeline, streams: usize, policy: Policy) {
    let has_tee =
        || pipeline.iterate_all_by_element_factory_name("tee").into_iter().any(|element| element.is_ok());
    if policy == Policy::Every && streams > 1 && has_tee() {
        tracing::warn!(
            "with --policy every, branches of a tee can block each other: view all of its streams, and put a queue \
             into each branch"
        );
    }
}

struct LifeCell {
    index: usize,
    lives: Arc<watch::Sender<Vec<Life>>>,
}

impl LifeCell {
    fn set(&self, life: Life) {
        self.lives.send_if_modified(|lives| {
            let changed = lives[self.index] != life;
            lives[self.index] = life;
            changed
        });
    }
}

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

/// One pipeline that plays, on its own thread.
struct Play {
    number: u32,
    pipeline: gst::Pipeline,
    taps: Vec<Tap>,
    inspector: Arc<Inspector>,
    registry: Arc<Registry>,
    on_eos: OnEos,
    stop: Arc<AtomicBool>,
    life: LifeCell,
    preroll: Preroll,
    playing: bool,
    buffered_percent: i32,
    eos: bool,
    failure: Option<String>,
    rounds: Rounds,
    qos_told: HashMap<String, Instant>,
}

impl Play {
    fn run(mut self) {
        let Some(bus) = self.pipeline.bus() else { return };
        match self.pipeline.set_state(gst::State::Paused) {
            Ok(_) => {
                for tap in &mut self.taps {
                    tap.pull();
                }
            }
            Err(_) => self.not_started(&bus),
        }
        while !self.stop.load(Ordering::Acquire) {
            if self.failure.is_none() {
                self.follow();
            }
            self.settle();
            if let Some(message) = bus.timed_pop(TICK) {
                self.handle(&message);
            }
        }
        self.take_down(&bus);
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
            self.inspector.set_live(self.preroll == Preroll::Live);
            if self.preroll == Preroll::Live {
                tracing::debug!(pipeline = self.number, "the pipeline is live");
                for tap in &self.taps {
                    tap.set_live();
                }
            }
            self.life.set(Life::Running);
        }
        let plays = state::plays(Situation {
            policy: self.registry.policy(),
            viewers: self.taps.iter().map(|tap| tap.stream().counts().viewers).sum(),
            preroll: self.preroll,
            buffered_percent: self.buffered_percent,
        });
        if plays != self.playing {
            self.playing = plays;
            let target = if plays { gst::State::Playing } else { gst::State::Paused };
            if self.pipeline.set_state(target).is_err() {
                tracing::debug!(
                    pipeline = self.number,
                    ?target,
                    "the state change failed; the bus tells why"
                );
            }
        }
    }

    /// Draws the consequences once everything there was is pulled.
    fn settle(&mut self) {
        if !self.taps.iter().all(Tap::is_drained) {
            return;
        }
        if let Some(why) = &self.failure {
            if !self.life.lives.borrow()[self.life.index].is_over() {
                self.life.set(Life::Failed { why: why.clone() });
                // Nothing more comes: what it holds (devices, sockets) is given back.
                let _ = self.pipeline.set_state(gst::State::Null);
            }
        } else if self.eos {
            self.eos = false;
            if self.on_eos == OnEos::Loop && self.begin_again() {
                return;
            }
            for tap in &self.taps {
                tap.stream().end();
            }
            self.life.set(Life::Ended);
        }
    }

    /// Begins at the start again, by seeking or else by a new start; not when a round gave no frame at all.
    fn begin_again(&mut self) -> bool {
        let arrived = self.taps.iter().map(Tap::arrived).sum();
        let was_empty = arrived == self.rounds.arrived;
        if was_empty && !self.rounds.sought {
            tracing::warn!(pipeline = self.number, "there is nothing to loop: no frame came");
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
        if let Some(words) = bus::in_words(message, &self.pipeline, self.number) {
            if words.kind == BusKind::Qos && !self.qos_is_due(&words.source) {
                return;
            }
            if self.failure.is_none() || words.kind != BusKind::Error {
                bus::log(&words);
            } else {
                tracing::debug!(pipeline = self.number, "{}: {} (a consequence)", words.source, words.text);
            }
            if words.kind == BusKind::Error {
                self.fail(format!("{}: {}", element_name(&words.source), words.text));
            }
            self.registry.post(words);
        }
        match message.view() {
            MessageView::Eos(_) => self.eos = true,
            MessageView::Application(_) if self.failure.is_none() && self.on_eos != OnEos::Loop => {
                // Streams of one pipeline may end at different times.
                for tap in self.taps.iter().filter(|tap| tap.is_drained()) {
                    tap.stream().end();
                }
            }
            MessageView::Latency(_) if self.pipeline.recalculate_latency().is_err() => {
                tracing::debug!(pipeline = self.number, "the latency cannot be computed");
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
        for tap in &self.taps {
            tap.fail(&why);
        }
        self.failure = Some(why);
    }

    /// The change to PAUSED failed at once: the bus has the reason.
    fn not_started(&mut self, bus: &gst::Bus) {
        while let Some(message) = bus.pop() {
            self.handle(&message);
        }
        self.fail("the pipeline cannot be started, and no element says why".to_owned());
        let why = self.failure.clone().unwrap_or_default();
        self.life.set(Life::NotStarted { why });
        let _ = self.pipeline.set_state(gst::State::Null);
    }

    fn take_down(&mut self, bus: &gst::Bus) {
        for tap in &self.taps {
            tap.stream().close();
        }
        // Files are finished by EOS (a muxer on another branch); it travels only while the pipeline plays.
        let is_over = self.life.lives.borrow()[self.life.index].is_over();
        if self.playing
            && !is_over
            && self.failure.is_none()
            && self.pipeline.send_event(gst::event::Eos::new())
        {
            bus.timed_pop_filtered(EOS_MAX, &[gst::MessageType::Eos, gst::MessageType::Error]);
        }
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::debug!(pipeline = self.number, "the pipeline does not go to NULL");
        }
        for tap in &mut self.taps {
            tap.stop();
        }
    }
}

/// The last part of an element's path.
fn element_name(path: &str) -> &str {
    path.rsplit([':', '/']).next().unwrap_or(path)
}
