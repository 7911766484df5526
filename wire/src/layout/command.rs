//! A `gst-launch-1.0` command that shows raw bytes again, written by the layout they came with.

use super::Layout;

/// Frames a second where the caps do not say: `rawvideoparse` wants some.
const ASSUMED_RATE: (u32, u32) = (25, 1);

/// How many frames a file of raw bytes holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// One, which is shown until the command is stopped.
    One,
    /// Several, of equal length, one after the other.
    Several,
}

/// A command that shows a file of raw frames of `length` bytes each; none where `GStreamer` has no element that could read
/// it.
#[must_use]
pub fn command(layout: &Layout, length: u64, file: &str, count: Count) -> Option<String> {
    let Layout { width, height, format, .. } = layout;
    let (n, d) = if layout.framerate.0 == 0 { ASSUMED_RATE } else { layout.framerate };
    let show = match count {
        // It would be gone at once.
        Count::One => "videoconvert ! imagefreeze ! autovideosink",
        Count::Several => "videoconvert ! autovideosink",
    };
    let whole = |media: &str, convert: &str| {
        let own = u64::from(width.next_multiple_of(4));
        let mut start = 0;
        let is_own = layout.planes.iter().all(|plane| {
            let is_next = plane.offset == start;
            start += own * u64::from(*height);
            is_next
        });
        (is_own && u64::from(layout.planes[0].stride) == own).then(|| {
            format!(
                "gst-launch-1.0 filesrc location={file} blocksize={length} ! \
                 {media},format={format},width={width},height={height},framerate={n}/{d} ! {convert}{show}"
            )
        })
    };
    if layout.caps.starts_with("video/x-bayer") {
        // `bayer2rgb` reads bytes alone; that of 1.22 crashes at odd widths and below four columns and three rows.
        let is_read = format.len() == "rggb".len() && width % 2 == 0 && *width >= 4 && *height >= 3;
        return if is_read { whole("video/x-bayer", "bayer2rgb ! ") } else { None };
    }
    if format == "RGB8P" {
        // The parser of 1.22 takes the palette for an array with a row for each row of the frame, and cuts it off.
        return whole("video/x-raw", "");
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
        options.push_str(" interlaced=true top-field-first=");
        options.push_str(if top { "true" } else { "false" });
    }
    if let Some(colorimetry) = spelled(&layout.caps, "colorimetry") {
        options.extend([" colorimetry=", colorimetry]);
    }
    // The parser has no option for it.
    let site = spelled(&layout.caps, "chroma-site")
        .map(|site| format!("capssetter caps=\"video/x-raw,chroma-site=(string){site}\" ! "))
        .unwrap_or_default();
    Some(format!("gst-launch-1.0 filesrc location={file} ! rawvideoparse {options} ! {site}{show}"))
}

/// The word that `GLib` has for a format: `GRAY16_LE` is `gray16-le`.
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
