//! A received frame: its bytes in the message it came in, and what they are once they are decoded.
//!
//! All that reads a frame reads it here, by [`Held::read`] in wasm memory or by [`Held::plain`] outside of it; nothing
//! else knows of encodings.

use super::described::Described;
use super::host;
use super::message::Message;
use super::screen::{ScreenError, copy, js_len};
use crate::frame::Parts;
use js_sys::Uint8Array;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::{Rc, Weak};
use wire::FrameHeader;
use wire::layout::Encoding;

/// Bytes with which a coded payload begins: those of its decoded length, of `lz4` and of `residual`.
const LZ4_HEAD: usize = 4;
const RESIDUAL_HEAD: usize = 8;
/// A block of LZ4 decodes to no more than so many times its bytes.
const LZ4_MOST: usize = 255;

/// A frame whose bytes are still in the message it came in. A clone is another handle of the same bytes.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) header: FrameHeader,
    /// The whole message.
    pub(super) message: Rc<Message>,
    /// The payload in the message, as it travelled.
    payload: Range<usize>,
    pub(super) layout: Rc<Described>,
    /// When its message was here, on the viewer's clock.
    pub(super) received_nanos: u64,
    /// Of an encoded frame: what it is, once somebody has asked.
    decoded: Option<Rc<OnceCell<Uint8Array>>>,
}

/// A frame's payload, decoded, outside of wasm memory.
#[derive(Clone)]
pub(super) struct Plain {
    pub(super) bytes: Uint8Array,
    /// The payload's place in the bytes.
    pub(super) range: Range<usize>,
    /// Where the bytes are those of a message: it, so that they stay.
    pub(super) message: Option<Rc<Message>>,
}

/// A frame's payload, decoded, where it is.
pub(super) enum Payload<'a> {
    Message(&'a Plain),
    Memory(&'a [u8]),
}

/// Memory that encoded frames are decoded in, one after the other.
#[derive(Default)]
struct Decoded {
    coded: Vec<u8>,
    plain: Vec<u8>,
    /// The frame that `plain` is of.
    of: Weak<OnceCell<Uint8Array>>,
}

thread_local! {
    static DECODED: RefCell<Decoded> = RefCell::default();
}

impl Held {
    /// A frame that has just come.
    pub(super) fn new(
        Parts { header, payload }: Parts,
        message: &Rc<Message>,
        layout: Rc<Described>,
    ) -> Self {
        let decoded = (layout.encoding() != Encoding::Raw).then(Rc::default);
        let received_nanos = host::now_nanos();
        Self { header, message: Rc::clone(message), payload, layout, received_nanos, decoded }
    }

    /// The metas' bytes in the message, which [`crate::frame::split`] found to be there.
    pub(super) fn metas(&self) -> Range<usize> {
        let start = self.payload.end;
        start..start.saturating_add(self.header.metas_len as usize)
    }

    /// Whether a frame has no samples that were not sent.
    pub(super) fn is_whole(&self) -> bool {
        self.layout.is_whole()
    }

    /// Bytes of the payload once it is decoded.
    pub(super) fn len(&self) -> usize {
        let head = match self.layout.encoding() {
            Encoding::Raw => return self.payload.len(),
            Encoding::Lz4 => LZ4_HEAD,
            Encoding::Residual => RESIDUAL_HEAD,
        };
        if let Some(decoded) = self.decoded.as_ref().and_then(|decoded| decoded.get()) {
            return decoded.length() as usize;
        }
        let mut length = [0; RESIDUAL_HEAD];
        let there = head <= self.payload.len()
            && copy(&self.message, self.payload.start, &mut length[..head]).is_ok();
        if there { usize::try_from(u64::from_le_bytes(length)).unwrap_or(0) } else { 0 }
    }

    /// How many bytes of the payload are the appsink's.
    pub(super) fn source_len(&self) -> usize {
        let len = self.len();
        let source = |layout: &wire::CheckedLayout| layout.source_len(len as u64);
        self.layout.checked().map_or(len, |layout| usize::try_from(source(layout)).unwrap_or(len))
    }

    /// Decodes an encoded frame into memory, or says why its bytes are none.
    pub(super) fn decode(&self) -> Result<(), ScreenError> {
        self.read(|_| ())
    }

    /// Lets `act` have the payload, decoded: in wasm memory where that was needed.
    pub(super) fn read<T>(&self, act: impl FnOnce(Payload<'_>) -> T) -> Result<T, ScreenError> {
        let Some(decoded) = &self.decoded else {
            return Ok(act(Payload::Message(&self.as_it_came())));
        };
        if let Some(bytes) = decoded.get() {
            let range = 0..bytes.length() as usize;
            return Ok(act(Payload::Message(&Plain { bytes: bytes.clone(), range, message: None })));
        }
        DECODED.with_borrow_mut(|memory| {
            if !std::ptr::eq(memory.of.as_ptr(), Rc::as_ptr(decoded)) {
                memory.of = Weak::new();
                memory.decode(self)?;
                memory.of = Rc::downgrade(decoded);
            }
            Ok(act(Payload::Memory(&memory.plain)))
        })
    }

    /// The payload, decoded, outside of wasm memory; an encoded one is made once.
    pub(super) fn plain(&self) -> Result<Plain, ScreenError> {
        let Some(decoded) = &self.decoded else { return Ok(self.as_it_came()) };
        let made = self.read(|payload| match payload {
            Payload::Message(plain) => plain.bytes.clone(),
            Payload::Memory(bytes) => Uint8Array::from(bytes),
        })?;
        let bytes = decoded.get_or_init(|| made).clone();
        let range = 0..bytes.length() as usize;
        Ok(Plain { bytes, range, message: None })
    }

    fn as_it_came(&self) -> Plain {
        let message = Rc::clone(&self.message);
        Plain { bytes: (**message).clone(), range: self.payload.clone(), message: Some(message) }
    }
}

impl Plain {
    /// Bytes of a range of the payload.
    pub(super) fn bytes(&self, range: Range<usize>) -> Result<Cow<'static, [u8]>, ScreenError> {
        let mut bytes = vec![0; range.len()];
        self.copy(range.start, &mut bytes)?;
        Ok(bytes.into())
    }

    /// Copies from `start` of the payload as many bytes as `to` has.
    pub(super) fn copy(&self, start: usize, to: &mut [u8]) -> Result<(), ScreenError> {
        copy(&self.bytes, self.range.start + start, to)
    }

    /// The bytes are read outside from now on.
    pub(super) fn give_away(&self) {
        if let Some(message) = &self.message {
            message.give_away();
        }
    }

    /// The first `len` bytes of the payload, as a part of the bytes that hold them.
    pub(super) fn first(&self, len: usize) -> Uint8Array {
        let start = self.range.start;
        self.bytes.subarray(js_len(start), js_len(start + len))
    }
}

impl Decoded {
    fn decode(&mut self, frame: &Held) -> Result<(), ScreenError> {
        let Self { coded, plain, .. } = self;
        let wrong = |text: String| ScreenError::Coded { sequence: frame.header.sequence, text };
        reserve(coded, frame.payload.len())?;
        copy(&frame.message, frame.payload.start, coded)?;
        let layout = frame.layout.checked().map_err(|text| wrong(text.to_owned()))?;
        let len = frame.len();
        match layout.encoding {
            Encoding::Raw => plain.clone_from(coded),
            Encoding::Lz4 => {
                let block = coded.get(LZ4_HEAD..).unwrap_or(&[]);
                if len / LZ4_MOST > block.len() {
                    return Err(wrong(format!("{} bytes of LZ4 are not {len}", block.len())));
                }
                reserve(plain, len)?;
                let decoded = lz4_flex::block::decompress_into(block, plain);
                let actual = decoded.map_err(|error| wrong(error.to_string()))?;
                if actual != len {
                    return Err(wrong(format!("{actual} of {len} bytes are there")));
                }
            }
            Encoding::Residual => {
                // What is longer than this is refused before memory is asked for.
                if len as u64 <= layout.min_payload_len().saturating_add(coded.len() as u64) {
                    reserve(plain, len)?;
                }
                frame.layout.coder(layout).decode(coded, plain).map_err(|error| wrong(error.to_string()))?;
            }
        }
        layout.check_payload(plain.len() as u64).map_err(|error| wrong(error.to_string()))
    }
}

/// Gives `bytes` that length, if there is memory for it.
pub(super) fn reserve(bytes: &mut Vec<u8>, len: usize) -> Result<(), ScreenError> {
    let more = len.saturating_sub(bytes.len());
    bytes.try_reserve_exact(more).map_err(|_| ScreenError::Bytes { bytes: len })?;
    bytes.resize(len, 0);
    Ok(())
}
