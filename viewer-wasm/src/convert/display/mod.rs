//! From sample values to what a screen shows: display range, gamma, colour maps, HDR to SDR, and what was observed.
//!
//! | module | what it holds |
//! |---|---|
//! | [`observe`] | extremes, used bits and percentiles of the codes of a frame |
//! | [`levels`] | which codes become black and white, and how that follows from frame to frame |
//! | [`curve`] | codes between those two, and gamma, to bytes |
//! | [`colormap`] | bytes of single-channel data to colours |
//! | [`transfer`] | PQ and HLG to what an SDR screen can show |
//!
//! Numbers in, numbers out: nothing here knows a layout, a format or a clock.

mod colormap;
mod curve;
mod levels;
mod observe;
mod transfer;

pub use colormap::ColorMap;
pub(crate) use curve::Curve;
pub use levels::Levels;
pub(crate) use observe::{Observed, Observer};
pub(crate) use transfer::ToneMap;
