//! Which frames the history keeps: pure policy, no frames, no locks, no clock.
//!
//! Frames of all streams share one bound in bytes; the oldest goes first, whichever stream it is of, so that what is
//! left covers the same time of each. Leased frames stay, within the bound: new ones use what is left.

use std::collections::BTreeMap;

/// What a frame takes besides its bytes: its header, and its place in the tables. Makes tiny frames cost something.
pub const OVERHEAD: u64 = 1024;

/// A frame's place in the order in which frames of all streams came; rises.
pub type Ticket = u64;

/// The frames that are kept, oldest first.
#[derive(Debug)]
pub struct Shelf {
    bound: u64,
    used: u64,
    leased: u64,
    next: Ticket,
    places: BTreeMap<Ticket, Place>,
}

/// One frame.
#[derive(Debug)]
struct Place {
    bytes: u64,
    leases: u32,
}

/// What is to be done about a new frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Under what to keep it; none if it does not fit beside what is leased.
    pub ticket: Option<Ticket>,
    /// What must go first, oldest first.
    pub evicted: Vec<Ticket>,
}

impl Shelf {
    /// An empty one for so many bytes, [`OVERHEAD`] of each frame included.
    #[must_use]
    pub fn new(bound: u64) -> Self {
        Self { bound, used: 0, leased: 0, next: 0, places: BTreeMap::new() }
    }

    /// Makes room for a frame of so many bytes.
    ///
    /// One that does not fit even when all that is not leased is gone leaves everything as it is.
    pub fn admit(&mut self, bytes: u64) -> Verdict {
        let bytes = bytes.saturating_add(OVERHEAD);
        if bytes > self.bound - self.leased {
            return Verdict { ticket: None, evicted: Vec::new() };
        }
        let (mut evicted, mut freed) = (Vec::new(), 0);
        for (ticket, place) in self.places.iter().filter(|(_, place)| place.leases == 0) {
            if self.used - freed + bytes <= self.bound {
                break;
            }
            freed += place.bytes;
            evicted.push(*ticket);
        }
        for ticket in &evicted {
            self.places.remove(ticket);
        }
        let ticket = self.next;
        self.next += 1;
        self.used = self.used - freed + bytes;
        self.places.insert(ticket, Place { bytes, leases: 0 });
        Verdict { ticket: Some(ticket), evicted }
    }

    /// Keeps a frame until it is [released](Self::release) as often; tells whether it is still there.
    pub fn lease(&mut self, ticket: Ticket) -> bool {
        let Some(place) = self.places.get_mut(&ticket) else { return false };
        if place.leases == 0 {
            self.leased += place.bytes;
        }
        place.leases += 1;
        true
    }

    /// Ends a lease; the frame then goes when its turn comes.
    pub fn release(&mut self, ticket: Ticket) {
        let Some(place) = self.places.get_mut(&ticket).filter(|place| place.leases > 0) else { return };
        place.leases -= 1;
        if place.leases == 0 {
            self.leased -= place.bytes;
        }
    }

    /// Bytes in use; never above the bound.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The bound in bytes.
    #[must_use]
    pub fn bound(&self) -> u64 {
        self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A shelf for so many frames of 1 KiB with overhead.
    fn shelf(frames: u64) -> Shelf {
        Shelf::new(frames * 2 * OVERHEAD)
    }

    fn admit(shelf: &mut Shelf) -> (Option<Ticket>, Vec<Ticket>) {
        let Verdict { ticket, evicted } = shelf.admit(OVERHEAD);
        (ticket, evicted)
    }

    #[test]
    fn the_oldest_goes_first() {
        let mut shelf = shelf(2);
        assert_eq!(admit(&mut shelf), (Some(0), vec![]));
        assert_eq!(admit(&mut shelf), (Some(1), vec![]));
        assert_eq!(admit(&mut shelf), (Some(2), vec![0]));
        assert_eq!(shelf.admit(3 * OVERHEAD), Verdict { ticket: Some(3), evicted: vec![1, 2] });
    }

    #[test]
    fn what_cannot_fit_costs_nobody_a_place() {
        let mut shelf = shelf(2);
        admit(&mut shelf);
        assert_eq!(shelf.admit(4 * OVERHEAD), Verdict { ticket: None, evicted: vec![] });
        assert_eq!(shelf.admit(u64::MAX), Verdict { ticket: None, evicted: vec![] });
        assert_eq!(shelf.used(), 2 * OVERHEAD);
        assert_eq!(Shelf::new(0).admit(0), Verdict { ticket: None, evicted: vec![] });
    }

    #[test]
    fn leased_frames_stay_and_new_ones_use_what_is_left() {
        let mut shelf = shelf(3);
        for _ in 0..3 {
            admit(&mut shelf);
        }
        assert!(shelf.lease(0) && shelf.lease(1) && shelf.lease(1));
        assert_eq!(admit(&mut shelf), (Some(3), vec![2]));
        assert_eq!(admit(&mut shelf), (Some(4), vec![3]));
        assert!(shelf.lease(4));
        assert_eq!(admit(&mut shelf), (None, vec![]));
        shelf.release(1);
        assert_eq!(admit(&mut shelf), (None, vec![]), "it was leased twice");
        shelf.release(1);
        assert_eq!(admit(&mut shelf), (Some(5), vec![1]));
        assert!(!shelf.lease(1), "it is gone");
        shelf.release(1);
    }

    #[test]
    fn the_bound_holds_and_the_newest_are_kept_for_any_sizes() {
        let mut state = 7_u64;
        let (bound, mut shelf) = (50 * OVERHEAD, Shelf::new(50 * OVERHEAD));
        let mut kept: VecDeque<(Ticket, u64)> = VecDeque::new();
        for _ in 0..10_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bytes = (state >> 33) % (60 * OVERHEAD);
            let Verdict { ticket, evicted } = shelf.admit(bytes);
            for gone in evicted {
                assert_eq!(kept.pop_front().map(|(ticket, _)| ticket), Some(gone));
            }
            assert_eq!(ticket.is_some(), bytes + OVERHEAD <= bound);
            if let Some(ticket) = ticket {
                kept.push_back((ticket, bytes + OVERHEAD));
            }
            let used: u64 = kept.iter().map(|(_, bytes)| bytes).sum();
            assert_eq!(shelf.used(), used);
            assert!(used <= bound);
        }
    }
}
