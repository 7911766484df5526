//! What a buffer of a length may be: guesses for whoever sees that the caps are wrong. Knows no bytes, only how many.

use super::{NoTrial, Shape, caps_of};
use serde::Serialize;
use std::borrow::Cow;
use wire::layout::MAX_SIDE;

/// Most guesses.
const FITS_MAX: usize = 12;

/// Formats that cameras, decoders and files have: the guesses, the likeliest first.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "I420", "NV12", "YUY2", "UYVY", "BGR", "RGB", "GRAY8", "YV12", "NV21", "BGRx", "RGBA", "BGRA", "RGBx", "GRAY16_LE",
    "Y42B", "Y444", "P010_10LE", "I420_10LE", "RGB16", "v210", "YVYU", "rggb", "rggb16le",
];
/// Sizes that cameras and files have.
#[rustfmt::skip]
const SIZES: &[(u32, u32)] = &[
    (160, 120), (176, 144), (320, 180), (320, 240), (352, 288), (640, 360), (640, 400), (640, 480), (640, 512), (720, 480),
    (720, 576), (752, 480), (800, 600), (848, 480), (960, 540), (1024, 768), (1280, 720), (1280, 800), (1280, 960),
    (1280, 1024), (1440, 1080), (1600, 1200), (1920, 1080), (1920, 1088), (1920, 1200), (2048, 1536), (2560, 1440),
    (2592, 1944), (3840, 2160), (4096, 2160),
];
/// Rows and columns are rounded up to these by encoders, decoders and cameras.
const COLUMN_STEPS: &[u32] = &[2, 4, 8, 16, 32, 64, 128, 256];
const ROW_STEPS: &[u32] = &[1, 2, 8, 16, 32];

/// A guess: what a buffer of a length may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// Name of the format.
    pub format: Cow<'static, str>,
    /// Samples in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The size whose strides and offsets the buffer has, where that is not its own.
    pub padded: Option<(u32, u32)>,
    /// Bytes from row to row, by plane, where they are of another size.
    pub strides: Vec<i32>,
    /// Bytes before a plane, by plane, where they are of another size.
    pub offsets: Vec<usize>,
}

/// What a buffer of `length` bytes may be that is said to be a frame of this format and size: of the same size, of the
/// same format with rows rounded up, of a common size; the likeliest first, and few.
pub fn fits(length: u64, format: &str, (width, height): (u32, u32)) -> Result<Vec<Fit>, NoTrial> {
    gst::init().map_err(|error| NoTrial::GStreamer(error.to_string()))?;
    let whole = |format: &str, width, height| {
        Shape::of(&caps_of(format, width, height).ok()?).ok().filter(|shape| shape.size == length)
    };
    let mut found: Vec<Fit> = Vec::new();
    let mut take = |fit: Fit| {
        if found.len() < FITS_MAX && !found.contains(&fit) {
            found.push(fit);
        }
    };
    let plain = |format: &'static str, width, height| Fit {
        format: format.into(),
        width,
        height,
        padded: None,
        strides: Vec::new(),
        offsets: Vec::new(),
    };
    let is_said = |name: &str, size: (u32, u32)| name == format && size == (width, height);
    for name in COMMON.iter().filter(|name| !is_said(name, (width, height))) {
        if whole(name, width, height).is_some() {
            take(plain(name, width, height));
        }
    }
    let up = |side: u32, step: u32| side.min(MAX_SIDE).next_multiple_of(step);
    for (columns, rows) in
        COLUMN_STEPS.iter().flat_map(|column| ROW_STEPS.iter().map(move |row| (column, row)))
    {
        let padded = (up(width, *columns), up(height, *rows));
        if let Some(shape) = whole(format, padded.0, padded.1).filter(|_| padded != (width, height)) {
            take(Fit {
                format: format.to_owned().into(),
                width,
                height,
                padded: Some(padded),
                strides: shape.strides,
                offsets: shape.offsets,
            });
        }
    }
    let known = COMMON.iter().find(|name| **name == format);
    for name in known.into_iter().chain(COMMON.iter().filter(|name| **name != format)) {
        for &(width, height) in SIZES {
            if !is_said(name, (width, height)) && whole(name, width, height).is_some() {
                take(plain(name, width, height));
            }
        }
    }
    Ok(found)
}
