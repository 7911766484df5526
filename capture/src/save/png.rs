//! A picture as PNG, with a text chunk that says where it comes from.

use super::SaveError;
use crate::frame::Frame;
use crate::sample::Picture;
use png::{BitDepth, ColorType, Compression, Encoder};

/// The file.
pub(super) fn file(picture: &Picture, frame: &Frame) -> Result<Vec<u8>, SaveError> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, picture.width, picture.height);
    encoder.set_color(match picture.channels {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    encoder.set_depth(if picture.bits == 16 { BitDepth::Sixteen } else { BitDepth::Eight });
    // Written once and read once: time matters more than length.
    encoder.set_compression(Compression::Fast);
    encoder.add_text_chunk("Software".to_owned(), crate::NAME_AND_VERSION.to_owned())?;
    // Text chunks are Latin-1.
    let comment = comment(picture, frame).chars().map(|c| if u32::from(c) < 256 { c } else { '?' }).collect();
    encoder.add_text_chunk("Comment".to_owned(), comment)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.bytes)?;
    writer.finish()?;
    Ok(out)
}

fn comment(picture: &Picture, frame: &Frame) -> String {
    let (layout, header) = (frame.source(), frame.header());
    let pts = header.pts_nanos.map_or("no PTS".to_owned(), |pts| format!("PTS {pts} ns"));
    format!(
        "converted from {} {} by GStreamer's VideoConverter to {} bits a channel; stream {}, sequence {}, {pts}; caps {}",
        layout.format, layout.color.matrix, picture.bits, layout.stream, header.sequence, layout.caps
    )
}
