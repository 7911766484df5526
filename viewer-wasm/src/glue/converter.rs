//! The exported `Converter`: the decoder of the viewer without socket and canvas, for tests, benchmarks and scripts.

use super::held::Plain;
use super::read_picture;
use super::screen::TILE_BYTES;
use super::verify;
use crate::convert::Decoder;
use js_sys::{Error, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use wire::coding::{Coder, Decoding};
use wire::layout::MAX_PLANES;
use wire::{CheckedLayout, Layout};

/// Decodes frames of one layout into RGBA in wasm memory.
#[wasm_bindgen]
pub struct Converter {
    layout: CheckedLayout,
    decoder: Decoder,
    payload: Vec<u8>,
    rgba: Vec<u8>,
    copied: Vec<u8>,
    hashed: Vec<u8>,
    coder: Coder,
    coded: Vec<u8>,
}

#[wasm_bindgen]
impl Converter {
    /// A converter of frames of `layout`, JSON as it travels, into `picture`, JSON too; of the interlaced frames where the
    /// layout's mode is `mixed` and `interlaced` says so; by the general path alone if `general` says so.
    #[wasm_bindgen(constructor)]
    pub fn new(
        layout: &str,
        picture: &str,
        interlaced: bool,
        general: Option<bool>,
    ) -> Result<Converter, JsValue> {
        let layout = Layout::from_json(layout).map_err(thrown)?;
        let layout = layout.check().map_err(thrown)?;
        let picture = read_picture(picture)?;
        let make = match (general, interlaced) {
            (Some(true), _) => Decoder::general,
            (_, true) => Decoder::of_fields,
            (_, false) => Decoder::new,
        };
        let decoder = make(&layout, &picture).map_err(thrown)?;
        let rgba = vec![0; decoder.rgba_len()];
        Ok(Self {
            coder: Coder::new(&layout),
            coded: Vec::new(),
            layout,
            decoder,
            payload: Vec::new(),
            copied: vec![0; rgba.len()],
            rgba,
            hashed: Vec::new(),
        })
    }

    /// Takes a copy of a frame's payload.
    pub fn load(&mut self, payload: &Uint8Array) -> Result<(), JsValue> {
        self.layout.check_payload(payload.length().into()).map_err(thrown)?;
        self.payload = payload.to_vec();
        Ok(())
    }

    /// Takes a copy of a frame's payload as the encoding `residual` has it.
    #[wasm_bindgen(js_name = loadCoded)]
    pub fn load_coded(&mut self, coded: &Uint8Array) {
        self.coded = coded.to_vec();
    }

    /// Decodes what was loaded so, as the payload that is converted.
    pub fn unpack(&mut self) -> Result<(), JsValue> {
        self.coder.decode(&self.coded, &mut self.payload).map_err(thrown)
    }

    /// Decodes it tile after tile, and converts each while it is in the cache.
    #[wasm_bindgen(js_name = unpackAndConvert)]
    pub fn unpack_and_convert(&mut self) -> Result<(), JsValue> {
        let mut decoding = Decoding::new(&self.coder, &self.coded).map_err(thrown)?;
        self.payload.resize(decoding.len(), 0);
        self.layout.check_payload(self.payload.len() as u64).map_err(thrown)?;
        let Self { decoder, payload, rgba, .. } = self;
        tiles(decoder, payload, rgba, |plane, end, payload| {
            decoding.plane(plane, end, payload).map_err(thrown)
        })
    }

    /// A copy of the payload.
    #[must_use]
    pub fn payload(&self) -> Uint8Array {
        Uint8Array::from(self.payload.as_slice())
    }

    /// Decodes the frame that was loaded last, in tiles as a viewer does.
    pub fn convert(&mut self) -> Result<(), JsValue> {
        self.layout.check_payload(self.payload.len() as u64).map_err(thrown)?;
        let Self { decoder, payload, rgba, .. } = self;
        tiles(decoder, payload, rgba, |_, _, _| Ok(()))
    }

    /// The hash of a payload's buffer, and of its visible rows or nothing, taken as a viewer takes them, copying included.
    pub fn hash(&mut self, payload: &Uint8Array) -> Result<Vec<String>, JsValue> {
        let len = payload.length();
        self.layout.check_payload(len.into()).map_err(thrown)?;
        let plain = Plain { bytes: payload.clone(), range: 0..len as usize, message: None };
        let hashes = verify::hashes(&self.layout, &plain, &mut self.hashed).map_err(thrown)?;
        Ok(std::iter::once(hashes.buffer).chain(hashes.rows).map(|hash| hash.to_string()).collect())
    }

    /// Copies the output once within wasm memory: what a conversion is measured beside.
    pub fn copy(&mut self) {
        self.copied.copy_from_slice(&self.rgba);
    }

    /// A copy of the picture, four bytes a pixel.
    #[must_use]
    pub fn rgba(&self) -> Uint8ClampedArray {
        Uint8ClampedArray::from(self.rgba.as_slice())
    }

    /// Columns.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.decoder.width()
    }

    /// Rows.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.decoder.height()
    }
}

/// Converts a payload tile by tile; `unpack` is asked for the bytes of a plane through an end before they are read.
fn tiles(
    decoder: &Decoder,
    payload: &mut [u8],
    rgba: &mut [u8],
    mut unpack: impl FnMut(usize, usize, &mut [u8]) -> Result<(), JsValue>,
) -> Result<(), JsValue> {
    let tile_rows = decoder.rows_of_tile(TILE_BYTES);
    for (tile, out) in rgba.chunks_mut(tile_rows * decoder.rgba_row_len()).enumerate() {
        let rows = tile * tile_rows..decoder.height().min((tile + 1) * tile_rows);
        for plane in 0..decoder.planes() {
            unpack(plane, decoder.plane_rows(plane, &rows).end, payload)?;
        }
        let mut planes = [&[][..]; MAX_PLANES];
        for (plane, bytes) in planes.iter_mut().enumerate().take(decoder.planes()) {
            *bytes = payload.get(decoder.plane_rows(plane, &rows)).unwrap_or_default();
        }
        decoder.decode_rows(&planes[..decoder.planes()], &rows, out).map_err(thrown)?;
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn thrown(error: impl ToString) -> JsValue {
    Error::new(&error.to_string()).into()
}
