//! How many mapped buffers of one source may be held; beyond that, bytes are copied. Pure policy.
//!
//! A small pool (v4l2, decoders) stalls when its buffers are not given back: a pool of 3 with 3 held stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Buffers held where the pool may grow: the newest one, one being converted, and all that clients may hold.
const UNBOUNDED: usize = crate::stream::HELD_FRAMES_MAX + 2;
/// Buffers held where nothing is known of the pool, or where it is bounded but large enough.
const CAUTIOUS: usize = 2;
/// Buffers a bounded pool keeps for itself: one being filled, one in the appsink's queue.
const LEFT_TO_POOL: usize = 2;

/// What is known of where a buffer goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// It has none; its memory may still be of one (a copy that shares memory).
    None,
    /// A pool that allocates more when it is empty.
    Unbounded,
    /// A pool of so many buffers.
    Bounded(u32),
}

impl Pool {
    /// How many mapped buffers may be held at a time.
    pub(super) fn budget(self) -> usize {
        match self {
            Self::None => CAUTIOUS,
            Self::Unbounded => UNBOUNDED,
            Self::Bounded(buffers) => {
                usize::try_from(buffers).unwrap_or(usize::MAX).saturating_sub(LEFT_TO_POOL).min(CAUTIOUS)
            }
        }
    }
}

/// Counts the mapped buffers that are held.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

/// Leave to hold one mapped buffer; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Permit(Arc<AtomicUsize>);

impl Held {
    /// Takes leave to hold one more, while fewer than `budget` are held.
    pub(super) fn take(&self, budget: usize) -> Option<Permit> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| (held < budget).then_some(held + 1))
            .is_ok()
            .then(|| Permit(Arc::clone(&self.0)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pools_keep_their_buffers() {
        let budgets = [0, 1, 2, 3, 4, 5, 32].map(|buffers| Pool::Bounded(buffers).budget());
        assert_eq!(budgets, [0, 0, 0, 1, 2, 2, 2]);
        assert_eq!(Pool::None.budget(), 2);
        assert_eq!(Pool::Unbounded.budget(), 8);
    }

    #[test]
    fn a_permit_comes_back_when_dropped() {
        let held = Held::default();
        let first = held.take(1);
        assert!(first.is_some());
        assert!(held.take(1).is_none());
        assert!(held.take(2).is_some(), "a larger budget of another buffer counts the same held ones");
        drop(first);
        assert!(held.take(1).is_some());
        assert!(held.take(0).is_none());
    }
}
