//! Any bytes as a frame message: what is accepted is encoded again to the same header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{FrameHeader, FrameMessage};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = FrameMessage::decode(bytes) {
        let (again, len) = FrameHeader::decode(&message.header.encode()).expect("an encoded header is a header");
        assert_eq!((again, len), (message.header, FrameHeader::LEN));
        assert_eq!(message.payload.len() as u64, message.header.payload_len);
    }
});
