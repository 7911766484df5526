//! The fast path for packed 8-bit RGB: three or four bytes a pixel in one plane, in any order.
//!
//! It is chosen by where the components are, so one kernel with a shuffle serves `BGR`, `RGB`, `BGRx`, `xRGB` and all others.

use crate::convert::color::{OPAQUE, RGBA};
use crate::convert::general::Channel;

/// Where R, G and B are in a pixel of three or four bytes.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Packed {
    plane: usize,
    /// Bytes from the start of a row to the first pixel.
    offset: usize,
    pixel: Pixel,
    /// Offset of R, G and B in a pixel; each less than the pixel's bytes.
    order: [u8; 3],
}

#[derive(Clone, Copy, Debug)]
enum Pixel {
    Three,
    Four,
}

impl Packed {
    /// The fast path of these channels, R, G, B; `None` when they are not packed bytes that pass unchanged.
    pub(in crate::convert) fn from_channels(channels: &[Channel; 3]) -> Option<Self> {
        let plane = channels[0].source.plane;
        let (stride, _) = channels[0].plain_bytes()?;
        let mut offsets = [0; 3];
        for (offset, channel) in offsets.iter_mut().zip(channels) {
            let (own_stride, own_offset) = channel.plain_bytes()?;
            if (channel.source.plane, own_stride) != (plane, stride) {
                return None;
            }
            *offset = own_offset;
        }
        let pixel = match stride {
            3 => Pixel::Three,
            4 => Pixel::Four,
            _ => return None,
        };
        // The pixel that the components begin in; all three have to be in the same.
        let offset = offsets.into_iter().min()? / stride * stride;
        if offsets.iter().any(|at| at - offset >= stride) {
            return None;
        }
        let order = offsets.map(|at| u8::try_from(at - offset).unwrap_or(0));
        Some(Self { plane, offset, pixel, order })
    }

    pub(in crate::convert) fn plane(&self) -> usize {
        self.plane
    }

    /// Writes the pixels of a row.
    pub(in crate::convert) fn row(&self, row: &[u8], out: &mut [u8]) {
        let src = &row[self.offset..];
        match self.pixel {
            Pixel::Three => {
                let done = wide::<3>(src, out, self.order);
                narrow::<3>(&src[done * 3..], &mut out[done * RGBA..], self.order);
            }
            Pixel::Four => {
                let done = wide::<4>(src, out, self.order);
                narrow::<4>(&src[done * 4..], &mut out[done * RGBA..], self.order);
            }
        }
    }
}

/// Pixel by pixel; the last one may lack bytes that are not read.
fn narrow<const BYTES: usize>(src: &[u8], out: &mut [u8], order: [u8; 3]) {
    let [r, g, b] = order.map(usize::from);
    for (pixel, bytes) in out.chunks_exact_mut(RGBA).zip(src.chunks(BYTES)) {
        pixel.copy_from_slice(&[bytes[r], bytes[g], bytes[b], OPAQUE]);
    }
}

/// As many pixels as whole vectors hold; tells how many.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn wide<const BYTES: usize>(src: &[u8], out: &mut [u8], order: [u8; 3]) -> usize {
    if BYTES == 3 {
        super::simd::packed::three(src, out, order)
    } else {
        super::simd::packed::four(src, out, order)
    }
}

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide<const BYTES: usize>(_src: &[u8], _out: &mut [u8], _order: [u8; 3]) -> usize {
    0
}
