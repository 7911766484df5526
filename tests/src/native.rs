//! A sample, read as `capture` reads it and decoded as the viewer decodes it, without program, socket and browser.

use crate::judge::Planes;
use anyhow::{Context, Result};
use capture::sample::{Arrival, Reader};
use gst_video::{VideoFormat, VideoInfo, VideoInterlaceMode};
use viewer_wasm::convert::{Decoder, Picture};
use wire::CheckedLayout;

/// Code values by which the formula of the standards and `videoconvert` may differ.
///
/// `videoconvert` cuts off where the formula rounds: once for deep samples, at each of five products for bytes; and for
/// bytes of limited range it leaves the black level to a product of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance(pub u8);

/// A frame as it travels.
#[derive(Clone, Debug)]
pub struct Native {
    /// What the payload is.
    pub layout: CheckedLayout,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Flags of its buffer.
    pub flags: u32,
}

impl Native {
    /// Reads a buffer; why it cannot be shown, if the program would refuse it.
    pub fn read(caps: &gst::Caps, buffer: gst::Buffer) -> Result<Self> {
        let frame = Reader::new("k").read(buffer, Some(caps.clone()), None, Arrival::default())?;
        let layout: CheckedLayout = (**frame.layout()).clone();
        Ok(Self { layout, payload: frame.pieces().collect::<Vec<_>>().concat(), flags: frame.header().flags })
    }

    /// Whether the viewer takes it for two fields although the layout leaves that open.
    #[must_use]
    pub fn is_of_fields(&self) -> bool {
        let interlaced = gst_video::VideoBufferFlags::INTERLACED.bits();
        self.layout.interlace.mode == "mixed" && self.flags & interlaced != 0
    }

    /// The picture by the path that a viewer takes.
    pub fn rgba(&self, picture: &Picture) -> Result<Vec<u8>> {
        self.decode(&if self.is_of_fields() {
            Decoder::of_fields(&self.layout, picture)?
        } else {
            Decoder::new(&self.layout, picture)?
        })
    }

    /// The picture by the general path; none where a flag of the buffer would have to choose it.
    pub fn rgba_by_the_general_path(&self, picture: &Picture) -> Result<Option<Vec<u8>>> {
        if self.is_of_fields() {
            return Ok(None);
        }
        self.decode(&Decoder::general(&self.layout, picture)?).map(Some)
    }

    fn decode(&self, decoder: &Decoder) -> Result<Vec<u8>> {
        let mut rgba = vec![0; decoder.rgba_len()];
        decoder.decode(&self.layout, &self.payload, &mut rgba)?;
        Ok(rgba)
    }
}

/// A buffer of these bytes; with `planes` it carries a `GstVideoMeta` that says so.
pub fn buffer(caps: &gst::Caps, bytes: &[u8], planes: Option<&Planes<'_>>) -> Result<gst::Buffer> {
    let mut buffer = gst::Buffer::from_slice(bytes.to_vec());
    if let Some(Planes { strides, offsets }) = planes {
        let info = VideoInfo::from_caps(caps)?;
        let own = buffer.get_mut().context("a new buffer has one owner")?;
        let flags = gst_video::VideoFrameFlags::empty();
        let (format, width, height) = (info.format(), info.width(), info.height());
        gst_video::VideoMeta::add_full(own, flags, format, width, height, offsets, strides)?;
    }
    Ok(buffer)
}

/// By how much the formula of the standards may differ from GStreamer's picture of frames of these caps; `None` where the
/// two bring chroma to the pixels in unlike ways, so that only the formula itself can be compared with.
pub fn tolerance(caps: &gst::Caps) -> Result<Option<Tolerance>> {
    let is_bayer = caps.structure(0).is_some_and(|structure| structure.name() == "video/x-bayer");
    // Means of neighbours are the same in both modes.
    if is_bayer { Ok(Some(Tolerance(0))) } else { Ok(tolerance_of_raw(&VideoInfo::from_caps(caps)?)) }
}

fn tolerance_of_raw(info: &VideoInfo) -> Option<Tolerance> {
    let format = info.format_info();
    let deepest = format.depth().iter().copied().max().unwrap_or_default();
    let is_limited = info.colorimetry().range() == gst_video::VideoColorRange::Range16_235;
    if format.has_palette() {
        return Some(Tolerance(0));
    }
    if info.is_rgb() || info.is_gray() && !is_limited {
        return Some(Tolerance(u8::from(deepest != 8)));
    }
    let h_sub = format.h_sub().iter().copied().max().unwrap_or_default();
    let w_sub = format.w_sub().iter().copied().max().unwrap_or_default();
    // Chroma is repeated there.
    let is_nearest = matches!(info.format(), VideoFormat::I420 | VideoFormat::Yv12 | VideoFormat::A420);
    let is_interlaced = info.interlace_mode() != VideoInterlaceMode::Progressive;
    // Not filtered at all, or by lines of the other field.
    let is_cosited = info.chroma_site().contains(gst_video::VideoChromaSite::V_COSITED);
    // At the end of odd rows it takes U for V.
    let is_swapped = info.format() == VideoFormat::Vyuy && info.width() % 2 == 1;
    if is_nearest || is_swapped || h_sub > 0 && (is_interlaced || is_cosited) || w_sub > 1 || h_sub > 1 {
        return None;
    }
    // Chroma bytes are rounded after each filter, and half a code of one is a whole one of blue.
    let rounded = u8::from(w_sub > 0);
    Some(Tolerance(match (deepest > 8, is_limited) {
        (true, _) => 2,
        (false, false) => 3 + rounded,
        (false, true) => 6 + rounded,
    }))
}
