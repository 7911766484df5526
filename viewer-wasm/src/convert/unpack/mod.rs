//! Bytes to samples: where the samples of each component are, and their codes in native depth.
//!
//! ```text
//! layout ─ describe ─▶ Source (one a component) ─ codes / bytes / words / floats ─▶ a row of samples
//!          components: Sampling        named formats: Named
//! ```
//!
//! Knows no colour. A format that components describe needs no code here; the few that they cannot have their own small
//! reader in `named`, each chosen by the name in the layout.

mod named;
mod planes;
mod sampling;

pub(super) use planes::{Needed, PlaneRows, Tile};

use super::error::Unsupported;
use named::Named;
pub(super) use named::PALETTE_LEN;
pub(super) use sampling::Little;
use sampling::Sampling;
use std::fmt;
use wire::CheckedLayout;
use wire::layout::{Family, Pixels};

/// The components of a layout, ready to be read.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    pub(super) kind: Kind,
    pub(super) list: Vec<Source>,
}

/// What the components of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// R, G, B.
    Rgb,
    /// Y, U, V.
    Yuv,
    /// Y alone.
    Gray,
    /// An index, `I`, into a palette of 256 colours in the plane of this number.
    Palette(usize),
    /// One of R, G or B at each site, `S`, in the order of the pattern.
    Bayer(Pattern),
}

/// The colours of the sites of a Bayer mosaic: of two columns in the even rows, and in the odd ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pattern(pub(super) [[Site; 2]; 2]);

/// The colour of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    Red,
    Green,
    Blue,
}

/// The samples of one component.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// R, G, B, Y, U, V, A; I of a palette, S of a Bayer mosaic.
    pub(super) name: char,
    pub(super) plane: usize,
    /// Bits of a sample.
    pub(super) depth: u8,
    /// The component has `ceil(width / 2^w_sub)` samples in a row.
    pub(super) w_sub: u8,
    /// The component has `ceil(height / 2^h_sub)` rows.
    pub(super) h_sub: u8,
    /// Samples in a row.
    pub(super) columns: usize,
    reader: Reader,
}

#[derive(Clone, Debug)]
enum Reader {
    /// As a component describes it.
    Described(Sampling),
    /// As the format of that name has it.
    Named(Named),
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_flattened().iter().try_for_each(|site| {
            formatter.write_str(match site {
                Site::Red => "r",
                Site::Green => "g",
                Site::Blue => "b",
            })
        })
    }
}

impl Sources {
    /// Describes a layout; every row of every source lies inside its plane.
    pub(super) fn of(layout: &CheckedLayout) -> Result<Self, Unsupported> {
        match &layout.pixels {
            Pixels::Named { .. } => named::sources(layout),
            Pixels::Components { family, byte_order, components } => {
                let source = |c: &wire::layout::Component| Source {
                    name: c.name,
                    plane: usize::from(c.plane),
                    depth: c.depth,
                    w_sub: c.w_sub,
                    h_sub: c.h_sub,
                    columns: c.columns(layout.sent_width()) as usize,
                    reader: Reader::Described(Sampling::new(c, *byte_order)),
                };
                let kind = match family {
                    Family::Rgb => Kind::Rgb,
                    Family::Yuv => Kind::Yuv,
                    Family::Gray => Kind::Gray,
                };
                Ok(Self { kind, list: components.iter().map(source).collect() })
            }
        }
    }

    /// Bits of the deepest component but alpha.
    pub(super) fn deepest(&self) -> u8 {
        self.list.iter().filter(|source| source.name != 'A').map(|source| source.depth).max().unwrap_or(8)
    }

    /// The source of this name.
    pub(super) fn find(&self, layout: &CheckedLayout, name: char) -> Result<&Source, Unsupported> {
        let found = self.list.iter().find(|source| source.name == name);
        found.ok_or_else(|| Unsupported::MissingComponent { format: layout.format.clone(), component: name })
    }
}

impl Source {
    /// Bytes of a row, from its start past the last sample.
    pub(super) fn row_bytes(&self) -> usize {
        match &self.reader {
            Reader::Described(sampling) => sampling.row_bytes(self.columns),
            Reader::Named(named) => named.row_bytes(),
        }
    }

    /// Rows that are stored together, and the bytes of them: of a format in tiles, those of a row of tiles.
    pub(super) fn group(&self) -> Option<(usize, usize)> {
        match &self.reader {
            Reader::Described(_) => None,
            Reader::Named(named) => named.group(),
        }
    }

    /// Whether `videoconvert` has the chroma rows of interlaced frames in the order of the lines.
    pub(super) fn mixes_fields(&self) -> bool {
        matches!(&self.reader, Reader::Named(named) if named.mixes_fields())
    }

    /// Bytes from one sample to the next and from the row's start to the first, if samples are whole bytes.
    pub(super) fn whole_bytes(&self) -> Option<(usize, usize)> {
        match &self.reader {
            Reader::Described(sampling) => sampling.whole_bytes(),
            Reader::Named(_) => None,
        }
    }

    /// How the component describes its samples, if it does.
    pub(super) fn described(&self) -> Option<&Sampling> {
        match &self.reader {
            Reader::Described(sampling) => Some(sampling),
            Reader::Named(_) => None,
        }
    }

    /// Where the samples are, if they are at a fixed step in bytes or little-endian words: what fast paths are chosen by.
    pub(super) fn little(&self) -> Option<Little> {
        match &self.reader {
            Reader::Described(sampling) => sampling.little(),
            Reader::Named(named) => named.little(),
        }
    }

    /// Writes a row of samples as they are, each at most `2^depth - 1`.
    pub(super) fn codes(&self, tile: &Tile<'_>, row: usize, out: &mut [u16]) {
        let bytes = tile.row(self.plane, row);
        match &self.reader {
            Reader::Described(sampling) => sampling.codes(bytes, out),
            Reader::Named(named) => named.codes(bytes, row, out),
        }
    }

    /// Writes a row of samples as the 8 bits that `videoconvert` makes of them: the topmost ones, repeated below
    /// themselves where there are fewer.
    pub(super) fn bytes(&self, tile: &Tile<'_>, row: usize, out: &mut [u8], scratch: &mut Vec<u16>) {
        let bytes = tile.row(self.plane, row);
        match &self.reader {
            Reader::Described(sampling) => sampling.bytes(bytes, out),
            Reader::Named(named) => named.bytes(bytes, row, self.depth, out, scratch),
        }
    }

    /// Writes a row of samples as the 16 bits that `videoconvert` makes of them.
    pub(super) fn words(&self, tile: &Tile<'_>, row: usize, out: &mut [u16]) {
        let bytes = tile.row(self.plane, row);
        match &self.reader {
            Reader::Described(sampling) => sampling.words(bytes, out),
            Reader::Named(named) => named.words(bytes, row, self.depth, out),
        }
    }

    /// Writes a row of samples as they are, as floats.
    pub(super) fn floats(&self, tile: &Tile<'_>, row: usize, out: &mut [f32], scratch: &mut Vec<u16>) {
        if let Reader::Described(sampling) = &self.reader {
            sampling.floats(tile.row(self.plane, row), out);
            return;
        }
        for (float, &mut code) in out.iter_mut().zip(self.scratch(tile, row, scratch)) {
            *float = f32::from(code);
        }
    }

    fn scratch<'a>(&self, tile: &Tile<'_>, row: usize, scratch: &'a mut Vec<u16>) -> &'a mut [u16] {
        scratch.resize(self.columns, 0);
        self.codes(tile, row, scratch);
        scratch
    }
}

/// The topmost 8 bits; a shallower sample is repeated below itself until all 8 are filled.
pub(super) fn narrow(sample: u16, depth: u8) -> u8 {
    let mut word = sample << (16 - depth);
    let mut filled = depth;
    while filled < 8 {
        word |= word >> filled;
        filled *= 2;
    }
    word.to_be_bytes()[0]
}

/// All 16 bits: the sample on top, repeated below itself once.
pub(super) fn widen(sample: u16, depth: u8) -> u16 {
    let word = sample << (16 - depth);
    word | word.checked_shr(u32::from(depth)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shallow_samples_are_repeated() {
        for x in 0..32_u16 {
            assert_eq!(u16::from(narrow(x, 5)), x << 3 | x >> 2);
        }
        for x in 0..64_u16 {
            assert_eq!(u16::from(narrow(x, 6)), x << 2 | x >> 4);
        }
        assert_eq!(
            [narrow(0, 1), narrow(1, 1), narrow(2, 2), narrow(5, 3)],
            [0, 255, 0b1010_1010, 0b1011_0110]
        );
    }
}
