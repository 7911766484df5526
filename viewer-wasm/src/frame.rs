//! Takes a binary message apart by its first bytes alone, so that the payload need not be in wasm memory.

use std::ops::Range;
use thiserror::Error;
use wire::{FrameHeader, HeaderError};

/// The longest header that is read, in bytes; version 1 has 96, and no later one needs more than a page.
const MAX_HEADER: usize = 4 * 1024;

/// Where a message's parts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The decoded header.
    pub header: FrameHeader,
    /// The payload's bytes in the message.
    pub payload: Range<usize>,
}

/// Why a binary message is no frame to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The server ended the message before its time, on purpose; the frame's credit is not the viewer's to return.
    #[error("frame was abandoned: {0}")]
    Abandoned(HeaderError),
    /// The message is not what its header says.
    #[error("malformed frame: {0}")]
    Malformed(HeaderError),
}

/// Bytes of a message that [`split`] wants to see: all of its header, as far as the message has it.
///
/// `start` are the message's first bytes, at least four where there are four.
#[must_use]
pub fn header_len(start: &[u8], message_len: usize) -> usize {
    let said = match start {
        [a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    };
    said.clamp(FrameHeader::LEN_MIN, MAX_HEADER).min(message_len)
}

/// Takes a message of `message_len` bytes apart; `start` holds its first [`header_len`] bytes.
pub fn split(start: &[u8], message_len: usize) -> Result<Parts, FrameError> {
    let (header, begin) = match FrameHeader::decode(start) {
        Ok(decoded) => decoded,
        Err(error @ HeaderError::Truncated { .. }) if start.len() >= message_len => {
            return Err(FrameError::Abandoned(error));
        }
        Err(error) => return Err(FrameError::Malformed(error)),
    };
    let actual = message_len.saturating_sub(begin) as u64;
    let expected = header.payload_len.saturating_add(u64::from(header.metas_len));
    let incomplete = HeaderError::Incomplete { sequence: header.sequence, expected, actual };
    if actual < expected {
        return Err(FrameError::Abandoned(incomplete));
    }
    if actual > expected {
        return Err(FrameError::Malformed(incomplete));
    }
    // No longer than the message, whose length is a usize.
    let end = begin + usize::try_from(header.payload_len).map_err(|_| FrameError::Malformed(incomplete))?;
    Ok(Parts { header, payload: begin..end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(payload: usize, metas: usize) -> Vec<u8> {
        let header = FrameHeader {
            sequence: 7,
            payload_len: payload as u64,
            metas_len: u32::try_from(metas).unwrap(),
            ..FrameHeader::default()
        };
        let mut message = header.encode().to_vec();
        message.resize(message.len() + payload + metas, 1);
        message
    }

    #[test]
    fn the_payload_lies_between_header_and_metas() {
        let parts = split(&message(10, 3)[..96], 109).unwrap();
        assert_eq!((parts.header.sequence, parts.payload), (7, 96..106));
    }

    #[test]
    fn a_longer_header_is_skipped_over() {
        let mut message = message(10, 3);
        message[..4].copy_from_slice(&112_u32.to_le_bytes());
        message.splice(96..96, [9; 16]);
        assert_eq!(header_len(&message[..96], message.len()), 112);
        assert_eq!(split(&message[..112], message.len()).unwrap().payload, 112..122);
    }

    #[test]
    fn a_short_message_was_abandoned_and_a_long_one_is_malformed() {
        let message = message(10, 3);
        assert!(matches!(split(&message[..96], 108), Err(FrameError::Abandoned(_))));
        assert!(matches!(split(&message[..96], 96), Err(FrameError::Abandoned(_))));
        assert!(matches!(split(&message[..40], 40), Err(FrameError::Abandoned(_))));
        assert!(matches!(split(&[], 0), Err(FrameError::Abandoned(_))));
        assert!(matches!(split(&message[..96], 110), Err(FrameError::Malformed(_))));
    }

    #[test]
    fn a_header_of_a_megabyte_is_malformed() {
        let mut message = message(2 << 20, 0);
        message[..4].copy_from_slice(&(1_u32 << 20).to_le_bytes());
        let seen = header_len(&message[..96], message.len());
        assert_eq!(seen, MAX_HEADER);
        assert!(matches!(split(&message[..seen], message.len()), Err(FrameError::Malformed(_))));
    }

    #[test]
    fn a_header_that_says_it_is_too_short_is_malformed() {
        let mut message = message(10, 3);
        message[0] = 4;
        assert!(matches!(split(&message[..96], 109), Err(FrameError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), more in 0_usize..500) {
            let len = bytes.len() + more;
            let seen = header_len(&bytes, len).min(bytes.len());
            if let Ok(parts) = split(&bytes[..seen], len) {
                prop_assert!(parts.payload.end <= len);
            }
        }
    }
}
