//! Fast paths: kernels for the layouts that people use most, each tested to equal the general path.
//!
//! They are chosen by where the components are, never by a format's name.

mod formula;
mod packed;
mod rows;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd;

pub(super) use formula::Formula;
pub(super) use packed::Packed;
