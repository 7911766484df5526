//! A message's bytes. When nobody reads them any more, their room goes back to who received them, for another message.

use js_sys::{Function, Uint8Array};
use std::cell::Cell;
use std::ops::Deref;
use wasm_bindgen::JsValue;

/// A received message.
pub(super) struct Message {
    bytes: Uint8Array,
    /// Takes the bytes' room back.
    back: Option<Function>,
    /// Whether somebody outside has them, for as long as he likes.
    is_given_away: Cell<bool>,
}

impl Message {
    pub(super) fn new(bytes: Uint8Array, back: Option<Function>) -> Self {
        Self { bytes, back, is_given_away: Cell::new(false) }
    }

    /// The bytes are read outside from now on, and their room does not go back.
    pub(super) fn give_away(&self) {
        self.is_given_away.set(true);
    }
}

impl Deref for Message {
    type Target = Uint8Array;

    fn deref(&self) -> &Uint8Array {
        &self.bytes
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        if let Some(back) = self.back.as_ref().filter(|_| !self.is_given_away.get()) {
            // It fails where the receiver is gone, and the room with it.
            let _ = back.call1(&JsValue::NULL, &self.bytes);
        }
    }
}
