//! The fallback for formats that no viewer reads: GStreamer's own converter makes a picture of a frame, which is sent
//! behind the frame's bytes. It works on the sample: an element in the pipeline would change what is negotiated.

use super::pixels::pixels;
use super::refusal::Refusal;
use crate::frame::{Payload, pieces};
use gst::glib;
use gst_video::prelude::*;
use gst_video::video_frame::Writable;
use gst_video::{
    VideoBufferFlags, VideoConverter, VideoFormat, VideoFormatInfo, VideoFrame, VideoFrameFlags, VideoInfo,
    VideoInterlaceMode, VideoMeta,
};
use std::sync::{Arc, OnceLock};
use thiserror::Error;
use wire::layout::{Color, Converted, Layout, Pixels, Plane, Range, is_named};

/// Deepest component that an `RGBA` picture holds, in bits.
const EIGHT_BITS: u32 = 8;
/// Rows of zeros behind the bytes that the converter reads: interlaced chroma of 4:1:0 goes in groups of eight lines,
/// which is two rows past an odd end, and an offset within a row is one more.
const SPARE_ROWS: usize = 3;
/// Bytes of zeros behind them: `NV12_10LE32` and `UYVP` are read past the end of their rows by a group of pixels.
const SPARE_BYTES: usize = 64;

/// Formats that are converted although viewers read them: to compare the viewer's decoding with GStreamer's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Convert(Vec<VideoFormat>);

/// Why frames are converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// No viewer reads the format.
    Unread,
    /// It was asked for by name.
    Asked,
}

/// A name that is no raw format of this GStreamer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{name}` is no raw video format that {version} knows; `gst-inspect-1.0 videoconvert` lists them")]
pub struct UnknownFormat {
    /// The name.
    pub name: String,
    /// GStreamer and its version.
    pub version: String,
}

impl Convert {
    /// The formats of these names, as caps spell them. GStreamer must be initialised.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownFormat> {
        let format = |name: &str| {
            // Names that come before and after the raw ones in the enumeration parse as well.
            name.parse::<VideoFormat>()
                .ok()
                .filter(|format| VideoFormat::iter_raw().any(|raw| raw == *format))
                .ok_or_else(|| UnknownFormat {
                    name: name.to_owned(),
                    version: gst::version_string().to_string(),
                })
        };
        names.into_iter().map(format).collect::<Result<_, _>>().map(Self)
    }

    /// Why frames of that format, described by `pixels`, are converted, if they are.
    pub(super) fn reason(&self, format: VideoFormat, pixels: &Pixels) -> Option<Reason> {
        let is_unread = matches!(pixels, Pixels::Named { name } if !is_named(name));
        let asked = || self.0.contains(&format).then_some(Reason::Asked);
        if is_unread { Some(Reason::Unread) } else { asked() }
    }
}

/// How frames of one layout are converted.
#[derive(Debug)]
pub(super) struct Recipe {
    source: VideoInfo,
    picture: VideoInfo,
    strides: Vec<i32>,
    offsets: Vec<usize>,
    /// Bytes that the converter may read.
    room: usize,
}

impl Recipe {
    /// How frames of `info` whose bytes are as `layout` says become a picture that loses no bit.
    ///
    /// Refuses what GStreamer cannot convert.
    pub(super) fn new(info: &VideoInfo, layout: &Layout, source_length: usize) -> Result<Self, Refusal> {
        Self::to_format(info, layout, source_length, picture_of(info.format_info()))
    }

    /// How such frames become a picture of another format.
    pub(super) fn to_format(
        info: &VideoInfo,
        layout: &Layout,
        source_length: usize,
        to: VideoFormat,
    ) -> Result<Self, Refusal> {
        let refused = || refused(info, to);
        let source = one_field(info).ok_or_else(refused)?;
        let picture = VideoInfo::builder(to, source.width(), source.height())
            .fps(source.fps())
            .par(source.par())
            .interlace_mode(source.interlace_mode())
            .build()
            .map_err(|_| refused())?;
        let strides: Vec<_> =
            layout.planes.iter().map_while(|plane| i32::try_from(plane.stride).ok()).collect();
        let offsets: Vec<_> =
            layout.planes.iter().map_while(|plane| usize::try_from(plane.offset).ok()).collect();
        // Strides of tiles count tiles, and nobody has checked that the buffer holds so many.
        let is_own =
            strides == source.stride() && offsets == source.offset() && source_length >= source.size();
        let longest = strides.iter().copied().max().and_then(|stride| usize::try_from(stride).ok());
        let room = match longest {
            _ if source.format_info().is_tiled() => is_own.then_some(source_length + SPARE_BYTES),
            Some(stride) if stride <= source_length => {
                Some(source_length + SPARE_ROWS * stride + SPARE_BYTES)
            }
            _ => None,
        };
        let recipe = Self { room: room.ok_or_else(refused)?, source, picture, strides, offsets };
        // Tried once for each layout, so that a frame's conversion has no way to fail.
        recipe.converter().map_err(|_| refused())?;
        Ok(recipe)
    }

    /// The layout of a payload whose first `source_length` bytes, described by `source`, are followed by the picture.
    pub(super) fn describe(&self, source: Layout, source_length: u64) -> Layout {
        let plane = Plane {
            stride: u32::try_from(self.picture.stride()[0]).unwrap_or(0),
            offset: source_length,
            length: self.picture.size() as u64,
        };
        Layout {
            pixels: pixels(self.picture.format_info()),
            planes: vec![plane],
            // The converter leaves transfer and primaries as they are, unless it is told otherwise.
            color: Color {
                range: Range::Full,
                matrix: "rgb".to_owned(),
                chroma_site: "unknown".to_owned(),
                ..source.color
            },
            converted: Some(Converted { format: self.to().to_owned(), source_length }),
            ..source
        }
    }

    /// Name of the picture's format.
    pub(super) fn to(&self) -> &'static str {
        self.picture.format_info().name().as_str()
    }

    /// A converter for one frame.
    ///
    /// One for all would have to be locked against viewers that ask for different frames at once, and it keeps lines
    /// from frame to frame: where frames have a height of 1, that of 1.22 repeats the first one. Making one takes 15 µs,
    /// converting a frame of 1080p 20 to 30 ms.
    fn converter(&self) -> Result<VideoConverter, glib::BoolError> {
        VideoConverter::new(&self.source, &self.picture, None)
    }

    /// Makes the picture of a frame of these bytes and flags.
    ///
    /// The converter trusts strides and offsets, and reads a plane past the memory it begins in: it is given a copy of
    /// the bytes in one piece, with room behind them.
    pub(super) fn convert<'a>(
        &self,
        source: impl Iterator<Item = &'a [u8]>,
        flags: u32,
    ) -> Result<VideoFrame<Writable>, glib::BoolError> {
        let mut bytes = Vec::with_capacity(self.room);
        for piece in source {
            bytes.extend_from_slice(piece);
        }
        bytes.resize(self.room.max(bytes.len()), 0);
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        let writable = buffer.make_mut();
        writable.set_video_flags(VideoBufferFlags::from_bits_truncate(flags));
        let (format, width, height) = (self.source.format(), self.source.width(), self.source.height());
        let none = VideoFrameFlags::empty();
        VideoMeta::add_full(writable, none, format, width, height, &self.offsets, &self.strides)?;
        let unmapped = |_| glib::bool_error!("a frame of {format} {width}x{height} cannot be mapped");
        let source = VideoFrame::from_buffer_readable(buffer, &self.source).map_err(unmapped)?;
        let picture = gst::Buffer::with_size(self.picture.size())?;
        let mut picture = VideoFrame::from_buffer_writable(picture, &self.picture).map_err(unmapped)?;
        self.converter()?.frame(&source, &mut picture);
        Ok(picture)
    }
}

/// A payload and the picture that is made of it at its first use.
///
/// Whoever uses it first waits for it: a client's task, on a thread that may block (`client::writer`). It is never the
/// pipeline's streaming thread nor the one that pulls samples, and nobody at all for a frame that no viewer takes.
pub(super) struct WithPicture {
    source: Box<dyn Payload>,
    pieces: usize,
    flags: u32,
    recipe: Arc<Recipe>,
    picture: OnceLock<Option<VideoFrame<Writable>>>,
}

impl WithPicture {
    /// The payload of a buffer with these flags.
    pub(super) fn new(source: Box<dyn Payload>, flags: u32, recipe: Arc<Recipe>) -> Self {
        let pieces = pieces(source.as_ref()).count();
        Self { source, pieces, flags, recipe, picture: OnceLock::new() }
    }

    fn picture(&self) -> Option<&[u8]> {
        let convert = || {
            self.recipe
                .convert(pieces(self.source.as_ref()), self.flags)
                // The message of this frame is then shorter than its header says: the viewer calls it abandoned.
                .inspect_err(|error| tracing::error!("a frame was not converted: {error}"))
                .ok()
        };
        self.picture.get_or_init(convert).as_ref()?.plane_data(0).ok()
    }
}

impl Payload for WithPicture {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        if index == self.pieces { self.picture() } else { self.source.piece(index) }
    }

    fn byte_count(&self) -> u64 {
        self.source.byte_count() + self.recipe.picture.size() as u64
    }

    fn prepare(&self) {
        self.picture();
    }

    fn is_own(&self) -> bool {
        self.source.is_own()
    }

    /// A picture that was made already is not copied: it is made anew when somebody asks for it.
    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(Self::new(self.source.to_own(), self.flags, Arc::clone(&self.recipe)))
    }
}

fn refused(info: &VideoInfo, to: VideoFormat) -> Refusal {
    Refusal::Convert {
        format: info.format_info().name().to_string(),
        width: info.width(),
        height: info.height(),
        to: to.to_str().to_string(),
    }
}

/// The picture that holds every code of a format.
fn picture_of(info: VideoFormatInfo) -> VideoFormat {
    // The second component of a palette is the palette, and 32 bits deep.
    if !info.has_palette() && info.depth().iter().any(|depth| *depth > EIGHT_BITS) {
        VideoFormat::Rgba64Le
    } else {
        VideoFormat::Rgba
    }
}

/// A buffer of mode `alternate` holds one field, and that is a progressive picture of its own.
fn one_field(info: &VideoInfo) -> Option<VideoInfo> {
    if info.interlace_mode() != VideoInterlaceMode::Alternate {
        return Some(info.clone());
    }
    VideoInfo::builder(info.format(), info.width(), info.field_height())
        .colorimetry(&info.colorimetry())
        .chroma_site(info.chroma_site())
        .fps(info.fps())
        .par(info.par())
        .build()
        .ok()
}
