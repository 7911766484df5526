//! What a frame's bytes mean: a [`Layout`] as it travels, and a [`CheckedLayout`] that is safe to read by.
//!
//! The viewer has no table of formats; it reads by this description alone. Positions are in bytes, sizes in samples.

pub mod arrays;
mod check;
pub mod command;
mod named;
mod pixels;
pub mod y4m;

pub use check::{CheckedLayout, LayoutError};
pub use named::{NAMED, is_named};

use serde::{Deserialize, Serialize};

/// Most planes a frame can have (`GST_VIDEO_MAX_PLANES`).
pub const MAX_PLANES: usize = 4;
/// Most components a pixel can have (`GST_VIDEO_MAX_COMPONENTS`).
pub const MAX_COMPONENTS: usize = 4;
/// Largest width or height read here; far above any camera, and small enough for all sums to fit in 64 bits.
pub const MAX_SIDE: u32 = 1 << 20;
/// Deepest sample read here, in bits.
pub const MAX_DEPTH: u8 = 16;

/// The description of a frame's bytes, sent before its first use and again whenever anything in it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Names this layout in frame headers; unique within the server's life.
    pub id: u32,
    /// The stream whose frames have it.
    pub stream: String,
    /// The sample's caps, verbatim.
    pub caps: String,
    /// The format's name in the caps: `BGR`, `NV12`, `rggb`.
    pub format: String,
    /// Samples in a row of the buffer.
    pub width: u32,
    /// Rows in the buffer: of one field where `interlace.mode` is `alternate`.
    pub height: u32,
    /// How samples are found.
    pub pixels: Pixels,
    /// Where each plane is in the payload.
    pub planes: Vec<Plane>,
    /// Colour, resolved to what GStreamer assumes where the caps are silent.
    pub color: Color,
    /// Width of a pixel over its height, as a fraction.
    pub pixel_aspect_ratio: (u32, u32),
    /// How to turn the picture for display; the bytes are not turned.
    pub orientation: Orientation,
    /// Frames a second as a fraction; 0/1 is variable or unknown.
    pub framerate: (u32, u32),
    /// Fields.
    pub interlace: Interlace,
    /// The part of the frame that is sent; the whole frame is `0, 0, width, height`.
    pub region: Region,
    /// Every n-th column and row of the region is sent; the whole is 1, 1.
    pub step: (u32, u32),
    /// How the planes are encoded.
    pub encoding: Encoding,
    /// Set where the planes are not the appsink's bytes but a picture that the server made of them.
    pub converted: Option<Converted>,
}

/// A picture that the server made because viewers cannot read the format: it stands behind the appsink's bytes, which
/// travel as they are.
///
/// `pixels`, `planes` and `color` of the layout describe the picture; `caps` and `format` go on naming the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Converted {
    /// The picture's format: `RGBA`, or `RGBA64_LE` where a component of the original is deeper than 8 bits.
    pub format: String,
    /// Bytes of the appsink's buffer; no plane begins before.
    pub source_length: u64,
}

/// How samples are found in the planes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case", try_from = "pixels::Written")]
pub enum Pixels {
    /// Each component is at a fixed place in a fixed step, as `GstVideoFormatInfo` has it.
    Components {
        /// What the components mean.
        family: Family,
        /// Byte order of samples of two bytes.
        byte_order: ByteOrder,
        /// One to four components, in GStreamer's order: R G B A, Y U V A, or Y A.
        components: Vec<Component>,
    },
    /// A format that components cannot describe (Bayer, packed words, tiles); decoders know it by name.
    Named {
        /// The format's name.
        name: String,
    },
}

/// What the components of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// R, G, B.
    Rgb,
    /// Y, U, V.
    Yuv,
    /// Y alone.
    Gray,
}

/// Byte order of two-byte samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByteOrder {
    /// Low byte first.
    Little,
    /// High byte first.
    Big,
}

/// Where one component's samples are.
///
/// The sample of column `x` and row `y` of the component's own grid begins at
/// `plane.offset + y * plane.stride + offset + x * pixel_stride` and its value is `(word >> shift) & ((1 << depth) - 1)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// R, G, B, Y, U, V or A.
    pub name: char,
    /// Index of the plane.
    pub plane: u8,
    /// Bytes from the start of a row to the first sample.
    pub offset: u32,
    /// Bytes from one sample to the next.
    pub pixel_stride: u32,
    /// Bits of a sample.
    pub depth: u8,
    /// Unused low bits below the sample.
    pub shift: u8,
    /// The component has `ceil(width / 2^w_sub)` samples in a row.
    pub w_sub: u8,
    /// The component has `ceil(height / 2^h_sub)` rows.
    pub h_sub: u8,
}

/// Where a plane is in the payload, as the buffer has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// Bytes from one row to the next.
    pub stride: u32,
    /// Bytes from the start of the payload to the first row.
    pub offset: u64,
    /// Bytes from `offset` that belong to the plane.
    pub length: u64,
}

/// Colour as the caps have it, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Color {
    /// Which codes are black and white.
    pub range: Range,
    /// Luma coefficients: `rgb`, `bt601`, `bt709`, `bt2020`, `smpte240m`, `fcc`, `unknown`.
    pub matrix: String,
    /// Transfer function, in GStreamer's word.
    pub transfer: String,
    /// Primaries, in GStreamer's word.
    pub primaries: String,
    /// Chroma site, in GStreamer's word; `unknown` where the caps are silent.
    pub chroma_site: String,
}

/// Which codes are black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// All codes.
    #[serde(rename = "0-255")]
    Full,
    /// 16 to 235 of 8 bits, and the like of deeper samples.
    #[serde(rename = "16-235")]
    Limited,
}

/// How to turn the picture for display, in the words of the `image-orientation` tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// As it is.
    #[default]
    #[serde(rename = "rotate-0")]
    Rotate0,
    /// A quarter clockwise.
    #[serde(rename = "rotate-90")]
    Rotate90,
    /// Half a turn.
    #[serde(rename = "rotate-180")]
    Rotate180,
    /// A quarter counter-clockwise.
    #[serde(rename = "rotate-270")]
    Rotate270,
    /// Mirrored left to right.
    #[serde(rename = "flip-rotate-0")]
    FlipRotate0,
    /// Mirrored left to right, then a quarter clockwise.
    #[serde(rename = "flip-rotate-90")]
    FlipRotate90,
    /// Mirrored left to right, then half a turn.
    #[serde(rename = "flip-rotate-180")]
    FlipRotate180,
    /// Mirrored left to right, then a quarter counter-clockwise.
    #[serde(rename = "flip-rotate-270")]
    FlipRotate270,
}

/// Fields of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interlace {
    /// `progressive`, `interleaved`, `mixed`, `fields` or `alternate`, GStreamer's words.
    pub mode: String,
    /// `unknown`, `top-field-first` or `bottom-field-first`.
    pub field_order: String,
}

/// A rectangle of the frame, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// How a payload travels; planes are described as they are once it is decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// As it is.
    #[default]
    Raw,
    /// A block of LZ4: for pictures of screens and drawings.
    Lz4,
    /// Differences from the row above, in as few bits as they need: for pictures of cameras.
    Residual,
}

impl Component {
    /// Bytes a sample is read from: 1 or 2.
    #[must_use]
    pub fn sample_bytes(&self) -> u32 {
        if u32::from(self.depth) + u32::from(self.shift) <= 8 { 1 } else { 2 }
    }

    /// Samples in a row of this component, for a frame of `width`.
    #[must_use]
    pub fn columns(&self, width: u32) -> u32 {
        width.div_ceil(1 << self.w_sub)
    }

    /// Rows of this component, for a frame of `height`.
    #[must_use]
    pub fn rows(&self, height: u32) -> u32 {
        height.div_ceil(1 << self.h_sub)
    }

    /// Bytes from the start of a row past its last sample, for a frame of `width`.
    #[must_use]
    pub fn row_bytes(&self, width: u32) -> u64 {
        u64::from(self.offset)
            + u64::from(self.columns(width) - 1) * u64::from(self.pixel_stride)
            + u64::from(self.sample_bytes())
    }
}

impl Layout {
    /// Reads a layout by itself; an unknown key is an error that names it.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// A layout of this size with nothing else said: full-range RGB, progressive, square pixels, variable rate, the
    /// whole frame, raw; without id, names, components and planes, which its user fills in.
    #[must_use]
    pub fn plain(width: u32, height: u32) -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            id: 0,
            stream: String::new(),
            caps: String::new(),
            format: String::new(),
            width,
            height,
            pixels: Pixels::Named { name: String::new() },
            planes: Vec::new(),
            color: Color {
                range: Range::Full,
                matrix: "rgb".to_owned(),
                transfer: unknown(),
                primaries: unknown(),
                chroma_site: unknown(),
            },
            pixel_aspect_ratio: (1, 1),
            orientation: Orientation::default(),
            framerate: (0, 1),
            interlace: Interlace { mode: "progressive".to_owned(), field_order: unknown() },
            region: Region { x: 0, y: 0, width, height },
            step: (1, 1),
            encoding: Encoding::Raw,
            converted: None,
        }
    }

    /// Columns that are sent: of the region, every `step.0`-th.
    #[must_use]
    pub fn sent_width(&self) -> u32 {
        self.region.width.div_ceil(self.step.0.max(1))
    }

    /// Rows that are sent: of the region, every `step.1`-th.
    #[must_use]
    pub fn sent_height(&self) -> u32 {
        self.region.height.div_ceil(self.step.1.max(1))
    }

    /// How many of a payload's `len` bytes are the appsink's: all but a picture that the server put behind them.
    #[must_use]
    pub fn source_len(&self, len: u64) -> u64 {
        self.converted.as_ref().map_or(len, |converted| converted.source_length.min(len))
    }

    /// Whether the payload is the whole frame, sample for sample.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.step == (1, 1) && self.region == self.whole()
    }

    /// The region that is the whole frame.
    #[must_use]
    pub fn whole(&self) -> Region {
        Region { x: 0, y: 0, width: self.width, height: self.height }
    }
}
