//! Plays pipelines, each on the thread of its keeper, and tells where each is in its life.

use super::backoff::Delays;
use super::built::Built;
use super::inspector::Inspector;
use super::keeper::{Keeper, Own};
use super::tap::Carried;
use crate::registry::Registry;
use gst::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wire::control::Policy;

/// How long stopping may take in all; what hangs longer is left behind.
const STOP_MAX: Duration = Duration::from_millis(1_400);

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

/// When another pipeline, built anew from the same description, takes the place of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Never.
    #[default]
    Never,
    /// After an error or a stall, also where it could not be started.
    OnFailure,
    /// After these, and at the end of its streams where [`OnEos::Hold`] would hold the last frames.
    Always,
}

/// What becomes of pipelines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What happens at the end of the streams.
    pub on_eos: OnEos,
    /// When pipelines are built anew.
    pub restart: Restart,
    /// The bounds of the wait before that.
    pub delays: Delays,
    /// How long no frame may come while frames are due; none for as long as it takes.
    pub stall_timeout: Option<Duration>,
}

impl Options {
    pub(super) fn restarts_failures(&self) -> bool {
        self.restart != Restart::Never
    }

    pub(super) fn restarts_ends(&self) -> bool {
        self.restart == Restart::Always && self.on_eos == OnEos::Hold
    }

    /// Whether streams that have ended say so.
    pub(super) fn holds_ends(&self) -> bool {
        self.on_eos != OnEos::Loop && !self.restarts_ends()
    }
}

impl From<OnEos> for Options {
    fn from(on_eos: OnEos) -> Self {
        Self { on_eos, ..Self::default() }
    }
}

/// Where a pipeline is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// On its way.
    Starting,
    /// It reached PAUSED.
    Running,
    /// It plays, and no frame came for too long; the next one ends that.
    Stalled {
        /// Which streams are silent, and where to look.
        why: String,
    },
    /// It failed or ended, and another pipeline takes its place.
    Restarting {
        /// The element and what it said, or that it ended.
        why: String,
    },
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

    /// Whether nothing comes by itself: it is over, or stalled and not restarted.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.is_over() || matches!(self, Self::Stalled { .. })
    }

    /// Why it failed, is stalled or is being restarted, if so.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Stalled { why }
            | Self::Restarting { why }
            | Self::Failed { why }
            | Self::NotStarted { why } => Some(why),
            Self::Starting | Self::Running | Self::Ended => None,
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
    pub fn start(pipelines: Vec<Built>, registry: &Arc<Registry>, options: impl Into<Options>) -> Self {
        let options = options.into();
        let count = pipelines.len();
        let (lives, receiver) = watch::channel(vec![Life::Starting; count]);
        let lives = Arc::new(lives);
        let stop = Arc::new(AtomicBool::new(false));
        let (done, all_done) = mpsc::sync_channel(count.max(1));
        let mut unnamed = 0..;
        let mut running = 0;
        for (index, built) in pipelines.into_iter().enumerate() {
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let carried: Vec<Carried> = built
                .tapped
                .iter()
                .map(|tapped| {
                    let name = tapped.name.clone();
                    let name = name.unwrap_or_else(|| format!("stream{}", unnamed.next().unwrap_or(0_u32)));
                    Carried::new(registry.add(&name, number), &built.convert)
                })
                .collect();
            let names = carried.iter().map(|one| one.stream.name().to_owned()).collect();
            let inspector = Inspector::new(number, built.description.clone(), names, receiver.clone());
            let inspector = Arc::new(inspector);
            registry.add_pipeline(inspector.clone());
            warn_of_tee(&built.pipeline, carried.len(), registry.policy());
            let own = Own {
                number,
                inspector,
                registry: Arc::clone(registry),
                options,
                stop: Arc::clone(&stop),
                life: LifeCell { index, lives: Arc::clone(&lives) },
                down: Arc::default(),
            };
            let (keeper, first) = Keeper::new(own, built, carried);
            let done = done.clone();
            let spawned = thread::Builder::new().name(format!("pipeline {index}")).spawn(move || {
                keeper.run(first);
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

/// The life of one pipeline among all.
pub(super) struct LifeCell {
    index: usize,
    lives: Arc<watch::Sender<Vec<Life>>>,
}

impl LifeCell {
    pub(super) fn get(&self) -> Life {
        self.lives.borrow()[self.index].clone()
    }

    pub(super) fn set(&self, life: Life) {
        self.lives.send_if_modified(|lives| {
            let changed = lives[self.index] != life;
            lives[self.index] = life;
            changed
        });
    }
}
