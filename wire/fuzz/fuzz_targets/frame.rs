//! Any bytes as a frame message, and as metas: what is accepted is encoded again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{FrameHeader, FrameMessage, Metas};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = FrameMessage::decode(bytes) {
        let (again, len) = FrameHeader::decode(&message.header.encode()).expect("an encoded header is a header");
        assert_eq!((again, len), (message.header, FrameHeader::LEN));
        assert_eq!(message.payload.len() as u64, message.header.payload_len);
    }
    if let Ok(metas) = Metas::decode(bytes) {
        // Encoding keeps within the bounds, and what it gave is within them.
        let once = metas.encode();
        let metas = Metas::decode(&once).expect("encoded metas are metas");
        assert_eq!(metas.encode(), once);
    }
});
