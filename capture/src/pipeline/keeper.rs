//! The thread of one place on the command line: plays its pipeline, and builds another one when that is wanted.
//!
//! The streams stay the same all the while, with their names, viewers and counts.

use super::backoff::Backoff;
use super::build::build_ahead;
use super::built::Built;
use super::bus;
use super::description::Description;
use super::inspector::Inspector;
use super::play::Play;
use super::runner::{Life, LifeCell, Options};
use super::tap::{Carried, Tap};
use crate::clock;
use crate::registry::Registry;
use crate::sample::Convert;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tracing::subscriber::{NoSubscriber, with_default};
use wire::control::{BusKind, BusMessage};

/// How often a keeper that waits looks whether the program stops.
const TICK: Duration = Duration::from_millis(50);

/// Pipelines of one keeper that hang while they go down, at most: it builds no other one until one of them is gone.
const HANGING_MAX: usize = 4;

/// What a pipeline and those that follow it have in common.
pub(super) struct Own {
    pub(super) number: u32,
    pub(super) inspector: Arc<Inspector>,
    pub(super) registry: Arc<Registry>,
    pub(super) options: Options,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) life: LifeCell,
    /// Held once more by each pipeline that goes down, until it is gone.
    pub(super) down: Arc<()>,
}

/// A pipeline that is ready to play.
type Ready = (gst::Pipeline, Vec<Tap>);

/// Keeps one pipeline playing.
pub(super) struct Keeper {
    own: Own,
    asked: Description,
    convert: Convert,
    carried: Vec<Carried>,
    backoff: Backoff,
    /// Path of the newest pipeline.
    path: String,
}

impl Own {
    /// Whether the program stops.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Says something of the pipeline's life, in the log and to viewers.
    pub(super) fn say(&self, kind: BusKind, path: &str, text: String) {
        let (pipeline, source, at_nanos) = (self.number, path.to_owned(), clock::now_nanos());
        let message = BusMessage { pipeline, at_nanos, kind, source, text, debug: None };
        bus::log(&message);
        self.registry.post(message);
    }
}

impl Keeper {
    /// The keeper of a pipeline, and the pipeline.
    pub(super) fn new(own: Own, built: Built, carried: Vec<Carried>) -> (Self, Result<Ready, String>) {
        let (asked, convert) = (built.asked.clone(), built.convert.clone());
        let backoff = Backoff::new(own.options.delays);
        let mut keeper = Self { own, asked, convert, carried, backoff, path: String::new() };
        let first = keeper.ready(built);
        (keeper, first)
    }

    /// Plays pipelines until the program stops.
    pub(super) fn run(mut self, first: Result<Ready, String>) {
        let mut next = first;
        loop {
            let again_at = match next {
                Ok((pipeline, taps)) => {
                    let mut play = Play::new(&self.own, pipeline, taps);
                    let Some(why) = play.run() else { return play.take_down() };
                    self.path = play.path();
                    let delay = self.backoff.next(play.gave_frames(), fastrand::f64());
                    let again_at = Instant::now() + delay;
                    for stream in play.streams() {
                        stream.interrupt(why.clone());
                    }
                    announce(&self.own, &self.path, why, delay);
                    self.carried = play.replace(&self.convert);
                    again_at
                }
                Err(why) => {
                    let delay = self.backoff.next(Duration::ZERO, fastrand::f64());
                    for one in &self.carried {
                        one.stream.interrupt(why.clone());
                    }
                    announce(&self.own, &self.path, why, delay);
                    Instant::now() + delay
                }
            };
            if !self.waits_until(again_at) {
                return;
            }
            self.own.life.set(Life::Starting);
            next = self.rebuild();
        }
    }

    /// Waits, and for longer while too many pipelines hang; false if the program stops before.
    fn waits_until(&self, then: Instant) -> bool {
        let mut is_said = false;
        while !self.own.is_stopped() {
            let left = then.saturating_duration_since(Instant::now());
            let hanging = Arc::strong_count(&self.own.down) - 1;
            if left.is_zero() && hanging < HANGING_MAX {
                return true;
            }
            if left.is_zero() && !std::mem::replace(&mut is_said, true) {
                let text = format!(
                    "{hanging} pipelines hang while they go down; another one is built when one is gone"
                );
                self.own.say(BusKind::Warning, &self.path, text);
            }
            self.own.inspector.beat();
            thread::sleep(if left.is_zero() { TICK } else { left.min(TICK) });
        }
        false
    }

    fn rebuild(&mut self) -> Result<Ready, String> {
        // What there is to say of the description was said the first time.
        let built = with_default(NoSubscriber::new(), || build_ahead(&self.asked));
        self.ready(built.map_err(|error| error.to_string())?)
    }

    /// Gives the appsinks of a pipeline their streams.
    fn ready(&mut self, built: Built) -> Result<Ready, String> {
        let Built { pipeline, tapped, .. } = built;
        if tapped.len() != self.carried.len() {
            return Err(format!(
                "the pipeline had {} streams, and has {} when it is built again; name its appsinks in a description",
                self.carried.len(),
                tapped.len()
            ));
        }
        let policy = self.own.registry.policy();
        let carried = std::mem::take(&mut self.carried);
        let taps: Vec<_> = tapped
            .into_iter()
            .zip(carried)
            .map(|(tapped, carried)| Tap::new(tapped.sink, tapped.spelled, policy, carried))
            .collect();
        self.own.inspector.follow(&pipeline, &taps);
        Ok((pipeline, taps))
    }
}

/// Says that another pipeline takes the place of one, when and why.
fn announce(own: &Own, path: &str, why: String, delay: Duration) {
    own.inspector.failed(&why);
    let restarts = own.inspector.restarts();
    let text = format!("restarting in {:.1} s (restart {restarts}): {why}", delay.as_secs_f64());
    own.life.set(Life::Restarting { why });
    own.say(BusKind::Restarting, path, text);
}
