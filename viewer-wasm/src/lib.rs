//! Turns `sinkview.v1` frames into pixels on a canvas.
//!
//! | module | what it holds | where it runs |
//! |---|---|---|
//! | [`convert`] | payload to RGBA, by the layout alone | anywhere; tested natively |
//! | [`frame`] | a binary message taken apart by its first bytes | anywhere |
//! | [`policy`] | which frame is drawn, what is said of a connection, when it is tried again | anywhere; no clock of its own |
//! | `glue` | socket, canvas and the exported `Viewer` | wasm32; the only place that sees the browser |
//!
//! Nothing here knows GStreamer: what a format is, the layout says.

pub mod convert;
pub mod frame;
pub mod policy;

#[cfg(target_arch = "wasm32")]
mod glue;

#[cfg(target_arch = "wasm32")]
pub use glue::{Converter, Viewer};
