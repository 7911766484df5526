//! Decisions of the viewer as pure code: times are arguments, nothing here has a clock, a socket or a canvas.
//!
//! | type | what it decides |
//! |---|---|
//! | [`Gate`] | which received frame is drawn and what is said of each |
//! | [`Past`] | which frame of the past is fetched, and which are kept |
//! | [`Connection`] | the state shown to a person |
//! | [`Backoff`] | how long to wait before the next attempt |
//! | [`pair`] | which frames of two streams are compared |
//! | [`Tally`] | what is counted, and at which rates |
//! | [`Times`] | what frames take on their way |
//! | [`Recording`] | which received frames are kept |
//! | [`Verification`] | whether frames arrived as they left |
//! | [`Viewing`] | what of each frame the server is asked for |
//!
//! Times are nanoseconds of the viewer's monotonic clock, unless said otherwise.

mod backoff;
mod closing;
mod connection;
mod gate;
mod pairing;
mod past;
mod recording;
mod tally;
mod times;
mod verification;
mod view;

pub use backoff::Backoff;
pub use closing::{Closing, Verdict, closing, http_url, refusal};
pub use connection::{Connection, STALLED_AFTER_NANOS, State};
pub use gate::{Chosen, Gate};
pub use pairing::{Pair, Stamp, Unpaired, pair};
pub use past::{KEPT_BYTES, Past, Showing};
pub use recording::{End, Recording};
pub use tally::{Counts, Rates, Tally};
pub use times::{FrameTimes, Means, Times};
pub use verification::{Compared, Finding, Mismatch, Verification};
pub use view::{Needs, Viewing};
