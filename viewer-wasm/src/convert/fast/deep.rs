//! The fast path of RGB in words of 16 bits, four a pixel: their upper bytes, or the nearest ones.

use crate::convert::color::{OPAQUE, RGBA};
use crate::convert::general::Channel;

/// Where R, G and B are in a pixel of four little-endian words.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Deep {
    plane: usize,
    /// Bytes from the start of a row to the first pixel.
    offset: usize,
    kernel: Kernel,
}

/// What is made of the words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// Which words of a pixel R, G and B are.
    pub(super) order: [u8; 3],
    /// A word becomes the nearest byte (of 255 to 65535); else its upper one.
    pub(super) rounded: bool,
}

/// Bytes of a pixel.
const PIXEL: usize = 8;

impl Deep {
    /// The fast path of these channels, R, G, B; `None` where they are something else.
    pub(in crate::convert) fn from_channels(channels: &[Channel; 3]) -> Option<Self> {
        let plane = channels[0].source.plane;
        let mut offsets = [0; 3];
        for (offset, Channel { source, .. }) in offsets.iter_mut().zip(channels) {
            let found = source.little()?;
            let is_word = (found.bytes, found.depth, found.shift) == (2, 16, 0);
            if source.plane != plane || found.pixel_stride != PIXEL || !is_word {
                return None;
            }
            *offset = found.offset;
        }
        let offset = offsets.into_iter().min()? / PIXEL * PIXEL;
        if offsets.iter().any(|at| at - offset >= PIXEL || at % 2 == 1) {
            return None;
        }
        let order = offsets.map(|at| u8::try_from((at - offset) / 2).unwrap_or(0));
        [false, true].into_iter().map(|rounded| Kernel { order, rounded }).find_map(|kernel| {
            let is_table = |channel: &Channel| {
                (0..=u16::MAX).zip(&channel.table).all(|(word, &code)| kernel.code(word) == code)
            };
            channels.iter().all(is_table).then_some(Self { plane, offset, kernel })
        })
    }

    pub(in crate::convert) fn plane(&self) -> usize {
        self.plane
    }

    /// Writes the pixels of a row.
    pub(in crate::convert) fn row(&self, row: &[u8], out: &mut [u8]) {
        let words = &row[self.offset..];
        let done = wide(self.kernel, words, out);
        let order = self.kernel.order.map(|word| 2 * usize::from(word));
        // The last pixel may lack bytes that are not read.
        for (pixel, bytes) in out.as_chunks_mut::<RGBA>().0.iter_mut().zip(words.chunks(PIXEL)).skip(done) {
            let [red, green, blue] =
                order.map(|at| self.kernel.code(u16::from_le_bytes([bytes[at], bytes[at + 1]])));
            *pixel = [red, green, blue, OPAQUE];
        }
    }
}

impl Kernel {
    fn code(self, word: u16) -> u8 {
        // To divide by 257 is to divide by 256 what is less by the quotient; that it rounds as it should, the comparison
        // of all words with the table shows.
        let word = if self.rounded { word - (word.saturating_add(128) >> 8) + 128 } else { word };
        word.to_be_bytes()[0]
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd::deep::pixels as wide;

/// As many pixels as whole vectors hold: none here.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn wide(_kernel: Kernel, _words: &[u8], _out: &mut [u8]) -> usize {
    0
}
