//! A layout as it was received, with its decoders, and a received frame that has it.

use crate::convert::{Decoder, Picture};
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::{CheckedLayout, FrameHeader, Layout};

/// `GST_VIDEO_BUFFER_FLAG_INTERLACED`: in caps of interlace mode `mixed`, the buffer's lines are of two fields.
const BUFFER_INTERLACED: u32 = 1 << 20;

/// A layout, checked, with the decoders of the picture that was last asked for.
pub(super) struct Described {
    id: u32,
    json: JsValue,
    caps: String,
    checked: Result<CheckedLayout, String>,
    decoders: RefCell<Decoders>,
}

/// Decoders of one picture, once they are asked for.
#[derive(Default)]
struct Decoders {
    picture: Picture,
    frames: Option<Result<Rc<Decoder>, String>>,
    /// For the interlaced frames of a layout that mixes them.
    fields: Option<Result<Rc<Decoder>, String>>,
}

/// A frame whose bytes are still in the message it came in.
pub(super) struct Held {
    pub(super) header: FrameHeader,
    /// The whole message.
    pub(super) message: Uint8Array,
    /// The payload's bytes in the message; at least as many as the layout needs.
    pub(super) payload: Range<usize>,
    pub(super) layout: Rc<Described>,
    /// When its message was here, on the viewer's clock.
    pub(super) received_nanos: u64,
}

impl Described {
    /// `json` is the layout's object as it travelled.
    pub(super) fn new(layout: Layout, json: JsValue) -> Self {
        Self {
            id: layout.id,
            json,
            caps: layout.caps.clone(),
            checked: layout.check().map_err(|error| error.to_string()),
            decoders: RefCell::default(),
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

    /// Whether a frame with these buffer flags is interlaced where others of the layout are not.
    pub(super) fn is_of_fields(&self, flags: u32) -> bool {
        let is_mixed = self.checked().is_ok_and(|layout| layout.interlace.mode == "mixed");
        is_mixed && flags & BUFFER_INTERLACED != 0
    }

    /// The decoder for a picture of a frame with these buffer flags, or why there is none.
    pub(super) fn decoder(&self, picture: &Picture, flags: u32) -> Result<Rc<Decoder>, String> {
        let checked = self.checked()?;
        let mut decoders = self.decoders.borrow_mut();
        if decoders.picture != *picture {
            *decoders = Decoders { picture: picture.clone(), ..Decoders::default() };
        }
        let of_fields = self.is_of_fields(flags);
        let (kept, make): (_, fn(_, _) -> _) = if of_fields {
            (&mut decoders.fields, Decoder::of_fields)
        } else {
            (&mut decoders.frames, Decoder::new)
        };
        kept.get_or_insert_with(|| make(checked, picture).map(Rc::new).map_err(|error| error.to_string()))
            .clone()
    }
}
