//! Which parts and steps a layout allows, so that samples keep their phase, and the layout of what is cut.

use wire::CheckedLayout;
use wire::control::View;
use wire::layout::{Component, Layout, LayoutError, Pixels, Plane, Region};

/// What begins the names of Bayer formats.
const BAYER: [&str; 4] = ["bggr", "gbrg", "grbg", "rggb"];
/// The largest step: of 8K, still 240 columns.
const STEP_MAX: u32 = 32;

/// A part of a frame, and how far apart its samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cut {
    /// The part, in samples of the frame.
    pub region: Region,
    /// Every n-th column and row of it.
    pub step: (u32, u32),
}

/// Where cuts of a layout may begin, and in which steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The first column is a multiple of this.
    columns: u32,
    /// The first row is a multiple of this.
    rows: u32,
    /// Columns alternate (Bayer): steps are odd, so that they go on doing so.
    is_odd: bool,
    /// Rows alternate (Bayer, interlaced fields).
    is_odd_down: bool,
}

/// How a pixel that has no components stands in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Bytes of a pixel.
    pub(super) bytes: u32,
}

impl Grid {
    /// The cuts that a layout allows; none where it is sent whole or not at all.
    #[must_use]
    pub fn of(layout: &Layout) -> Option<Self> {
        let interlaced = match layout.interlace.mode.as_str() {
            // A buffer of mode `alternate` holds the rows of one field.
            "progressive" | "alternate" => false,
            "interleaved" | "mixed" => true,
            _ => return None,
        };
        let (columns, rows, is_bayer) = match &layout.pixels {
            Pixels::Components { components, .. } => {
                let most = |sub: fn(&Component) -> u8| components.iter().map(sub).max().unwrap_or(0);
                (1 << most(|c| c.w_sub), 1 << most(|c| c.h_sub), false)
            }
            Pixels::Named { name } => {
                cell(name)?;
                let is_bayer = BAYER.iter().any(|pattern| name.starts_with(pattern));
                let align = if is_bayer { 2 } else { 1 };
                (align, align, is_bayer)
            }
        };
        Some(Self {
            columns,
            rows: if interlaced { rows * 2 } else { rows },
            is_odd: is_bayer,
            is_odd_down: is_bayer || interlaced,
        })
    }

    /// The least region of these bounds around `visible`, within the frame.
    #[must_use]
    pub fn around(&self, layout: &Layout, visible: Region) -> Region {
        let span = |start: u32, len: u32, align: u32, end: u32| {
            let first = start.min(end - 1) / align * align;
            let past = start.saturating_add(len).clamp(first + 1, end).next_multiple_of(align).min(end);
            (first, past - first)
        };
        let (x, width) = span(visible.x, visible.width, self.columns, layout.width);
        let (y, height) = span(visible.y, visible.height, self.rows, layout.height);
        Region { x, y, width, height }
    }

    /// The largest allowed step that is at most `step`.
    fn at_most(&self, step: u32) -> (u32, u32) {
        let one = |is_odd: bool| {
            let step = step.clamp(1, STEP_MAX);
            if is_odd && step.is_multiple_of(2) { step - 1 } else { step }
        };
        (one(self.is_odd), one(self.is_odd_down))
    }

    /// The next larger allowed step.
    fn larger(&self, (x, y): (u32, u32)) -> (u32, u32) {
        let one = |step: u32, is_odd: bool| (step + if is_odd { 2 } else { 1 }).min(STEP_MAX);
        (one(x, self.is_odd), one(y, self.is_odd_down))
    }
}

impl Cut {
    /// All of a frame.
    #[must_use]
    pub fn whole(layout: &Layout) -> Self {
        Self { region: layout.whole(), step: (1, 1) }
    }

    /// Whether it is all of a frame.
    #[must_use]
    pub fn is_whole(&self, layout: &Layout) -> bool {
        *self == Self::whole(layout)
    }

    /// What can be seen of a frame, each sample of it.
    #[must_use]
    pub fn visible(grid: Grid, layout: &Layout, view: &View) -> Self {
        let region = view.visible.map_or_else(|| layout.whole(), |visible| grid.around(layout, visible));
        Self { region, step: (1, 1) }
    }

    /// All of a frame in the largest steps that leave a sample for each device pixel of the view.
    #[must_use]
    pub fn fitted(grid: Grid, layout: &Layout, view: &View) -> Self {
        Self { region: layout.whole(), step: step_of(grid, layout, view) }
    }

    /// What can be seen of a frame, in the largest steps that leave a sample for each device pixel of the view.
    #[must_use]
    pub fn seen(grid: Grid, layout: &Layout, view: &View) -> Self {
        Self { step: step_of(grid, layout, view), ..Self::visible(grid, layout, view) }
    }

    /// The same part in larger steps; none when they cannot be larger.
    #[must_use]
    pub fn coarser(&self, grid: Grid) -> Option<Self> {
        let step = grid.larger(self.step);
        (step != self.step).then_some(Self { step, ..*self })
    }

    /// Bytes of the samples.
    #[must_use]
    pub fn byte_count(&self, layout: &Layout) -> u64 {
        if self.is_whole(layout) {
            return layout.planes.iter().map(|plane| plane.length).sum();
        }
        self.planes(layout).iter().map(|plane| plane.length).sum()
    }

    /// The layout of what is cut, without an id of its own.
    pub(super) fn layout(&self, layout: &Layout) -> Result<CheckedLayout, LayoutError> {
        let mut cut = Layout { region: self.region, step: self.step, ..layout.clone() };
        if !self.is_whole(layout) {
            cut.planes = self.planes(layout);
            // The appsink's own bytes stay behind.
            if let Some(converted) = &mut cut.converted {
                converted.source_length = 0;
            }
        }
        cut.check()
    }

    /// Columns and rows that are sent.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.region.width.div_ceil(self.step.0), self.region.height.div_ceil(self.step.1))
    }

    /// The planes without padding, one behind the other.
    fn planes(&self, layout: &Layout) -> Vec<Plane> {
        let (width, height) = self.size();
        let mut offset = 0;
        let mut pack = |stride: u32, rows: u32| {
            let length = u64::from(stride) * u64::from(rows);
            let plane = Plane { stride, offset, length };
            offset += length;
            plane
        };
        match &layout.pixels {
            Pixels::Named { name } => {
                let bytes = cell(name).map_or(0, |cell| cell.bytes);
                vec![pack(width * bytes, height)]
            }
            Pixels::Components { components, .. } => {
                let planes = 0..layout.planes.len();
                let of = |plane: usize| components.iter().filter(move |c| usize::from(c.plane) == plane);
                planes
                    .map(|plane| {
                        let stride = of(plane).map(|c| c.columns(width) * c.pixel_stride).max().unwrap_or(0);
                        pack(stride, of(plane).map(|c| c.rows(height)).max().unwrap_or(0))
                    })
                    .collect()
            }
        }
    }
}

/// The bytes of a pixel of formats that have one word for each and are known by name; none for others.
pub(super) fn cell(name: &str) -> Option<Cell> {
    let bytes = match name {
        "bggr" | "gbrg" | "grbg" | "rggb" => 1,
        "RGB16" | "BGR16" | "RGB15" | "BGR15" => 2,
        "r210" | "BGR10A2_LE" | "RGB10A2_LE" | "Y410" => 4,
        "Y412_BE" | "Y412_LE" => 8,
        // Codes of 10 to 16 bits, in two bytes.
        _ if BAYER.iter().any(|pattern| name.starts_with(pattern)) => 2,
        _ => return None,
    };
    Some(Cell { bytes })
}

fn step_of(grid: Grid, layout: &Layout, view: &View) -> (u32, u32) {
    let (columns, rows) =
        view.visible.map_or((layout.width, layout.height), |seen| (seen.width, seen.height));
    let (across, down) = view.pixels.unwrap_or((columns, rows));
    // The same step both ways: pixels stay as they are shaped.
    grid.at_most((columns / across.max(1)).min(rows / down.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::layout::{ByteOrder, Family};

    fn component(name: char, plane: u8, pixel_stride: u32, sub: u8) -> Component {
        Component { name, plane, offset: 0, pixel_stride, depth: 8, shift: 0, w_sub: sub, h_sub: sub }
    }

    fn nv12(width: u32, height: u32) -> Layout {
        let mut v = component('V', 1, 2, 1);
        v.offset = 1;
        let components = vec![component('Y', 0, 1, 0), component('U', 1, 2, 1), v];
        let luma = u64::from(width) * u64::from(height);
        Layout {
            pixels: Pixels::Components { family: Family::Yuv, byte_order: ByteOrder::Little, components },
            planes: vec![
                Plane { stride: width, offset: 0, length: luma },
                Plane { stride: width, offset: luma, length: luma / 2 },
            ],
            ..Layout::plain(width, height)
        }
    }

    fn named(name: &str) -> Layout {
        let planes = vec![Plane { stride: 64, offset: 0, length: 64 * 48 }];
        Layout { pixels: Pixels::Named { name: name.into() }, planes, ..Layout::plain(64, 48) }
    }

    fn view(visible: Option<(u32, u32, u32, u32)>, pixels: (u32, u32)) -> View {
        let visible = visible.map(|(x, y, width, height)| Region { x, y, width, height });
        View { visible, pixels: Some(pixels), ..View::default() }
    }

    #[test]
    fn a_fitted_frame_has_a_sample_for_each_device_pixel() {
        let layout = nv12(3840, 2160);
        let grid = Grid::of(&layout).unwrap();
        let fitted = Cut::fitted(grid, &layout, &view(None, (1280, 720)));
        assert_eq!((fitted.step, fitted.size()), ((3, 3), (1280, 720)));
        assert_eq!(fitted.byte_count(&layout), 1280 * 720 * 3 / 2);
        let fitted = Cut::fitted(grid, &layout, &view(None, (1281, 720)));
        assert_eq!(fitted.step, (2, 2), "not one sample for two pixels");
        assert!(Cut::fitted(grid, &layout, &view(None, (4000, 3000))).is_whole(&layout));
    }

    #[test]
    fn a_region_begins_with_whole_chroma_samples() {
        let layout = nv12(64, 48);
        let grid = Grid::of(&layout).unwrap();
        let seen = Cut::seen(grid, &layout, &view(Some((5, 7, 9, 9)), (900, 900)));
        assert_eq!(seen, Cut { region: Region { x: 4, y: 6, width: 10, height: 10 }, step: (1, 1) });
        let outside = grid.around(&layout, Region { x: 90, y: 90, width: u32::MAX, height: 3 });
        assert_eq!(outside, Region { x: 62, y: 46, width: 2, height: 2 });
        let empty = grid.around(&layout, Region { x: 3, y: 3, width: 0, height: 0 });
        assert_eq!(empty, Region { x: 2, y: 2, width: 2, height: 2 });
    }

    #[test]
    fn mosaics_and_fields_keep_their_phase() {
        let bayer = named("rggb");
        let grid = Grid::of(&bayer).unwrap();
        let fitted = Cut::fitted(grid, &bayer, &view(None, (16, 12)));
        assert_eq!(fitted.step, (3, 3), "four would leave red alone");
        assert_eq!(fitted.coarser(grid).unwrap().step, (5, 5));
        let mut fields = nv12(64, 48);
        fields.interlace.mode = "interleaved".into();
        let grid = Grid::of(&fields).unwrap();
        assert_eq!(Cut::fitted(grid, &fields, &view(None, (16, 12))).step, (4, 3));
        assert_eq!(grid.around(&fields, Region { x: 0, y: 6, width: 64, height: 2 }).y, 4);
    }

    #[test]
    fn what_cannot_be_cut_is_named_nowhere() {
        for name in ["v210", "NV12_4L4", "RGB8P", "VYUY"] {
            assert_eq!(Grid::of(&named(name)), None, "{name}");
        }
        let mut split = nv12(64, 48);
        split.interlace.mode = "fields".into();
        assert_eq!(Grid::of(&split), None);
    }

    #[test]
    fn the_layout_of_a_cut_says_where_its_samples_are() {
        let layout = nv12(64, 48);
        let cut = Cut { region: Region { x: 2, y: 4, width: 31, height: 20 }, step: (3, 3) };
        let cut = cut.layout(&layout).unwrap();
        assert_eq!((cut.sent_width(), cut.sent_height()), (11, 7));
        assert_eq!(
            cut.planes,
            [Plane { stride: 11, offset: 0, length: 77 }, Plane { stride: 12, offset: 77, length: 48 }]
        );
        assert_eq!((cut.width, cut.height), (64, 48));
    }
}
