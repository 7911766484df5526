//! A picture of a frame for `.png`: GStreamer's own conversion of the appsink's bytes, as for formats that no viewer
//! reads, to what a PNG holds.

use super::convert::Recipe;
use super::refusal::Refusal;
use crate::frame::Frame;
use gst::glib;
use gst_video::prelude::*;
use gst_video::{VideoFormat, VideoFormatInfo, VideoInfo};
use thiserror::Error;

/// A picture in bytes or, above 8 bits, in words of the high byte first; rows without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Samples in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 1 gray, 3 RGB, 4 RGB and alpha.
    pub channels: usize,
    /// 8 or 16.
    pub bits: u8,
    /// The samples.
    pub bytes: Vec<u8>,
}

/// Why there is no picture.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoPicture {
    /// The format is none of `video/x-raw`.
    #[error("GStreamer's converter does not know {format}")]
    NotRaw {
        /// Name of the format.
        format: String,
    },
    /// GStreamer does not convert it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// GStreamer failed to convert this frame.
    #[error("the frame was not converted: {0}")]
    Failed(#[from] glib::BoolError),
}

/// What `VideoConverter` makes of a frame: gray of gray, RGB of all else, alpha where the format has it, 16 bits where
/// a component has more than 8. GStreamer must be initialised.
pub fn picture(frame: &Frame) -> Result<Picture, NoPicture> {
    let layout = frame.source();
    let info = layout.caps.parse::<gst::Caps>().and_then(|caps| VideoInfo::from_caps(&caps));
    let info = info.map_err(|_| NoPicture::NotRaw { format: layout.format.clone() })?;
    let Target { format, bits, read, kept } = target(info.format_info());
    let length = usize::try_from(frame.source_len()).unwrap_or(usize::MAX);
    let recipe = Recipe::to_format(&info, layout, length, format)?;
    let converted = recipe.convert(frame.source_pieces(), frame.header().flags)?;
    let sample = usize::from(bits / 8);
    let columns = layout.width as usize;
    let stride = usize::try_from(converted.plane_stride()[0]).unwrap_or(0);
    let plane = converted.plane_data(0).map_err(|_| glib::bool_error!("the picture has no plane"))?;
    let mut bytes = Vec::with_capacity(columns * layout.height as usize * kept * sample);
    for row in plane.chunks(stride.max(1)).take(layout.height as usize) {
        let row = row.get(..columns * read * sample).unwrap_or(row);
        if read == kept {
            bytes.extend_from_slice(row);
        } else {
            row.chunks_exact(read * sample)
                .for_each(|pixel| bytes.extend_from_slice(&pixel[..kept * sample]));
        }
    }
    Ok(Picture { width: layout.width, height: layout.height, channels: kept, bits, bytes })
}

/// What a format is converted to.
struct Target {
    format: VideoFormat,
    bits: u8,
    /// Channels that the format has, and those of them that the picture keeps.
    read: usize,
    kept: usize,
}

fn target(info: VideoFormatInfo) -> Target {
    // A palette's second component is the palette, 32 bits deep, and it has alpha.
    let is_palette = info.has_palette();
    let is_deep = !is_palette && info.depth().iter().any(|depth| *depth > 8);
    let has_alpha = is_palette || info.has_alpha();
    let (format, bits, read, kept) = match (info.is_gray(), has_alpha, is_deep) {
        (true, _, false) => (VideoFormat::Gray8, 8, 1, 1),
        (true, _, true) => (VideoFormat::Gray16Be, 16, 1, 1),
        (false, false, false) => (VideoFormat::Rgb, 8, 3, 3),
        (false, true, false) => (VideoFormat::Rgba, 8, 4, 4),
        // There is no format of three words.
        (false, false, true) => (VideoFormat::Rgba64Be, 16, 4, 3),
        (false, true, true) => (VideoFormat::Rgba64Be, 16, 4, 4),
    };
    Target { format, bits, read, kept }
}
