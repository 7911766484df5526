//! Files of a frame, to save and to share: `.npy`, `.npz`, `.png`, `.raw` and `.json`. Knows neither GStreamer nor
//! sockets; a `.png` is encoded here, and its picture made in [`sample`](crate::sample).
//!
//! Everything but the picture is made of the appsink's bytes by the layout they came with, in native codes.

mod array;
mod describe;
mod npy;
mod png;
#[cfg(test)]
mod tests;
mod zip;

pub use array::{Array, Samples};

use crate::frame::Frame;
use crate::sample::{NoPicture, picture};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

/// Characters of a stream's name that stay as they are in the name of a file.
const IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One numpy array: height, width, channels.
    Npy,
    /// A numpy array for each component, or for each plane.
    Npz,
    /// A picture that GStreamer made.
    Png,
    /// The appsink's bytes.
    Raw,
    /// What is known of the frame.
    Json,
}

/// Why there is no file of that kind.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The format's samples are not at places that make one array.
    #[error("{format} is not one array (its components differ in size, or are packed); ask for frame.npz")]
    NotOneArray {
        /// Name of the format.
        format: String,
    },
    /// GStreamer makes no picture of it.
    #[error("{0}; ask for frame.npy, frame.npz or frame.raw")]
    NoPicture(#[from] NoPicture),
    /// A file that would be larger than its format allows, or that cannot be held in memory.
    #[error("{bytes} bytes do not fit a {kind} file; ask for frame.raw")]
    TooLarge {
        /// Name of the kind.
        kind: &'static str,
        /// Bytes there are.
        bytes: u64,
    },
    /// The picture cannot be encoded.
    #[error("the picture cannot be encoded as PNG: {0}")]
    Png(#[from] ::png::EncodingError),
}

impl Kind {
    /// The kind of that file name extension.
    #[must_use]
    pub fn of(extension: &str) -> Option<Self> {
        Some(match extension {
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "png" => Self::Png,
            "raw" => Self::Raw,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// Its file name extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Png => "png",
            Self::Raw => "raw",
            Self::Json => "json",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Npy | Self::Npz | Self::Raw => "application/octet-stream",
            Self::Png => "image/png",
            Self::Json => "application/json",
        }
    }
}

/// The bytes of a file of that kind; takes as long as copying the frame, a `.png` as long as converting it.
pub fn file(frame: &Frame, kind: Kind) -> Result<Vec<u8>, SaveError> {
    match kind {
        Kind::Npy => array::one(frame).map(|array| npy::file(&array)),
        Kind::Npz => {
            zip::stored(array::each(frame).iter().map(|array| (array.file_name(), npy::file(array))))
        }
        Kind::Png => png::file(&picture(frame)?, frame),
        Kind::Raw => Ok(frame.source_bytes().into_owned()),
        Kind::Json => Ok(format!("{:#}\n", describe::frame(frame)).into_bytes()),
    }
}

/// What a file of a frame is called: stream, sequence and PTS. ASCII; other characters are percent-encoded.
#[must_use]
pub fn file_name(frame: &Frame, kind: Kind) -> String {
    let stream = utf8_percent_encode(&frame.layout().stream, IN_NAMES);
    format!("{stream}_{}.{}", number(frame), kind.extension())
}

/// What a recording is called that begins with this frame.
pub(crate) fn recording_name(first: &Frame, extension: &str) -> String {
    let stream = utf8_percent_encode(&first.layout().stream, IN_NAMES);
    format!("{stream}_from_{}.{extension}", number(first))
}

/// Sequence and PTS.
fn number(frame: &Frame) -> String {
    let pts = frame.header().pts_nanos.map_or_else(String::new, |pts| format!("_pts{pts}"));
    format!("{}{pts}", frame.sequence())
}

/// An array for each component where components describe the format, else one of the bytes of each plane.
pub(crate) fn arrays(frame: &Frame) -> Vec<Array> {
    array::each(frame)
}
