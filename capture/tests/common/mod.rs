//! What the pipeline tests share: plays pipelines through the library, takes every frame, and tells what came.
#![allow(dead_code, reason = "each test program uses a part of it")]

use capture::pipeline::{Built, Life, OnEos, Runner};
use capture::{Registry, Stream};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};
use wire::control::{Phase, Policy};
use wire::{CheckedLayout, FrameHeader};

/// A test that takes longer hangs.
pub(crate) const HANGS_AFTER: Duration = Duration::from_mins(1);

/// Payloads up to this size are kept, in bytes.
const KEPT_MAX: u64 = 100_000;

/// A frame that came. The frame itself is not kept: it would hold the source's buffer.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) header: FrameHeader,
    pub(crate) layout: Arc<CheckedLayout>,
    /// The payload, if it is small.
    pub(crate) bytes: Vec<u8>,
}

/// What one stream gave.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) frames: Vec<Taken>,
    pub(crate) arrived: u64,
    pub(crate) dropped: u64,
    pub(crate) source_gap: u64,
    pub(crate) phase: Phase,
    pub(crate) failure: Option<String>,
}

/// What a pipeline gave until it was over.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) streams: Vec<Seen>,
    pub(crate) life: Life,
}

impl Seen {
    /// `3xRGB:8x8,2xI420:33x21@20/1`: runs of frames of one layout; the rate is told if `rates` is.
    pub(crate) fn runs(&self, rates: bool) -> String {
        let mut runs: Vec<(String, usize)> = Vec::new();
        for frame in &self.frames {
            let layout = &frame.layout;
            let (n, d) = layout.framerate;
            let rate = if rates { format!("@{n}/{d}") } else { String::new() };
            let run = format!("{}:{}x{}{rate}", layout.format, layout.width, layout.height);
            match runs.last_mut() {
                Some((last, count)) if *last == run => *count += 1,
                _ => runs.push((run, 1)),
            }
        }
        runs.iter().fold(String::new(), |mut all, (run, count)| {
            let comma = if all.is_empty() { "" } else { "," };
            let _ = write!(all, "{comma}{count}x{run}");
            all
        })
    }
}

/// Pipelines that play, and somebody to look at them.
pub(crate) struct Player {
    pub(crate) runtime: Runtime,
    pub(crate) registry: Arc<Registry>,
    pub(crate) runner: Runner,
}

impl Player {
    pub(crate) fn start(built: Built, policy: Policy, on_eos: OnEos) -> Self {
        let registry = Registry::new(policy);
        let runner = Runner::start(vec![built], &registry, on_eos);
        Self { runtime: Runtime::new().unwrap(), registry, runner }
    }

    /// Takes every frame of every stream until the pipeline is over.
    pub(crate) fn play(mut self) -> Played {
        let lives = self.runner.lives();
        let viewers: Vec<_> = self
            .registry
            .streams()
            .into_iter()
            .map(|stream| {
                let lives = lives.clone();
                self.runtime.spawn(view(stream, lives))
            })
            .collect();
        let streams = self.runtime.block_on(async {
            let mut seen = Vec::new();
            for viewer in viewers {
                let one = tokio::time::timeout(HANGS_AFTER, viewer).await;
                seen.push(one.expect("the pipeline hangs").expect("the viewer panics"));
            }
            seen
        });
        let life = lives.borrow()[0].clone();
        let streams = streams
            .into_iter()
            .map(|(stream, frames)| {
                let (state, counts) = (stream.state(), stream.counts());
                Seen {
                    name: state.name,
                    frames,
                    arrived: counts.arrived,
                    dropped: counts.dropped,
                    source_gap: counts.source_gap,
                    phase: state.phase,
                    failure: state.failure,
                }
            })
            .collect();
        assert!(self.runner.stop(), "the pipeline does not stop");
        Played { streams, life }
    }

    /// Waits until `ready`; registry changes and ticks wake it.
    pub(crate) fn wait_until(&self, what: &str, ready: impl Fn(&Registry) -> bool) {
        let wait = async {
            while !ready(&self.registry) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        self.runtime.block_on(async {
            tokio::time::timeout(HANGS_AFTER, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
        });
    }
}

async fn view(stream: Arc<Stream>, mut lives: watch::Receiver<Vec<Life>>) -> (Arc<Stream>, Vec<Taken>) {
    let wake = Arc::new(Notify::new());
    let mut subscription = stream.subscribe(Arc::clone(&wake));
    let mut frames = Vec::new();
    loop {
        // Looked at first: what was published before the end is taken below.
        let over = lives.borrow_and_update()[0].is_over();
        while let Some(next) = subscription.next() {
            subscription.take(&next);
            let frame = next.frame;
            subscription.sent(&frame);
            let small = frame.header().payload_len <= KEPT_MAX;
            frames.push(Taken {
                header: *frame.header(),
                layout: Arc::clone(frame.layout()),
                bytes: if small { frame.pieces().collect::<Vec<_>>().concat() } else { Vec::new() },
            });
        }
        if over {
            assert!(subscription.ledger().balances(), "{:?}", subscription.ledger());
            return (stream, frames);
        }
        tokio::select! {
            () = wake.notified() => {}
            _ = lives.changed() => {}
        }
    }
}

/// Builds `text` and plays it to its end in policy `every`.
pub(crate) fn play(text: &str) -> Played {
    gst::init().unwrap();
    let built = capture::pipeline::build(&capture::pipeline::Description::one(text)).unwrap();
    Player::start(built, Policy::Every, OnEos::Hold).play()
}
