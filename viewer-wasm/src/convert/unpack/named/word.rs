//! Formats whose pixel is one word of 8, 16 or 32 bits, of which each component has some: 565, 555, 2-10-10-10, indices.

use super::{Kind, Named, Place, Sources, every_pixel};
use crate::convert::unpack::Little;

/// Some bits of each word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    size: Size,
    /// Bits below the sample.
    shift: u8,
    /// Bits of the sample, at most 16.
    depth: u8,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    /// 8 bits.
    One,
    /// 16 bits, little-endian.
    Little2,
    /// 16 bits, big-endian.
    Big2,
    /// 32 bits, little-endian.
    Little4,
    /// 32 bits, big-endian.
    Big4,
}

/// A format: its name, what its components mean, its words, and name, shift and depth of each component.
type Row = (&'static str, Kind, Size, &'static [(char, u8, u8)]);

/// `RGB16` and the like have the byte order of the host; GStreamer's hosts that are not little-endian are no more.
#[rustfmt::skip]
pub(super) const FORMATS: [Row; 9] = [
    ("RGB16",       Kind::Rgb,        Size::Little2, &[('R', 11, 5), ('G', 5, 6), ('B', 0, 5)]),
    ("BGR16",       Kind::Rgb,        Size::Little2, &[('R', 0, 5), ('G', 5, 6), ('B', 11, 5)]),
    ("RGB15",       Kind::Rgb,        Size::Little2, &[('R', 10, 5), ('G', 5, 5), ('B', 0, 5)]),
    ("BGR15",       Kind::Rgb,        Size::Little2, &[('R', 0, 5), ('G', 5, 5), ('B', 10, 5)]),
    ("r210",        Kind::Rgb,        Size::Big4,    &[('R', 20, 10), ('G', 10, 10), ('B', 0, 10)]),
    ("BGR10A2_LE",  Kind::Rgb,        Size::Little4, &[('R', 20, 10), ('G', 10, 10), ('B', 0, 10)]),
    ("RGB10A2_LE",  Kind::Rgb,        Size::Little4, &[('R', 0, 10), ('G', 10, 10), ('B', 20, 10)]),
    ("Y410",        Kind::Yuv,        Size::Little4, &[('U', 0, 10), ('Y', 10, 10), ('V', 20, 10)]),
    ("RGB8P",       Kind::Palette(1), Size::One,     &[('I', 0, 8)]),
];

/// The components of the format of this name, if its pixels are words.
pub(super) fn sources(name: &str, width: usize) -> Option<Sources> {
    let &(_, kind, size, components) = FORMATS.iter().find(|row| row.0 == name)?;
    let source = |&(name, shift, depth): &(char, u8, u8)| {
        every_pixel(
            name,
            depth,
            width,
            Named::new(Place::Word(Word { size, shift, depth }), width * size.bytes()),
        )
    };
    Some(Sources { kind, list: components.iter().map(source).collect() })
}

impl Size {
    fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Little2 | Self::Big2 => 2,
            Self::Little4 | Self::Big4 => 4,
        }
    }
}

impl Word {
    /// The low bits of each word, in a row of so many words.
    pub(super) fn low_bits(size: Size, depth: u8, width: usize) -> Named {
        Named::new(Place::Word(Self { size, shift: 0, depth }), width * size.bytes())
    }

    /// Where the samples are, if they are in bytes or little-endian words.
    pub(super) fn little(self) -> Option<Little> {
        let Self { size, shift, depth } = self;
        let (bytes, offset) = match size {
            Size::One => (1, 0),
            Size::Little2 => (2, 0),
            // No sample is across three of the bytes.
            Size::Little4 => (2, shift / 8),
            Size::Big2 | Size::Big4 => return None,
        };
        let (offset, shift) = (offset.into(), shift - 8 * offset);
        Some(Little { offset, pixel_stride: size.bytes(), depth, shift, bytes })
    }

    /// Writes the samples of a row.
    pub(super) fn codes(self, row: &[u8], out: &mut [u16]) {
        // One loop for each way to read a word, so that none of them branches on it.
        match self.size {
            Size::One => self.each(row.as_chunks().0, out, |[byte]| byte.into()),
            Size::Little2 => self.each(row.as_chunks().0, out, |bytes| u16::from_le_bytes(bytes).into()),
            Size::Big2 => self.each(row.as_chunks().0, out, |bytes| u16::from_be_bytes(bytes).into()),
            Size::Little4 => self.each(row.as_chunks().0, out, u32::from_le_bytes),
            Size::Big4 => self.each(row.as_chunks().0, out, u32::from_be_bytes),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "samples have at most 16 bits")]
    fn each<const BYTES: usize>(self, words: &[[u8; BYTES]], out: &mut [u16], word: fn([u8; BYTES]) -> u32) {
        let mask = (1 << self.depth) - 1;
        for (code, &bytes) in out.iter_mut().zip(words) {
            *code = (word(bytes) >> self.shift & mask) as u16;
        }
    }
}
