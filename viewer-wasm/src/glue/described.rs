//! A layout as it was received, with its decoders, and a received frame that has it.

use crate::convert::{ColorMode, Decoder};
use js_sys::Uint8Array;
use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::{CheckedLayout, FrameHeader, Layout};

/// A layout, checked, with a decoder for each colour mode once that is asked for.
pub(super) struct Described {
    id: u32,
    json: JsValue,
    caps: String,
    checked: Result<CheckedLayout, String>,
    gst: OnceCell<Result<Decoder, String>>,
    itu: OnceCell<Result<Decoder, String>>,
}

/// A frame whose bytes are still in the message it came in.
pub(super) struct Held {
    pub(super) header: FrameHeader,
    /// The whole message.
    pub(super) message: Uint8Array,
    /// The payload's bytes in the message; at least as many as the layout needs.
    pub(super) payload: Range<usize>,
    pub(super) layout: Rc<Described>,
}

impl Described {
    /// `json` is the layout's object as it travelled.
    pub(super) fn new(layout: Layout, json: JsValue) -> Self {
        Self {
            id: layout.id,
            json,
            caps: layout.caps.clone(),
            checked: layout.check().map_err(|error| error.to_string()),
            gst: OnceCell::new(),
            itu: OnceCell::new(),
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn json(&self) -> &JsValue {
        &self.json
    }

    pub(super) fn caps(&self) -> &str {
        &self.caps
    }

    /// The layout, or why it contradicts itself.
    pub(super) fn checked(&self) -> Result<&CheckedLayout, &str> {
        self.checked.as_ref().map_err(String::as_str)
    }

    /// The decoder, or why there is none.
    pub(super) fn decoder(&self, mode: ColorMode) -> Result<&Decoder, &str> {
        let cell = match mode {
            ColorMode::Gst => &self.gst,
            ColorMode::Itu => &self.itu,
        };
        let make = || {
            let checked = self.checked()?;
            Decoder::new(checked, mode).map_err(|error| error.to_string())
        };
        cell.get_or_init(make).as_ref().map_err(String::as_str)
    }
}
