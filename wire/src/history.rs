//! Frames of the past: what a lease says of each, and the codes of errors about them.

use serde::{Deserialize, Serialize};

/// Code of the error that the server keeps no history.
pub const NO_HISTORY: &str = "no_history";

/// Code of the error that a frame is asked for which is not leased.
pub const FRAME_GONE: &str = "frame_gone";

/// Code of the error that a frame is asked for while another one that was asked for has still to be begun.
pub const TOO_MANY_FETCHES: &str = "too_many_fetches";

/// Code of the error that a lease has lasted as long as leases do; its frames may go.
pub const LEASE_ENDED: &str = "lease_ended";

/// One leased frame, and what is missing between it and the one before it in the list.
///
/// `sequence` is that of the one before `+ 1 + dropped + not_kept`: the ledger's numbers, apart for each gap. Of the first
/// frame of a list, nothing is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeasedFrame {
    /// The frame's number at the appsink's sink pad.
    pub sequence: u64,
    /// When it reached the sink pad, on the server's monotonic clock.
    pub arrival_nanos: u64,
    /// Its presentation time stamp.
    pub pts_nanos: Option<u64>,
    /// Frames that reached the pad in between and never became a sample: dropped in the appsink's queue, or refused.
    pub dropped: u64,
    /// Frames that became one and are not held: there was no room beside leased frames, or they had to make room.
    pub not_kept: u64,
    /// Frames that the source seems to have missed in between; they have no number.
    pub source_gap: u64,
}
