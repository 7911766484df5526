//! The checks of the corpus catch what they are there for: each of these mistakes, in either colour mode.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod formula;
mod support;

use formula::Formula;
use support::{Entry, decode, difference, entries, formats, layout, models, read};
use viewer_wasm::convert::{ColorMode, Decoder, Matrix, Picture};
use wire::CheckedLayout;
use wire::layout::{Layout, Pixels, Plane, Range};

/// A frame as it is meant, and what is held against its picture in each mode.
struct Case {
    layout: CheckedLayout,
    raw: Vec<u8>,
    checks: [(ColorMode, Vec<u8>, u8); 2],
}

impl Case {
    fn of(id: &str) -> Self {
        let entry: Entry = entries().into_iter().find(|entry| entry.id == id).unwrap();
        let raw = read(&entry.raw);
        let layout = layout(&entry, formats()[&entry.format].clone(), raw.len());
        let by_formula = Formula::new(&layout, &models()[&entry.format], &raw).picture();
        let checks = [(ColorMode::Gst, read(&entry.rgba), entry.tolerance), (ColorMode::Itu, by_formula, 1)];
        let case = Self { layout, raw, checks };
        assert_eq!(case.passed(|_| {}, &case.layout, &case.raw), [true; 2], "{id} without a mistake");
        case
    }

    /// Whether the picture of this frame, asked for like this, passes the checks.
    fn passed(&self, ask: impl Fn(&mut Picture), layout: &CheckedLayout, raw: &[u8]) -> [bool; 2] {
        self.checks.each_ref().map(|(mode, expected, tolerance)| {
            let mut picture = Picture::from(*mode);
            ask(&mut picture);
            let rgba = decode(&Decoder::new(layout, &picture).unwrap(), layout, raw);
            difference(&rgba, expected) <= *tolerance
        })
    }

    /// The same with every sample of chroma repeated, at the width and height of the picture.
    fn with_chroma_repeated(&self) -> (CheckedLayout, Vec<u8>) {
        let Pixels::Components { family, byte_order, components } = &self.layout.pixels else {
            unreachable!()
        };
        let (width, height) = (self.layout.width, self.layout.height);
        let (mut components, mut raw, mut planes) = (components.clone(), Vec::new(), Vec::new());
        for (component, plane) in components.iter_mut().zip(0..) {
            let begin = raw.len() as u64;
            let from = &self.layout.planes[usize::from(component.plane)];
            let sample = if component.depth + component.shift > 8 { 2 } else { 1_u8 };
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let row = u64::from(y >> component.h_sub) * u64::from(from.stride);
                let column = u64::from((x >> component.w_sub) * component.pixel_stride + component.offset);
                let at = usize::try_from(from.offset + row + column).unwrap();
                raw.extend_from_slice(&self.raw[at..at + usize::from(sample)]);
            }
            planes.push(Plane {
                stride: width * u32::from(sample),
                offset: begin,
                length: raw.len() as u64 - begin,
            });
            (component.plane, component.offset, component.pixel_stride) = (plane, 0, u32::from(sample));
            (component.w_sub, component.h_sub) = (0, 0);
        }
        let pixels = Pixels::Components { family: *family, byte_order: *byte_order, components };
        let layout = Layout { pixels, planes, ..self.layout.clone().into_inner() };
        (layout.check().unwrap(), raw)
    }
}

const NONE: [bool; 2] = [false; 2];

#[test]
fn the_nearest_chroma_is_no_linear_chroma() {
    for id in ["NV12_noise", "YUY2_noise", "P010_10LE_noise", "NV12_noise_mpeg2", "I422_10LE_noise_cosited"] {
        let case = Case::of(id);
        let (layout, raw) = case.with_chroma_repeated();
        assert_eq!(case.passed(|_| {}, &layout, &raw), NONE, "{id}");
    }
    // Where `videoconvert` repeats it, the standards' picture has it linear all the same.
    let case = Case::of("I420_noise");
    let (layout, raw) = case.with_chroma_repeated();
    assert_eq!(case.passed(|_| {}, &layout, &raw), [true, false]);
}

#[test]
fn another_matrix_is_seen() {
    let of = ["I420", "NV12", "YUY2", "Y444", "AYUV", "P010_10LE", "I422_10LE", "v210", "Y41B"];
    for (format, name, matrix) in of.into_iter().flat_map(|format| {
        [("bt709", Matrix::Bt601), ("full709", Matrix::Bt601), ("full601", Matrix::Bt709)]
            .map(|(name, m)| (format, name, m))
    }) {
        let case = Case::of(&format!("{format}_noise_{name}"));
        assert_eq!(
            case.passed(|picture| picture.matrix = Some(matrix), &case.layout, &case.raw),
            NONE,
            "{format} {name}"
        );
    }
}

#[test]
fn another_range_is_seen() {
    let of = ["I420", "NV12", "YUY2", "Y444", "AYUV", "P010_10LE", "I422_10LE", "v210", "GRAY8", "GRAY16_LE"];
    for (format, name, range) in of.into_iter().flat_map(|format| {
        [("full601", Range::Limited), ("bt709", Range::Full)].map(|(name, range)| (format, name, range))
    }) {
        let case = Case::of(&format!("{format}_noise_{name}"));
        assert_eq!(
            case.passed(|picture| picture.range = Some(range), &case.layout, &case.raw),
            NONE,
            "{format} {name}"
        );
    }
}

/// The bytes of one plane are a row further on, as if it began a row earlier.
#[test]
fn a_row_further_on_is_seen() {
    for id in [
        "RGB_noise",
        "GRAY8_noise",
        "NV12_noise",
        "I420_noise",
        "P010_10LE_smpte",
        "v210_noise",
        "RGB16_noise",
    ] {
        let case = Case::of(id);
        for plane in &case.layout.planes {
            let mut raw = case.raw.clone();
            let begin = usize::try_from(plane.offset).unwrap();
            let end = begin + usize::try_from(plane.length).unwrap();
            raw[begin..end].rotate_right(plane.stride as usize);
            assert_eq!(case.passed(|_| {}, &case.layout, &raw), NONE, "{id}");
        }
    }
}
