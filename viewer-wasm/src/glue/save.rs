//! What files of a frame are made of: codes of whole components, pixels as they are drawn, and all that is said of it.
//!
//! Knows no file: arrays, pictures and archives are written by `www/save`, around the bytes that come from here. A frame
//! is the one on the canvas, or one that was recorded.

use super::detail::{Detail, nanos, number};
use super::held::Held;
use super::probe::ProbeError;
use super::screen::{TILE_BYTES, js_len};
use super::session::Session;
use crate::convert::{BLOCK_ROWS, Probe};
use js_sys::{Array, BigInt, Error, Uint8Array};
use thiserror::Error;
use wasm_bindgen::prelude::*;
use wire::FrameHeader;
use wire::layout::arrays::{self, Outline};
use wire::layout::command::{Count, command};
use wire::layout::{MAX_PLANES, y4m};

/// The file's name in commands, until it has one.
const FILE: &str = "FILE";

#[wasm_bindgen]
extern "C" {
    /// A `Uint8Array` that may be too large to be had.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;

    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(length: f64) -> Result<Bytes, JsValue>;
}

/// Why a file cannot be made.
#[derive(Debug, Error)]
pub(super) enum SaveError {
    /// As of single pixels.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The codes are those of a picture that the server made.
    #[error("the server converted {format}, so that its codes are not here; the server's files have them")]
    Converted {
        /// The original's name.
        format: String,
    },
    /// Not all of the frame is here.
    #[error("only a part of frame {sequence} was sent")]
    Part {
        /// Its number.
        sequence: u64,
    },
    /// A component that the format does not have.
    #[error("{format} has no {name}")]
    NoComponent {
        /// The format's name.
        format: String,
        /// What was asked for.
        name: char,
    },
    /// There is no memory for it.
    #[error("no memory for {bytes} bytes")]
    Memory {
        /// Bytes asked for.
        bytes: usize,
    },
}

impl SaveError {
    /// As JavaScript has it: an `Error` that has a name.
    pub(super) fn thrown(&self) -> JsValue {
        let name = match self {
            Self::Probe(error) => return error.thrown(),
            Self::Converted { .. } | Self::NoComponent { .. } => "NotSupportedError",
            Self::Part { .. } => "FrameGone",
            Self::Memory { .. } => "RangeError",
        };
        let thrown = Error::new(&self.to_string());
        thrown.set_name(name);
        thrown.into()
    }
}

impl Session {
    /// What is known of a frame, and which files it can be.
    pub(super) fn describe_frame(&self, recorded: Option<u32>) -> Result<JsValue, SaveError> {
        let held = self.frame_to_save(recorded)?;
        Ok(said(held))
    }

    /// The appsink's bytes of a frame, where they are: a part of the message it came in.
    pub(super) fn frame_bytes(&self, recorded: Option<u32>) -> Result<Uint8Array, SaveError> {
        let held = self.frame_to_save(recorded)?;
        let plain = held.plain().map_err(ProbeError::from)?;
        plain.give_away();
        Ok(plain.first(held.source_len()))
    }

    /// The codes of some components, side by side, as bytes or as little-endian words.
    pub(super) fn read_samples(
        &self,
        recorded: Option<u32>,
        names: &str,
        (rows, columns): (u32, u32),
        wide: bool,
    ) -> Result<Uint8Array, SaveError> {
        let held = self.frame_to_save(recorded)?;
        let layout = held.layout.checked().map_err(|text| ProbeError::Undecodable(text.to_owned()))?;
        if layout.converted.is_some() {
            return Err(SaveError::Converted { format: layout.format.clone() });
        }
        let probe = Probe::new(layout, held.layout.is_of_fields(held.header.flags))
            .map_err(|error| ProbeError::Undecodable(error.to_string()))?;
        let plain = held.plain().map_err(ProbeError::from)?;
        let (rows, columns) = (rows as usize, columns as usize);
        let step = names.chars().count();
        let row_codes = columns.saturating_mul(step);
        let row_bytes = row_codes.saturating_mul(1 + usize::from(wide));
        let out = room(row_bytes.saturating_mul(rows))?;
        let mut codes = vec![0; row_codes.saturating_mul(BLOCK_ROWS.min(rows))];
        for top in (0..rows).step_by(BLOCK_ROWS) {
            let block = top..rows.min(top + BLOCK_ROWS);
            let codes = &mut codes[..row_codes * block.len()];
            for (at, name) in names.chars().enumerate() {
                let payload = |range| plain.bytes(range);
                let found = probe.rows(name, block.clone(), columns, (&mut codes[at..], step), payload);
                if !found.map_err(ProbeError::from)? {
                    return Err(SaveError::NoComponent { format: layout.format.clone(), name });
                }
            }
            let bytes: Vec<u8> = if wide {
                codes.iter().flat_map(|code| code.to_le_bytes()).collect()
            } else {
                // Codes of up to 8 bits.
                codes.iter().map(|code| code.to_le_bytes()[0]).collect()
            };
            put(&out, top * row_bytes, &bytes);
        }
        Ok(out)
    }

    /// The frame on the canvas as it is drawn: opaque RGBA, decoded anew, and its size.
    pub(super) fn read_drawn(&self) -> Result<JsValue, SaveError> {
        let read = self.read()?;
        let (width, height) = read.probe.size();
        let decoder = &read.decoder;
        let row_len = decoder.rgba_row_len();
        let out = room(row_len.saturating_mul(height))?;
        let step = decoder.rows_of_tile(TILE_BYTES).max(1);
        let mut rgba = vec![0; row_len * step.min(height)];
        for top in (0..height).step_by(step) {
            let rows = top..height.min(top + step);
            let held = (0..decoder.planes()).map(|plane| read.bytes(decoder.plane_rows(plane, &rows)));
            let held = held.collect::<Result<Vec<_>, _>>().map_err(ProbeError::from)?;
            let mut planes = [&[][..]; MAX_PLANES];
            for (plane, bytes) in planes.iter_mut().zip(&held) {
                *plane = bytes;
            }
            let rgba = &mut rgba[..row_len * rows.len()];
            let done = decoder.decode_rows(&planes[..held.len()], &rows, rgba);
            done.map_err(|error| ProbeError::Screen(error.into()))?;
            put(&out, top * row_len, rgba);
        }
        let side = |length: usize| number(length as u64);
        Ok(Detail::new().set("width", side(width)).set("height", side(height)).set("rgba", out).done())
    }

    fn frame_to_save(&self, recorded: Option<u32>) -> Result<&Held, SaveError> {
        let held = match recorded {
            None => self.shown.as_ref(),
            Some(index) => self.recording.frame(index as usize),
        };
        let held = held.ok_or(ProbeError::NoFrame)?;
        if !held.is_whole() {
            return Err(SaveError::Part { sequence: held.header.sequence });
        }
        Ok(held)
    }
}

/// Everything that is known of a frame but its bytes.
fn said(held: &Held) -> JsValue {
    let length = held.source_len();
    let detail = Detail::new()
        .set("header", header(&held.header))
        .set("layout", held.layout.json().clone())
        .set("length", number(length as u64))
        .set("tried", held.layout.tried().is_some());
    let Ok(layout) = held.layout.checked() else {
        return detail.set("readable", false).done();
    };
    let is_own = layout.converted.is_none();
    let probe = Probe::new(layout, held.layout.is_of_fields(held.header.flags)).ok().filter(|_| is_own);
    let component =
        |(name, depth): (char, u8)| Detail::new().set("name", name.to_string()).set("depth", depth).done();
    let components: Option<Array> = probe.map(|probe| probe.components().map(component).collect());
    let launch = |count| {
        let text = if is_own { command(layout, length as u64, FILE, count) } else { None };
        text.map_or(JsValue::NULL, JsValue::from)
    };
    let (y4m, why) = match y4m::header(layout) {
        Ok(header) => (JsValue::from(header), JsValue::NULL),
        Err(error) => (JsValue::NULL, JsValue::from(error.to_string())),
    };
    let outlines = if is_own { arrays::each(layout) } else { Vec::new() };
    detail
        .set("readable", components.is_some())
        .set("converted", !is_own)
        .set("components", components.unwrap_or_default())
        .set("npy", arrays::one(layout).filter(|_| is_own).map_or(JsValue::NULL, outline))
        .set("npz", outlines.into_iter().map(outline).collect::<Array>())
        .set("command", launch(Count::One))
        .set("commandForSeveral", launch(Count::Several))
        .set("y4m", y4m)
        .set("noY4m", why)
        .done()
}

/// The header's fields that a file tells of, in the words of the server's `frame.json`.
fn header(header: &FrameHeader) -> JsValue {
    Detail::new()
        .set("sequence", number(header.sequence))
        .set("pts_nanos", nanos(header.pts_nanos))
        .set("dts_nanos", nanos(header.dts_nanos))
        .set("duration_nanos", nanos(header.duration_nanos))
        .set("offset", nanos(header.offset))
        .set("running_time_nanos", nanos(header.running_time_nanos))
        .set("arrival_nanos", BigInt::from(header.arrival_nanos))
        .set("flags", header.flags)
        .done()
}

fn outline(Outline { name, shape, dtype, channels }: Outline) -> JsValue {
    let texts = |names: Vec<char>| names.into_iter().map(|name| JsValue::from(name.to_string()));
    Detail::new()
        .set("name", name)
        .set("shape", shape.into_iter().map(|length| JsValue::from(number(length as u64))).collect::<Array>())
        .set("dtype", dtype)
        .set("channels", texts(channels).collect::<Array>())
        .done()
}

/// So many bytes outside of wasm's memory, which never shrinks.
fn room(bytes: usize) -> Result<Uint8Array, SaveError> {
    let made = Bytes::new(number(bytes as u64));
    made.map(Bytes::unchecked_into).map_err(|_| SaveError::Memory { bytes })
}

fn put(out: &Uint8Array, start: usize, bytes: &[u8]) {
    out.subarray(js_len(start), js_len(start + bytes.len())).copy_from(bytes);
}
