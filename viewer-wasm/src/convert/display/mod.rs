//! From sample values to what a screen shows: display range, gamma, colour maps, HDR to SDR, and what was observed.
//!
//! | item | what it does |
//! |---|---|
//! | [`Observer`] | finds extremes, used bits and percentiles of the codes of a frame |
//! | [`Levels`] | says which codes become black and white, and how that follows from frame to frame |
//! | [`Curve`] | makes bytes of the codes between those two, with gamma |
//! | [`ColorMap`] | makes colours of bytes of single-channel data |
//! | [`ToneMap`] | makes of PQ and HLG what an SDR screen can show |
//!
//! Numbers in, numbers out: nothing here knows a layout, a format or a clock.

mod colormap;
mod curve;
mod levels;
mod observe;
mod transfer;

pub use colormap::ColorMap;
pub use curve::Curve;
pub use levels::Levels;
pub use observe::{Observed, Observer, extremes, percentiles};
pub use transfer::ToneMap;
