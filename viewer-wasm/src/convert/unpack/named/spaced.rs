//! Packed formats whose samples are at a fixed step, and of which `videoconvert` reads some in a way of its own.
//!
//! ```text
//! Y210, Y212   Y0 U Y1 V     words of 16 bits, the sample on top
//! Y412         U Y V A       words of 16 bits, the sample on top
//! VYUY         V Y0 U Y1     bytes
//! ```
//!
//! The codes are those that the format defines; the peculiarities are in what `videoconvert` makes of them alone.

use super::{Kind, Named, Place, Reader, Source, Sources, widen};
use crate::convert::unpack::Little;
use crate::convert::unpack::sampling::Sampling;
use wire::layout::{ByteOrder, Component};

/// Samples at a fixed step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spaced {
    sampling: Sampling,
    peculiarity: Peculiarity,
}

/// What `videoconvert` does else than repeat a sample below itself.
#[derive(Clone, Copy, Debug)]
enum Peculiarity {
    /// What is below the sample in its word is cut off before.
    Cut,
    /// What is below the sample in its word stays.
    Kept,
    /// Stays, and the word is not changed at all at odd columns: their luma is meant, that before them is taken.
    KeptEven,
    /// The last sample of rows of odd width is that of the other component of chroma: the format table's order.
    LastOf(Sampling),
}

/// Name, offset, bits and bits below them of a component; offset and step in bytes.
type Part = (char, u32, u32, u8, u8);

/// Y210 and Y212.
const fn y21x(depth: u8) -> [Part; 3] {
    let shift = 16 - depth;
    [('Y', 0, 4, depth, shift), ('U', 2, 8, depth, shift), ('V', 6, 8, depth, shift)]
}

const Y412: [Part; 3] = [('Y', 2, 8, 12, 4), ('U', 0, 8, 12, 4), ('V', 4, 8, 12, 4)];
const VYUY: [Part; 3] = [('Y', 1, 2, 8, 0), ('U', 2, 4, 8, 0), ('V', 0, 4, 8, 0)];

/// A format: its name, its components, columns to a sample of chroma as a power of two, and the order in words.
pub(super) const FORMATS: [(&str, [Part; 3], u8, ByteOrder); 6] = [
    ("Y210", y21x(10), 1, ByteOrder::Little),
    ("Y212_LE", y21x(12), 1, ByteOrder::Little),
    ("Y212_BE", y21x(12), 1, ByteOrder::Big),
    ("Y412_LE", Y412, 0, ByteOrder::Little),
    ("Y412_BE", Y412, 0, ByteOrder::Big),
    ("VYUY", VYUY, 1, ByteOrder::Little),
];

/// The components of the format of this name, if they are at a fixed step.
pub(super) fn sources(name: &str, width: usize) -> Option<Sources> {
    let &(_, parts, w_sub, order) = FORMATS.iter().find(|(known, ..)| *known == name)?;
    let sampling = |(name, offset, pixel_stride, depth, shift): Part| {
        Sampling::new(
            &Component { name, plane: 0, offset, pixel_stride, depth, shift, w_sub, h_sub: 0 },
            order,
        )
    };
    let [_, u, v] = parts.map(sampling);
    let source = |part: Part| {
        let (component, depth) = (part.0, part.3);
        let w_sub = if component == 'Y' { 0 } else { w_sub };
        let columns = width.div_ceil(1 << w_sub);
        let peculiarity = match (name, component) {
            ("VYUY", 'U') if width % 2 == 1 => Peculiarity::LastOf(v),
            ("VYUY", 'V') if width % 2 == 1 => Peculiarity::LastOf(u),
            ("VYUY" | "Y412_LE" | "Y412_BE", _) => Peculiarity::Cut,
            (_, 'Y') => Peculiarity::KeptEven,
            _ => Peculiarity::Kept,
        };
        let sampling = sampling(part);
        let mut row_bytes = sampling.row_bytes(columns);
        if let Peculiarity::LastOf(other) = &peculiarity {
            row_bytes = row_bytes.max(other.row_bytes(columns));
        }
        let named = Named::new(Place::Spaced(Spaced { sampling, peculiarity }), row_bytes);
        Source { name: component, plane: 0, depth, w_sub, h_sub: 0, columns, reader: Reader::Named(named) }
    };
    Some(Sources { kind: Kind::Yuv, list: parts.map(source).to_vec() })
}

impl Spaced {
    /// Where the samples are, if they are bytes or little-endian words.
    pub(super) fn little(&self) -> Option<Little> {
        self.sampling.little()
    }

    /// Writes the samples of a row.
    pub(super) fn codes(&self, row: &[u8], out: &mut [u16]) {
        self.sampling.codes(row, out);
    }

    /// Writes the samples that `videoconvert` takes for those of a row.
    pub(super) fn peculiar_codes(&self, row: &[u8], out: &mut [u16]) {
        self.codes(row, out);
        if let Peculiarity::LastOf(other) = &self.peculiarity {
            let mut others = vec![0; out.len()];
            other.codes(row, &mut others);
            if let (Some(last), Some(&of_other)) = (out.last_mut(), others.last()) {
                *last = of_other;
            }
        }
    }

    /// Writes the 16 bits that `videoconvert` makes of the samples of a row.
    pub(super) fn words(&self, row: &[u8], depth: u8, out: &mut [u16]) {
        match self.peculiarity {
            Peculiarity::Kept => self.sampling.words(row, out),
            Peculiarity::KeptEven => {
                self.sampling.raw_words(row, out);
                for word in out.iter_mut().step_by(2) {
                    *word |= *word >> depth;
                }
            }
            Peculiarity::Cut | Peculiarity::LastOf(_) => {
                self.peculiar_codes(row, out);
                for word in out {
                    *word = widen(*word, depth);
                }
            }
        }
    }
}
