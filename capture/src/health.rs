//! Whether all is well, in a word: of each stream, and of all together. Pure policy; knows no clock.

use crate::stream::Stream;
use serde::Serialize;
use std::time::Duration;
use wire::control::{Phase, Policy};

/// How long a running stream may give no frame until it counts as stalled, unless the user said so.
pub const STALLED_AFTER: Duration = Duration::from_secs(10);

/// What can be said of a stream; of several streams, the greatest is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Its stream has ended as it should.
    Ended,
    /// Frames come, or would if somebody asked for them.
    Ready,
    /// No frame came yet.
    Starting,
    /// Its pipeline failed or ended, and another one takes its place.
    Restarting,
    /// It plays, and no frame comes any more.
    Stalled,
    /// It cannot be shown, or its pipeline failed.
    Failed,
}

impl Health {
    /// Of a stream.
    #[must_use]
    pub fn of(stream: &Stream, stalled_after: Duration, now_nanos: u64) -> Self {
        let newest = stream.newest();
        let newest = newest
            .as_ref()
            .map(|frame| Duration::from_nanos(now_nanos.saturating_sub(frame.header().arrival_nanos)));
        // The pipeline waits for viewers then.
        let waits = stream.policy() == Policy::Every && (stream.counts().viewers == 0 || stream.is_untaken());
        match stream.phase() {
            Phase::Failed => Self::Failed,
            Phase::Ended => Self::Ended,
            Phase::Waiting => Self::Starting,
            Phase::Restarting => Self::Restarting,
            Phase::Stalled => Self::Stalled,
            Phase::Running if !waits && newest.is_some_and(|age| age > stalled_after) => Self::Stalled,
            Phase::Running => Self::Ready,
        }
    }

    /// Of all; without any, nothing was started.
    #[must_use]
    pub fn of_all(each: impl IntoIterator<Item = Self>) -> Self {
        each.into_iter().max().unwrap_or(Self::Starting)
    }

    /// Whether nobody needs to look.
    #[must_use]
    pub fn is_well(self) -> bool {
        self <= Self::Ready
    }

    /// It in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Ready => "ready",
            Self::Starting => "starting",
            Self::Restarting => "restarting",
            Self::Stalled => "stalled",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_said_of_all() {
        use Health::{Ended, Failed, Ready, Restarting, Stalled, Starting};
        for (each, expected) in [
            (&[][..], Starting),
            (&[Ended, Ended], Ended),
            (&[Ended, Ready], Ready),
            (&[Ready, Starting], Starting),
            (&[Starting, Restarting], Restarting),
            (&[Stalled, Starting, Ready], Stalled),
            (&[Ready, Failed, Stalled], Failed),
        ] {
            assert_eq!(Health::of_all(each.iter().copied()), expected, "{each:?}");
            assert_eq!(expected.is_well(), matches!(expected, Ended | Ready));
        }
    }
}
