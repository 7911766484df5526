//! Fast paths: kernels for the layouts that people use most, each tested to equal the general path.
//!
//! They are chosen by where the components are, never by a format's name.

mod deep;
mod fields;
mod formula;
mod gray;
pub(super) mod integers;
mod mosaic;
mod packed;
mod rows;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd;

pub(super) use deep::Deep;
pub(super) use fields::Fields;
pub(super) use formula::Formula;
pub(super) use gray::Gray;
pub(super) use mosaic::{Mosaic, Splits};
pub(super) use packed::Packed;

use super::color::{OPAQUE, Rgba};

/// The gray pixel of a byte.
fn gray(byte: usize) -> Rgba {
    let [byte, ..] = byte.to_le_bytes();
    [byte, byte, byte, OPAQUE]
}
