//! What elements noted about a frame: regions of interest, crop, time code. JSON behind the payload.
//!
//! Positions are in samples of the frame, as the elements gave them; nothing promises that they lie inside of it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most regions that travel with a frame; further ones are counted.
pub const MAX_REGIONS: usize = 256;
/// Most parameters of a region that travel; further ones are counted.
pub const MAX_PARAMETERS: usize = 16;
/// Most kinds of other metas that are named; further metas are counted.
pub const MAX_OTHERS: usize = 16;
/// The longest parameter, in bytes; a longer one is cut by the sender, with an ellipsis.
pub const MAX_TEXT: usize = 1024;
/// The longest metas that a server sends with a frame, in bytes of JSON.
pub const MAX_LEN: usize = 128 * 1024;
/// The longest name of a meta, and the longest time code, in bytes; cut likewise.
pub const MAX_NAME: usize = 256;
/// What the regions may take of [`MAX_LEN`]: besides them there are 18 names at most, each byte of which may be escaped
/// by six, and some keys.
const MAX_REGIONS_LEN: usize = 64 * 1024;

/// The metas of a frame; a frame without any has no JSON at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metas {
    /// Regions of interest, in the order they were attached.
    pub regions: Vec<Region>,
    /// Regions that are not in the list because there are too many.
    pub more_regions: u32,
    /// The part of the frame that is meant to be shown, where it is not the whole.
    pub crop: Option<Rectangle>,
    /// The time code.
    pub timecode: Option<Timecode>,
    /// Metas of further kinds, by name.
    pub others: Vec<Other>,
    /// Metas of still further kinds.
    pub more_others: u32,
}

/// A region of interest (`GstVideoRegionOfInterestMeta`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// What it is of, in the word of the element that found it; empty for none.
    pub name: String,
    /// Its number, if its element numbers them.
    pub id: i32,
    /// The number of the region it is a part of.
    pub parent_id: i32,
    /// Where it is.
    #[serde(rename = "box")]
    pub rectangle: Rectangle,
    /// What else is known of it: each a `GstStructure`, serialised by GStreamer.
    pub parameters: Vec<String>,
    /// Parameters that are not in the list because there are too many.
    pub more_parameters: u32,
}

/// A rectangle in samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rectangle {
    /// Leftmost column.
    pub x: u32,
    /// Topmost row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A time code (`GstVideoTimeCodeMeta`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timecode {
    /// As GStreamer writes it: `00:01:00;02`, where `;` is a drop-frame code.
    pub text: String,
    /// Frames a second that it counts, as a fraction.
    pub framerate: (u32, u32),
    /// The day it began to count at, ISO 8601; none where that is not known.
    pub daily_jam: Option<String>,
}

/// A kind of metas of which only their being there is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// The name of the type: `GstReferenceTimestampMeta`.
    pub name: String,
    /// How many the frame has.
    pub count: u32,
}

/// Why bytes are no metas.
#[derive(Debug, Error)]
pub enum MetasError {
    /// There are more of them than any server sends.
    #[error("metas of {actual} bytes; at most {MAX_LEN} are sent")]
    TooLong {
        /// How many there are.
        actual: usize,
    },
    /// They are not the JSON of metas.
    #[error("metas are unreadable: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Metas {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The JSON behind the payload, at most [`MAX_LEN`] bytes, empty for none; what goes beyond the bounds is counted.
    #[must_use]
    pub fn encode(mut self) -> Vec<u8> {
        self.bound();
        if self.is_empty() { Vec::new() } else { serde_json::to_vec(&self).unwrap_or_default() }
    }

    /// The metas of a frame; no bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, MetasError> {
        if bytes.len() > MAX_LEN {
            return Err(MetasError::TooLong { actual: bytes.len() });
        }
        if bytes.is_empty() { Ok(Self::default()) } else { Ok(serde_json::from_slice(bytes)?) }
    }

    fn bound(&mut self) {
        let mut left = MAX_REGIONS_LEN;
        let mut fitting = 0;
        for region in self.regions.iter_mut().take(MAX_REGIONS) {
            region.bound();
            let len = serde_json::to_string(region).map_or(usize::MAX, |json| json.len() + 1);
            let Some(rest) = left.checked_sub(len) else { break };
            left = rest;
            fitting += 1;
        }
        self.more_regions = self.more_regions.saturating_add(cut(&mut self.regions, fitting));
        if let Some(timecode) = &mut self.timecode {
            timecode.text = crate::capped(&timecode.text, MAX_NAME);
            timecode.daily_jam = timecode.daily_jam.as_ref().map(|day| crate::capped(day, MAX_NAME));
        }
        let others =
            self.others.iter().skip(MAX_OTHERS).fold(0, |sum: u32, other| sum.saturating_add(other.count));
        self.more_others = self.more_others.saturating_add(others);
        cut(&mut self.others, MAX_OTHERS);
        for other in &mut self.others {
            other.name = crate::capped(&other.name, MAX_NAME);
        }
    }
}

impl Region {
    fn bound(&mut self) {
        self.more_parameters = self.more_parameters.saturating_add(cut(&mut self.parameters, MAX_PARAMETERS));
        self.name = crate::capped(&self.name, MAX_NAME);
        for parameter in &mut self.parameters {
            *parameter = crate::capped(parameter, MAX_TEXT);
        }
    }
}

/// Keeps the first `len` and says how many went.
fn cut<T>(list: &mut Vec<T>, len: usize) -> u32 {
    let gone = list.len().saturating_sub(len);
    list.truncate(len);
    u32::try_from(gone).unwrap_or(u32::MAX)
}
