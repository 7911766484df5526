//! The server's clock: monotonic nanoseconds since the process asked for the first time.
//!
//! Every time that leaves the process is on this clock, except PTS and running time, which are the pipeline's.

use std::sync::OnceLock;
use std::time::Instant;

/// Nanoseconds of the server's clock.
#[must_use]
pub fn now_nanos() -> u64 {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    u64::try_from(EPOCH.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}
