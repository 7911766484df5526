//! The canvas: a frame's bytes from its message, through wasm memory, into the canvas, in tiles that stay in the cache.

use super::held::{Held, Payload, reserve};
use super::host;
use crate::convert::{DecodeError, Decoder, Observation};
use js_sys::{Object, Reflect, Uint8Array, WebAssembly};
use std::ops::Range;
use thiserror::Error;
use wasm_bindgen::{Clamped, prelude::*};
use web_sys::ImageData;
use wire::layout::MAX_PLANES;

/// Bytes of a tile: copied in and converted while still in the second-level cache.
pub(super) const TILE_BYTES: usize = 96 * 1024;

/// The longest side of a canvas; beyond it Chromium keeps the old picture and says nothing.
const MAX_SIDE: usize = 65_535;

/// Square canvases of this side exist everywhere: the area limit of the smallest browser there is, Safari on a phone.
const SAFE_SIDE: usize = 4_096;

#[wasm_bindgen]
extern "C" {
    /// An `OffscreenCanvas` or an `HTMLCanvasElement`: what is used here they have in common.
    #[derive(Clone)]
    pub(super) type Canvas;

    #[wasm_bindgen(method, getter, structural)]
    fn width(this: &Canvas) -> u32;
    #[wasm_bindgen(method, setter, structural, catch)]
    fn set_width(this: &Canvas, width: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn height(this: &Canvas) -> u32;
    #[wasm_bindgen(method, setter, structural, catch)]
    fn set_height(this: &Canvas, height: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = getContext)]
    fn get_context(this: &Canvas, kind: &str, options: &JsValue) -> Result<Option<Context>, JsValue>;

    /// The 2d context of either.
    type Context;

    #[wasm_bindgen(method, structural, catch, js_name = putImageData)]
    fn put_image_data(this: &Context, image: &ImageData, x: i32, y: i32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = getImageData)]
    fn get_image_data(this: &Context, x: i32, y: i32, width: i32, height: i32) -> Result<ImageData, JsValue>;
}

/// A canvas, its context, and the memory that frames pass through.
pub(super) struct Screen {
    canvas: Canvas,
    context: Context,
    rgba: Vec<u8>,
    tile: Vec<u8>,
    image: Option<Image>,
    /// The canvas has this size, and can hold a picture of it.
    proved: Option<(usize, usize)>,
    /// Nanoseconds that the last frame took: decoding it, and putting it on the canvas.
    pub(super) took: (u64, u64),
}

/// An `ImageData` over `rgba`; no longer valid once wasm memory has grown.
struct Image {
    data: ImageData,
    memory: JsValue,
}

/// Why a frame is not on the canvas.
#[derive(Debug, Error)]
pub(super) enum ScreenError {
    /// The canvas cannot be that large.
    #[error(
        "a canvas of {width}x{height} is too large for this browser; ask for a region or a smaller frame"
    )]
    TooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// There is no memory for the picture.
    #[error("no memory for {bytes} bytes of a picture of {width}x{height}")]
    Memory {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Bytes that were asked for.
        bytes: usize,
    },
    /// The bytes are not those that the decoder wants.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The message has fewer bytes than it had when it came.
    #[error("frame has {actual} of {expected} bytes")]
    MessageGone {
        /// Bytes needed.
        expected: usize,
        /// Bytes there are.
        actual: u32,
    },
    /// The bytes are not what their encoding makes.
    #[error("frame {sequence} cannot be decoded: {text}")]
    Coded {
        /// Its number.
        sequence: u64,
        /// Why not.
        text: String,
    },
    /// There is no memory for a part of a message.
    #[error("no memory for {bytes} bytes of a frame")]
    Bytes {
        /// Bytes that were asked for.
        bytes: usize,
    },
    /// The browser refused.
    #[error("the browser cannot draw: {text}")]
    Browser {
        /// What it said.
        text: String,
    },
}

impl Screen {
    pub(super) fn new(canvas: Canvas) -> Result<Self, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"alpha".into(), &JsValue::FALSE)?;
        let context = canvas
            .get_context("2d", &options)?
            .ok_or_else(|| js_sys::Error::new("the canvas has another context than 2d already"))?;
        Ok(Self {
            canvas,
            context,
            rgba: Vec::new(),
            tile: Vec::new(),
            image: None,
            proved: None,
            took: (0, 0),
        })
    }

    /// Puts a frame on the canvas, which takes its size; after an error the canvas is blank.
    pub(super) fn draw(&mut self, decoder: &Decoder, frame: &Held) -> Result<(), ScreenError> {
        let drawn = self.try_draw(decoder, frame);
        if drawn.is_err() {
            self.blank();
        }
        drawn
    }

    /// Puts a picture on the canvas that is four bytes a pixel already; `rgba` gets back what the canvas had before.
    pub(super) fn show(
        &mut self,
        (width, height): (usize, usize),
        rgba: &mut Vec<u8>,
    ) -> Result<(), ScreenError> {
        let is_new = self.proved != Some((width, height));
        if is_new {
            self.resize((width, height))?;
        }
        std::mem::swap(&mut self.rgba, rgba);
        self.image = None;
        self.put((width, height))?;
        if is_new {
            self.prove((width, height))?;
            self.proved = Some((width, height));
        }
        Ok(())
    }

    /// Makes the canvas a single black pixel: never an old picture under a new name.
    pub(super) fn blank(&mut self) {
        self.proved = None;
        // A canvas that cannot even be one pixel has been said to be broken by then.
        let _ = self.canvas.set_width(1).and_then(|()| self.canvas.set_height(1));
    }

    fn try_draw(&mut self, decoder: &Decoder, frame: &Held) -> Result<(), ScreenError> {
        let size = (decoder.width(), decoder.height());
        let is_new = self.proved != Some(size);
        if is_new {
            self.resize(size)?;
        }
        self.reserve(decoder)?;
        let began = host::now_nanos();
        self.decode(decoder, frame)?;
        let between = host::now_nanos();
        self.put(size)?;
        self.took = (between.saturating_sub(began), host::now_nanos().saturating_sub(between));
        if is_new {
            self.prove(size)?;
            self.proved = Some(size);
        }
        Ok(())
    }

    fn resize(&mut self, (width, height): (usize, usize)) -> Result<(), ScreenError> {
        self.proved = None;
        self.image = None;
        let too_large = || ScreenError::TooLarge { width, height };
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(too_large());
        }
        let (columns, rows) = (js_len(width), js_len(height));
        // Assigning a size clears the canvas even if it is the same one.
        if (self.canvas.width(), self.canvas.height()) != (columns, rows) {
            self.canvas.set_width(columns).map_err(browser)?;
            self.canvas.set_height(rows).map_err(browser)?;
        }
        if (self.canvas.width(), self.canvas.height()) != (columns, rows) {
            return Err(too_large());
        }
        Ok(())
    }

    /// A context that has given up, as for too large an area, draws nothing and throws nothing: it reads back as
    /// transparent, which an opaque canvas cannot be.
    fn prove(&self, (width, height): (usize, usize)) -> Result<(), ScreenError> {
        // Reading back moves some browsers' canvases off the GPU, so it is done only where it may fail.
        if width.max(height) <= SAFE_SIDE {
            return Ok(());
        }
        let pixel = self.context.get_image_data(0, 0, 1, 1).map_err(browser)?.data();
        if pixel.iter().all(|&code| code == 0) {
            return Err(ScreenError::TooLarge { width, height });
        }
        Ok(())
    }

    fn reserve(&mut self, decoder: &Decoder) -> Result<(), ScreenError> {
        let bytes = decoder.rgba_len();
        if self.rgba.len() == bytes {
            return Ok(());
        }
        self.image = None;
        self.rgba = Vec::new();
        reserve(&mut self.rgba, bytes).map_err(|_| memory(decoder, bytes))
    }

    /// Looks at all codes of a frame.
    pub(super) fn observe(&mut self, decoder: &Decoder, frame: &Held) -> Result<Observation, ScreenError> {
        let mut observation = decoder.observation();
        self.tiles(decoder, frame, |planes, rows| decoder.observe_rows(planes, &rows, &mut observation))?;
        Ok(observation)
    }

    fn decode(&mut self, decoder: &Decoder, frame: &Held) -> Result<(), ScreenError> {
        let mut rgba = std::mem::take(&mut self.rgba);
        let row_len = decoder.rgba_row_len();
        let result = self.tiles(decoder, frame, |planes, rows| {
            let out = &mut rgba[rows.start * row_len..rows.end * row_len];
            decoder.decode_rows(planes, &rows, out)
        });
        self.rgba = rgba;
        result
    }

    /// Hands on the bytes of a frame's planes by tiles of rows, which are copied in where they are not in memory.
    fn tiles(
        &mut self,
        decoder: &Decoder,
        frame: &Held,
        mut each: impl FnMut(&[&[u8]], Range<usize>) -> Result<(), DecodeError>,
    ) -> Result<(), ScreenError> {
        let tile_rows = decoder.rows_of_tile(TILE_BYTES);
        let count = decoder.planes();
        frame.read(|payload| {
            for top in (0..decoder.height()).step_by(tile_rows) {
                let rows = top..decoder.height().min(top + tile_rows);
                let source = |plane| decoder.plane_rows(plane, &rows);
                let mut planes = [&[][..]; MAX_PLANES];
                match &payload {
                    Payload::Memory(bytes) => {
                        let actual = js_len(bytes.len());
                        for (plane, part) in planes.iter_mut().enumerate().take(count) {
                            let expected = source(plane).end;
                            let gone = || ScreenError::MessageGone { expected, actual };
                            *part = bytes.get(source(plane)).ok_or_else(gone)?;
                        }
                    }
                    Payload::Message(plain) => {
                        let end = (0..count).map(|plane| source(plane).len()).sum();
                        if self.tile.len() < end {
                            reserve(&mut self.tile, end)?;
                        }
                        let mut rest = &mut self.tile[..];
                        for (plane, part) in planes.iter_mut().enumerate().take(count) {
                            let (tile, behind) = rest.split_at_mut(source(plane).len());
                            plain.copy(source(plane).start, tile)?;
                            *part = tile;
                            rest = behind;
                        }
                    }
                }
                each(&planes[..count], rows)?;
            }
            Ok(())
        })?
    }

    fn put(&mut self, (width, height): (usize, usize)) -> Result<(), ScreenError> {
        let memory = wasm_bindgen::memory().unchecked_into::<WebAssembly::Memory>().buffer();
        let kept = self.image.take().filter(|image| Object::is(&image.memory, &memory));
        let image = if let Some(image) = kept {
            image
        } else {
            let pixels = Clamped(self.rgba.as_slice());
            let data = ImageData::new_with_u8_clamped_array_and_sh(pixels, js_len(width), js_len(height));
            Image { data: data.map_err(browser)?, memory }
        };
        let put = self.context.put_image_data(&image.data, 0, 0).map_err(browser);
        self.image = Some(image);
        put
    }
}

/// Copies from `start` of the message as many bytes as `to` has.
pub(super) fn copy(message: &Uint8Array, start: usize, to: &mut [u8]) -> Result<(), ScreenError> {
    if to.is_empty() {
        return Ok(());
    }
    let source = message.subarray(js_len(start), js_len(start + to.len()));
    // `copy_to` panics on a difference, and no panic may leave this module.
    if source.length() != js_len(to.len()) {
        return Err(ScreenError::MessageGone { expected: to.len(), actual: source.length() });
    }
    source.copy_to(to);
    Ok(())
}

fn memory(decoder: &Decoder, bytes: usize) -> ScreenError {
    ScreenError::Memory { width: decoder.width(), height: decoder.height(), bytes }
}

/// A length or position in wasm memory or in a message, neither of which is longer than a u32.
pub(super) fn js_len(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn browser(error: JsValue) -> ScreenError {
    ScreenError::Browser { text: text_of(&error) }
}

/// What a thrown value says.
pub(super) fn text_of(error: &JsValue) -> String {
    let message = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
    let text = message.map(String::from).or_else(|| error.as_string());
    text.unwrap_or_else(|| "no reason given".to_owned())
}
