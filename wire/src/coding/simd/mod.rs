//! Kernels in vectors, each with a portable twin beside which it is tested: AVX2 where the processor has it, to encode, and
//! SIMD128 in browsers, to decode.
#![allow(
    unsafe_code,
    reason = "vector loads and stores take pointers; each stays in a slice of known length"
)]

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) mod wasm;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86;

use super::kernels::Kernel;
#[cfg(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128")))]
use super::lanes::Base;

/// Bytes of a vector that holds one block of bytes.
#[cfg(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128")))]
const VECTOR: usize = 16;

/// Whether there are any kernels here.
pub(super) fn is_there() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("avx2");
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return true;
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
    return false;
}

#[cfg(target_arch = "x86_64")]
impl Kernel for u8 {
    fn split(lanes: usize, base: Option<Base>, row: &[u8], predicted: &[u8], blocks: &mut [u8]) -> usize {
        // SAFETY: kernels are called where `is_there` found AVX2.
        unsafe { x86::split(lanes, base, row, predicted, blocks) }
    }

    fn pack_some(blocks: &[u8], codes: &mut [u8], bits: &mut [u8]) -> (usize, usize) {
        // SAFETY: kernels are called where `is_there` found AVX2.
        unsafe { x86::pack(blocks, codes, bits) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Kernel for u16 {
    fn split(lanes: usize, base: Option<Base>, row: &[u16], predicted: &[u16], blocks: &mut [u16]) -> usize {
        // SAFETY: kernels are called where `is_there` found AVX2.
        unsafe { x86::split_words(lanes, base, row, predicted, blocks) }
    }

    fn pack_some(blocks: &[u16], codes: &mut [u8], bits: &mut [u8]) -> (usize, usize) {
        // SAFETY: kernels are called where `is_there` found AVX2.
        unsafe { x86::pack_words(blocks, codes, bits) }
    }
}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
impl Kernel for u8 {}

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
impl Kernel for u16 {}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Kernel for u8 {
    #[inline]
    fn merge(lanes: usize, base: Option<Base>, blocks: &[u8], predicted: &[u8], row: &mut [u8]) -> usize {
        wasm::merge_bytes(lanes, base, blocks, predicted, row)
    }

    #[inline]
    fn unpack_some(codes: &[u8], bits: &[u8], blocks: &mut [u8]) -> (usize, usize) {
        wasm::unpack_bytes(codes, bits, blocks)
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Kernel for u16 {
    #[inline]
    fn unpack_some(codes: &[u8], bits: &[u8], blocks: &mut [u16]) -> (usize, usize) {
        wasm::unpack_words(codes, bits, blocks)
    }
}
