//! What systemd is told, where it started the program: ready, still alive, stopping. Elsewhere nothing happens.

use capture::health::Health;
use capture::{Registry, clock};
use sd_notify::NotifyState;
use std::sync::Arc;
use std::time::Duration;

/// How often the line that `systemctl status` shows is looked at.
const REFRESH: Duration = Duration::from_secs(2);

/// How long the thread of a pipeline may give no sign of life; elements that connect may take some seconds.
const HANGS_AFTER: Duration = Duration::from_secs(20);

/// Connections are accepted.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The end has begun.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells how it goes, and, twice in each watchdog's time, that the program is alive, for as long as it is polled.
///
/// Alive is who gets here, and has pipelines whose threads are: one that hangs in an element only a new process ends.
pub(crate) async fn watch(registry: Arc<Registry>, stalled_after: Duration) {
    let watchdog = sd_notify::watchdog_enabled();
    let mut refresh = tokio::time::interval(watchdog.map_or(REFRESH, |limit| REFRESH.min(limit / 2)));
    let mut told = String::new();
    loop {
        refresh.tick().await;
        let status = status(&registry, stalled_after);
        if status != told {
            tell(&[NotifyState::Status(&status)]);
            told = status;
        }
        if watchdog.is_some() && are_alive(&registry) {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn are_alive(registry: &Registry) -> bool {
    let since = clock::now_nanos().saturating_sub(HANGS_AFTER.as_secs() * 1_000_000_000);
    registry.pipelines().iter().all(|pipeline| pipeline.course().beat_nanos >= since)
}

fn status(registry: &Registry, stalled_after: Duration) -> String {
    let now_nanos = clock::now_nanos();
    let streams = registry.streams();
    let viewers: usize = streams.iter().map(|stream| stream.counts().viewers).sum();
    let all = Health::of_all(streams.iter().map(|stream| Health::of(stream, stalled_after, now_nanos)));
    format!("{}; {} streams, {viewers} viewers", all.word(), streams.len())
}

fn tell(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd cannot be told");
    }
}
