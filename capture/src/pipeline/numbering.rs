//! Numbers buffers as they reach an appsink, and finds the number of a sample that is pulled later. Pure policy.
//!
//! Appsink 1.22 does not count what it drops; the gaps in these numbers are its drops.

use crate::sample::Arrival;
use std::collections::VecDeque;
use wire::layout::Orientation;

/// Buffers between pad and puller that are remembered. An appsink that may queue more (its user said so) and does
/// not drop hands them out in order, so the number that follows the last one is then the right one.
const REMEMBERED_MAX: usize = 4096;

/// The numbers of the buffers between an appsink's pad and its puller.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    first: u64,
    next: u64,
    waiting: VecDeque<Waiting>,
    last_pulled: Option<u64>,
    /// What the source had missed before the last one that was pulled.
    source_gap: u64,
}

#[derive(Debug)]
struct Waiting {
    /// Address of the buffer; an address comes again once its buffer is freed or goes back to its pool.
    address: usize,
    arrival: Arrival,
}

/// From which end a pulled buffer is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The appsink drops the oldest: an address that was seen twice is the newer one, the older buffer is gone.
    Newest,
    /// The appsink drops nothing: the oldest is next.
    Oldest,
}

impl Numbering {
    /// Numbers that follow those of an appsink before, where so many buffers had arrived and so many been missed.
    pub(super) fn following(arrived: u64, source_gap: u64) -> Self {
        Self { first: arrived, next: arrived, source_gap, ..Self::default() }
    }

    /// Numbers a buffer that reached the pad; `source_gap` counts what the source has missed up to it.
    pub(super) fn arrive(&mut self, address: usize, nanos: u64, orientation: Orientation, source_gap: u64) {
        let sequence = self.next;
        self.next += 1;
        if self.waiting.len() == REMEMBERED_MAX {
            self.waiting.pop_front();
        }
        let arrival = Arrival { sequence, nanos, orientation, source_gap };
        self.waiting.push_back(Waiting { address, arrival });
    }

    /// Buffers that reached the pad, those of appsinks before included.
    pub(super) fn arrived(&self) -> u64 {
        self.next
    }

    /// The arrival of a buffer that is pulled now; all that came before it was dropped and is forgotten.
    pub(super) fn pull(&mut self, address: usize, search: Search, now_nanos: u64) -> Arrival {
        let found = match search {
            Search::Newest => self.waiting.iter().rposition(|one| one.address == address),
            Search::Oldest => self.waiting.iter().position(|one| one.address == address),
        };
        let arrival = found.and_then(|at| self.waiting.drain(..=at).next_back()).map_or_else(
            || Arrival {
                sequence: self.forgotten(),
                nanos: now_nanos,
                orientation: Orientation::default(),
                source_gap: self.source_gap,
            },
            |one| one.arrival,
        );
        self.source_gap = arrival.source_gap;
        self.last_pulled = Some(arrival.sequence);
        arrival
    }

    /// The arrival of a preroll buffer, if it is the first of all: it comes again as a sample.
    pub(super) fn preroll(&self, address: usize) -> Option<Arrival> {
        let first = self.waiting.front().filter(|one| one.address == address)?;
        self.last_pulled.is_none().then_some(first.arrival)
    }

    /// The number of a buffer that is not remembered: the one after the last, while that has been given out.
    fn forgotten(&self) -> u64 {
        let following = self.last_pulled.map_or(self.first, |last| last + 1);
        let limit = self.waiting.front().map_or(self.next, |one| one.arrival.sequence);
        following.min(limit.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(numbering: &mut Numbering, addresses: &[usize]) {
        for &address in addresses {
            numbering.arrive(address, 7, Orientation::default(), 0);
        }
    }

    #[test]
    fn what_is_dropped_leaves_a_gap() {
        let mut numbering = Numbering::default();
        arrive(&mut numbering, &[1, 2, 3]);
        assert_eq!(numbering.pull(3, Search::Newest, 0).sequence, 2);
        arrive(&mut numbering, &[4]);
        assert_eq!(numbering.pull(4, Search::Newest, 0).sequence, 3);
    }

    #[test]
    fn an_address_that_comes_again_is_the_newer_buffer() {
        let mut numbering = Numbering::default();
        arrive(&mut numbering, &[1, 2, 1]);
        assert_eq!(numbering.pull(1, Search::Newest, 0).sequence, 2);
    }

    #[test]
    fn one_buffer_pushed_twice_has_two_numbers() {
        let mut numbering = Numbering::default();
        arrive(&mut numbering, &[1, 1]);
        assert_eq!(numbering.pull(1, Search::Oldest, 0).sequence, 0);
        assert_eq!(numbering.pull(1, Search::Oldest, 0).sequence, 1);
    }

    #[test]
    fn a_long_queue_without_drops_is_numbered_on() {
        let mut numbering = Numbering::default();
        let all: Vec<usize> = (0..REMEMBERED_MAX + 10).collect();
        arrive(&mut numbering, &all);
        for address in all {
            assert_eq!(numbering.pull(address, Search::Oldest, 0).sequence, address as u64);
        }
    }

    #[test]
    fn preroll_is_the_first_frame_only() {
        let mut numbering = Numbering::default();
        arrive(&mut numbering, &[1, 2]);
        assert_eq!(numbering.preroll(2), None, "an earlier one waits");
        assert_eq!(numbering.preroll(1).map(|arrival| arrival.sequence), Some(0));
        numbering.pull(1, Search::Oldest, 0);
        assert_eq!(numbering.preroll(2), None, "frames flow already");
    }

    #[test]
    fn numbers_go_on_from_one_appsink_to_the_next() {
        let mut numbering = Numbering::following(40, 3);
        assert_eq!(numbering.arrived(), 40);
        arrive(&mut numbering, &[1]);
        assert_eq!(numbering.preroll(1).map(|arrival| arrival.sequence), Some(40));
        let forgotten = Numbering::following(40, 3).pull(9, Search::Newest, 5);
        assert_eq!((forgotten.sequence, forgotten.source_gap), (39, 3));
        assert_eq!(numbering.pull(1, Search::Newest, 5).sequence, 40);
    }

    #[test]
    fn numbers_are_never_made_up() {
        let mut numbering = Numbering::default();
        assert_eq!(numbering.pull(9, Search::Newest, 5).sequence, 0);
        arrive(&mut numbering, &[1]);
        assert_eq!(numbering.pull(1, Search::Newest, 5).sequence, 0);
        assert_eq!(numbering.pull(9, Search::Newest, 5).sequence, 0);
    }
}
