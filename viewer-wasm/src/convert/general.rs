//! The general path of RGB and gray: components to samples to codes, for whatever the layout describes.

use super::color::{OPAQUE, RGBA, Rgba};
use super::display::ToneMap;
use super::unpack::{Source, Tile};

/// A component of RGB with the output code of each of its samples.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) source: Source,
    pub(super) table: Vec<u8>,
}

/// A gray component, or the index of a palette, with the output pixel of each of its samples.
#[derive(Clone, Debug)]
pub(super) struct GrayChannel {
    pub(super) source: Source,
    pub(super) table: Vec<Rgba>,
    /// The codes of black and white, where all others are on the straight line of both.
    pub(super) ends: Option<(u16, u16)>,
}

/// R, G and B of high dynamic range, each with the unit value of each of its samples.
#[derive(Clone, Debug)]
pub(super) struct Toned {
    pub(super) channels: [(Source, Vec<f32>); 3],
    pub(super) tone: ToneMap,
}

impl Channel {
    /// `table` has `2^depth` entries.
    pub(super) fn new(source: Source, table: Vec<u8>) -> Self {
        Self { source, table }
    }

    /// Writes this channel's codes to byte `place` of every pixel, and makes the pixels opaque.
    pub(super) fn row(
        &self,
        tile: &Tile<'_>,
        row: usize,
        place: usize,
        out: &mut [u8],
        scratch: &mut Vec<u16>,
    ) {
        each(&self.source, tile, row, out.chunks_exact_mut(RGBA), scratch, |pixel, sample| {
            pixel[place] = self.table[usize::from(sample)];
            pixel[RGBA - 1] = OPAQUE;
        });
    }

    /// Bytes from one pixel to the next and from the row's start to the first, if samples are whole bytes that pass
    /// unchanged.
    pub(super) fn plain_bytes(&self) -> Option<(usize, usize)> {
        let bytes = self.source.whole_bytes()?;
        let identity = self.table.iter().enumerate().all(|(sample, &code)| sample == usize::from(code));
        identity.then_some(bytes)
    }
}

impl GrayChannel {
    /// `table` has `2^depth` entries.
    pub(super) fn new(source: Source, table: Vec<Rgba>) -> Self {
        Self { source, table, ends: None }
    }

    /// With the codes of black and white, where there is a straight line of both: what a fast path is made by.
    pub(super) fn with_ends(self, ends: Option<(u16, u16)>) -> Self {
        Self { ends, ..self }
    }

    /// Writes the pixels of a row.
    pub(super) fn row(&self, tile: &Tile<'_>, row: usize, out: &mut [u8], scratch: &mut Vec<u16>) {
        each(&self.source, tile, row, out.chunks_exact_mut(RGBA), scratch, |pixel, sample| {
            pixel.copy_from_slice(&self.table[usize::from(sample)]);
        });
    }
}

impl Toned {
    /// Writes the pixels of a row.
    pub(super) fn row(&self, tile: &Tile<'_>, row: usize, out: &mut [u8], scratch: &mut Vec<u16>) {
        let units = self.channels.each_ref().map(|(source, table)| {
            let mut units = vec![0.0; source.columns];
            each(source, tile, row, units.iter_mut(), scratch, |unit, sample| {
                *unit = table[usize::from(sample)];
            });
            units
        });
        let [red, green, blue] = &units;
        for (((pixel, &red), &green), &blue) in out.chunks_exact_mut(RGBA).zip(red).zip(green).zip(blue) {
            let [red, green, blue] = self.tone.pixel([red, green, blue]);
            pixel.copy_from_slice(&[red, green, blue, OPAQUE]);
        }
    }
}

/// Calls `put` with every item of `out` and its sample.
fn each<T>(
    source: &Source,
    tile: &Tile<'_>,
    row: usize,
    out: impl Iterator<Item = T>,
    scratch: &mut Vec<u16>,
    put: impl Fn(T, u16),
) {
    if let Some(sampling) = source.described() {
        return sampling.each(tile.row(source.plane, row), out, put);
    }
    scratch.resize(source.columns, 0);
    source.codes(tile, row, scratch);
    for (item, &sample) in out.zip(scratch.iter()) {
        put(item, sample);
    }
}
