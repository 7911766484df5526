//! Which samples of a frame were sent, by columns and rows of the frame; knows nothing of why.

use wire::Layout;
use wire::layout::{Pixels, Region};

/// The part of frames that a layout sends, and the steps in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    region: Region,
    step: (u32, u32),
}

impl Cut {
    /// What is sent of frames of this layout.
    #[must_use]
    pub fn of(layout: &Layout) -> Self {
        Self { region: layout.region, step: (layout.step.0.max(1), layout.step.1.max(1)) }
    }

    /// Column and row, among those sent, of the sample that stands for this one of the frame; `None` outside the region.
    #[must_use]
    pub fn sent(&self, (x, y): (u32, u32)) -> Option<(u32, u32)> {
        let along = |at: u32, from: u32, len: u32, step: u32| {
            at.checked_sub(from).filter(|&past| past < len).map(|past| past / step)
        };
        let Region { x: left, y: top, width, height } = self.region;
        along(x, left, width, self.step.0).zip(along(y, top, height, self.step.1))
    }

    /// Column and row of the frame of a sample that was sent.
    #[must_use]
    pub fn of_frame(&self, (column, row): (u32, u32)) -> (u32, u32) {
        (self.region.x + column * self.step.0, self.region.y + row * self.step.1)
    }

    /// The same for a component's own samples, which are subsampled by these powers of two.
    #[must_use]
    pub fn of_component(&self, (column, row): (usize, usize), (w_sub, h_sub): (u8, u8)) -> (usize, usize) {
        let along = |from: u32, sub: u8, at: usize, step: u32| (from >> sub) as usize + at * step as usize;
        (along(self.region.x, w_sub, column, self.step.0), along(self.region.y, h_sub, row, self.step.1))
    }

    /// Whether every sample of this rectangle of the frame was sent.
    #[must_use]
    pub fn has(&self, (x, y, width, height): (u32, u32, u32, u32)) -> bool {
        let within = |at: u32, len: u32, from: u32, of: u32| {
            at >= from && at.checked_add(len).is_some_and(|end| end <= from + of)
        };
        self.step == (1, 1)
            && within(x, width, self.region.x, self.region.width)
            && within(y, height, self.region.y, self.region.height)
    }
}

/// By which powers of two a component is subsampled; not at all where components do not describe the format.
#[must_use]
pub fn subsampling(layout: &Layout, name: char) -> (u8, u8) {
    let Pixels::Components { components, .. } = &layout.pixels else { return (0, 0) };
    components
        .iter()
        .find(|component| component.name == name)
        .map_or((0, 0), |component| (component.w_sub, component.h_sub))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(x: u32, width: u32, step: u32) -> Cut {
        Cut { region: Region { x, y: 2, width, height: 6 }, step: (step, 2) }
    }

    #[test]
    fn a_sample_stands_for_those_up_to_the_next() {
        let cut = cut(4, 10, 3);
        let columns: Vec<_> = (3..15).map(|x| cut.sent((x, 2)).map(|(column, _)| column)).collect();
        let expected = [&[None][..], &[Some(0); 3], &[Some(1); 3], &[Some(2); 3], &[Some(3), None]].concat();
        assert_eq!(columns, expected);
        assert_eq!(cut.sent((4, 7)), Some((0, 2)));
        assert_eq!((cut.sent((4, 8)), cut.sent((4, 1))), (None, None));
        assert_eq!(cut.of_frame((3, 2)), (13, 6));
    }

    #[test]
    fn subsampled_components_go_in_the_same_steps() {
        assert_eq!(cut(4, 10, 3).of_component((2, 1), (1, 1)), (8, 3));
        assert_eq!(cut(4, 10, 3).of_component((2, 1), (0, 0)), (10, 4));
    }

    #[test]
    fn a_rectangle_is_there_where_all_of_its_samples_are() {
        let whole = Cut { region: Region { x: 4, y: 2, width: 10, height: 6 }, step: (1, 1) };
        assert!(whole.has((4, 2, 10, 6)) && whole.has((13, 7, 1, 1)));
        assert!(!whole.has((3, 2, 2, 2)) && !whole.has((13, 7, 2, 1)) && !whole.has((5, 2, u32::MAX, 1)));
        assert!(!cut(4, 10, 3).has((4, 2, 1, 1)));
    }
}
