//! `video/x-bayer` caps, which have no `GstVideoInfo`.

/// A frame of a colour filter mosaic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bayer {
    /// `rggb` and its like, or `rggb12le` and its like.
    pub(super) format: String,
    /// Samples in a row.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
}

impl Bayer {
    /// Reads fixed caps; `None` where a field is missing or impossible.
    pub(super) fn from_structure(structure: &gst::StructureRef) -> Option<Self> {
        let side = |name: &str| {
            structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok()).filter(|&side| side > 0)
        };
        let format = structure.get::<&str>("format").ok()?.to_owned();
        Some(Self { format, width: side("width")?, height: side("height")? })
    }

    /// Bytes from row to row: GStreamer rounds them up to a multiple of 4.
    pub(super) fn stride(&self) -> u32 {
        // `rggb` has one byte a sample; deeper formats say their depth behind the pattern and have two.
        let bytes = if self.format.len() > 4 { 2 } else { 1 };
        self.width.saturating_mul(bytes).checked_next_multiple_of(4).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_rounded_up_to_four_bytes() {
        let stride = |format: &str, width| Bayer { format: format.into(), width, height: 1 }.stride();
        assert_eq!(stride("rggb", 37), 40);
        assert_eq!(stride("rggb", 40), 40);
        assert_eq!(stride("rggb12le", 37), 76);
    }
}
