//! The encoding `residual`: lossless, made for camera pictures, and as quick as the link it is for.
//!
//! Each sample is predicted from the rows above it; what is left is stored in blocks of sixteen, each in as few bits a
//! sample as its largest one needs. Nothing is predicted from a sample's left, so nothing is serial: both sides work on
//! whole vectors. `SPEC.md` has the format.
//!
//! | module | what it holds |
//! |---|---|
//! | `parts` | how a payload of a layout is divided in rows |
//! | `predict` | what is expected of a row, given those above |
//! | `lanes` | samples of a row to residuals in blocks, and back |
//! | `bits` | blocks to bits, and back |
//! | `kernels`, `simd` | the same in vectors, where there are any |
//! | `encode`, `decode` | both walks over the rows |
//!
//! All that decodes is `#[inline]`: the viewer has this crate compiled for size, and such functions are compiled with the
//! crate that calls them, for speed. In wasm that makes them five times as quick.
//!
//! Knows layouts and bytes; not what a format is called where components describe it, and nothing of sockets.

mod bits;
mod decode;
mod encode;
mod kernels;
mod lanes;
mod parts;
mod predict;
mod simd;

pub use decode::Decoding;

use crate::CheckedLayout;
use kernels::Kernels;
use parts::Shapes;
use thiserror::Error;

/// Samples of a block: they are stored in equally many bits each.
const BLOCK: usize = 16;

/// Bytes of the decoded length, with which coded payloads begin, and of the length of a part.
const LENGTH: usize = 8;

/// How payloads of one layout are coded; made once per layout.
#[derive(Clone, Debug)]
pub struct Coder {
    shapes: Shapes,
    kernels: Kernels,
}

/// Why coded bytes are no payload of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodingError {
    /// The bytes end too early.
    #[error("coded bytes end at {actual}, and {expected} are needed")]
    TooShort {
        /// Bytes needed, at least.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// Bytes are left behind the last part, or in a part behind its last row.
    #[error("{excess} coded bytes too many")]
    TooLong {
        /// How many.
        excess: u64,
    },
    /// The decoded length is more than the layout's planes and literal bytes explain, or than memory can hold.
    #[error("{actual} decoded bytes; the layout and the coded bytes explain {limit}")]
    TooLarge {
        /// The length that the coded bytes tell.
        actual: u64,
        /// The longest one that is possible.
        limit: u64,
    },
    /// A row is coded in a way that does not exist.
    #[error("row {row} is coded as {mode:#04x}, which is nothing")]
    Mode {
        /// The row within its plane.
        row: u64,
        /// Its first byte.
        mode: u8,
    },
    /// A block has more bits than its samples.
    #[error("row {row} has a block of more bits than its samples")]
    Width {
        /// The row within its plane.
        row: u64,
    },
    /// The buffer to decode into has another length than the payload.
    #[error("the payload has {expected} bytes, the buffer for it {actual}")]
    Buffer {
        /// Bytes of the payload.
        expected: u64,
        /// Bytes of the buffer.
        actual: u64,
    },
}

impl Coder {
    /// How payloads of `layout` are coded. There is no layout that cannot be.
    #[must_use]
    pub fn new(layout: &CheckedLayout) -> Self {
        Self { shapes: Shapes::of(layout), kernels: Kernels::best() }
    }

    /// The same by the portable code alone, which tests and benchmarks compare.
    #[must_use]
    pub fn portable(layout: &CheckedLayout) -> Self {
        Self { kernels: Kernels::Portable, ..Self::new(layout) }
    }

    /// Codes a payload, given as its pieces in order, into `out`, whose contents are replaced and whose memory is kept.
    ///
    /// All its bytes come back, padding too. What does not shrink is stored as it is.
    pub fn encode(&self, payload: &[&[u8]], out: &mut Vec<u8>) {
        encode::encode(self, payload, out);
    }

    /// Decodes a payload into `payload`, which gets its length; nothing is cleared that is written anyway.
    ///
    /// Never panics. At most as many bytes are allocated as the layout's planes and the coded bytes have together, and a few
    /// rows of each plane; what a layout may ask for is its reader's to bound. After an error, `payload` has any contents.
    #[inline]
    pub fn decode(&self, coded: &[u8], payload: &mut Vec<u8>) -> Result<(), CodingError> {
        let mut decoding = Decoding::new(self, coded)?;
        payload.resize(decoding.len(), 0);
        decoding.all(payload)
    }
}

/// The length of the payload that the coded bytes say they hold; whether it is possible is found when they are decoded.
pub fn decoded_len(coded: &[u8]) -> Result<u64, CodingError> {
    let too_short = CodingError::TooShort { expected: LENGTH as u64, actual: coded.len() as u64 };
    coded.first_chunk().map(|length| u64::from_le_bytes(*length)).ok_or(too_short)
}
