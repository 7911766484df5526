//! Caps of all kinds for every raw format, and the frames for which upstream has no answer of its own.

use crate::random::Random;
use gst_video::{VideoFormat, VideoFormatInfo, VideoInfo};

const WIDTH_MAX: u32 = 67;
const HEIGHT_MAX: u32 = 45;
/// Sizes at which chroma, groups of pixels and tiles begin and end in every way.
const SIZES: [(u32, u32); 12] =
    [(1, 1), (1, 7), (7, 1), (2, 2), (3, 3), (3, 5), (4, 1), (5, 2), (8, 9), (48, 4), (64, 33), (67, 45)];
/// Matrices in `GstVideoColorMatrix`: FCC, BT.709, BT.601, SMPTE 240M, BT.2020.
const MATRICES: [u8; 5] = [2, 3, 4, 5, 6];
/// Ranges in `GstVideoColorRange`: unknown, which is read as full, full, and limited.
const RANGES: [u8; 3] = [0, 1, 2];
const SITES: [&str; 9] =
    ["unknown", "none", "jpeg", "h-cosited", "mpeg2", "v-cosited", "cosited", "dv", "alt-line"];
/// Frames of a format whose colour is all that varies.
const RGB_FRAMES: usize = 30;
/// Bytes in a row of a tile of `NV12_10BE_8L128`, of which a stride says how many there are side by side.
const TILE_BYTES: u32 = 8;
/// Bytes of two pixels of UYVP.
const UYVP_PAIR: u32 = 5;

/// Frames for which upstream reads what is not the component's: the picture depends on other bytes, or on none of the
/// frame's at all.
#[derive(Clone, Copy, Debug)]
pub struct Quirk {
    /// Names of the formats.
    pub formats: &'static [&'static str],
    /// Whether frames of them have it.
    pub applies: fn(&VideoInfo) -> bool,
    /// What happens, and why.
    pub reason: &'static str,
}

/// Whether the fields of such a frame have a chroma row more than the frame has room for.
fn last_chroma_row_is_missing(info: &VideoInfo) -> bool {
    info.is_interlaced() && info.height() % 4 == 2
}

/// All that are known. One that no frame shows any more has to go.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        formats: &["P010_10BE", "P010_10LE", "P012_BE", "P012_LE", "P016_BE", "P016_LE"],
        applies: last_chroma_row_is_missing,
        reason: "the layout of interlaced frames has no chroma row for the last line: it is read behind the frame",
    },
    Quirk {
        formats: &["AV12"],
        applies: last_chroma_row_is_missing,
        reason: "the layout of interlaced frames has no chroma row for the last line: it is read from the alpha plane",
    },
    Quirk {
        formats: &["NV12_10LE32", "NV16_10LE32"],
        applies: |info| info.width() % 6 == 3,
        reason: "a row of chroma is one word short of its last sample: it is read from the next row, or behind the frame",
    },
    Quirk {
        formats: &["NV12_10BE_8L128"],
        applies: |info| {
            let across = info.stride()[1].cast_unsigned() & 0xffff;
            across * TILE_BYTES < (info.width().next_multiple_of(2) * 10).div_ceil(8)
        },
        reason: "at some odd widths a row of tiles ends in the last sample of chroma: it is read from the next row, or behind the frame",
    },
    Quirk {
        formats: &["UYVP"],
        applies: |info| info.stride()[0].cast_unsigned() < info.width().div_ceil(2) * UYVP_PAIR,
        reason: "a row is short of its last pair at some odd widths: it is read from the next row, or behind the frame",
    },
];

impl Quirk {
    /// Whether frames like this have it.
    #[must_use]
    pub fn is_of(&self, info: &VideoInfo) -> bool {
        self.formats.contains(&info.format().to_str().as_str()) && (self.applies)(info)
    }
}

/// Caps of all kinds for a format.
#[must_use]
pub fn caps(format: VideoFormat, random: &mut Random) -> Vec<gst::Caps> {
    let info = VideoFormatInfo::from_format(format);
    let one = |(width, height): (u32, u32), color: Option<String>, site: Option<&str>, mode: &str| {
        let mut caps = gst::Caps::builder("video/x-raw")
            .field("format", format.to_str())
            .field("width", width.cast_signed())
            .field("height", height.cast_signed())
            .field("framerate", gst::Fraction::new(30, 1));
        caps = caps.field_if_some("colorimetry", color).field_if_some("chroma-site", site);
        caps.field_if("interlace-mode", mode, mode != "progressive").build()
    };
    let size = |random: &mut Random| (random.to(WIDTH_MAX), random.to(HEIGHT_MAX));
    let mut cases: Vec<_> = SIZES.iter().map(|&size| one(size, None, None, "progressive")).collect();
    if info.is_rgb() {
        for _ in 0..RGB_FRAMES {
            let (range, transfer) = (random.to(2), random.to(7));
            cases.push(one(size(random), Some(format!("{range}:1:{transfer}:1")), None, "progressive"));
        }
        return cases;
    }
    let color = |range: u8, matrix: u8, random: &mut Random| {
        Some(format!("{range}:{matrix}:{}:{}", random.to(7), random.to(7)))
    };
    for range in RANGES {
        for matrix in MATRICES {
            for site in SITES {
                cases.push(one(size(random), color(range, matrix, random), Some(site), "progressive"));
            }
            for mode in ["interleaved", "mixed"] {
                let at = random.one_of(&SITES);
                cases.push(one(size(random), color(range, matrix, random), Some(at), mode));
            }
        }
    }
    for site in SITES {
        for mode in ["interleaved", "mixed", "progressive"] {
            cases.push(one(size(random), None, Some(site), mode));
        }
    }
    for &size in &SIZES {
        cases.push(one(size, None, None, "interleaved"));
    }
    cases
}
