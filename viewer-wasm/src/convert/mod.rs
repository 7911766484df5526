//! Payload to RGBA, by the layout alone; knows no format names, no socket and no canvas.
//!
//! ```text
//! payload ─ plane_rows ─▶ rows of each plane ─ decode_rows ─▶ rows of RGBA
//!                         component ▶ sample ▶ code of 8 bits
//! ```
//!
//! A [`Decoder`] is made once a layout: every position it uses has been checked then. It decodes any range of rows, so
//! that a caller can work in tiles that stay in the cache. One general path reads every description; the fast path for
//! packed 8-bit RGB is chosen by where the components are, and tested to equal the general one.
//!
//! ```text
//! RGB, gray   sampling ─▶ table of codes
//! YUV         sampling ─▶ upsample (columns) ─▶ chroma (which rows) ─▶ matrix
//! ```

mod chroma;
mod color;
mod decoder;
mod error;
mod general;
mod matrix;
mod packed;
mod planes;
mod sampling;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd;
mod upsample;
mod yuv;

pub use color::ColorMode;
pub use decoder::Decoder;
pub use error::{DecodeError, Unsupported};
