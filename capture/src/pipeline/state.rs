//! Which state a pipeline should be in. Pure policy.

use wire::control::Policy;

/// What is known of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation {
    /// Which frames viewers get.
    pub(super) policy: Policy,
    /// Viewers of all its streams.
    pub(super) viewers: usize,
    /// Whether it reached PAUSED, and was live then.
    pub(super) preroll: Preroll,
    /// How full its buffers are.
    pub(super) buffered_percent: i32,
}

/// How far a pipeline is on its way to PAUSED.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preroll {
    /// On its way.
    Pending,
    /// There; it makes frames as they are wanted.
    Done,
    /// There; it makes frames when it plays, as they come.
    Live,
}

/// Whether the pipeline should play; otherwise it waits in PAUSED.
pub(super) fn plays(now: Situation) -> bool {
    match now.preroll {
        Preroll::Pending => false,
        Preroll::Live => wanted(now),
        Preroll::Done => wanted(now) && now.buffered_percent >= 100,
    }
}

/// In policy `every` frames wait for somebody to see them.
fn wanted(now: Situation) -> bool {
    now.policy == Policy::Latest || now.viewers > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Situation =
        Situation { policy: Policy::Latest, viewers: 0, preroll: Preroll::Done, buffered_percent: 100 };

    #[test]
    fn latest_plays_for_nobody_too() {
        assert!(plays(NOW));
        assert!(!plays(Situation { preroll: Preroll::Pending, ..NOW }));
    }

    #[test]
    fn every_waits_for_a_viewer() {
        let every = Situation { policy: Policy::Every, ..NOW };
        assert!(!plays(every));
        assert!(plays(Situation { viewers: 1, ..every }));
        assert!(!plays(Situation { preroll: Preroll::Live, ..every }));
    }

    #[test]
    fn files_wait_for_their_buffer_and_live_sources_do_not() {
        let filling = Situation { buffered_percent: 40, ..NOW };
        assert!(!plays(filling));
        assert!(plays(Situation { preroll: Preroll::Live, ..filling }));
    }
}
