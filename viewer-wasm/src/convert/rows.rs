//! The codes of whole components, row by row as they lie in their planes: what files of numbers are made of.
//!
//! Knows no file. Subsampled components keep their own size; of interlaced frames, rows stay in the order of the plane.

use super::probe::{Component, Probe};
use super::unpack::{Needed, Tile};
use std::borrow::Cow;
use std::ops::Range;
use wire::layout::MAX_PLANES;

/// Rows read at once, at most: as many as the tallest tiles have.
pub const BLOCK_ROWS: usize = 32;

impl Probe {
    /// Writes the codes of some rows of a component into every `step`-th place of `out`, row after row of `columns`; false
    /// where the frame has no such component. What lies outside of the component is left as it is.
    ///
    /// `payload` gives the bytes of a range of the payload.
    pub fn rows<'a, E>(
        &self,
        name: char,
        rows: Range<usize>,
        columns: usize,
        (out, step): (&mut [u16], usize),
        payload: impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
    ) -> Result<bool, E> {
        let Some(component) = self.components.iter().find(|component| component.source.name == name) else {
            return Ok(false);
        };
        component.read(rows, columns, (out, step.max(1)), payload)?;
        Ok(true)
    }
}

impl Component {
    fn read<'a, E>(
        &self,
        rows: Range<usize>,
        columns: usize,
        (out, step): (&mut [u16], usize),
        mut payload: impl FnMut(Range<usize>) -> Result<Cow<'a, [u8]>, E>,
    ) -> Result<(), E> {
        let rows = rows.start..rows.end.min(self.rows.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let needed = Needed { luma: rows.clone(), chroma: 0..0 };
        let plane = self.source.plane;
        let bytes = payload(self.planes.get(plane).map_or(0..0, |plane| plane.bytes(&needed)))?;
        let mut slices = [&[][..]; MAX_PLANES];
        if let Some(slice) = slices.get_mut(plane) {
            *slice = &bytes;
        }
        let tile = Tile::new(&self.planes, &slices, &needed);
        let mut codes = vec![0; self.source.columns];
        for (row, out) in rows.zip(out.chunks_mut((columns * step).max(1))) {
            self.source.codes(&tile, row, &mut codes);
            for (code, &read) in out.iter_mut().step_by(step).zip(&codes) {
                *code = read;
            }
        }
        Ok(())
    }
}
