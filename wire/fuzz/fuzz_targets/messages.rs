//! Any text as a message of either side: what is accepted survives a round trip, and layouts are checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{ClientMessage, ServerMessage};

fuzz_target!(|text: &str| {
    if let Ok(message) = ClientMessage::from_json(text) {
        assert_eq!(ClientMessage::from_json(&message.to_json()).ok(), Some(message));
    }
    if let Ok(message) = ServerMessage::from_json(text) {
        assert_eq!(ServerMessage::from_json(&message.to_json()).ok(), Some(message.clone()));
        if let ServerMessage::Layout { layout } = message {
            let _ = layout.check();
        }
    }
});
