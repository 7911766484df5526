//! What a viewer counts since it subscribed, and the rates made of it.

use wire::Ledger;
use wire::control::Outcome;

/// Counts since the subscription; `received = drawn + overtaken + late + undrawn` plus what is still held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames received whole.
    pub received: u64,
    /// Frames reported as drawn.
    pub drawn: u64,
    /// Frames a newer one overtook.
    pub overtaken: u64,
    /// Frames reported as late, also those drawn after all because nothing newer came.
    pub late: u64,
    /// Frames that could not or need not be drawn.
    pub undrawn: u64,
    /// Frames that were cut short.
    pub abandoned: u64,
    /// Payload bytes received.
    pub bytes: u64,
}

/// Frames and bytes a second over the last interval; `None` where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Frames put on the canvas.
    pub drawn: Option<f64>,
    /// Frames that reached the server's appsink.
    pub source: Option<f64>,
    /// Frames that the server sent whole to this viewer.
    pub sent: Option<f64>,
    /// Payload bytes received.
    pub bytes: Option<f64>,
}

/// Counts frames and measures rates between calls of [`Tally::rates`].
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: Counts,
    put: u64,
    /// Sequence and arrival of the newest frame, on the server's clock.
    newest: Option<(u64, u64)>,
    last: Option<Mark>,
}

/// Where things stood when rates were last asked for.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: u64,
    put: u64,
    bytes: u64,
    newest: Option<(u64, u64)>,
    arrived: Option<u64>,
    sent: Option<u64>,
}

impl Tally {
    /// Begins anew, as the server's ledger does with a subscription.
    pub fn subscribed(&mut self) {
        *self = Self::default();
    }

    /// A frame was received whole.
    pub fn received(&mut self, sequence: u64, arrival_nanos: u64, bytes: u64) {
        self.counts.received += 1;
        self.counts.bytes += bytes;
        self.newest = Some((sequence, arrival_nanos));
    }

    /// A frame was cut short.
    pub fn abandoned(&mut self) {
        self.counts.abandoned += 1;
    }

    /// A frame was put on the canvas.
    pub fn put(&mut self) {
        self.put += 1;
    }

    /// A frame's outcome was reported.
    pub fn settled(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Drawn => &mut self.counts.drawn,
            Outcome::Overtaken => &mut self.counts.overtaken,
            Outcome::Late => &mut self.counts.late,
            Outcome::Undrawn => &mut self.counts.undrawn,
        } += 1;
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Rates since the last call; `ledger` is the server's newest.
    ///
    /// The source's rate is that of sequences over arrival times, which no jitter of the network disturbs; where no
    /// frames came, it is that of the ledger's count.
    pub fn rates(&mut self, now: u64, ledger: Option<&Ledger>) -> Rates {
        let mark = Mark {
            at: now,
            put: self.put,
            bytes: self.counts.bytes,
            newest: self.newest,
            arrived: ledger.map(|ledger| ledger.arrived),
            sent: ledger.map(|ledger| ledger.sent),
        };
        let Some(last) = self.last.replace(mark) else { return Rates::default() };
        let by_frames = match (last.newest, self.newest) {
            (Some((from, began)), Some((to, ended))) => rate(from, to, began, ended),
            _ => None,
        };
        let by_ledger = || rate(last.arrived?, mark.arrived?, last.at, now);
        let passed = |from: Option<u64>, to: Option<u64>| rate(from?, to?, last.at, now);
        Rates {
            drawn: passed(Some(last.put), Some(self.put)),
            source: by_frames.or_else(by_ledger),
            sent: passed(last.sent, mark.sent),
            bytes: passed(Some(last.bytes), Some(mark.bytes)),
        }
    }
}

/// Counts a second; `None` over no time, or when a count went back.
#[allow(clippy::cast_precision_loss, reason = "counts and nanoseconds of about a second")]
fn rate(from: u64, to: u64, began: u64, ended: u64) -> Option<f64> {
    let nanos = ended.checked_sub(began).filter(|&nanos| nanos > 0)?;
    Some(to.checked_sub(from)? as f64 * 1e9 / nanos as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn close(rate: Option<f64>, expected: f64) -> bool {
        rate.is_some_and(|rate| (rate - expected).abs() < 1e-3)
    }

    #[test]
    fn counts_add_up() {
        let mut tally = Tally::default();
        for (sequence, outcome) in
            (0..).zip([Outcome::Drawn, Outcome::Drawn, Outcome::Overtaken, Outcome::Late, Outcome::Undrawn])
        {
            tally.received(sequence, sequence, 10);
            tally.settled(outcome);
        }
        tally.abandoned();
        let counts = tally.counts();
        assert_eq!(counts.received, counts.drawn + counts.overtaken + counts.late + counts.undrawn);
        assert_eq!((counts.drawn, counts.abandoned, counts.bytes), (2, 1, 50));
    }

    #[test]
    fn the_source_rate_is_by_sequence_and_arrival() {
        let mut tally = Tally::default();
        tally.received(0, 0, 1);
        assert_eq!(tally.rates(SECOND, None), Rates::default());
        // Ten frames of thirty were sent, at 29.97 a second.
        for sequence in (3..=30).step_by(3) {
            tally.received(sequence, sequence * 1_001 * SECOND / 30_000, 1);
            tally.put();
        }
        let rates = tally.rates(2 * SECOND + 7_000_000, None);
        assert!(close(rates.source, 29.970_03), "{rates:?}");
        assert!(close(rates.drawn, 10.0 / 1.007), "{rates:?}");
    }

    #[test]
    fn without_frames_the_ledger_tells_the_source_rate() {
        let mut tally = Tally::default();
        tally.rates(0, Some(&Ledger { arrived: 100, ..Ledger::default() }));
        let rates = tally.rates(2 * SECOND, Some(&Ledger { arrived: 150, sent: 9, ..Ledger::default() }));
        let expected = Rates { drawn: Some(0.0), source: Some(25.0), sent: Some(4.5), bytes: Some(0.0) };
        assert_eq!(rates, expected);
    }

    #[test]
    fn bytes_a_second_are_those_received() {
        let mut tally = Tally::default();
        tally.received(0, 0, 77);
        tally.rates(SECOND, None);
        tally.received(1, SECOND, 600);
        tally.received(2, SECOND, 400);
        let rates = tally.rates(3 * SECOND, None);
        assert!(close(rates.bytes, 500.0) && rates.sent.is_none(), "{rates:?}");
    }
}
