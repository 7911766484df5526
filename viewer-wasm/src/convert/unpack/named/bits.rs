//! Formats with samples across bytes: groups of bytes, in which each component's samples begin at certain bits.
//!
//! ```text
//! v210         U0 Y0 V0 | Y1 U1 Y2 | V1 Y3 U2 | Y4 V2 Y5    three of 10 bits in 32, little-endian: 16 bytes
//! GRAY10_LE32  Y0 Y1 Y2                                     three of 10 bits in 32, little-endian: 4 bytes
//! NV12_10LE32  Y0 Y1 Y2      U0 V0 U1 | V1 U2 V2            as GRAY10_LE32, and chroma as v210 has words
//! NV12_10LE40  Y0 Y1 Y2 Y3   U0 V0 U1 V1                    four of 10 bits in 40, little-endian: 5 bytes
//! UYVP         U Y0 V Y1                                    four of 10 bits in 40, big-endian: 5 bytes
//! IYU1         U Y0 Y1 V Y2 Y3                              bytes: 6
//! ```

use super::{Kind, Named, Place, Reader, Source, Sources};

/// Samples at certain bits of groups of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits {
    order: Order,
    /// Bytes of a group.
    group: usize,
    /// The bit at which each sample of a group begins; in ascending order.
    begins: &'static [usize],
}

/// How samples are read from the bytes at which they begin.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// A byte.
    Byte,
    /// 10 bits, the lowest first.
    Little10,
    /// 10 bits, the highest first.
    Big10,
}

/// A component: its name, plane, subsampling in columns and rows, bytes of a group and the bits of them.
pub(super) type Part = (char, usize, u8, u8, usize, &'static [usize]);

/// Bits of a ten-bit sample.
const TEN: usize = 10;
/// The lowest ten bits.
const TEN_BITS: u16 = (1 << TEN) - 1;

const Y_LE32: Part = ('Y', 0, 0, 0, 4, &[0, 10, 20]);
const U_LE32: &[usize] = &[0, 20, 42];
const V_LE32: &[usize] = &[10, 32, 52];

#[rustfmt::skip]
pub(super) const FORMATS: [(&str, Order, &[Part]); 7] = [
    ("v210", Order::Little10, &[
        ('Y', 0, 0, 0, 16, &[10, 32, 52, 74, 96, 116]),
        ('U', 0, 1, 0, 16, &[0, 42, 84]), ('V', 0, 1, 0, 16, &[20, 64, 106]),
    ]),
    ("UYVP", Order::Big10, &[
        ('Y', 0, 0, 0, 5, &[10, 30]), ('U', 0, 1, 0, 5, &[0]), ('V', 0, 1, 0, 5, &[20]),
    ]),
    ("IYU1", Order::Byte, &[
        ('Y', 0, 0, 0, 6, &[8, 16, 32, 40]), ('U', 0, 2, 0, 6, &[0]), ('V', 0, 2, 0, 6, &[24]),
    ]),
    ("GRAY10_LE32", Order::Little10, &[Y_LE32]),
    ("NV12_10LE32", Order::Little10, &[Y_LE32, ('U', 1, 1, 1, 8, U_LE32), ('V', 1, 1, 1, 8, V_LE32)]),
    ("NV16_10LE32", Order::Little10, &[Y_LE32, ('U', 1, 1, 0, 8, U_LE32), ('V', 1, 1, 0, 8, V_LE32)]),
    ("NV12_10LE40", Order::Little10, &[
        ('Y', 0, 0, 0, 5, &[0, 10, 20, 30]), ('U', 1, 1, 1, 5, &[0, 20]), ('V', 1, 1, 1, 5, &[10, 30]),
    ]),
];

/// Formats of which GStreamer's own strides leave out the last sample of V, at some widths.
const SHORT_OF_V: [&str; 3] = ["UYVP", "NV12_10LE32", "NV16_10LE32"];

/// The components of the format of this name, if they are bits of groups of bytes.
pub(super) fn sources(name: &str, width: usize) -> Option<Sources> {
    let (_, order, parts) = FORMATS.iter().find(|(known, ..)| *known == name)?;
    let source = |&(component, plane, w_sub, h_sub, group, begins): &Part| {
        let columns = width.div_ceil(1 << w_sub);
        let bits = Bits { order: *order, group, begins };
        let mut named = Named::new(Place::Bits(bits), bits.row_bytes(columns));
        if component == 'V' && columns > 1 && SHORT_OF_V.contains(&name) {
            named.last_bytes = bits.row_bytes(columns - 1);
        }
        let reader = Reader::Named(named);
        Source { name: component, plane, depth: order.depth(), w_sub, h_sub, columns, reader }
    };
    let kind = if parts.len() == 1 { Kind::Gray } else { Kind::Yuv };
    Some(Sources { kind, list: parts.iter().map(source).collect() })
}

impl Order {
    /// Bits of a sample.
    pub(super) fn depth(self) -> u8 {
        match self {
            Self::Byte => 8,
            Self::Little10 | Self::Big10 => 10,
        }
    }

    /// The sample that begins at this bit, if it ends among these bytes.
    fn sample(self, bytes: &[u8], begin: usize) -> Option<u16> {
        // All samples of ten bits begin at even bits: none is in more than two bytes.
        let two = || bytes.get(begin / 8..)?.first_chunk::<2>().copied();
        Some(match self {
            Self::Byte => u16::from(*bytes.get(begin / 8)?),
            Self::Little10 => u16::from_le_bytes(two()?) >> (begin % 8) & TEN_BITS,
            Self::Big10 => u16::from_be_bytes(two()?) >> (16 - TEN - begin % 8) & TEN_BITS,
        })
    }
}

impl Bits {
    pub(super) fn new(order: Order, group: usize, begins: &'static [usize]) -> Self {
        Self { order, group, begins }
    }

    /// Bytes from the row's start past the last of so many samples.
    pub(super) fn row_bytes(&self, columns: usize) -> usize {
        let (whole, place) = ((columns - 1) / self.begins.len(), (columns - 1) % self.begins.len());
        whole * self.group + (self.begins[place] + usize::from(self.order.depth())).div_ceil(8)
    }

    /// Writes the samples of a row. One that the bytes end before is the one to its left.
    pub(super) fn codes(&self, row: &[u8], out: &mut [u16]) {
        let mut left = 0;
        let groups = row.chunks(self.group).chain(std::iter::repeat(&[][..]));
        for (codes, bytes) in out.chunks_mut(self.begins.len()).zip(groups) {
            for (code, &begin) in codes.iter_mut().zip(self.begins) {
                left = self.order.sample(bytes, begin).unwrap_or(left);
                *code = left;
            }
        }
    }
}
