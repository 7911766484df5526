//! When the program has done enough, where that is asked for: a time, or frames of every stream.

use capture::Registry;
use capture::pipeline::Life;
use std::time::Duration;
use tokio::sync::watch;

/// How often frames are counted: nothing tells of each one.
const COUNT_EVERY: Duration = Duration::from_millis(20);

/// What is enough; nothing is where both are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) duration: Option<Duration>,
    pub(crate) frames: Option<u64>,
}

impl Limit {
    /// Ready when it is reached, or cannot be any more; whichever is first.
    pub(crate) async fn reached(self, registry: &Registry, lives: watch::Receiver<Vec<Life>>) {
        tokio::select! {
            () = passed(self.duration) => {}
            () = self.had_frames(registry, &lives) => {}
        }
    }

    /// Whether every stream has had the frames that were asked for.
    pub(crate) fn lacks_frames(self, registry: &Registry) -> bool {
        let wanted = self.frames.unwrap_or(0);
        registry.streams().iter().any(|stream| stream.counts().published < wanted)
    }

    async fn had_frames(self, registry: &Registry, lives: &watch::Receiver<Vec<Life>>) {
        if self.frames.is_none() {
            std::future::pending::<()>().await;
        }
        loop {
            // Looked at first: what was published before the end counts.
            let is_over = lives.borrow().iter().all(Life::is_over);
            if is_over || !self.lacks_frames(registry) {
                return;
            }
            tokio::time::sleep(COUNT_EVERY).await;
        }
    }
}

async fn passed(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
