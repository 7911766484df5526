//! The counts that account for every frame of one stream at one viewer.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Where each frame went, from the source to the socket, since the viewer subscribed.
///
/// Frames are numbered at the appsink's sink pad, so every number has one of the causes below:
/// `arrived = dropped + skipped + not_requested + abandoned + sent + pending`.
/// What the source itself lost was never numbered; `source_gap` estimates it from buffer offsets, or else PTS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Frames the source seems to have missed before the appsink.
    pub source_gap: u64,
    /// Frames that reached the appsink's sink pad.
    pub arrived: u64,
    /// Frames that reached the pad but never became a sample here: dropped in the appsink's queue, or refused.
    pub dropped: u64,
    /// Frames overtaken by a newer one before this viewer had a credit and room in its socket.
    pub skipped: u64,
    /// Frames that passed while this viewer was paused or hidden.
    pub not_requested: u64,
    /// Frames whose message was ended before its time.
    pub abandoned: u64,
    /// Frames sent whole.
    pub sent: u64,
    /// Frames neither sent nor passed over yet: the newest one, the one being written.
    pub pending: u64,
    /// Frames the viewer drew.
    pub drawn: u64,
    /// Frames the viewer received but did not draw, because a newer one was there.
    pub overtaken: u64,
    /// Frames the viewer received but did not draw, because they were late (see [`crate::LATE_AFTER_NANOS`]).
    pub late: u64,
    /// Frames the viewer received but could not or, being hidden, need not draw.
    pub undrawn: u64,
    /// Payload bytes of the frames sent whole.
    pub bytes_sent: u64,
}

impl Ledger {
    /// Whether every frame that arrived is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.arrived
            == self.dropped + self.skipped + self.not_requested + self.abandoned + self.sent + self.pending
    }

    /// Frames sent of which the viewer has not said what became of them.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.sent.saturating_sub(self.drawn + self.overtaken + self.late + self.undrawn)
    }
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        self.source_gap += other.source_gap;
        self.arrived += other.arrived;
        self.dropped += other.dropped;
        self.skipped += other.skipped;
        self.not_requested += other.not_requested;
        self.abandoned += other.abandoned;
        self.sent += other.sent;
        self.pending += other.pending;
        self.drawn += other.drawn;
        self.overtaken += other.overtaken;
        self.late += other.late;
        self.undrawn += other.undrawn;
        self.bytes_sent += other.bytes_sent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_has_a_cause() {
        let mut ledger =
            Ledger { arrived: 10, dropped: 1, skipped: 3, sent: 5, pending: 1, ..Ledger::default() };
        assert!(ledger.balances());
        ledger.drawn = 3;
        ledger.overtaken = 1;
        assert_eq!(ledger.in_flight(), 1);
        ledger.abandoned = 1;
        assert!(!ledger.balances());
    }
}
