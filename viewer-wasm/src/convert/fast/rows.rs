//! Rows of samples as words of 16 bits, read in steps that compilers make vectors of.

use crate::convert::unpack::{Little, Source, Tile};

/// Where the samples of a component are that is bytes or little-endian words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) plane: usize,
    pub(super) place: Little,
    /// Samples in a row.
    pub(super) columns: usize,
}

/// The samples of any component: by steps where that can be, else as the general path reads them.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    Steps(Rows),
    General(Box<Source>),
}

impl Reader {
    pub(super) fn of(source: &Source) -> Self {
        Rows::of(source).map_or_else(|| Self::General(Box::new(source.clone())), Self::Steps)
    }

    /// Samples in a row.
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Steps(rows) => rows.columns,
            Self::General(source) => source.columns,
        }
    }

    /// A row whose samples are its bytes, as it is.
    pub(super) fn bytes<'a>(&self, tile: &Tile<'a>, row: usize) -> Option<&'a [u8]> {
        if let Self::Steps(rows) = self { rows.bytes(tile, row) } else { None }
    }

    /// A row whose samples are in words without any between them, as it is: the bytes of the words, the bits below a
    /// sample, and its own. The last word may lack a byte that is not read.
    pub(super) fn words<'a>(&self, tile: &Tile<'a>, row: usize) -> Option<(&'a [u8], u32, u16)> {
        let Self::Steps(Rows { plane, place, .. }) = self else { return None };
        let Little { offset, pixel_stride: 2, depth, shift, bytes } = *place else { return None };
        let within = offset % 2;
        let shift = 8 * within + usize::from(shift);
        let is_in_word = within + bytes <= 2;
        let row = &tile.row(*plane, row)[offset - within..];
        is_in_word.then_some((row, u32::try_from(shift).unwrap_or(0), u16::MAX >> (16 - depth)))
    }

    /// Writes the samples of a row, each at most `2^depth - 1`.
    pub(super) fn read(&self, tile: &Tile<'_>, row: usize, out: &mut [u16]) {
        match self {
            Self::Steps(rows) => rows.read(tile, row, out),
            Self::General(source) => source.codes(tile, row, out),
        }
    }
}

impl Rows {
    /// The rows of a source; `None` where its samples are big-endian or at no fixed step.
    pub(super) fn of(source: &Source) -> Option<Self> {
        Some(Self { plane: source.plane, place: source.little()?, columns: source.columns })
    }

    /// Whether the samples are bytes without any between them.
    pub(super) fn is_bytes(&self) -> bool {
        matches!(self.place, Little { pixel_stride: 1, depth: 8, shift: 0, bytes: 1, .. })
    }

    /// A row whose samples are its bytes, as it is.
    pub(super) fn bytes<'a>(&self, tile: &Tile<'a>, row: usize) -> Option<&'a [u8]> {
        let offset = self.place.offset;
        self.is_bytes().then(|| &tile.row(self.plane, row)[offset..offset + self.columns])
    }

    /// Writes the samples of a row, each at most `2^depth - 1`.
    pub(super) fn read(&self, tile: &Tile<'_>, row: usize, out: &mut [u16]) {
        let Little { offset, pixel_stride, depth, shift, bytes } = self.place;
        let row = tile.row(self.plane, row);
        let mask = u16::MAX >> (16 - depth);
        // Words of a whole step are read, if the sample is in one.
        let within = offset % pixel_stride;
        let steps = &row[offset - within..];
        let shift_in_step = 8 * within + usize::from(shift);
        let done = match pixel_stride {
            _ if within + bytes > pixel_stride => 0,
            1 => each(steps.as_chunks().0, out, |[byte]| u16::from(byte) >> shift_in_step & mask),
            2 => each(steps.as_chunks().0, out, |step| u16::from_le_bytes(step) >> shift_in_step & mask),
            4 => each(steps.as_chunks().0, out, |step| {
                let [low, high, ..] = (u32::from_le_bytes(step) >> shift_in_step).to_le_bytes();
                u16::from_le_bytes([low, high]) & mask
            }),
            _ => 0,
        };
        for (column, code) in out.iter_mut().enumerate().skip(done) {
            let sample = &row[offset + column * pixel_stride..];
            let word =
                if bytes == 1 { u16::from(sample[0]) } else { u16::from_le_bytes([sample[0], sample[1]]) };
            *code = word >> shift & mask;
        }
    }
}

/// Writes the sample of every whole step; tells how many there were.
fn each<const BYTES: usize>(
    steps: &[[u8; BYTES]],
    out: &mut [u16],
    sample: impl Fn([u8; BYTES]) -> u16,
) -> usize {
    for (code, &step) in out.iter_mut().zip(steps) {
        *code = sample(step);
    }
    out.len().min(steps.len())
}
