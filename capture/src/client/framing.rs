//! WebSocket frame headers as a server writes them (RFC 6455, 5.2): unmasked, with the length in its shortest form.

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Opcode {
    /// A further fragment of the message that was begun.
    Continuation = 0x0,
    /// A text message.
    Text = 0x1,
    /// A binary message.
    Binary = 0x2,
    /// The end of the connection, with code and reason.
    Close = 0x8,
    /// A question for a pong.
    Ping = 0x9,
}

/// A control frame's payload has at most this many bytes.
const MAX_CONTROL_PAYLOAD: usize = 125;

/// A frame header; `as_ref()` is its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    bytes: [u8; 10],
    len: usize,
}

impl Header {
    /// The header of a frame of `len` payload bytes; `is_final` ends the message.
    pub(super) fn new(opcode: Opcode, is_final: bool, len: usize) -> Self {
        const FIN: u8 = 0x80;
        let mut bytes = [0; 10];
        bytes[0] = opcode as u8 | if is_final { FIN } else { 0 };
        let len = match (u8::try_from(len), u16::try_from(len)) {
            (Ok(short @ 0..=125), _) => {
                bytes[1] = short;
                2
            }
            (_, Ok(medium)) => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&medium.to_be_bytes());
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..].copy_from_slice(&(len as u64).to_be_bytes());
                10
            }
        };
        Self { bytes, len }
    }
}

impl AsRef<[u8]> for Header {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Appends a whole text message.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(Header::new(Opcode::Text, true, text.len()).as_ref());
    out.extend_from_slice(text.as_bytes());
}

/// Appends a ping without payload.
pub(super) fn put_ping(out: &mut Vec<u8>) {
    out.extend_from_slice(Header::new(Opcode::Ping, true, 0).as_ref());
}

/// Appends a close frame; a reason that is too long for one is cut.
pub(super) fn put_close(out: &mut Vec<u8>, code: u16, reason: &str) {
    let reason = wire::capped(reason, MAX_CONTROL_PAYLOAD - size_of::<u16>());
    out.extend_from_slice(Header::new(Opcode::Close, true, size_of::<u16>() + reason.len()).as_ref());
    out.extend_from_slice(&code.to_be_bytes());
    out.extend_from_slice(reason.as_bytes());
}

/// Appends the empty fragment that ends a message before its time.
pub(super) fn put_end(out: &mut Vec<u8>) {
    out.extend_from_slice(Header::new(Opcode::Continuation, true, 0).as_ref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

    #[test]
    fn an_independent_reader_agrees() {
        let opcodes = [
            (Opcode::Continuation, OpCode::Data(Data::Continue)),
            (Opcode::Text, OpCode::Data(Data::Text)),
            (Opcode::Binary, OpCode::Data(Data::Binary)),
            (Opcode::Close, OpCode::Control(Control::Close)),
            (Opcode::Ping, OpCode::Control(Control::Ping)),
        ];
        for (ours, theirs) in opcodes {
            for len in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20, 133_000_000] {
                for is_final in [false, true] {
                    let header = Header::new(ours, is_final, len);
                    let mut cursor = std::io::Cursor::new(header.as_ref());
                    let (read, read_len) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
                    assert_eq!((read.opcode, read.is_final, read.mask), (theirs, is_final, None));
                    assert_eq!(read_len, len as u64);
                    assert_eq!(cursor.position(), header.as_ref().len() as u64);
                }
            }
        }
    }

    #[test]
    fn a_close_reason_fits_a_control_frame() {
        let mut out = Vec::new();
        put_close(&mut out, 1008, &"ä".repeat(200));
        assert!(usize::from(out[1]) <= MAX_CONTROL_PAYLOAD);
        assert_eq!(out.len(), 2 + usize::from(out[1]));
        assert_eq!(&out[2..4], &1008_u16.to_be_bytes());
        assert!(std::str::from_utf8(&out[4..]).is_ok());
    }
}
