//! The SIMD128 kernels of the packed path: a byte shuffle a vector of four pixels.
//!
//! ```text
//! B0 G0 R0 B1 G1 R1 B2 G2 R2 B3 G3 R3 ·  ·  ·  ·      16 bytes loaded, 12 used
//! R0 G0 B0 ff R1 G1 B1 ff R2 G2 B2 ff R3 G3 B3 ff     shuffled, alpha set
//! ```

use super::{VECTOR, opaque, shuffle};
use std::arch::wasm32::{u8x16_swizzle, v128_load, v128_store};

/// Converts pixels of three bytes, sixteen at a time; tells how many were done.
pub(in crate::convert::fast) fn three(src: &[u8], out: &mut [u8], order: [u8; 3]) -> usize {
    // Sixteen pixels are three vectors of input. The last load begins four bytes early, not to read past them.
    const LOADS: [usize; 4] = [0, 12, 24, 32];
    let (usual, last) = (shuffle(order, 3, 0), shuffle(order, 3, 36 - 32));
    let shuffles = [usual, usual, usual, last];
    let mut done = 0;
    for (src, out) in src.chunks_exact(3 * VECTOR).zip(out.chunks_exact_mut(4 * VECTOR)) {
        for (index, (load, shuffle)) in LOADS.into_iter().zip(shuffles).enumerate() {
            // SAFETY: 32 + 16 is the length of `src`, and (3 + 1) * 16 that of `out`; no alignment is asked for.
            unsafe {
                let pixels = v128_load(src.as_ptr().add(load).cast());
                v128_store(
                    out.as_mut_ptr().add(index * VECTOR).cast(),
                    opaque(u8x16_swizzle(pixels, shuffle)),
                );
            }
        }
        done += 16;
    }
    done
}

/// Converts pixels of four bytes, four at a time; tells how many were done.
pub(in crate::convert::fast) fn four(src: &[u8], out: &mut [u8], order: [u8; 3]) -> usize {
    let shuffle = shuffle(order, 4, 0);
    let mut done = 0;
    for (src, out) in src.chunks_exact(VECTOR).zip(out.chunks_exact_mut(VECTOR)) {
        // SAFETY: both are one vector long; no alignment is asked for.
        unsafe {
            let pixels = v128_load(src.as_ptr().cast());
            v128_store(out.as_mut_ptr().cast(), opaque(u8x16_swizzle(pixels, shuffle)));
        }
        done += 4;
    }
    done
}
