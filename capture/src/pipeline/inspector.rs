//! Lets others look at a pipeline that plays, without holding it: once it is taken down, it is gone here too, until
//! another one takes its place.

use super::graph::{self, Streams, pending_word, state_word};
use super::redact::clean;
use super::runner::Life;
use super::tap::Tap;
use crate::clock;
use crate::inspect::{Course, Facts, Graph, Inspect, Latency};
use gst::glib;
use gst::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// One pipeline, from outside, and those that took its place.
#[derive(Debug)]
pub(super) struct Inspector {
    index: u32,
    description: String,
    streams: Vec<String>,
    lives: watch::Receiver<Vec<Life>>,
    now: Mutex<Now>,
    beat_nanos: AtomicU64,
}

/// The pipeline that plays now, and what became of those before.
#[derive(Clone, Debug, Default)]
struct Now {
    pipeline: glib::WeakRef<gst::Pipeline>,
    sinks: Vec<glib::WeakRef<gst::Element>>,
    name: String,
    /// Whether it is live, once it is known.
    live: Option<bool>,
    restarts: u64,
    left_behind: u64,
    last_failure: Option<String>,
}

impl Inspector {
    pub(super) fn new(
        index: u32,
        description: String,
        streams: Vec<String>,
        lives: watch::Receiver<Vec<Life>>,
    ) -> Self {
        let beat_nanos = AtomicU64::new(clock::now_nanos());
        Self { index, description, streams, lives, now: Mutex::default(), beat_nanos }
    }

    /// The pipeline's thread does its work.
    pub(super) fn beat(&self) {
        self.beat_nanos.store(clock::now_nanos(), Ordering::Relaxed);
    }

    /// Looks at this pipeline from now on.
    pub(super) fn follow(&self, pipeline: &gst::Pipeline, taps: &[Tap]) {
        let mut now = self.now();
        now.pipeline = pipeline.downgrade();
        now.sinks = taps.iter().map(|tap| tap.element().downgrade()).collect();
        now.name = clean(&pipeline.name());
        now.live = None;
    }

    /// The pipeline reached PAUSED; what it turned out to be then, it stays.
    pub(super) fn set_live(&self, live: bool) {
        self.now().live = Some(live);
    }

    /// The pipeline failed, is stalled, or ended where it is to go on.
    pub(super) fn failed(&self, why: &str) {
        self.now().last_failure = Some(why.to_owned());
    }

    /// Whether another pipeline was before this one.
    pub(super) fn is_restarted(&self) -> bool {
        self.now().restarts > 0
    }

    /// Another pipeline is about to take its place; tells how often that has happened.
    pub(super) fn restarts(&self) -> u64 {
        let mut now = self.now();
        now.restarts += 1;
        now.restarts
    }

    /// A pipeline did not go down in time.
    pub(super) fn left_behind(&self) {
        self.now().left_behind += 1;
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // Nothing under this lock panics; if it did, going on with what is there is the better failure.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn life(&self) -> (&'static str, Option<String>) {
        let lives = self.lives.borrow();
        let life = usize::try_from(self.index).ok().and_then(|index| lives.get(index));
        let word = match life {
            None | Some(Life::Starting) => "starting",
            Some(Life::Running) => "running",
            Some(Life::Stalled { .. }) => "stalled",
            Some(Life::Restarting { .. }) => "restarting",
            Some(Life::Ended) => "ended",
            Some(Life::Failed { .. } | Life::NotStarted { .. }) => "failed",
        };
        (word, life.and_then(Life::failure).map(str::to_owned))
    }
}

impl Inspect for Inspector {
    fn course(&self) -> Course {
        let (life, _) = self.life();
        let now = self.now();
        let (restarts, left_behind) = (now.restarts, now.left_behind);
        drop(now);
        let beat_nanos = self.beat_nanos.load(Ordering::Relaxed);
        Course { index: self.index, life, restarts, left_behind, beat_nanos }
    }

    fn facts(&self) -> Facts {
        let (life, failure) = self.life();
        // Elements are asked without the lock: they may hold locks of their own for long.
        let now = self.now().clone();
        let mut facts = Facts {
            index: self.index,
            name: now.name,
            description: self.description.clone(),
            state: state_word(gst::State::Null),
            pending: None,
            life,
            failure,
            restarts: now.restarts,
            left_behind: now.left_behind,
            last_failure: now.last_failure,
            live: now.live,
            latency: None,
            position_nanos: None,
            duration_nanos: None,
            streams: self.streams.clone(),
        };
        let Some(pipeline) = now.pipeline.upgrade() else { return facts };
        let (_, state, pending) = pipeline.state(gst::ClockTime::ZERO);
        facts.state = state_word(state);
        facts.pending = pending_word(pending);
        // On the way, elements may hold their locks for long; and before PAUSED none of them knows.
        if state >= gst::State::Paused && facts.pending.is_none() {
            let mut query = gst::query::Latency::new();
            if pipeline.query(&mut query) {
                let (_, min, max) = query.result();
                facts.latency =
                    Some(Latency { min_nanos: min.nseconds(), max_nanos: max.map(gst::ClockTime::nseconds) });
            }
            let position = pipeline.query_position::<gst::ClockTime>();
            facts.position_nanos = position.map(gst::ClockTime::nseconds);
            let duration = pipeline.query_duration::<gst::ClockTime>();
            facts.duration_nanos = duration.map(gst::ClockTime::nseconds);
        }
        facts
    }

    fn graph(&self) -> Option<Graph> {
        let now = self.now().clone();
        let pipeline = now.pipeline.upgrade()?;
        let sinks = now.sinks.iter().zip(&self.streams);
        let streams: Streams =
            sinks.filter_map(|(sink, name)| Some((sink.upgrade()?, name.clone()))).collect();
        Some(graph::of(&pipeline, self.index, &streams))
    }

    fn dot(&self) -> Option<String> {
        let pipeline = self.now().pipeline.upgrade()?;
        graph::dot(&pipeline)
    }
}
