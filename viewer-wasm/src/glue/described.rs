//! A layout as it was received, with its decoders, and a received frame that has it.

use crate::convert::{ColorMode, Decoder};
use js_sys::Uint8Array;
use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::{CheckedLayout, FrameHeader, Layout};

/// `GST_VIDEO_BUFFER_FLAG_INTERLACED`: in caps of interlace mode `mixed`, the buffer's lines are of two fields.
const BUFFER_INTERLACED: u32 = 1 << 20;

/// A layout, checked, with a decoder for each colour mode once that is asked for.
pub(super) struct Described {
    id: u32,
    json: JsValue,
    caps: String,
    checked: Result<CheckedLayout, String>,
    gst: Decoders,
    itu: Decoders,
}

/// Decoders of one colour mode, once they are asked for.
#[derive(Default)]
struct Decoders {
    frames: OnceCell<Result<Decoder, String>>,
    /// For the interlaced frames of a layout that mixes them.
    fields: OnceCell<Result<Decoder, String>>,
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
            gst: Decoders::default(),
            itu: Decoders::default(),
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

    /// The decoder of a frame with these buffer flags, or why there is none.
    pub(super) fn decoder(&self, mode: ColorMode, flags: u32) -> Result<&Decoder, &str> {
        let decoders = match mode {
            ColorMode::Gst => &self.gst,
            ColorMode::Itu => &self.itu,
        };
        let checked = self.checked()?;
        let of_fields = checked.interlace.mode == "mixed" && flags & BUFFER_INTERLACED != 0;
        let (cell, make): (_, fn(_, _) -> _) =
            if of_fields { (&decoders.fields, Decoder::of_fields) } else { (&decoders.frames, Decoder::new) };
        let decoder = cell.get_or_init(|| make(checked, mode).map_err(|error| error.to_string()));
        decoder.as_ref().map_err(String::as_str)
    }
}
