//! All streams of the program, and the bus messages of all pipelines: where pipelines and server meet.
//!
//! Knows neither GStreamer nor sockets.

use crate::history::{History, Total};
use crate::inspect::Inspect;
use crate::memory::Memory;
use crate::stream::Stream;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, watch};
use wire::control::{BusMessage, Policy, StreamState};

/// Bus messages a slow client may lag behind by; each is at most a few times [`wire::MAX_TEXT`] long.
const BUS_BACKLOG: usize = 128;
/// Bus messages kept for whoever comes later.
const SAID_MAX: usize = 64;

/// The streams by position, shared by pipelines, server and status line.
#[derive(Debug)]
pub struct Registry {
    policy: Policy,
    streams: Mutex<Vec<Arc<Stream>>>,
    pipelines: Mutex<Vec<Arc<dyn Inspect>>>,
    bus: broadcast::Sender<Arc<BusMessage>>,
    said: Mutex<VecDeque<Arc<BusMessage>>>,
    changes: watch::Sender<u64>,
    history: Option<Arc<History>>,
    memory: Arc<Memory>,
}

impl Registry {
    /// An empty registry whose streams follow `policy`, without a history.
    #[must_use]
    pub fn new(policy: Policy) -> Arc<Self> {
        Self::with_history(policy, None)
    }

    /// An empty registry whose streams follow `policy` and share a history.
    #[must_use]
    pub fn with_history(policy: Policy, history: Option<Arc<History>>) -> Arc<Self> {
        Self::within(Memory::default(), policy, history)
    }

    /// The same with an account of what all frames may take.
    #[must_use]
    pub fn within(memory: Memory, policy: Policy, history: Option<Arc<History>>) -> Arc<Self> {
        Arc::new(Self {
            policy,
            history,
            memory: Arc::new(memory),
            streams: Mutex::default(),
            pipelines: Mutex::default(),
            bus: broadcast::Sender::new(BUS_BACKLOG),
            said: Mutex::default(),
            changes: watch::Sender::new(0),
        })
    }

    /// Which frames viewers get.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Adds a stream under `wanted`, or `wanted-2`, `wanted-3`… if that is taken.
    pub fn add(&self, wanted: &str, pipeline: u32) -> Arc<Stream> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = |name: &str| streams.iter().any(|stream| stream.name() == name);
        let name = std::iter::once(wanted.to_owned())
            .chain((2..=u32::MAX).map(|n| format!("{wanted}-{n}")))
            .find(|name| !taken(name))
            .unwrap_or_default();
        let (changes, history) = (self.changes.clone(), self.history.clone());
        let stream = Stream::new(name, pipeline, self.policy, changes, history, Arc::clone(&self.memory));
        streams.push(Arc::clone(&stream));
        drop(streams);
        self.changes.send_modify(|version| *version += 1);
        stream
    }

    /// What the history holds of all streams; none where no history is kept.
    #[must_use]
    pub fn history(&self) -> Option<Total> {
        Some(self.history.as_ref()?.total())
    }

    /// What all frames take.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// All streams, in the order they were added.
    #[must_use]
    pub fn streams(&self) -> Vec<Arc<Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The stream of that name.
    #[must_use]
    pub fn stream(&self, name: &str) -> Option<Arc<Stream>> {
        self.streams().into_iter().find(|stream| stream.name() == name)
    }

    /// What `/streams` and `hello` say of all streams.
    #[must_use]
    pub fn states(&self) -> Vec<StreamState> {
        self.streams().iter().map(|stream| stream.state()).collect()
    }

    /// Adds a pipeline to those that can be looked at.
    pub fn add_pipeline(&self, pipeline: Arc<dyn Inspect>) {
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).push(pipeline);
    }

    /// All pipelines, in the order of the command line.
    #[must_use]
    pub fn pipelines(&self) -> Vec<Arc<dyn Inspect>> {
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands a bus message to all clients, and keeps it for later ones.
    pub fn post(&self, message: BusMessage) {
        let message = Arc::new(message);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == SAID_MAX {
            said.pop_front();
        }
        said.push_back(Arc::clone(&message));
        drop(said);
        // No receiver is no failure: nobody is looking.
        let _ = self.bus.send(message);
    }

    /// The newest bus messages, oldest first.
    #[must_use]
    pub fn said(&self) -> Vec<Arc<BusMessage>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Bus messages from now on; a receiver that lags loses the oldest and is told how many.
    #[must_use]
    pub fn bus(&self) -> broadcast::Receiver<Arc<BusMessage>> {
        self.bus.subscribe()
    }

    /// Signals every change of [`states`](Self::states) and of the number of subscribers.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_clash_get_a_number() {
        let registry = Registry::new(Policy::Latest);
        let names: Vec<_> = ["sink", "sink", "depth", "sink"]
            .iter()
            .map(|name| registry.add(name, 0).name().to_owned())
            .collect();
        assert_eq!(names, ["sink", "sink-2", "depth", "sink-3"]);
        assert!(registry.stream("sink-3").is_some());
        assert!(registry.stream("none").is_none());
    }
}
