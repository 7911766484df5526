//! A layout as it was received, with all that reads its frames; knows nothing of their bytes.

use super::trial::Tried;
use crate::convert::{Decoder, Picture};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::coding::Coder;
use wire::layout::Encoding;
use wire::{CheckedLayout, FrameHeader, Layout, LayoutError};

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
    coder: OnceCell<Coder>,
}

/// Decoders of one picture, once they are asked for.
#[derive(Default)]
struct Decoders {
    picture: Picture,
    frames: Option<Result<Rc<Decoder>, String>>,
    /// For the interlaced frames of a layout that mixes them.
    fields: Option<Result<Rc<Decoder>, String>>,
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
            coder: OnceCell::new(),
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

    /// Refuses a payload that is too short to read by this layout. A layout that contradicts itself is never read by, and
    /// what is encoded shows its length when it is decoded.
    pub(super) fn check_payload(&self, header: &FrameHeader) -> Result<(), LayoutError> {
        match self.checked() {
            Ok(layout) if layout.encoding == Encoding::Raw => layout.check_payload(header.payload_len),
            _ => Ok(()),
        }
    }

    /// How payloads travel.
    pub(super) fn encoding(&self) -> Encoding {
        self.checked().map_or(Encoding::Raw, |layout| layout.encoding)
    }

    /// Whether frames are sent whole; so are those that cannot be read.
    pub(super) fn is_whole(&self) -> bool {
        self.checked().map_or(true, |layout| layout.is_whole())
    }

    /// What decodes payloads of the encoding `residual`; `layout` is this one, checked.
    pub(super) fn coder(&self, layout: &CheckedLayout) -> &Coder {
        self.coder.get_or_init(|| Coder::new(layout))
    }

    /// Whether frames of the other layout are of the same kind: sent in another part, in other steps, otherwise encoded.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let of_frames = |layout: &Layout| Layout {
            id: 0,
            planes: Vec::new(),
            region: layout.whole(),
            step: (1, 1),
            encoding: Encoding::Raw,
            ..layout.clone()
        };
        let (Ok(one), Ok(other)) = (self.checked(), other.checked()) else { return false };
        one.converted.is_some() == other.converted.is_some()
            && Layout { converted: None, ..of_frames(one) } == Layout { converted: None, ..of_frames(other) }
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
