//! The exported probe: codes of the frame on the canvas, where they are in its buffer, and the colour drawn from them.
//! Columns and rows are those of the frame, whatever part of it was sent, in whatever steps.

use super::detail::{Detail, number};
use super::held::Held;
use super::held::Plain;
use super::screen::ScreenError;
use super::session::Session;
use crate::convert::{Cut, Decoder, Probe, Reading, subsampling};
use js_sys::{Array, Error, Uint8ClampedArray, Uint16Array};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use thiserror::Error;
use wasm_bindgen::prelude::*;
use wire::CheckedLayout;
use wire::layout::MAX_PLANES;

/// The most pixels that are read at once: a screen of 4096 by 2304 at 32 device pixels each has 9216.
const MAX_PIXELS: usize = 16 * 1024;
/// Bytes of a pixel on the canvas.
const RGBA: usize = 4;

/// Why there are no codes to read.
#[derive(Debug, Error)]
pub(super) enum ProbeError {
    /// None has been received.
    #[error("no frame has been received yet")]
    NoFrame,
    /// The frame cannot be decoded.
    #[error("{0}")]
    Undecodable(String),
    /// What was asked for is not in the frame.
    #[error("{width}x{height} pixels from {x}, {y} are not in a frame of {frame_width}x{frame_height}")]
    Outside {
        /// First column.
        x: u32,
        /// First row.
        y: u32,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Columns of the frame.
        frame_width: usize,
        /// Rows of the frame.
        frame_height: usize,
    },
    /// What was asked for is in the frame, and was not sent.
    #[error("only a part of frame {sequence} was sent, and not this")]
    Part {
        /// Its number.
        sequence: u64,
    },
    /// Too much was asked for.
    #[error("{pixels} pixels asked for, at most {MAX_PIXELS} are read at once")]
    TooMany {
        /// Pixels asked for.
        pixels: usize,
    },
    /// The bytes could not be had or read.
    #[error(transparent)]
    Screen(#[from] ScreenError),
}

impl ProbeError {
    /// As JavaScript has it: an `Error` named `NoFrame`, `FrameGone` or `RangeError`.
    pub(super) fn thrown(&self) -> JsValue {
        let thrown = Error::new(&self.to_string());
        thrown.set_name(match self {
            Self::NoFrame => "NoFrame",
            Self::Outside { .. } | Self::TooMany { .. } => "RangeError",
            Self::Undecodable(_) | Self::Screen(_) | Self::Part { .. } => "FrameGone",
        });
        thrown.into()
    }
}

/// A frame with what reads it.
pub(super) struct Read<'a> {
    pub(super) frame: &'a Held,
    pub(super) plain: Plain,
    pub(super) decoder: Rc<Decoder>,
    pub(super) probe: Probe,
    cut: Cut,
    /// Byte offsets of the payload are those of the appsink's buffer.
    is_own: bool,
}

impl Session {
    /// All there is to say of one pixel of the frame on the canvas; where it was sent in steps, of the one that stands for
    /// it.
    pub(super) fn probe(&self, x: u32, y: u32) -> Result<JsValue, ProbeError> {
        let read = self.read()?;
        let sent = match read.cut.sent((x, y)) {
            None if read.is_in_frame((x, y)) => return Err(read.part()),
            sent => sent.unwrap_or((x, y)),
        };
        let (columns, lines) = read.within(sent.0, sent.1, 1, 1)?;
        let (column, line) = (columns.start, lines.start);
        let readings = read.probe.pixel((column, line), |range| read.bytes(range))?;
        let rgba = read.rgba(&columns, &lines)?;
        let index = readings.first().filter(|_| read.probe.is_indexed()).map(|reading| reading.code);
        let site = read.probe.site(column, line);
        let components: Array = readings.iter().map(|reading| read.said(reading)).collect();
        let (x, y) = read.cut.of_frame(sent);
        let detail = Detail::new()
            .set("x", x)
            .set("y", y)
            .set("sequence", number(read.frame.header.sequence))
            .set("whole", read.frame.is_whole())
            .set("components", components)
            .set("site", site.map_or(JsValue::NULL, |site| site.to_string().into()))
            .set("index", index.map_or(JsValue::NULL, JsValue::from))
            .set("rgb", rgba.iter().take(RGBA - 1).map(|&code| JsValue::from(code)).collect::<Array>());
        Ok(detail.done())
    }

    /// The codes of a rectangle of the frame on the canvas, each sample of which was sent.
    pub(super) fn read_codes(&self, x: u32, y: u32, width: u32, height: u32) -> Result<JsValue, ProbeError> {
        let read = self.read()?;
        let (column, row) = match read.cut.sent((x, y)) {
            Some(sent) if read.cut.has((x, y, width, height)) => sent,
            _ if read.frame.is_whole() => (x, y),
            _ => return Err(read.part()),
        };
        let (columns, lines) = read.within(column, row, width, height)?;
        let pixels = columns.len().saturating_mul(lines.len());
        if pixels > MAX_PIXELS {
            return Err(ProbeError::TooMany { pixels });
        }
        let codes = read.probe.codes(&columns, lines.clone(), |range| read.bytes(range))?;
        let rgba = read.rgba(&columns, &lines)?;
        let component = |(name, depth): (char, u8)| {
            Detail::new().set("name", name.to_string()).set("depth", depth).done()
        };
        let site = |(x, y)| read.probe.site(x, y).map(String::from);
        // The sites of the first two columns and rows of the frame.
        let sites: Option<String> = [(0, 0), (1, 0), (0, 1), (1, 1)].into_iter().map(site).collect();
        let detail = Detail::new()
            .set("x", x)
            .set("y", y)
            .set("width", width)
            .set("height", height)
            .set("sequence", number(read.frame.header.sequence))
            .set("components", read.probe.components().map(component).collect::<Array>())
            .set("sites", sites.map_or(JsValue::NULL, JsValue::from))
            .set("codes", Uint16Array::from(codes.as_slice()))
            .set("rgba", Uint8ClampedArray::from(rgba.as_slice()));
        Ok(detail.done())
    }

    /// The frame on the canvas, to be read.
    pub(super) fn read(&self) -> Result<Read<'_>, ProbeError> {
        let frame = self.shown.as_ref().ok_or(ProbeError::NoFrame)?;
        let flags = frame.header.flags;
        let decoder = frame.layout.decoder(&self.look.effective(), flags).map_err(ProbeError::Undecodable)?;
        let of_fields = frame.layout.is_of_fields(flags);
        let read_by =
            |layout: &CheckedLayout| (Probe::new(layout, of_fields), Cut::of(layout), is_own(layout));
        let (probe, cut, is_own) = frame.layout.read_by(read_by).map_err(ProbeError::Undecodable)?;
        let probe = probe.map_err(|error| ProbeError::Undecodable(error.to_string()))?;
        Ok(Read { frame, plain: frame.plain()?, decoder, probe, cut, is_own })
    }
}

impl Read<'_> {
    /// This, where every sample of the frame was sent.
    pub(super) fn whole(self) -> Result<Self, ProbeError> {
        if self.frame.is_whole() {
            return Ok(self);
        }
        Err(self.part())
    }

    fn part(&self) -> ProbeError {
        ProbeError::Part { sequence: self.frame.header.sequence }
    }

    fn is_in_frame(&self, (x, y): (u32, u32)) -> bool {
        self.frame.layout.read_by(|layout| x < layout.width && y < layout.height).unwrap_or(false)
    }

    /// The rectangle's columns and rows, which are in the frame.
    pub(super) fn within(
        &self,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
    ) -> Result<(Range<usize>, Range<usize>), ProbeError> {
        let (frame_width, frame_height) = self.probe.size();
        let span = |start: u32, len: u32, end: usize| {
            let start = start as usize;
            let past = start.checked_add(len as usize)?;
            (start < past && past <= end).then_some(start..past)
        };
        let spans = span(x, width, frame_width).zip(span(y, height, frame_height));
        spans.ok_or(ProbeError::Outside { x, y, width, height, frame_width, frame_height })
    }

    pub(super) fn bytes(&self, range: Range<usize>) -> Result<Cow<'static, [u8]>, ScreenError> {
        self.plain.bytes(range)
    }

    /// A component of a pixel, with the place of its sample in the frame.
    fn said(&self, reading: &Reading) -> JsValue {
        let &Reading { name, depth, code, plane, byte, column, row } = reading;
        let place = |value: usize| number(value as u64);
        let subsampled = self.frame.layout.read_by(|layout| subsampling(layout, name)).unwrap_or_default();
        let (column, row) = self.cut.of_component((column, row), subsampled);
        let offset = if self.is_own { JsValue::from_f64(place(byte)) } else { JsValue::NULL };
        Detail::new()
            .set("name", name.to_string())
            .set("code", code)
            .set("depth", depth)
            .set("plane", place(plane))
            .set("byteOffset", offset)
            .set("column", place(column))
            .set("row", place(row))
            .done()
    }

    /// The pixels of a rectangle as they are drawn: decoded anew, so that no canvas has changed them.
    fn rgba(&self, columns: &Range<usize>, lines: &Range<usize>) -> Result<Vec<u8>, ScreenError> {
        let decoder = &self.decoder;
        let row_len = decoder.rgba_row_len();
        let mut drawn = Vec::with_capacity(columns.len() * lines.len() * RGBA);
        let mut row = vec![0; row_len];
        for line in lines.clone() {
            let of_line = line..line + 1;
            let held = (0..decoder.planes()).map(|plane| self.bytes(decoder.plane_rows(plane, &of_line)));
            let held = held.collect::<Result<Vec<_>, _>>()?;
            let mut planes = [&[][..]; MAX_PLANES];
            for (plane, bytes) in planes.iter_mut().zip(&held) {
                *plane = bytes;
            }
            decoder.decode_rows(&planes[..held.len()], &of_line, &mut row)?;
            drawn.extend_from_slice(&row[columns.start * RGBA..columns.end * RGBA]);
        }
        Ok(drawn)
    }
}

/// Whether a payload of that layout is the appsink's buffer.
fn is_own(layout: &CheckedLayout) -> bool {
    layout.is_whole() && layout.converted.is_none()
}
