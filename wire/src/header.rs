//! The header before every frame: one binary WebSocket message is header, planes, metas.
//!
//! All integers are little-endian. The header begins with its own length; bytes past the fields known here are
//! skipped, so a later version may append fields. [`NONE`] marks an absent time or offset.

use thiserror::Error;

/// What an absent time stamp or offset is on the wire (GStreamer's `GST_CLOCK_TIME_NONE`).
pub const NONE: u64 = u64::MAX;

/// Everything that is said of one frame, besides its layout.
///
/// | offset | size | field |
/// |---:|---:|---|
/// | 0 | 4 | header length in bytes, these four included |
/// | 4 | 4 | layout id |
/// | 8 | 8 | sequence |
/// | 16 | 8 | PTS, ns |
/// | 24 | 8 | DTS, ns |
/// | 32 | 8 | duration, ns |
/// | 40 | 8 | offset |
/// | 48 | 8 | running time, ns |
/// | 56 | 8 | arrival time, ns |
/// | 64 | 4 | flags |
/// | 68 | 4 | metas length in bytes |
/// | 72 | 8 | payload length in bytes |
/// | 80 | 8 | sent time, ns |
/// | 88 | 8 | work time, ns |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameHeader {
    /// The layout of the payload; its message came before this frame and names the stream.
    pub layout_id: u32,
    /// Number of this frame at the appsink's sink pad, from 0; a step of more than one is a frame not sent.
    pub sequence: u64,
    /// Presentation time stamp of the buffer.
    pub pts_nanos: Option<u64>,
    /// Decoding time stamp of the buffer.
    pub dts_nanos: Option<u64>,
    /// Duration of the buffer.
    pub duration_nanos: Option<u64>,
    /// `GstBuffer.offset`: for sources that count, the number of the frame at the source.
    pub offset: Option<u64>,
    /// PTS as running time of the sample's segment.
    pub running_time_nanos: Option<u64>,
    /// When the frame reached the appsink's sink pad, on the server's monotonic clock (see [`crate::clock`]).
    pub arrival_nanos: u64,
    /// The buffer's `GstBufferFlags`, verbatim, video flags included.
    pub flags: u32,
    /// Length of the metas JSON after the payload; 0 for none.
    pub metas_len: u32,
    /// Length of the payload as it travels: all bytes of the buffer, or what the layout says was made of them.
    pub payload_len: u64,
    /// When the server began to write the frame, on its monotonic clock.
    pub sent_nanos: Option<u64>,
    /// How long the server worked on what it sends: cutting, encoding; absent where the buffer is sent as it is.
    pub work_nanos: Option<u64>,
}

/// One binary message, taken apart; borrows the message's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMessage<'a> {
    /// The decoded header.
    pub header: FrameHeader,
    /// The buffer's bytes as they left the appsink.
    pub payload: &'a [u8],
    /// JSON of the buffer's metas; empty for none.
    pub metas: &'a [u8],
}

/// Why a binary message is not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// The message ends inside the header.
    #[error("frame message of {actual} bytes is shorter than its header of {expected}")]
    Truncated {
        /// Bytes the header needs.
        expected: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// The header says it is shorter than version 1 is.
    #[error("frame header says it is {actual} bytes long, version 1 has {expected}")]
    HeaderTooShort {
        /// Length of the version 1 header.
        expected: usize,
        /// What the first field says.
        actual: usize,
    },
    /// Planes and metas are not as long as the header says: the frame was abandoned or is damaged.
    #[error("frame {sequence} was cut short: {actual} of {expected} bytes after the header")]
    Incomplete {
        /// Sequence of the frame.
        sequence: u64,
        /// Payload and metas length the header says.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
}

impl FrameHeader {
    /// Length of the encoded header.
    pub const LEN: usize = 96;
    /// The shortest header that is read: without the two times at its end.
    pub const LEN_MIN: usize = 80;
    const LEN_FIELD: u32 = 96;

    /// The header's bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            out[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&Self::LEN_FIELD.to_le_bytes());
        put(&self.layout_id.to_le_bytes());
        put(&self.sequence.to_le_bytes());
        for time in
            [self.pts_nanos, self.dts_nanos, self.duration_nanos, self.offset, self.running_time_nanos]
        {
            put(&time.unwrap_or(NONE).to_le_bytes());
        }
        put(&self.arrival_nanos.to_le_bytes());
        put(&self.flags.to_le_bytes());
        put(&self.metas_len.to_le_bytes());
        put(&self.payload_len.to_le_bytes());
        for time in [self.sent_nanos, self.work_nanos] {
            put(&time.unwrap_or(NONE).to_le_bytes());
        }
        out
    }

    /// Reads a header and tells where the payload begins.
    pub fn decode(bytes: &[u8]) -> Result<(Self, usize), HeaderError> {
        if bytes.len() < Self::LEN_MIN {
            return Err(HeaderError::Truncated { expected: Self::LEN_MIN, actual: bytes.len() });
        }
        let len = u32_at(bytes, 0) as usize;
        if len < Self::LEN_MIN {
            return Err(HeaderError::HeaderTooShort { expected: Self::LEN_MIN, actual: len });
        }
        if bytes.len() < len {
            return Err(HeaderError::Truncated { expected: len, actual: bytes.len() });
        }
        let optional = |at| Some(u64_at(bytes, at)).filter(|&value| value != NONE);
        let later = |at| if at + 8 <= len { optional(at) } else { None };
        let header = Self {
            layout_id: u32_at(bytes, 4),
            sequence: u64_at(bytes, 8),
            pts_nanos: optional(16),
            dts_nanos: optional(24),
            duration_nanos: optional(32),
            offset: optional(40),
            running_time_nanos: optional(48),
            arrival_nanos: u64_at(bytes, 56),
            flags: u32_at(bytes, 64),
            metas_len: u32_at(bytes, 68),
            payload_len: u64_at(bytes, 72),
            sent_nanos: later(80),
            work_nanos: later(88),
        };
        Ok((header, len))
    }

    /// Bytes of the whole message: header, payload, metas.
    #[must_use]
    pub fn message_len(&self) -> u64 {
        Self::LEN as u64 + self.payload_len + u64::from(self.metas_len)
    }
}

impl<'a> FrameMessage<'a> {
    /// Takes a binary message apart; a message shorter or longer than its header says is refused.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let (header, start) = FrameHeader::decode(bytes)?;
        let rest = &bytes[start..];
        let incomplete = || HeaderError::Incomplete {
            sequence: header.sequence,
            expected: header.payload_len.saturating_add(u64::from(header.metas_len)),
            actual: rest.len() as u64,
        };
        let payload_len = usize::try_from(header.payload_len).map_err(|_| incomplete())?;
        let expected = payload_len.checked_add(header.metas_len as usize).ok_or_else(incomplete)?;
        if rest.len() != expected {
            return Err(incomplete());
        }
        let (payload, metas) = rest.split_at(payload_len);
        Ok(Self { header, payload, metas })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
