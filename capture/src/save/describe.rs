//! What is known of a frame, as JSON, with a command that shows its raw bytes again.

use super::array::{Outline, outline, outlines};
use super::{Kind, file_name};
use crate::frame::Frame;
use serde_json::{Value, json};
use wire::Layout;

/// Frames a second where the caps do not say: `rawvideoparse` wants some.
const ASSUMED_RATE: (u32, u32) = (25, 1);

/// The frame without its bytes.
pub(super) fn frame(frame: &Frame) -> Value {
    let (layout, header) = (frame.source(), frame.header());
    let file = |kind| file_name(frame, kind);
    let array = |Outline { name, shape, dtype, channels }| json!({ "name": name, "shape": shape, "dtype": dtype, "channels": channels });
    json!({
        "server": crate::NAME_AND_VERSION,
        "stream": layout.stream,
        "sequence": header.sequence,
        "pts_nanos": header.pts_nanos,
        "dts_nanos": header.dts_nanos,
        "duration_nanos": header.duration_nanos,
        "offset": header.offset,
        "running_time_nanos": header.running_time_nanos,
        "arrival_nanos": header.arrival_nanos,
        "flags": header.flags,
        "length": frame.source_len(),
        "layout": ***layout,
        "converted": frame.layout().converted,
        "npy": outline(layout).map(array),
        "npz": outlines(layout).into_iter().map(array).collect::<Vec<_>>(),
        "files": {
            "npy": file(Kind::Npy), "npz": file(Kind::Npz), "png": file(Kind::Png), "raw": file(Kind::Raw),
        },
        "command": command(layout, frame.source_len(), &file(Kind::Raw)),
    })
}

/// A command that shows a `.raw` file; none for Bayer of more than 8 bits or with strides of its own, which no element
/// reads.
fn command(layout: &Layout, length: u64, file: &str) -> Option<String> {
    let Layout { width, height, format, .. } = layout;
    let (n, d) = if layout.framerate.0 == 0 { ASSUMED_RATE } else { layout.framerate };
    // One frame would be gone at once.
    let show = "videoconvert ! imagefreeze ! autovideosink";
    if layout.caps.starts_with("video/x-bayer") {
        let own = width.next_multiple_of(4);
        return (format.len() == 4 && layout.planes[0].stride == own && layout.planes[0].offset == 0).then(|| {
            format!(
                "gst-launch-1.0 filesrc location={file} blocksize={length} ! \
                 video/x-bayer,format={format},width={width},height={height},framerate={n}/{d} ! bayer2rgb ! {show}"
            )
        });
    }
    let list = |of: &dyn Fn(usize) -> String| (0..layout.planes.len()).map(of).collect::<Vec<_>>().join(",");
    let strides = list(&|plane| layout.planes[plane].stride.to_string());
    let offsets = list(&|plane| layout.planes[plane].offset.to_string());
    let (par_n, par_d) = layout.pixel_aspect_ratio;
    let mut options = format!(
        "format={} width={width} height={height} framerate={n}/{d} pixel-aspect-ratio={par_n}/{par_d} \
         frame-size={length} plane-strides=\"<{strides}>\" plane-offsets=\"<{offsets}>\"",
        nick(format)
    );
    if matches!(layout.interlace.mode.as_str(), "interleaved" | "mixed") {
        let top = layout.interlace.field_order != "bottom-field-first";
        options.push_str(&format!(" interlaced=true top-field-first={top}"));
    }
    if let Some(colorimetry) = spelled(&layout.caps, "colorimetry") {
        options.push_str(&format!(" colorimetry={colorimetry}"));
    }
    // The parser has no option for it.
    let site = spelled(&layout.caps, "chroma-site")
        .map(|site| format!("capssetter caps=\"video/x-raw,chroma-site=(string){site}\" ! "))
        .unwrap_or_default();
    Some(format!("gst-launch-1.0 filesrc location={file} ! rawvideoparse {options} ! {site}{show}"))
}

/// The word that GLib has for a format: `GRAY16_LE` is `gray16-le`.
fn nick(format: &str) -> String {
    format.to_ascii_lowercase().replace('_', "-")
}

/// A field of the caps, if they have it and it is a plain word: it goes into a command for a shell.
fn spelled<'a>(caps: &'a str, field: &str) -> Option<&'a str> {
    let (_, rest) = caps.split_once(&format!(" {field}=(string)"))?;
    let word = rest.split([',', ';']).next()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":-+".contains(c);
    (!word.is_empty() && word.chars().all(is_plain)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_caps_are_plain_words() {
        let caps = "video/x-raw, format=(string)NV12, colorimetry=(string)2:4:7:1, chroma-site=(string)a$b";
        assert_eq!(spelled(caps, "colorimetry"), Some("2:4:7:1"));
        assert_eq!(spelled(caps, "chroma-site"), None);
        assert_eq!(spelled(caps, "interlace-mode"), None);
    }
}
