//! The codes of single pixels and small rectangles: what is in the frame, and where, before any colour is made of it.
//!
//! Knows no picture and no colour: every component of the layout is read in its own depth, alpha too. A subsampled
//! component gives the sample of the rectangle of pixels that a pixel is in, which is not interpolated.

use super::color::{Filter, Vertical};
use super::error::Unsupported;
use super::unpack::{Kind, Needed, PlaneRows, Site, Source, Sources, Tile};
use super::yuv::Yuv;
use std::ops::Range;
use wire::CheckedLayout;
use wire::layout::MAX_PLANES;
use wire::layout::arrays::insert;

/// Reads codes of frames of one layout.
#[derive(Clone, Debug)]
pub struct Probe {
    width: usize,
    height: usize,
    kind: Kind,
    pub(super) components: Vec<Component>,
}

/// How one component is read.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) source: Source,
    /// The rows of the component's own plane alone, at its index.
    pub(super) planes: Vec<PlaneRows>,
    pub(super) rows: Vertical,
}

/// One component of one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// R, G, B, Y, U, V, A; I of a palette, S of a Bayer mosaic.
    pub name: char,
    /// Bits of the code.
    pub depth: u8,
    /// At most `2^depth - 1`.
    pub code: u16,
    /// Index of the plane.
    pub plane: usize,
    /// The first byte of the payload that holds bits of the sample: of its word, where it is in one.
    pub byte: usize,
    /// Column among the samples of the component.
    pub column: usize,
    /// Row among the samples of the component.
    pub row: usize,
}

impl Probe {
    /// A probe of `layout`; of the interlaced frames where its fields are mixed and `of_fields` says so.
    pub fn new(layout: &CheckedLayout, of_fields: bool) -> Result<Self, Unsupported> {
        let sources = Sources::of(layout)?;
        let interlaced = of_fields || Yuv::always_interlaced(layout);
        let component = |source: &Source| Component::new(layout, source, interlaced);
        let mut list = Vec::with_capacity(sources.list.len());
        for source in &sources.list {
            // As they are stored; Y, U and V are said in that order, however they take turns.
            let place = |source: &&Source| match sources.kind {
                Kind::Rgb => Some((source.plane, source.place(0, 0).map(|place| place.start))),
                _ => None,
            };
            insert(&mut list, source, place);
        }
        Ok(Self {
            width: layout.sent_width() as usize,
            height: layout.sent_height() as usize,
            kind: sources.kind,
            components: list.into_iter().map(component).collect(),
        })
    }

    /// Columns and rows of the frame.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Name and depth of each component, in the order of the codes: that of the format's name.
    #[must_use]
    pub fn components(&self) -> impl ExactSizeIterator<Item = (char, u8)> {
        self.components.iter().map(|Component { source, .. }| (source.name, source.depth))
    }

    /// The colour of a Bayer site: `R`, `G` or `B`.
    #[must_use]
    pub fn site(&self, x: usize, y: usize) -> Option<char> {
        let Kind::Bayer(pattern) = self.kind else { return None };
        Some(match pattern.0[y % 2][x % 2] {
            Site::Red => 'R',
            Site::Green => 'G',
            Site::Blue => 'B',
        })
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether codes are indices of a palette.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        matches!(self.kind, Kind::Palette(_))
    }

    /// All components of a pixel, which is in the frame; `payload` gives the bytes of a range of the payload.
    pub fn pixel<'a, E>(
        &self,
        (x, y): (usize, usize),
        mut payload: impl FnMut(Range<usize>) -> Result<std::borrow::Cow<'a, [u8]>, E>,
    ) -> Result<Vec<Reading>, E> {
        let mut row = Vec::new();
        let reading = |component: &Component| {
            component.line(y, &mut payload, &mut row)?;
            Ok(component.reading(x, y, &row))
        };
        self.components.iter().map(reading).collect()
    }

    /// The codes of a rectangle, which is in the frame: line by line, of every pixel a code a component.
    pub fn codes<'a, E>(
        &self,
        columns: &Range<usize>,
        lines: Range<usize>,
        mut payload: impl FnMut(Range<usize>) -> Result<std::borrow::Cow<'a, [u8]>, E>,
    ) -> Result<Vec<u16>, E> {
        let step = self.components.len();
        let mut codes = vec![0; columns.len() * lines.len() * step];
        let mut row = Vec::new();
        for (line, out) in lines.zip(codes.chunks_exact_mut((columns.len() * step).max(1))) {
            for (at, component) in self.components.iter().enumerate() {
                component.line(line, &mut payload, &mut row)?;
                for (code, x) in out.iter_mut().skip(at).step_by(step).zip(columns.clone()) {
                    *code = component.code(x, &row);
                }
            }
        }
        Ok(codes)
    }
}

impl Component {
    fn new(layout: &CheckedLayout, source: &Source, interlaced: bool) -> Self {
        let planes: Vec<_> =
            (0..layout.planes.len()).map(|plane| PlaneRows::new(layout, &[source], &[], plane)).collect();
        let lines = layout.sent_height() as usize;
        let checked = lines.div_ceil(1 << source.h_sub);
        // Fields can need one row more than the layout is checked to have; it is there or it is not.
        let one_more = planes.get(source.plane).is_some_and(|plane| {
            plane.start(checked).saturating_add(source.row_bytes()) <= plane.end() && interlaced
        });
        let rows = Vertical {
            lines,
            rows: checked + usize::from(one_more),
            h_sub: source.h_sub,
            interlaced,
            mixes_fields: false,
            top: false,
            filter: Filter::Nearest,
        };
        Self { source: source.clone(), planes, rows }
    }

    /// Reads the row of samples that a line belongs to.
    pub(super) fn line<'a, E>(
        &self,
        line: usize,
        payload: &mut impl FnMut(Range<usize>) -> Result<std::borrow::Cow<'a, [u8]>, E>,
        out: &mut Vec<u16>,
    ) -> Result<(), E> {
        let row = self.rows.row_of(line);
        let needed = Needed { luma: row..row + 1, chroma: 0..0 };
        let plane = self.source.plane;
        let bytes = payload(self.planes.get(plane).map_or(0..0, |plane| plane.bytes(&needed)))?;
        let mut slices = [&[][..]; MAX_PLANES];
        if let Some(slice) = slices.get_mut(plane) {
            *slice = &bytes;
        }
        out.resize(self.source.columns, 0);
        self.source.codes(&Tile::new(&self.planes, &slices, &needed), row, out);
        Ok(())
    }

    fn column(&self, x: usize) -> usize {
        (x >> self.source.w_sub).min(self.source.columns - 1)
    }

    pub(super) fn code(&self, x: usize, row: &[u16]) -> u16 {
        row.get(self.column(x)).copied().unwrap_or(0)
    }

    fn reading(&self, x: usize, y: usize, codes: &[u16]) -> Reading {
        let Source { name, plane, depth, .. } = self.source;
        let row = self.rows.row_of(y);
        // The last sample that a plane lacks is the one to its left.
        let left = self.column(x).saturating_sub(1);
        let (column, byte) = [self.column(x), left]
            .into_iter()
            .find_map(|column| Some((column, self.byte(column, row)?)))
            .unwrap_or((left, 0));
        Reading { name, depth, code: self.code(x, codes), plane, byte, column, row }
    }

    /// The byte of the payload that a sample begins in; `None` where the plane lacks it.
    pub(super) fn byte(&self, column: usize, row: usize) -> Option<usize> {
        let rows = self.planes.get(self.source.plane)?;
        let place = self.source.place(column, row)?;
        let start = rows.start(row);
        (start + place.end <= rows.end()).then_some(start + place.start)
    }
}
