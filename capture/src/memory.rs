//! How many bytes of frames are held in all, by whomever, and whether that is more than it should be.
//!
//! Knows neither frames nor what follows from it: [`Stream`](crate::Stream) lets viewers share what is held already.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One account for all frames of the program; unbounded unless said.
#[derive(Debug)]
pub struct Memory {
    held: AtomicU64,
    max: u64,
    /// Whether it was said that too much is held.
    is_told: AtomicBool,
}

/// Bytes that are counted for as long as this is there.
#[derive(Debug)]
pub(crate) struct Charge {
    memory: Arc<Memory>,
    bytes: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl Memory {
    /// An account that is spent at `max` bytes.
    #[must_use]
    pub fn new(max: u64) -> Self {
        Self { held: AtomicU64::new(0), max, is_told: AtomicBool::new(false) }
    }

    /// Bytes of all frames that are there now: newest ones, those that viewers hold, copies, encodings, the history.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether as much is held as may be.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.held() >= self.max
    }

    pub(crate) fn charge(self: &Arc<Self>, bytes: u64) -> Charge {
        let held = self.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if held >= self.max && !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{held} bytes of frames are held, and {} may be (--max-frame-memory): slow viewers get frames that are \
                 held already, and no files are made",
                self.max
            );
        }
        Charge { memory: Arc::clone(self), bytes }
    }
}

impl Charge {
    /// The same account charged with further bytes.
    pub(crate) fn again(&self, bytes: u64) -> Self {
        self.memory.charge(bytes)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let held = self.memory.held.fetch_sub(self.bytes, Ordering::Relaxed) - self.bytes;
        // It may be said again when it was better for a while, and not for each frame at the bound.
        if held < self.memory.max / 2 {
            self.memory.is_told.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_charged_comes_back() {
        let memory = Arc::new(Memory::new(10));
        let first = memory.charge(6);
        assert!(!memory.is_spent());
        let second = first.again(4);
        assert!(memory.is_spent());
        drop(first);
        assert_eq!((memory.held(), memory.is_spent()), (4, false));
        drop(second);
        assert_eq!(memory.held(), 0);
        assert!(!Memory::default().is_spent());
    }
}
