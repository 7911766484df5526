//! The layout of a sample's bytes: its caps, and the strides and offsets of its `GstVideoMeta`.

use super::convert::{Convert, Reason, Recipe};
use super::pixels::pixels;
use super::refusal::{self, Refusal};
use gst::glib;
use gst::prelude::*;
use gst_video::{VideoColorMatrix, VideoColorRange, VideoFieldOrder, VideoInfo, VideoInterlaceMode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use wire::CheckedLayout;
use wire::layout::{Color, Interlace, Layout, Orientation, Pixels, Plane, Range, is_named};

/// Media type of mosaics.
pub(super) const BAYER: &str = "video/x-bayer";
/// What begins the names of Bayer formats.
pub(super) const BAYER_PATTERNS: [&str; 4] = ["bggr", "gbrg", "grbg", "rggb"];
/// Bayer rows have a multiple of this of codes, not of bytes (`GST_ROUND_UP_4 (width)` in the bayer plugin).
pub(super) const BAYER_ALIGN: u64 = 4;
/// Bytes of an 8-bit palette: 256 entries of four bytes (`GST_VIDEO_FORMAT_RGB8P`, plane 1).
const PALETTE_LEN: u64 = 256 * 4;

/// Remembers the layout of the sample before: frames with the same one share it.
#[derive(Debug)]
pub(super) struct Layouts {
    stream: String,
    convert: Convert,
    last: Option<(Key, Read)>,
}

/// How a sample is read.
#[derive(Clone, Debug)]
pub(super) struct Read {
    /// What its payload is.
    pub(super) layout: Arc<CheckedLayout>,
    /// What the appsink's bytes are: the same, unless the payload has a picture behind them.
    pub(super) source: Arc<CheckedLayout>,
    /// How the picture in the payload is made, where viewers cannot read the sample.
    pub(super) recipe: Option<Arc<Recipe>>,
}

/// All that a layout depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    /// Caps of the sample.
    pub(super) caps: gst::Caps,
    /// Strides and offsets of the buffer's meta, in plane order.
    pub(super) strides: Option<Vec<(i32, usize)>>,
    /// Bytes of the buffer.
    pub(super) len: usize,
    /// How to turn the picture.
    pub(super) orientation: Orientation,
}

impl Layouts {
    pub(super) fn new(stream: &str, convert: Convert) -> Self {
        Self { stream: stream.to_owned(), convert, last: None }
    }

    /// The layout of a sample; the same as the last one if nothing changed, else one with a new id.
    pub(super) fn of(&mut self, key: Key) -> Result<Read, Refusal> {
        if let Some((last, read)) = &self.last
            && *last == key
        {
            return Ok(read.clone());
        }
        let read = self.build(&key)?;
        self.last = Some((key, read.clone()));
        Ok(read)
    }

    fn build(&self, key: &Key) -> Result<Read, Refusal> {
        let structure = structure(key)?;
        let (layout, recipe) = if structure.name() == BAYER {
            (bayer(structure, key)?, None)
        } else {
            self.raw(structure, key)?
        };
        let own = Layout { id: next_id(), stream: self.stream.clone(), ..layout };
        let Some(recipe) = recipe else {
            let layout = checked(own)?;
            return Ok(Read { source: Arc::clone(&layout), layout, recipe: None });
        };
        let layout = checked(recipe.describe(own.clone(), key.len as u64))?;
        Ok(Read { layout, source: checked(own)?, recipe: Some(Arc::new(recipe)) })
    }

    /// The layout of the appsink's bytes, and how a picture is made of them where viewers cannot read them.
    fn raw(&self, structure: &gst::StructureRef, key: &Key) -> Result<(Layout, Option<Recipe>), Refusal> {
        let info = info(&key.caps)?;
        let layout = raw(structure, &info, key)?;
        let Some(reason) = self.convert.reason(info.format(), &layout.pixels) else {
            return Ok((layout, None));
        };
        let recipe = Recipe::new(&info, &layout, key.len)?;
        let (stream, format, picture) = (&self.stream, &layout.format, recipe.to());
        match reason {
            Reason::Unread => {
                tracing::warn!(
                    stream,
                    format,
                    "no viewer reads {format}: the server converts it to {picture}"
                );
            }
            Reason::Asked => {
                tracing::info!(stream, format, "the server converts {format} to {picture}, as asked");
            }
        }
        Ok((layout, Some(recipe)))
    }
}

/// The layout that a sample of these caps, strides and length has, without the names of a stream.
pub(super) fn described(key: &Key) -> Result<Arc<CheckedLayout>, Refusal> {
    let structure = structure(key)?;
    checked(if structure.name() == BAYER {
        bayer(structure, key)?
    } else {
        raw(structure, &info(&key.caps)?, key)?
    })
}

/// The caps' only structure, which is of raw video in readable memory.
fn structure(key: &Key) -> Result<&gst::StructureRef, Refusal> {
    let structure = key.caps.structure(0).ok_or(Refusal::NoCaps)?;
    refusal::check(structure.name(), key.caps.features(0))?;
    Ok(structure)
}

/// What GStreamer makes of caps of raw video.
pub(super) fn info(caps: &gst::Caps) -> Result<VideoInfo, Refusal> {
    let unknown = || Refusal::UnknownFormat { version: gst::version_string().to_string() };
    let info = VideoInfo::from_caps(caps).map_err(|_| unknown())?;
    if matches!(info.format(), gst_video::VideoFormat::Encoded | gst_video::VideoFormat::Unknown) {
        return Err(unknown());
    }
    Ok(info)
}

fn checked(layout: Layout) -> Result<Arc<CheckedLayout>, Refusal> {
    let (format, width, height) = (layout.format.clone(), layout.width, layout.height);
    layout.check().map(Arc::new).map_err(|source| Refusal::Layout { format, width, height, source })
}

/// Ids are unique within the process, also over streams.
fn next_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn raw(structure: &gst::StructureRef, info: &VideoInfo, key: &Key) -> Result<Layout, Refusal> {
    let format_info = info.format_info();
    // A buffer of mode `alternate` holds one field.
    let height = if info.interlace_mode() == VideoInterlaceMode::Alternate {
        info.field_height()
    } else {
        info.height()
    };
    let shape = Shape { format: format_info.name(), width: info.width(), height, len: key.len as u64 };
    let own: Vec<(i32, usize)> = info.stride().iter().copied().zip(info.offset().iter().copied()).collect();
    let strides = key.strides.as_deref().filter(|meta| meta.len() >= own.len()).unwrap_or(&own);
    let planes = strides[..own.len()]
        .iter()
        .enumerate()
        .map(|(plane, &(stride, offset))| {
            let wanted = plane_rows(info, plane, &shape, stride);
            let mut described = shape.plane(plane, stride, offset, wanted)?;
            // What a plane has beyond its rows ends where another plane begins.
            let next = strides.iter().map(|&(_, other)| other).filter(|&other| other > offset).min();
            if let Some(room) = next.map(|next| (next - offset) as u64)
                && wanted.needed(described.stride) <= room
            {
                described.length = described.length.min(room);
            }
            Ok(described)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (par, fps) = (info.par(), info.fps());
    Ok(Layout {
        format: shape.format.to_owned(),
        width: shape.width,
        height,
        pixels: pixels(format_info),
        planes,
        color: color(structure, info),
        pixel_aspect_ratio: (unsigned(par.numer()), unsigned(par.denom())),
        framerate: (unsigned(fps.numer()), unsigned(fps.denom())),
        interlace: Interlace {
            mode: info.interlace_mode().to_str().to_string(),
            field_order: field_order(info.field_order()).to_owned(),
        },
        ..blank(key, shape.width, height)
    })
}

fn bayer(structure: &gst::StructureRef, key: &Key) -> Result<Layout, Refusal> {
    let unknown = || Refusal::UnknownFormat { version: gst::version_string().to_string() };
    let side = |name| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
    let format = structure.get::<&str>("format").map_err(|_| unknown())?;
    let (width, height) = (side("width").ok_or_else(unknown)?, side("height").ok_or_else(unknown)?);
    if !BAYER_PATTERNS.iter().any(|pattern| format.starts_with(pattern)) || !is_named(format) {
        return Err(Refusal::Pattern { format: format.to_owned() });
    }
    // `bggr` has bytes; `bggr10le` and the like have words of two.
    let bytes = if format.len() > 4 { 2 } else { 1 };
    let row = u64::from(width) * bytes;
    let stride = u64::from(width).next_multiple_of(BAYER_ALIGN) * bytes;
    let stride = i32::try_from(stride).map_err(|_| unknown())?;
    let shape = Shape { format, width, height, len: key.len as u64 };
    let (stride, offset) = key.strides.as_ref().and_then(|meta| meta.first().copied()).unwrap_or((stride, 0));
    let plane = shape.plane(0, stride, offset, Extent::Of { rows: height, row, whole: height })?;
    let fraction = |name, otherwise| {
        structure
            .get::<gst::Fraction>(name)
            .map_or(otherwise, |value| (unsigned(value.numer()), unsigned(value.denom())))
    };
    Ok(Layout {
        format: format.to_owned(),
        pixels: Pixels::Named { name: format.to_owned() },
        planes: vec![plane],
        pixel_aspect_ratio: fraction("pixel-aspect-ratio", (1, 1)),
        framerate: fraction("framerate", (0, 1)),
        ..blank(key, width, height)
    })
}

/// A layout with what all have in common.
fn blank(key: &Key, width: u32, height: u32) -> Layout {
    Layout { caps: key.caps.to_string(), orientation: key.orientation, ..Layout::plain(width, height) }
}

/// What a refusal says of the frame.
struct Shape<'a> {
    format: &'a str,
    width: u32,
    height: u32,
    len: u64,
}

/// How long a plane is.
#[derive(Clone, Copy)]
enum Extent {
    /// So many rows; the last one may be as short as `row` bytes. `whole` rows belong to it where there is room.
    Of { rows: u32, row: u64, whole: u32 },
    /// A fixed number of bytes.
    Fixed(u64),
    /// The rest of the buffer, or up to the next plane (tiles: the stride counts tiles, not bytes).
    Rest,
}

impl Extent {
    /// Bytes a plane must have.
    fn needed(self, stride: u32) -> u64 {
        match self {
            Self::Of { rows, row, .. } => u64::from(rows.saturating_sub(1)) * u64::from(stride) + row,
            Self::Fixed(len) => len,
            Self::Rest => 1,
        }
    }
}

impl Shape<'_> {
    fn plane(&self, plane: usize, stride: i32, offset: usize, rows: Extent) -> Result<Plane, Refusal> {
        let refused = |expected| Refusal::Plane {
            format: self.format.to_owned(),
            width: self.width,
            height: self.height,
            plane,
            offset,
            stride,
            expected,
            actual: self.len,
        };
        let start = offset as u64;
        let Some(rest) = self.len.checked_sub(start).filter(|rest| *rest > 0) else {
            return Err(refused(start.saturating_add(1)));
        };
        let Ok(step) = u32::try_from(stride) else { return Err(refused(start)) };
        let needed = rows.needed(step);
        let whole = match rows {
            Extent::Of { whole, .. } => u64::from(whole) * u64::from(step),
            Extent::Fixed(len) => len,
            Extent::Rest => rest,
        };
        if needed > rest {
            return Err(refused(start.saturating_add(needed)));
        }
        Ok(Plane { stride: step, offset: start, length: whole.max(needed).min(rest) })
    }
}

/// The rows of a plane: of the component in it that has most, and as many bytes of the last row as that one reads.
///
/// Subsampled rows of interlaced frames belong to one field each, and each field has its rows rounded up: a frame of
/// 4:2:0 with 486 rows has 244 chroma rows, not 243.
fn plane_rows(info: &VideoInfo, plane: usize, shape: &Shape<'_>, stride: i32) -> Extent {
    let is_interlaced =
        !matches!(info.interlace_mode(), VideoInterlaceMode::Progressive | VideoInterlaceMode::Alternate);
    let info = info.format_info();
    if info.is_tiled() {
        return Extent::Rest;
    }
    if info.has_palette() && plane == 1 {
        return Extent::Fixed(PALETTE_LEN);
    }
    let (mut rows, mut row, mut whole) = (0, 0, 0);
    for component in (0..info.n_components() as usize).filter(|&at| info.plane()[at] as usize == plane) {
        let index = u8::try_from(component).unwrap_or(0);
        rows = rows.max(info.scale_height(index, shape.height));
        let of_field = info.scale_height(index, shape.height.div_ceil(2));
        whole = whole.max(if is_interlaced { 2 * of_field } else { rows }).max(rows);
        let pixel_stride = u64::try_from(info.pixel_stride()[component]).unwrap_or(0);
        let columns = u64::from(info.scale_width(index, shape.width));
        let bytes = u64::from((info.depth()[component] + info.shift()[component]).div_ceil(8));
        let offset = u64::from(super::pixels::offset(info, component));
        let read = columns.saturating_sub(1) * pixel_stride + offset + bytes;
        // Packed bits have no pixel stride: only a whole row is sure to hold them.
        row = row.max(if pixel_stride == 0 { u64::try_from(stride).unwrap_or(0) } else { read });
    }
    Extent::Of { rows, row, whole }
}

/// What of a plane's rows are samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rows {
    /// Rows of samples.
    pub rows: u32,
    /// Bytes of a row that hold samples; the rest of the stride is padding. None where packed bits do not tell.
    pub bytes: Option<u64>,
}

/// What of each plane's rows are samples; none where planes have no rows, as in tiles.
pub(super) fn rows(info: &VideoInfo, layout: &Layout) -> Vec<Option<Rows>> {
    let shape = Shape { format: &layout.format, width: layout.width, height: layout.height, len: 0 };
    let format = info.format_info();
    let has_bits = |plane: usize| {
        let here = |at: &usize| format.plane()[*at] as usize == plane;
        (0..format.n_components() as usize).filter(here).any(|at| format.pixel_stride()[at] == 0)
    };
    let of = |plane| match plane_rows(info, plane, &shape, 0) {
        Extent::Of { rows, row, .. } => Some(Rows { rows, bytes: (!has_bits(plane)).then_some(row) }),
        Extent::Fixed(_) | Extent::Rest => None,
    };
    (0..layout.planes.len()).map(of).collect()
}

fn color(structure: &gst::StructureRef, info: &VideoInfo) -> Color {
    let colorimetry = info.colorimetry();
    Color {
        // Unknown is read as full, as `gst_video_color_range_offsets` does.
        range: match colorimetry.range() {
            VideoColorRange::Range16_235 => Range::Limited,
            _ => Range::Full,
        },
        matrix: if info.is_rgb() { "rgb" } else { matrix(colorimetry.matrix()) }.to_owned(),
        transfer: nick(&colorimetry.transfer().to_value()),
        primaries: nick(&colorimetry.primaries().to_value()),
        chroma_site: structure.get::<&str>("chroma-site").unwrap_or("unknown").to_owned(),
    }
}

fn matrix(matrix: VideoColorMatrix) -> &'static str {
    match matrix {
        VideoColorMatrix::Rgb => "rgb",
        VideoColorMatrix::Fcc => "fcc",
        VideoColorMatrix::Bt709 => "bt709",
        VideoColorMatrix::Bt601 => "bt601",
        VideoColorMatrix::Smpte240m => "smpte240m",
        VideoColorMatrix::Bt2020 => "bt2020",
        _ => "unknown",
    }
}

fn field_order(order: VideoFieldOrder) -> &'static str {
    match order {
        VideoFieldOrder::TopFieldFirst => "top-field-first",
        VideoFieldOrder::BottomFieldFirst => "bottom-field-first",
        _ => "unknown",
    }
}

/// GStreamer's own word for a value of one of its enumerations.
fn nick(value: &glib::Value) -> String {
    glib::EnumValue::from_value(value)
        .map_or_else(|| "unknown".to_owned(), |(_, value)| value.nick().to_owned())
}

fn unsigned(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
