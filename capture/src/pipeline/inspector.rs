//! Lets others look at a pipeline that plays, without holding it: once it is taken down, it is gone here too.

use super::graph::{self, Streams, pending_word, state_word};
use super::redact::clean;
use super::runner::Life;
use super::tap::Tap;
use crate::inspect::{Facts, Graph, Inspect, Latency};
use gst::glib;
use gst::prelude::*;
use std::sync::OnceLock;
use tokio::sync::watch;

/// One pipeline, from outside.
#[derive(Debug)]
pub(super) struct Inspector {
    pipeline: glib::WeakRef<gst::Pipeline>,
    sinks: Vec<(glib::WeakRef<gst::Element>, String)>,
    lives: watch::Receiver<Vec<Life>>,
    live: OnceLock<bool>,
    index: u32,
    name: String,
    description: String,
}

impl Inspector {
    pub(super) fn new(
        pipeline: &gst::Pipeline,
        index: u32,
        description: String,
        taps: &[Tap],
        lives: watch::Receiver<Vec<Life>>,
    ) -> Self {
        let sinks = taps.iter().map(|tap| (tap.element().downgrade(), tap.stream().name().to_owned()));
        Self {
            pipeline: pipeline.downgrade(),
            sinks: sinks.collect(),
            lives,
            live: OnceLock::new(),
            index,
            name: clean(&pipeline.name()),
            description,
        }
    }

    /// The pipeline reached PAUSED; what it turned out to be then, it stays.
    pub(super) fn set_live(&self, live: bool) {
        let _ = self.live.set(live);
    }

    fn life(&self) -> (&'static str, Option<String>) {
        let lives = self.lives.borrow();
        let life = usize::try_from(self.index).ok().and_then(|index| lives.get(index));
        let word = match life {
            None | Some(Life::Starting) => "starting",
            Some(Life::Running) => "running",
            Some(Life::Ended) => "ended",
            Some(Life::Failed { .. } | Life::NotStarted { .. }) => "failed",
        };
        (word, life.and_then(Life::failure).map(str::to_owned))
    }
}

impl Inspect for Inspector {
    fn facts(&self) -> Facts {
        let (life, failure) = self.life();
        let mut facts = Facts {
            index: self.index,
            name: self.name.clone(),
            description: self.description.clone(),
            state: state_word(gst::State::Null),
            pending: None,
            life,
            failure,
            live: self.live.get().copied(),
            latency: None,
            position_nanos: None,
            duration_nanos: None,
            streams: self.sinks.iter().map(|(_, name)| name.clone()).collect(),
        };
        let Some(pipeline) = self.pipeline.upgrade() else { return facts };
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
        let pipeline = self.pipeline.upgrade()?;
        let sinks = self.sinks.iter();
        let streams: Streams =
            sinks.filter_map(|(sink, name)| Some((sink.upgrade()?, name.clone()))).collect();
        Some(graph::of(&pipeline, self.index, &streams))
    }

    fn dot(&self) -> Option<String> {
        graph::dot(&self.pipeline.upgrade()?)
    }
}
