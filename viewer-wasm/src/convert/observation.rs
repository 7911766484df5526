//! What the codes of a frame are, in native depth: read from the same rows as the picture, by the same sources.

use super::display::{Levels, Observed, Observer};
use super::unpack::{Needed, Source, Tile};
use std::ops::Range;

/// Most samples of a component that go into its histogram: enough for percentiles, and a few milliseconds.
const MOST_SAMPLES: usize = 1 << 18;

/// The components of one frame, as far as their rows have been looked at.
#[derive(Clone, Debug)]
pub struct Observation {
    components: Vec<Component>,
    /// Whether code zero is no value, and does not count.
    skips_zero: bool,
    codes: Vec<u16>,
}

#[derive(Clone, Debug)]
struct Component {
    source: Source,
    observer: Observer,
    is_chroma: bool,
    /// Rows before this one have been seen: tiles overlap in chroma.
    next: usize,
}

impl Observation {
    pub(super) fn new(luma: &[Source], chroma: &[Source], height: usize, skips_zero: bool) -> Self {
        let component = |source: &Source, is_chroma| {
            let every = Observer::every_for(source.columns, height >> source.h_sub, MOST_SAMPLES);
            let observer = Observer::new(source.name, source.depth, every);
            Component { source: source.clone(), observer, is_chroma, next: 0 }
        };
        let luma = luma.iter().map(|source| component(source, false));
        let chroma = chroma.iter().map(|source| component(source, true));
        Self { components: luma.chain(chroma).collect(), skips_zero, codes: Vec::new() }
    }

    /// Looks at the rows of a tile.
    pub(super) fn rows(&mut self, tile: &Tile<'_>, rows: &Range<usize>, needed: &Needed) {
        for Component { source, observer, is_chroma, next } in &mut self.components {
            let rows = if *is_chroma { needed.chroma.clone() } else { rows.clone() };
            for row in rows.start.max(*next)..rows.end {
                self.codes.resize(source.columns, 0);
                source.codes(tile, row, &mut self.codes);
                if self.skips_zero {
                    self.codes.retain(|&code| code > 0);
                }
                observer.row(row, &self.codes);
            }
            *next = (*next).max(rows.end);
        }
    }

    /// What was seen of each component.
    #[must_use]
    pub fn observed(&self) -> Vec<Observed> {
        self.components.iter().filter_map(|component| component.observer.observed()).collect()
    }

    /// The codes to show as black and white, of luma or of all of R, G and B together; `before` is what the frame before
    /// was shown with. `None` is what the range says.
    #[must_use]
    pub fn levels(&self, levels: Levels, before: Option<(u16, u16)>) -> Option<(u16, u16)> {
        let luma = self.components.iter().filter(|component| !component.is_chroma);
        let observers: Vec<_> = luma.map(|component| &component.observer).collect();
        levels.resolve(&observers, before)
    }
}
