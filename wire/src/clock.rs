//! Aligns two monotonic clocks over the socket: four time stamps an exchange, the sample of least round trip kept.
//!
//! The client notes when it asks ([`Exchange::client_sent`]) and when the answer is there; the server adds when it
//! received and when it answered. Half the round trip bounds the error, whatever the path's asymmetry.

use std::collections::VecDeque;

/// Exchanges remembered; at one a second the estimate follows a drifting clock within this many seconds.
const WINDOW: usize = 16;

/// The four time stamps of one exchange, in nanoseconds of the clock that took them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Client clock, when the question left.
    pub client_sent: u64,
    /// Server clock, when the question was read.
    pub server_received: u64,
    /// Server clock, when the answer was written.
    pub server_sent: u64,
    /// Client clock, when the answer was read.
    pub client_received: u64,
}

/// What the clocks differ by: server time = client time + `offset_nanos`, to within `uncertainty_nanos`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// Server clock minus client clock.
    pub offset_nanos: i64,
    /// Half the round trip of the exchange this comes from.
    pub uncertainty_nanos: u64,
}

/// Keeps the best of the latest exchanges.
#[derive(Clone, Debug, Default)]
pub struct Aligner {
    samples: VecDeque<Alignment>,
}

impl Exchange {
    /// The alignment this exchange alone gives; `None` when the time stamps are out of order.
    #[must_use]
    pub fn alignment(&self) -> Option<Alignment> {
        let there = i128::from(self.server_received) - i128::from(self.client_sent);
        let back = i128::from(self.server_sent) - i128::from(self.client_received);
        let round_trip = there - back;
        if self.client_received < self.client_sent
            || self.server_sent < self.server_received
            || round_trip < 0
        {
            return None;
        }
        Some(Alignment {
            offset_nanos: i64::try_from(there.midpoint(back)).ok()?,
            uncertainty_nanos: u64::try_from(round_trip / 2).ok()?,
        })
    }
}

impl Aligner {
    /// Takes one exchange into account.
    ///
    /// An exchange that contradicts the best one (their intervals do not meet) means that a clock jumped, as after a
    /// laptop slept: all older samples are forgotten.
    pub fn add(&mut self, exchange: Exchange) {
        let Some(new) = exchange.alignment() else { return };
        if self.best().is_some_and(|best| best.contradicts(&new)) {
            self.samples.clear();
        }
        if self.samples.len() == WINDOW {
            self.samples.pop_front();
        }
        self.samples.push_back(new);
    }

    /// The sample of least round trip.
    #[must_use]
    pub fn best(&self) -> Option<Alignment> {
        self.samples.iter().min_by_key(|sample| sample.uncertainty_nanos).copied()
    }
}

impl Alignment {
    /// A client time on the server's clock.
    #[must_use]
    pub fn to_server(&self, client_nanos: u64) -> i64 {
        i64::try_from(client_nanos).unwrap_or(i64::MAX).saturating_add(self.offset_nanos)
    }

    fn contradicts(&self, other: &Self) -> bool {
        // Two oscillators part by some tens of parts per million: below a millisecond over the window.
        const DRIFT_NANOS: u64 = 1_000_000;
        let apart = self.offset_nanos.abs_diff(other.offset_nanos);
        apart > self.uncertainty_nanos.saturating_add(other.uncertainty_nanos).saturating_add(DRIFT_NANOS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(offset: i64, there: u64, back: u64, at: u64) -> Exchange {
        let server = |client: u64| u64::try_from(i64::try_from(client).unwrap() + offset).unwrap();
        Exchange {
            client_sent: at,
            server_received: server(at + there),
            server_sent: server(at + there + 10),
            client_received: at + there + 10 + back,
        }
    }

    #[test]
    fn a_symmetric_path_gives_the_exact_offset() {
        let alignment = exchange(5_000, 300, 300, 1_000).alignment().unwrap();
        assert_eq!(alignment, Alignment { offset_nanos: 5_000, uncertainty_nanos: 300 });
        assert_eq!(alignment.to_server(100), 5_100);
    }

    #[test]
    fn the_error_stays_within_the_uncertainty() {
        for (there, back) in [(0, 900), (900, 0), (10, 2_000), (50_000, 3)] {
            let alignment = exchange(-700, there, back, 100_000).alignment().unwrap();
            assert!(alignment.offset_nanos.abs_diff(-700) <= alignment.uncertainty_nanos);
        }
    }

    #[test]
    fn the_quickest_exchange_wins_until_it_is_old() {
        let mut aligner = Aligner::default();
        aligner.add(exchange(50, 10, 10, 0));
        for round in 1..WINDOW as u64 {
            aligner.add(exchange(0, 500, 100, round * 1_000));
        }
        assert_eq!(aligner.best().unwrap().uncertainty_nanos, 10);
        aligner.add(exchange(0, 500, 100, 99_000));
        assert_eq!(aligner.best().unwrap().uncertainty_nanos, 300);
    }

    #[test]
    fn a_jump_forgets_what_was_known() {
        let mut aligner = Aligner::default();
        aligner.add(exchange(0, 10, 10, 0));
        aligner.add(exchange(8_000_000_000, 5_000, 5_000, 1_000_000));
        assert_eq!(aligner.best().unwrap().offset_nanos, 8_000_000_000);
    }

    #[test]
    fn nonsense_is_ignored() {
        let mut aligner = Aligner::default();
        aligner.add(Exchange { client_sent: 10, server_received: 5, server_sent: 1, client_received: 20 });
        aligner.add(Exchange { client_sent: 10, server_received: 1, server_sent: 500, client_received: 20 });
        assert_eq!(aligner.best(), None);
    }
}
