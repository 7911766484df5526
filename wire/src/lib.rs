//! The protocol `sinkview.v1`: messages, layouts and the frame header, encoded and decoded.
//!
//! This crate knows nothing of GStreamer, sockets or the DOM, and is compiled for both sides of the wire.
//!
//! | module | what it holds |
//! |---|---|
//! | [`header`] | the binary header before every frame |
//! | [`layout`] | the description of a frame's bytes, and the check that makes it safe to read by |
//! | [`metas`] | what elements noted about a frame, behind its payload |
//! | [`control`] | the JSON messages of both directions |
//! | [`hash`] | the two hashes of a frame by which both sides know that it arrived as it was |
//! | [`history`] | leased frames of the past, and what is missing between them |
//! | [`ledger`] | the counts that account for every frame |
//! | [`coding`] | payloads encoded without loss for the way |
//! | [`clock`] | aligning two monotonic clocks over the socket |
#![doc = include_str!("../SPEC.md")]

pub mod clock;
pub mod coding;
pub mod control;
pub mod hash;
pub mod header;
pub mod history;
pub mod layout;
pub mod ledger;
pub mod metas;
mod tagged;

pub use control::{ClientMessage, ServerMessage};
pub use hash::{Hash, Hashes};
pub use header::{FrameHeader, FrameMessage, HeaderError};
pub use layout::{CheckedLayout, Layout, LayoutError};
pub use ledger::Ledger;
pub use metas::Metas;

/// The WebSocket subprotocol both sides offer.
pub const SUBPROTOCOL: &str = "sinkview.v1";

/// The most frames one viewer of one stream may have on the way or undrawn.
pub const MAX_CREDITS: u8 = 2;

/// The largest text message a client may send, in bytes.
pub const MAX_CLIENT_MESSAGE: usize = 64 * 1024;

/// The longest string (caps, bus text, names) that travels, in bytes; longer ones are cut by the sender.
pub const MAX_TEXT: usize = 4 * 1024;

/// Frames older than this on arrival are not drawn while a newer one is due.
pub const LATE_AFTER_NANOS: u64 = 500_000_000;

/// WebSocket close codes this protocol uses, beside those of RFC 6455.
pub mod close {
    /// The server is stopping (RFC 6455: going away).
    pub const GOING_AWAY: u16 = 1001;
    /// A malformed WebSocket frame.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// A message this protocol does not allow: too many per second, unreadable JSON, no such stream.
    pub const POLICY: u16 = 1008;
    /// A client message above [`MAX_CLIENT_MESSAGE`](crate::MAX_CLIENT_MESSAGE).
    pub const TOO_BIG: u16 = 1009;
    /// Too many viewers; try again later (RFC 6455 registry: try again later).
    pub const TRY_AGAIN_LATER: u16 = 1013;
    /// None of the offered subprotocols is spoken here.
    pub const UNKNOWN_SUBPROTOCOL: u16 = 4406;
    /// No pong and no progress for too long.
    pub const SILENT: u16 = 4408;
}

/// Cuts `text` at a character boundary so that at most `max` bytes remain, marking the cut with an ellipsis.
#[must_use]
pub fn capped(text: &str, max: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= max {
        return text.to_owned();
    }
    let mut end = max.saturating_sub(MARK.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{MARK}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_a_character() {
        assert_eq!(capped("short", 10), "short");
        assert_eq!(capped("ääääääää", 8), "ää…");
        assert!(capped(&"x".repeat(10_000), MAX_TEXT).len() <= MAX_TEXT);
    }
}
