//! Where chroma samples stand: by name, and as the caps of a layout say.

use serde::{Deserialize, Serialize};
use wire::Layout;

/// Where chroma samples stand, by GStreamer's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChromaSite {
    /// In the middle of the pixels they are for.
    Jpeg,
    /// On the left, in the middle of the lines.
    Mpeg2,
    /// On the left of the top line.
    Cosited,
    /// On the top line, in the middle of the columns.
    VCosited,
}

/// Taller frames have chroma that stands on the left pixel, unless the caps say otherwise
/// (`gst_video_info_set_format` takes them for BT.709 or BT.2020).
const TALLEST_SD: u32 = 576;

/// Where chroma samples stand among the pixels they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Siting {
    /// On the leftmost pixel; else in the middle.
    pub(super) left: bool,
    /// On the topmost line; else in the middle.
    pub(super) top: bool,
}

impl ChromaSite {
    /// GStreamer's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Mpeg2 => "mpeg2",
            Self::Cosited => "cosited",
            Self::VCosited => "v-cosited",
        }
    }

    /// Where they stand.
    pub(super) fn siting(self) -> Siting {
        Siting {
            left: matches!(self, Self::Mpeg2 | Self::Cosited),
            top: matches!(self, Self::Cosited | Self::VCosited),
        }
    }
}

impl Siting {
    /// Where the chroma of this layout stands, as `videoconvert` resolves it.
    pub(super) fn of(layout: &Layout) -> Self {
        // Caps without colorimetry get all defaults, also that of a chroma site they do have.
        if !layout.caps.contains("colorimetry=") {
            let fields = if layout.interlace.mode == "alternate" { 2 } else { 1 };
            return Self { left: layout.height.saturating_mul(fields) > TALLEST_SD, top: false };
        }
        let mut siting = Self { left: false, top: false };
        for word in layout.color.chroma_site.split('+') {
            siting.left |= matches!(word, "mpeg2" | "h-cosited" | "cosited" | "dv");
            siting.top |= matches!(word, "v-cosited" | "cosited" | "dv");
        }
        siting
    }
}

impl From<Siting> for ChromaSite {
    fn from(Siting { left, top }: Siting) -> Self {
        match (left, top) {
            (false, false) => Self::Jpeg,
            (true, false) => Self::Mpeg2,
            (true, true) => Self::Cosited,
            (false, true) => Self::VCosited,
        }
    }
}
