//! A hook for tests: one bit of one frame is flipped on its way out, after its hashes were taken.
//!
//! It is in builds with debug assertions alone, and asked for by the environment of the program alone.

use crate::frame::Frame;
use bytes::Bytes;

/// Names the frame and the bit: `SEQUENCE:BIT`, bit 0 being the lowest of the payload's first byte.
#[cfg(debug_assertions)]
const VARIABLE: &str = "SINKVIEW_FLIP_BIT";

/// The payload as it is sent.
pub(super) enum Sent<'a> {
    /// As it is.
    Whole(&'a Frame),
    /// A copy that differs in a bit.
    Flipped(Bytes),
}

impl<'a> Sent<'a> {
    pub(super) fn of(frame: &'a Frame) -> Self {
        flipped(frame).map_or(Self::Whole(frame), Self::Flipped)
    }

    pub(super) fn pieces(&self) -> Vec<&[u8]> {
        match self {
            Self::Whole(frame) => frame.pieces().collect(),
            Self::Flipped(bytes) => vec![bytes],
        }
    }
}

#[cfg(not(debug_assertions))]
fn flipped(_: &Frame) -> Option<Bytes> {
    None
}

#[cfg(debug_assertions)]
fn flipped(frame: &Frame) -> Option<Bytes> {
    static ASKED: std::sync::LazyLock<Option<(u64, usize)>> = std::sync::LazyLock::new(|| {
        let text = std::env::var(VARIABLE).ok()?;
        let asked =
            text.split_once(':').and_then(|(frame, bit)| Some((frame.parse().ok()?, bit.parse().ok()?)));
        if let Some((sequence, bit)) = asked {
            tracing::warn!("{VARIABLE}: bit {bit} of frame {sequence} is sent flipped");
        } else {
            tracing::warn!("{VARIABLE} is SEQUENCE:BIT, not {text:?}");
        }
        asked
    });
    let (_, bit) = (*ASKED).filter(|(sequence, _)| *sequence == frame.sequence())?;
    let mut bytes = frame.pieces().collect::<Vec<_>>().concat();
    *bytes.get_mut(bit / 8)? ^= 1 << (bit % 8);
    Some(Bytes::from(bytes))
}
