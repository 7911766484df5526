//! The colour mode of the standards is their formula, computed here a second time, pixel by pixel in double precision;
//! and it is as near to what GStreamer makes of a frame as the rounding there lets it be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod formula;
mod support;

use formula::{Formula, sites};
use support::{BAYER, Entry, Model, decode, difference, entries, formats, layout, models, read};
use viewer_wasm::convert::{ColorMode, Decoder};
use wire::layout::{Family, Range};

/// Rounding once more, to nearest.
const ROUNDING: u8 = 1;

#[test]
fn itu_mode_is_the_formula() {
    let (formats, models) = (formats(), models());
    // Demosaicing is held against `bayer2rgb` alone, which is exact: there is nothing to round.
    for entry in entries().iter().filter(|entry| !BAYER.contains(&entry.format.as_str())) {
        let raw = read(&entry.raw);
        let layout = layout(entry, formats[&entry.format].clone(), raw.len());
        let expected = Formula::new(&layout, &models[&entry.format], &raw).picture();
        for decoder in [Decoder::new, Decoder::general] {
            let worst = difference(
                &decode(&decoder(&layout, &ColorMode::Itu.into()).unwrap(), &layout, &raw),
                &expected,
            );
            assert!(worst <= ROUNDING, "{}: differs by {worst}", entry.id);
        }
    }
}

/// Most that the formula and GStreamer's picture are apart, by the class of the format; and by how much more, with the
/// reason.
fn tolerance(entry: &Entry, model: Option<&Model>) -> (u8, Option<usize>) {
    // Bayer: `bayer2rgb` is exact.
    let Some(model) = model else { return (0, None) };
    let depth = model.components.iter().map(|c| c.depth).max().unwrap();
    let subsampled = model.components.iter().any(|c| c.w_sub > 0 || c.h_sub > 0);
    match (model.family, depth, entry.range) {
        (Family::Rgb, ..8, _) => (0, Some(REPEATED)),
        (Family::Rgb, 8, _) | (Family::Gray, 8, Range::Full) => (0, None),
        (Family::Rgb | Family::Gray, 9.., _) => (1, None),
        (Family::Yuv, 9.., _) => (2, None),
        (_, _, Range::Full) => (3, subsampled.then_some(ROUNDED_CHROMA)),
        (_, _, Range::Limited) => (6, subsampled.then_some(ROUNDED_CHROMA)),
    }
}

/// Why a class allows one more in some formats.
const ONE_MORE: [&str; 2] = [
    "videoconvert repeats 5 and 6 bits below themselves, which is not quite their proportion: 3 of 31 is 24, not 25",
    "videoconvert rounds chroma of 8 bits after each filter, and half a code of it is a whole one of blue",
];
const REPEATED: usize = 0;
const ROUNDED_CHROMA: usize = 1;

/// Where chroma is not filtered alike: why, in which entries, and in which of their columns and lines.
type Apart = (&'static str, fn(&Entry, &Model) -> bool, fn(&Entry, u32, u32) -> bool);

const APART: [Apart; 7] = [
    (
        "videoconvert repeats the chroma of progressive I420, YV12 and A420",
        |entry, _| matches!(entry.format.as_str(), "I420" | "YV12" | "A420") && !entry.interlaced,
        |_, _, _| true,
    ),
    (
        "videoconvert has no vertical filter for chroma on the top line",
        |entry, model| sites(entry.site(), entry.height).1 && h_sub(model) > 0,
        |_, _, _| true,
    ),
    (
        "videoconvert has no vertical filter for fields of 4:1:0",
        |entry, model| entry.interlaced && h_sub(model) == 2,
        |_, _, _| true,
    ),
    (
        "videoconvert reads the chroma of interlaced NV12_10BE_8L128 as that of progressive frames",
        |entry, _| entry.interlaced && entry.format == "NV12_10BE_8L128",
        |_, _, _| true,
    ),
    (
        "the lines that a field lacks are for videoconvert those of the other field",
        |entry, model| entry.interlaced && h_sub(model) == 1,
        |entry, _, y| y < 2 || y + 3 > entry.height,
    ),
    (
        "videoconvert repeats chroma right of the last four columns that it has a whole filter for",
        |entry, model| model.component('U').w_sub == 2 && !sites(entry.site(), entry.height).0,
        |entry, x, _| x + 3 >= entry.width - (entry.width + 3) % 4,
    ),
    (
        "videoconvert takes U for V at the end of odd rows of VYUY",
        |entry, _| entry.format == "VYUY" && entry.width % 2 == 1,
        |entry, x, _| x + 2 >= entry.width,
    ),
];

fn h_sub(model: &Model) -> u8 {
    if model.family == Family::Yuv { model.component('U').h_sub } else { 0 }
}

#[test]
fn itu_mode_is_near_gstreamers_picture() {
    let (formats, models) = (formats(), models());
    let mut worst_apart = [0; APART.len()];
    let mut worst_more = [0; ONE_MORE.len()];
    for entry in &entries() {
        let raw = read(&entry.raw);
        let layout = layout(entry, formats[&entry.format].clone(), raw.len());
        let model = models.get(&entry.format);
        let (tolerance, more) = tolerance(entry, model);
        let yuv = model.filter(|model| model.family == Family::Yuv);
        let is_apart = |(_, is_so, _): &&Apart| yuv.is_some_and(|model| is_so(entry, model));
        let rgba = decode(&Decoder::general(&layout, &ColorMode::Itu.into()).unwrap(), &layout, &raw);
        let expected = read(&entry.rgba);
        for ((a, e), at) in rgba.chunks_exact(4).zip(expected.chunks_exact(4)).zip(0..) {
            let (x, y) = (at % entry.width, at / entry.width);
            let excess = difference(a, e).saturating_sub(tolerance);
            let apart = APART.iter().filter(is_apart).find(|(_, _, is_there)| is_there(entry, x, y));
            if let Some((reason, ..)) = apart {
                let at = APART.iter().position(|(known, ..)| known == reason).unwrap();
                worst_apart[at] = worst_apart[at].max(excess);
            } else if let Some(more) = more {
                assert!(
                    excess <= ROUNDING,
                    "{}: pixel {x}, {y} differs by {tolerance} and {excess}",
                    entry.id
                );
                worst_more[more] = worst_more[more].max(excess);
            } else {
                assert_eq!(excess, 0, "{}: pixel {x}, {y} differs by more than {tolerance}", entry.id);
            }
        }
    }
    let reasons = APART.iter().map(|(reason, ..)| reason).chain(&ONE_MORE);
    for (reason, worst) in reasons.zip(worst_apart.into_iter().chain(worst_more)) {
        assert!(worst > 0, "no longer so: {reason}");
    }
}
