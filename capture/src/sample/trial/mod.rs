//! The layout of caps without a sample: what a viewer reads a frame's bytes by when somebody tries them as something
//! else than their caps say. Knows no frame, and no bytes.

mod fits;

pub use fits::{Fit, fits};

pub use super::layout::Rows;

use super::layout::{self, BAYER, BAYER_ALIGN, BAYER_PATTERNS, Key};
use super::refusal::{self, Refusal};
use gst::glib;
use gst::prelude::*;
use gst_video::{VideoColorMatrix, VideoColorRange, VideoColorimetry, VideoFormat, VideoInfo};
use serde::Serialize;
use thiserror::Error;
use wire::Layout;
use wire::layout::{MAX_SIDE, NAMED, Orientation};

/// Longest caps that are read, in bytes; those of a sample have some two hundred.
const CAPS_MAX: usize = 4096;
/// Values within values of caps are read by recursion; caps of a sample have one level at most.
const BRACKETS_MAX: usize = 16;

/// What is asked for: caps, and what is to be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Caps of raw video or a mosaic; empty where format, width and height are all given.
    pub caps: String,
    /// The format to try instead, as caps name it.
    pub format: Option<String>,
    /// Samples in a row.
    pub width: Option<u32>,
    /// Rows of the picture.
    pub height: Option<u32>,
    /// `bt601`, `bt709`, `bt2020`, `smpte240m` or `fcc`.
    pub matrix: Option<String>,
    /// `0-255` or `16-235`.
    pub range: Option<String>,
    /// Bytes from row to row, by plane; what is not given is as GStreamer has it.
    pub strides: Vec<Option<u32>>,
    /// Bytes before a plane; what is not given follows the plane before.
    pub offsets: Vec<Option<u64>>,
    /// Bytes of the buffer; as many as there have to be where it is not given.
    pub length: Option<u64>,
}

/// A layout by which bytes may be read, and how a pipeline would say so.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// The layout; its caps are what would make it right, as far as caps can.
    pub layout: Layout,
    /// Bytes that a buffer of these caps has where nothing else is said.
    pub size: u64,
    /// Whether strides and offsets are those that the caps imply.
    pub is_plain: bool,
    /// What of each plane's rows are samples; none where a plane has no rows, as in tiles.
    pub rows: Vec<Option<Rows>>,
    /// Whether strides count tiles, not bytes.
    pub is_tiled: bool,
    /// The element that makes such frames of bare bytes, strides and offsets included; none for mosaics.
    pub rawvideoparse: Option<String>,
}

/// Formats by media type.
#[derive(Clone, Debug, Serialize)]
pub struct Formats {
    /// Formats of `video/x-raw` that this GStreamer knows.
    pub raw: Vec<String>,
    /// Patterns of `video/x-bayer` that are read here.
    pub bayer: Vec<&'static str>,
}

/// Why there is no layout.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoTrial {
    /// The caps cannot be read.
    #[error("these are no caps of one frame: {0:?}")]
    Caps(String),
    /// Too long to be read.
    #[error("caps of {actual} bytes; at most {CAPS_MAX} are read")]
    Long {
        /// Bytes.
        actual: usize,
    },
    /// A side is none.
    #[error("size {width}x{height} is not between 1x1 and {MAX_SIDE}x{MAX_SIDE}")]
    Size {
        /// Samples in a row.
        width: i64,
        /// Rows.
        height: i64,
    },
    /// No format of that name.
    #[error("{0:?} is no format that {version} knows", version = gst::version_string())]
    Format(String),
    /// No word of caps.
    #[error("{what} {word:?} is none; there are {known}")]
    Word {
        /// What it should be.
        what: &'static str,
        /// What it is.
        word: String,
        /// What there is.
        known: &'static str,
    },
    /// Strides or offsets of planes that are not there.
    #[error("{given} strides or offsets for {format}, which has {planes} planes")]
    Planes {
        /// Name of the format.
        format: String,
        /// Strides or offsets given.
        given: usize,
        /// Planes there are.
        planes: usize,
    },
    /// Strides of tiles cannot be changed.
    #[error("{0} is in tiles: its strides follow from its size")]
    Tiled(String),
    /// The buffer is too short.
    #[error("{format} {width}x{height} needs {expected} bytes, the buffer has {actual}")]
    TooShort {
        /// Name of the format.
        format: String,
        /// Samples in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes needed.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// No frame is like that.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// GStreamer cannot be used, or does not take what was asked for.
    #[error("GStreamer: {0}")]
    GStreamer(String),
}

/// The layout of frames as they are asked for.
pub fn trial(asked: &Asked) -> Result<Trial, NoTrial> {
    gst::init().map_err(|error| NoTrial::GStreamer(error.to_string()))?;
    let caps = changed(asked)?;
    let shape = Shape::of(&caps)?;
    let Planes { strides, offsets, size } = shape.planes(asked)?;
    let length = asked.length.unwrap_or(size);
    let key = Key {
        caps,
        strides: Some(strides.iter().copied().zip(offsets.iter().copied()).collect()),
        len: usize::try_from(length).unwrap_or(usize::MAX),
        orientation: Orientation::default(),
    };
    let is_plain = strides == shape.strides && offsets == shape.offsets;
    let layout = match layout::described(&key) {
        // In one number, where there is but one.
        Err(Refusal::Plane { format, width, height, .. }) if is_plain && length < size => {
            return Err(NoTrial::TooShort { format, width, height, expected: size, actual: length });
        }
        layout => layout?,
    };
    let layout = (**layout).clone();
    let rows = shape.rows(&layout);
    let rawvideoparse = shape.info.as_ref().map(|info| parser(info, &layout, length));
    Ok(Trial { rawvideoparse, size: shape.size, is_plain, rows, is_tiled: shape.is_tiled(), layout })
}

/// What can be tried.
pub fn formats() -> Result<Formats, NoTrial> {
    gst::init().map_err(|error| NoTrial::GStreamer(error.to_string()))?;
    let mut raw: Vec<_> = VideoFormat::iter_raw().map(|format| format.to_str().to_string()).collect();
    raw.sort_by_key(|name| name.to_ascii_lowercase());
    raw.dedup();
    let is_bayer = |name: &&str| BAYER_PATTERNS.iter().any(|pattern| name.starts_with(pattern));
    Ok(Formats { raw, bayer: NAMED.iter().copied().filter(is_bayer).collect() })
}

/// What frames of caps are like where nothing else is said.
struct Shape {
    /// None for mosaics.
    info: Option<VideoInfo>,
    format: String,
    strides: Vec<i32>,
    offsets: Vec<usize>,
    size: u64,
}

/// Where planes are to be, and how many bytes that takes.
struct Planes {
    strides: Vec<i32>,
    offsets: Vec<usize>,
    size: u64,
}

impl Shape {
    fn of(caps: &gst::Caps) -> Result<Self, NoTrial> {
        let structure = caps.structure(0).ok_or(Refusal::NoCaps)?;
        refusal::check(structure.name(), caps.features(0))?;
        if structure.name() != BAYER {
            let info = layout::info(caps)?;
            return Ok(Self {
                format: info.name().to_string(),
                strides: info.stride().to_vec(),
                offsets: info.offset().to_vec(),
                size: info.size() as u64,
                info: Some(info),
            });
        }
        let format = structure.get::<&str>("format").unwrap_or_default().to_owned();
        let (width, height) = size_of(structure)?;
        let stride = u64::from(width).next_multiple_of(BAYER_ALIGN) * code_bytes(&format);
        let strides = vec![i32::try_from(stride).unwrap_or(i32::MAX)];
        Ok(Self { info: None, format, strides, offsets: vec![0], size: stride * u64::from(height) })
    }

    /// What of each plane's rows are samples.
    fn rows(&self, layout: &Layout) -> Vec<Option<Rows>> {
        if let Some(info) = &self.info {
            return layout::rows(info, layout);
        }
        let bytes = u64::from(layout.width) * code_bytes(&self.format);
        vec![Some(Rows { rows: layout.height, bytes: Some(bytes) })]
    }

    fn is_tiled(&self) -> bool {
        self.info.as_ref().is_some_and(|info| info.format_info().is_tiled())
    }

    /// Planes with the strides and offsets that are asked for, and the rows that they have by themselves.
    fn planes(&self, asked: &Asked) -> Result<Planes, NoTrial> {
        let planes = self.strides.len();
        let given = asked.strides.len().max(asked.offsets.len());
        if given > planes {
            return Err(NoTrial::Planes { format: self.format.clone(), given, planes });
        }
        let is_other = |(own, asked): (&i32, &Option<u32>)| {
            asked.is_some_and(|asked| i64::from(asked) != i64::from(*own))
        };
        if self.is_tiled() && self.strides.iter().zip(&asked.strides).any(is_other) {
            return Err(NoTrial::Tiled(self.format.clone()));
        }
        let mut placed = Planes { strides: Vec::new(), offsets: Vec::new(), size: 0 };
        for plane in 0..planes {
            let (own, start) = (self.strides[plane], self.offsets[plane] as u64);
            let end = self.offsets.get(plane + 1).map_or(self.size, |next| *next as u64);
            let stride = asked.strides.get(plane).copied().flatten();
            let stride = stride.map_or(own, |stride| i32::try_from(stride).unwrap_or(i32::MAX));
            // Offsets that go up and down leave no rows to count; none of GStreamer's formats has such.
            let length = end.saturating_sub(start);
            let length = if stride == own {
                length
            } else {
                let rows = length / u64::try_from(own).unwrap_or(1).max(1);
                rows * u64::try_from(stride).unwrap_or(0)
            };
            let offset = asked.offsets.get(plane).copied().flatten().unwrap_or(placed.size);
            placed.strides.push(stride);
            placed.offsets.push(usize::try_from(offset).unwrap_or(usize::MAX));
            placed.size = offset.saturating_add(length);
        }
        Ok(placed)
    }
}

/// Bytes of a code of a mosaic: `bggr` has one, `bggr10le` and the like have words of two.
fn code_bytes(pattern: &str) -> u64 {
    if pattern.len() > 4 { 2 } else { 1 }
}

/// The caps with what is to be otherwise.
fn changed(asked: &Asked) -> Result<gst::Caps, NoTrial> {
    let mut caps =
        if asked.caps.is_empty() { gst::Caps::builder("video/x-raw").build() } else { parsed(&asked.caps)? };
    let own = caps.make_mut();
    let Some(structure) = own.structure_mut(0) else { return Err(NoTrial::Caps(asked.caps.clone())) };
    if let Some(format) = &asked.format {
        let is_bayer = NAMED.contains(&format.as_str())
            && BAYER_PATTERNS.iter().any(|pattern| format.starts_with(pattern));
        let raw = VideoFormat::iter_raw().find(|raw| raw.to_str() == format.as_str());
        if raw.is_none() && !is_bayer {
            return Err(NoTrial::Format(wire::capped(format, 64)));
        }
        let before = structure.get::<&str>("format").ok().and_then(|name| name.parse::<VideoFormat>().ok());
        let is_rgb = |format: VideoFormat| gst_video::VideoFormatInfo::from_format(format).is_rgb();
        structure.set_name(if is_bayer { BAYER } else { "video/x-raw" });
        structure.set("format", format.as_str());
        // What is said of the colours of RGB is nothing that luma and chroma have, and the other way round.
        if raw.map(is_rgb) != before.map(is_rgb) {
            structure.remove_fields(["colorimetry", "chroma-site"]);
        }
    }
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    if let Some(width) = asked.width {
        structure.set("width", side(width));
    }
    if let Some(height) = asked.height {
        structure.set("height", side(height));
    }
    size_of(structure)?;
    if asked.matrix.is_some() || asked.range.is_some() {
        let colorimetry = colorimetry(asked, &layout::info(&caps)?)?;
        if let Some(structure) = caps.make_mut().structure_mut(0) {
            structure.set("colorimetry", colorimetry);
        }
    }
    Ok(caps)
}

/// Caps of one frame, of a bounded depth.
fn parsed(text: &str) -> Result<gst::Caps, NoTrial> {
    if text.len() > CAPS_MAX {
        return Err(NoTrial::Long { actual: text.len() });
    }
    let refused = || NoTrial::Caps(wire::capped(text, 256));
    let is_deep = text.matches(['<', '{', '[']).count() > BRACKETS_MAX;
    // A name without fields is caps too, and so are ANY and EMPTY.
    let caps = (!is_deep && !text.contains('\0')).then(|| text.parse::<gst::Caps>().ok()).flatten();
    caps.filter(|caps| !caps.is_any() && caps.size() == 1 && caps.is_fixed()).ok_or_else(refused)
}

fn size_of(structure: &gst::StructureRef) -> Result<(u32, u32), NoTrial> {
    let side = |name| structure.get::<i32>(name).map_or(0, i64::from);
    let (width, height) = (side("width"), side("height"));
    let possible = |side: i64| u32::try_from(side).ok().filter(|side| (1..=MAX_SIDE).contains(side));
    possible(width).zip(possible(height)).ok_or(NoTrial::Size { width, height })
}

fn caps_of(format: &str, width: u32, height: u32) -> Result<gst::Caps, NoTrial> {
    changed(&Asked {
        format: Some(format.to_owned()),
        width: Some(width),
        height: Some(height),
        ..Asked::default()
    })
}

/// The colorimetry of frames, with the matrix and the range that are asked for, in GStreamer's words.
fn colorimetry(asked: &Asked, info: &VideoInfo) -> Result<String, NoTrial> {
    let own = info.colorimetry();
    let range = match asked.range.as_deref() {
        None => own.range(),
        Some("0-255") => VideoColorRange::Range0_255,
        Some("16-235") => VideoColorRange::Range16_235,
        Some(word) => {
            let known = "0-255 and 16-235";
            return Err(NoTrial::Word { what: "range", word: wire::capped(word, 64), known });
        }
    };
    let matrix = match asked.matrix.as_deref() {
        None => own.matrix(),
        Some("bt601") => VideoColorMatrix::Bt601,
        Some("bt709") => VideoColorMatrix::Bt709,
        Some("bt2020") => VideoColorMatrix::Bt2020,
        Some("smpte240m") => VideoColorMatrix::Smpte240m,
        Some("fcc") => VideoColorMatrix::Fcc,
        Some(word) => {
            let known = "bt601, bt709, bt2020, smpte240m and fcc";
            return Err(NoTrial::Word { what: "matrix", word: wire::capped(word, 64), known });
        }
    };
    Ok(VideoColorimetry::new(range, matrix, own.transfer(), own.primaries()).to_string())
}

/// `rawvideoparse` with all that it needs to know.
fn parser(info: &VideoInfo, layout: &Layout, length: u64) -> String {
    let nick = glib::EnumValue::from_value(&info.format().to_value())
        .map_or_else(|| layout.format.clone(), |(_, value)| value.nick().to_owned());
    let list = |numbers: Vec<String>| format!("<{}>", numbers.join(","));
    // Read so that tiles keep their numbers too.
    let strides = list(layout.planes.iter().map(|plane| plane.stride.to_string()).collect());
    let offsets = list(layout.planes.iter().map(|plane| plane.offset.to_string()).collect());
    let (rate, per) = match layout.framerate {
        (0, _) => (30, 1),
        framerate => framerate,
    };
    format!(
        "rawvideoparse format={nick} width={} height={} framerate={rate}/{per} plane-strides=\"{strides}\" \
         plane-offsets=\"{offsets}\" frame-size={length}",
        layout.width, layout.height,
    )
}
