//! `YUV4MPEG2`, a file of frames that many programs read: which layouts have one, and what stands before the codes.
//!
//! A frame in it is [`FRAME`] and the codes of Y, U and V, each plane in its own size, without padding. What is read here
//! is the layout alone: `NV12` and `YUY2` are 4:2:0 and 4:2:2 as well as `I420` and `Y42B` are.

use super::{Component, Family, Layout, Pixels, Range};
use std::fmt::Write as _;
use thiserror::Error;

/// What each frame begins with.
pub const FRAME: &[u8] = b"FRAME\n";

/// Why there is no such file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotY4m {
    /// The format is none that the file has.
    #[error(
        "{format} has no place in y4m, which holds 8-bit Y, U and V of 4:2:0, 4:2:2, 4:4:4 or 4:1:1, or Y alone"
    )]
    Format {
        /// Its name.
        format: String,
    },
    /// Fields in buffers of their own.
    #[error("y4m has no interlace mode {mode}")]
    Interlace {
        /// The mode.
        mode: String,
    },
}

/// The line that the file begins with.
pub fn header(layout: &Layout) -> Result<String, NotY4m> {
    let mut line = format!("YUV4MPEG2 W{} H{}", layout.width, layout.height);
    // An unknown rate is 0:0 there, which readers take for an error more often than not.
    let (rate, per) = if layout.framerate.0 == 0 { (25, 1) } else { layout.framerate };
    let interlace = match (layout.interlace.mode.as_str(), layout.interlace.field_order.as_str()) {
        ("progressive", _) => 'p',
        ("interleaved", "bottom-field-first") => 'b',
        ("interleaved", _) => 't',
        ("mixed", _) => 'm',
        (mode, _) => return Err(NotY4m::Interlace { mode: mode.to_owned() }),
    };
    let (par, per_par) = layout.pixel_aspect_ratio;
    let chroma = chroma(layout).ok_or_else(|| NotY4m::Format { format: layout.format.clone() })?;
    let range = if layout.color.range == Range::Full { "FULL" } else { "LIMITED" };
    // Writing to a string does not fail.
    let _ = writeln!(line, " F{rate}:{per} I{interlace} A{par}:{per_par} C{chroma} XCOLORRANGE={range}");
    Ok(line)
}

/// The word for the subsampling and where chroma stands.
fn chroma(layout: &Layout) -> Option<&'static str> {
    let Pixels::Components { family, components, .. } = &layout.pixels else { return None };
    let is_whole = |c: &Component| c.depth == 8;
    let of = |name: char| components.iter().find(|component| component.name == name);
    if !components.iter().all(is_whole) || layout.converted.is_some() {
        return None;
    }
    if *family == Family::Gray && components.len() == 1 {
        return Some("mono");
    }
    let (y, u, v) = (of('Y')?, of('U')?, of('V')?);
    let sub = |c: &Component| (c.w_sub, c.h_sub);
    if components.len() != 3 || sub(y) != (0, 0) || sub(u) != sub(v) {
        return None;
    }
    match sub(u) {
        (1, 1) => Some(match layout.color.chroma_site.as_str() {
            "jpeg" => "420jpeg",
            "mpeg2" => "420mpeg2",
            "dv" => "420paldv",
            _ => "420",
        }),
        (1, 0) => Some("422"),
        (0, 0) => Some("444"),
        (2, 0) => Some("411"),
        _ => None,
    }
}

/// Rows that the file has of a component: as many as are rounded up, also of interlaced frames.
#[must_use]
pub fn rows(layout: &Layout, name: &str) -> usize {
    let Pixels::Components { components, .. } = &layout.pixels else { return 0 };
    let found = components.iter().find(|component| name.chars().eq([component.name]));
    found.map_or(0, |component| component.rows(layout.height) as usize)
}
