//! How long the frames of a stream took: histograms in seconds, of all its viewers together.

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use std::time::Duration;

/// From a tenth of a millisecond to six seconds and a half, each bound twice the one before.
const BUCKETS: u16 = 17;
const FIRST: f64 = 1e-4;

/// Times of the frames that viewers are sent.
#[derive(Debug)]
pub struct Timings {
    /// From a frame's first byte to its last one in the socket.
    pub(super) send: Histogram,
    /// From a frame's arrival at the appsink to its last byte in the socket.
    pub(super) age_sent: Histogram,
    /// From a frame's arrival at the appsink to the viewer's word that it is drawn.
    pub(super) age_drawn: Histogram,
}

impl Default for Timings {
    fn default() -> Self {
        let histogram = || Histogram::new(exponential_buckets(FIRST, 2.0, BUCKETS));
        Self { send: histogram(), age_sent: histogram(), age_drawn: histogram() }
    }
}

impl Timings {
    /// A frame was sent whole.
    pub(crate) fn sent(&self, elapsed: Duration, age_nanos: u64) {
        self.send.observe(elapsed.as_secs_f64());
        self.age_sent.observe(seconds(age_nanos));
    }

    /// A viewer said that it drew a frame.
    pub(crate) fn drawn(&self, age_nanos: u64) {
        self.age_drawn.observe(seconds(age_nanos));
    }
}

fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}
