//! A frame's bytes as arrays of native codes: padding removed, codes shifted down, two-byte codes in one byte order.
//!
//! A [`wire::CheckedLayout`] has been held against the payload's length: no place that it names lies past the end.

use super::SaveError;
use crate::frame::Frame;
use wire::Layout;
use wire::layout::arrays::{self, Outline, in_order, mosaic_words};
use wire::layout::{ByteOrder, Component, Pixels, Plane};

/// Codes of an array, in C order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Of up to 8 bits.
    U1(Vec<u8>),
    /// Of more.
    U2(Vec<u16>),
}

/// An array and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Name within an archive: of the component, or `plane0` and so on.
    pub name: String,
    /// Length of each dimension: rows, columns, and channels where there are several.
    pub shape: Vec<usize>,
    /// The codes.
    pub samples: Samples,
}

/// The one array that a frame is: rows, columns, and channels in the order in which the format's name has them.
///
/// Refuses formats whose components differ in size, and those that components do not describe; Bayer is one array of
/// rows and columns.
pub(super) fn one(frame: &Frame) -> Result<Array, SaveError> {
    let layout = frame.source();
    let refused = || SaveError::NotOneArray { format: layout.format.clone() };
    let Outline { name, shape, dtype, .. } = arrays::one(layout).ok_or_else(refused)?;
    let bytes = frame.source_bytes();
    let samples = match &layout.pixels {
        Pixels::Named { .. } => mosaic(layout, &bytes).ok_or_else(refused)?,
        Pixels::Components { byte_order, components, .. } => {
            let (rows, columns) = (shape[0], shape[1]);
            interleaved(layout, &in_order(components), *byte_order, &bytes, (rows, columns), dtype)
        }
    };
    Ok(Array { name, shape, samples })
}

/// An array for each component where components describe the format, else the bytes of each plane as they are.
pub(super) fn each(frame: &Frame) -> Vec<Array> {
    let (layout, bytes) = (frame.source(), frame.source_bytes());
    match &layout.pixels {
        Pixels::Named { .. } => layout
            .planes
            .iter()
            .zip(arrays::each(layout))
            .map(|(plane, Outline { name, shape, .. })| Array {
                name,
                shape,
                samples: Samples::U1(of_plane(plane, &bytes).to_vec()),
            })
            .collect(),
        Pixels::Components { byte_order, components, .. } => components
            .iter()
            .zip(arrays::each(layout))
            .map(|(component, Outline { name, shape, dtype, .. })| {
                let size = (shape[0], shape[1]);
                Array {
                    samples: interleaved(layout, &[component], *byte_order, &bytes, size, dtype),
                    name,
                    shape,
                }
            })
            .collect(),
    }
}

impl Array {
    /// Its name in an archive.
    pub(super) fn file_name(&self) -> String {
        format!("{}.npy", self.name)
    }
}

impl Samples {
    /// numpy's word for what a sample is.
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::U1(_) => "|u1",
            Self::U2(_) => "<u2",
        }
    }

    /// Bytes of all samples.
    pub(super) fn byte_count(&self) -> usize {
        match self {
            Self::U1(bytes) => bytes.len(),
            Self::U2(words) => words.len() * 2,
        }
    }
}

/// Codes of some components of equal size, one component next to the other.
fn interleaved(
    layout: &Layout,
    components: &[&Component],
    byte_order: ByteOrder,
    bytes: &[u8],
    (rows, columns): (usize, usize),
    dtype: &str,
) -> Samples {
    let channels = components.len();
    if dtype == "|u1" {
        if let Some(samples) = packed(layout, components, bytes, (rows, columns)) {
            return Samples::U1(samples);
        }
        let mut samples = vec![0; rows * columns * channels];
        for (at, component) in components.iter().enumerate() {
            let out = samples.iter_mut().skip(at).step_by(channels);
            // A code of up to 8 bits, by its mask.
            #[expect(clippy::cast_possible_truncation, reason = "the depth is at most 8")]
            let narrow = |code| code as u8;
            let codes = codes(layout, component, byte_order, bytes, (rows, columns));
            out.zip(codes).for_each(|(sample, code)| *sample = narrow(code));
        }
        return Samples::U1(samples);
    }
    let mut samples = vec![0; rows * columns * channels];
    for (at, component) in components.iter().enumerate() {
        let out = samples.iter_mut().skip(at).step_by(channels);
        let codes = codes(layout, component, byte_order, bytes, (rows, columns));
        out.zip(codes).for_each(|(sample, code)| *sample = code);
    }
    Samples::U2(samples)
}

/// Bytes that are the array already, but for padding: `BGR`, `GRAY8`, `RGBA`. Many times as fast as by codes.
fn packed(
    layout: &Layout,
    components: &[&Component],
    bytes: &[u8],
    (rows, columns): (usize, usize),
) -> Option<Vec<u8>> {
    let plane = components[0].plane;
    let fits = |(at, component): (usize, &&Component)| {
        component.plane == plane
            && component.offset as usize == at
            && component.pixel_stride as usize == components.len()
            && (component.depth, component.shift) == (8, 0)
    };
    if !components.iter().enumerate().all(fits) {
        return None;
    }
    let plane = &layout.planes[usize::from(plane)];
    let mut samples = Vec::with_capacity(rows * columns * components.len());
    for row in of_rows(plane, bytes, rows) {
        samples.extend_from_slice(&row[..columns * components.len()]);
    }
    Some(samples)
}

/// Codes of one component, row by row.
fn codes<'a>(
    layout: &'a Layout,
    component: &'a Component,
    byte_order: ByteOrder,
    bytes: &'a [u8],
    (rows, columns): (usize, usize),
) -> impl Iterator<Item = u16> + 'a {
    let plane = &layout.planes[usize::from(component.plane)];
    let (offset, step) = (component.offset as usize, component.pixel_stride as usize);
    let wide = component.sample_bytes() == 2;
    let mask = u16::try_from((1_u32 << component.depth) - 1).unwrap_or(u16::MAX);
    of_rows(plane, bytes, rows).flat_map(move |row| {
        (0..columns).map(move |x| {
            let at = offset + x * step;
            let word = match (wide, byte_order) {
                (false, _) => u16::from(row[at]),
                (true, ByteOrder::Little) => u16::from_le_bytes([row[at], row[at + 1]]),
                (true, ByteOrder::Big) => u16::from_be_bytes([row[at], row[at + 1]]),
            };
            (word >> component.shift) & mask
        })
    })
}

fn mosaic(layout: &Layout, bytes: &[u8]) -> Option<Samples> {
    let (size, byte_order) = mosaic_words(layout)?;
    let (plane, width) = (layout.planes.first()?, layout.width as usize);
    let mut lines = Vec::with_capacity(layout.height as usize);
    for row in of_rows(plane, bytes, layout.height as usize) {
        lines.push(row.get(..width * size)?);
    }
    if size == 1 {
        return Some(Samples::U1(lines.concat()));
    }
    let word = |pair: &[u8]| match byte_order {
        ByteOrder::Little => u16::from_le_bytes([pair[0], pair[1]]),
        ByteOrder::Big => u16::from_be_bytes([pair[0], pair[1]]),
    };
    Some(Samples::U2(lines.iter().flat_map(|line| line.chunks_exact(2)).map(word).collect()))
}

/// The rows of a plane, each with all that follows: a frame of one row may be longer than its stride.
fn of_rows<'a>(plane: &Plane, bytes: &'a [u8], rows: usize) -> impl Iterator<Item = &'a [u8]> {
    let (stride, plane) = (plane.stride as usize, of_plane(plane, bytes));
    (0..rows).map(move |y| plane.get(y * stride..).unwrap_or_default())
}

fn of_plane<'a>(plane: &Plane, bytes: &'a [u8]) -> &'a [u8] {
    let start = to_usize(plane.offset);
    bytes.get(start..start.saturating_add(to_usize(plane.length))).unwrap_or_default()
}

/// Lengths of what is in memory.
fn to_usize(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
