//! Payload to RGBA, by the layout alone; knows no socket and no canvas.
//!
//! ```text
//! payload ─ plane_rows ─▶ rows of each plane ─ decode_rows ─▶ rows of RGBA
//!            unpack: bytes ▶ samples          color: samples ▶ codes of 8 bits
//! ```
//!
//! A [`Decoder`] is made once a layout and [`Picture`]: every position it uses has been checked then. It decodes any
//! range of rows, so that a caller can work in tiles that stay in the cache. One general path reads every description;
//! fast paths are chosen by where the components are, and tested to equal the general one.
//!
//! ```text
//! RGB, gray, palette   unpack ─▶ table of codes
//! YUV                  unpack ─▶ upsample (columns) ─▶ chroma (which rows) ─▶ matrix
//! Bayer                unpack ─▶ means of neighbours ─▶ table of codes
//! ```

mod bayer;
mod color;
mod cut;
mod decoder;
mod difference;
pub mod display;
mod error;
mod fast;
mod general;
mod measure;
mod observation;
mod picture;
mod probe;
mod profile;
mod rows;
mod siting;
mod unpack;
mod yuv;

pub use cut::{Cut, subsampling};
pub use decoder::{Decoder, Facts};
pub use difference::{Apart, Difference, Incomparable, Side};
pub use error::{DecodeError, Unsupported};
pub use measure::{Measured, Measurement, Spread};
pub use observation::Observation;
pub use picture::{BayerView, ColorMode, Matrix, Picture, Rgb};
pub use probe::{Probe, Reading};
pub use profile::{Line, Profile};
pub use rows::BLOCK_ROWS;
pub use siting::ChromaSite;
