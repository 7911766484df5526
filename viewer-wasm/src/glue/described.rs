//! A layout as it was received, with its decoders, and a received frame that has it.

use super::trial::Tried;
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
    /// What its frames are read by instead, while somebody tries that.
    tried: RefCell<Option<Rc<Tried>>>,
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

/// A frame whose bytes are still in the message it came in. A clone is another handle of the same bytes.
#[derive(Clone)]
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

impl Held {
    /// The metas' bytes in the message, which [`crate::frame::split`] found to be there.
    pub(super) fn metas(&self) -> Range<usize> {
        let start = self.payload.end;
        start..start.saturating_add(self.header.metas_len as usize)
    }
}

impl Described {
    /// `json` is the layout's object as it travelled.
    pub(super) fn new(layout: Layout, json: JsValue) -> Self {
        Self {
            id: layout.id,
            json,
            caps: layout.caps.clone(),
            checked: layout.check().map_err(|error| error.to_string()),
            tried: RefCell::default(),
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

    /// What frames of this layout are read by instead; none while they are read by it.
    pub(super) fn tried(&self) -> Option<Rc<Tried>> {
        self.tried.borrow().clone()
    }

    /// From now on frames are read by another layout, or by this one again.
    pub(super) fn try_as(&self, tried: Option<Rc<Tried>>) {
        self.tried.replace(tried);
        self.decoders.replace(Decoders::default());
    }

    /// Lets `act` have the layout that frames are read by: this one, or the one that is tried.
    pub(super) fn read_by<T>(&self, act: impl FnOnce(&CheckedLayout) -> T) -> Result<T, String> {
        match self.tried() {
            Some(tried) => Ok(act(&tried.layout)),
            None => Ok(act(self.checked()?)),
        }
    }

    /// The layout as it came, or why it contradicts itself.
    pub(super) fn checked(&self) -> Result<&CheckedLayout, &str> {
        self.checked.as_ref().map_err(String::as_str)
    }

    /// Whether a frame with these buffer flags is interlaced where others of the layout are not.
    pub(super) fn is_of_fields(&self, flags: u32) -> bool {
        let is_mixed = self.read_by(|layout| layout.interlace.mode == "mixed").unwrap_or(false);
        is_mixed && flags & BUFFER_INTERLACED != 0
    }

    /// The decoder for a picture of a frame with these buffer flags, or why there is none.
    pub(super) fn decoder(&self, picture: &Picture, flags: u32) -> Result<Rc<Decoder>, String> {
        let mut decoders = self.decoders.borrow_mut();
        if decoders.picture != *picture {
            *decoders = Decoders { picture: picture.clone(), ..Decoders::default() };
        }
        let of_fields = self.is_of_fields(flags);
        let (kept, make): (_, fn(&CheckedLayout, &Picture) -> _) = if of_fields {
            (&mut decoders.fields, Decoder::of_fields)
        } else {
            (&mut decoders.frames, Decoder::new)
        };
        let new = || {
            let decoder = self.read_by(|layout| make(layout, picture))?;
            decoder.map(Rc::new).map_err(|error| error.to_string())
        };
        kept.get_or_insert_with(new).clone()
    }
}

impl Held {
    /// How many bytes of the payload are the appsink's.
    pub(super) fn source_len(&self) -> u64 {
        let len = self.payload.len() as u64;
        self.layout.checked().map_or(len, |layout| layout.source_len(len))
    }
}
