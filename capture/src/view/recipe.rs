//! Frames made of frames: a part or an encoding of one, made once for all clients that want the same.

use super::cut::Cut;
use super::gather::{Source, gather};
use crate::frame::{Frame, Payload};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;
use wire::coding::Coder;
use wire::layout::{Encoding, LayoutError};
use wire::{CheckedLayout, FrameHeader, Layout};

/// Recipes remembered for a stream: as many as distinct views are looked through at a time.
const RECIPES_MAX: usize = 32;
/// What is made of one frame and kept with it for the next client; what others want besides is made for each.
const MADE_MAX: usize = 4;
/// Buffers of a recipe that wait to be used again: of the frame being made, and of the one being sent.
const SPARE_MAX: usize = 3;

/// How frames of one layout become what a view is sent.
#[derive(Debug)]
pub struct Recipe {
    cut: Cut,
    is_whole: bool,
    layout: Arc<CheckedLayout>,
    coder: Option<Coder>,
    spare: Arc<Spare>,
}

/// The recipes of a stream.
#[derive(Debug, Default)]
pub struct Recipes(Mutex<VecDeque<(u32, Arc<Recipe>)>>);

/// What was made of a frame, by the id of its layout: kept while the frame is its stream's newest one, and shared
/// for as long as somebody sends it.
#[derive(Debug, Default)]
pub struct Made(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    kept: Vec<(u32, Slot)>,
    shared: Vec<(u32, Weak<Frame>)>,
    is_over: bool,
}

type Slot = Arc<OnceLock<Arc<Frame>>>;

/// Buffers that wait to be used again, so that no frame asks the system for memory.
#[derive(Debug, Default)]
struct Spare(Mutex<Vec<Vec<u8>>>);

/// Bytes that go back to their recipe.
struct Lent {
    bytes: Vec<u8>,
    spare: Arc<Spare>,
}

impl Recipes {
    /// The recipe for a cut and an encoding of frames of `source`; none where frames are sent as they are.
    pub fn of(
        &self,
        source: &CheckedLayout,
        cut: Cut,
        encoding: Encoding,
    ) -> Result<Option<Arc<Recipe>>, LayoutError> {
        if cut.is_whole(source) && encoding == Encoding::Raw {
            return Ok(None);
        }
        let mut recipes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |id: u32, recipe: &Recipe| {
            id == source.id && recipe.cut == cut && recipe.layout.encoding == encoding
        };
        if let Some(index) = recipes.iter().position(|(id, recipe)| is_it(*id, recipe))
            && let Some(found) = recipes.remove(index)
        {
            let recipe = Arc::clone(&found.1);
            recipes.push_back(found);
            return Ok(Some(recipe));
        }
        let recipe = Arc::new(Recipe::new(source, cut, encoding)?);
        if recipes.len() == RECIPES_MAX {
            recipes.pop_front();
        }
        recipes.push_back((source.id, Arc::clone(&recipe)));
        Ok(Some(recipe))
    }
}

impl Recipe {
    fn new(source: &CheckedLayout, cut: Cut, encoding: Encoding) -> Result<Self, LayoutError> {
        let described = cut.layout(source)?.into_inner();
        let layout = Layout { id: next_id(), encoding, ..described }.check()?;
        let coder = (encoding == Encoding::Residual).then(|| Coder::new(&layout));
        let is_whole = cut.is_whole(source);
        Ok(Self { cut, is_whole, layout: Arc::new(layout), coder, spare: Arc::default() })
    }

    /// The layout of what is made.
    #[must_use]
    pub fn layout(&self) -> &Arc<CheckedLayout> {
        &self.layout
    }

    /// Whether what is made is less than the frame.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        !self.is_whole
    }

    /// What is made of `frame`: for the first one who asks, which takes as long as reading what is sent of it.
    #[must_use]
    pub fn make(&self, frame: &Frame) -> Arc<Frame> {
        let id = self.layout.id;
        if let Some(shared) = frame.made().shared(id) {
            return shared;
        }
        let slot = frame.made().slot(id);
        let made = Arc::clone(slot.get_or_init(|| Arc::new(self.make_new(frame))));
        frame.made().share(id, &made);
        made
    }

    fn make_new(&self, frame: &Frame) -> Frame {
        let started = Instant::now();
        frame.prepare();
        let source = Source::new(frame.pieces());
        let mut bytes = self.spare.take();
        if self.is_whole {
            self.encode(&source, &mut bytes);
        } else if self.layout.encoding == Encoding::Raw {
            gather(&self.cut, frame.layout(), &self.layout.planes, &source, &mut bytes);
        } else {
            let mut samples = self.spare.take();
            gather(&self.cut, frame.layout(), &self.layout.planes, &source, &mut samples);
            self.encode(&Source::new(std::iter::once(&samples[..])), &mut bytes);
            self.spare.put(samples);
        }
        let work_nanos = u64::try_from(started.elapsed().as_nanos()).ok();
        let header = FrameHeader { work_nanos, ..*frame.header() };
        let payload = Box::new(Lent { bytes, spare: Arc::clone(&self.spare) });
        Frame::made_of(frame, header, Arc::clone(&self.layout), payload)
    }

    fn encode(&self, source: &Source, out: &mut Vec<u8>) {
        match (self.layout.encoding, &self.coder) {
            (Encoding::Residual, Some(coder)) => coder.encode(&source.pieces(), out),
            (Encoding::Lz4, _) => lz4(&source.whole(), out),
            _ => {
                out.clear();
                source.pieces().into_iter().for_each(|piece| out.extend_from_slice(piece));
            }
        }
    }
}

/// A block of LZ4 behind its decoded length, a u32 in little-endian order.
fn lz4(bytes: &[u8], out: &mut Vec<u8>) {
    const LENGTH: usize = size_of::<u32>();
    out.resize(LENGTH + lz4_flex::block::get_maximum_output_size(bytes.len()), 0);
    let (length, block) = out.split_at_mut(LENGTH);
    // No frame of 4 GiB fits a message that a browser takes.
    length.copy_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    let written = lz4_flex::block::compress_into(bytes, block).unwrap_or(0);
    out.truncate(LENGTH + written);
}

impl Made {
    fn slot(&self, layout_id: u32) -> Slot {
        let mut slots = self.lock();
        if let Some((_, slot)) = slots.kept.iter().find(|(id, _)| *id == layout_id) {
            return Arc::clone(slot);
        }
        let slot = Slot::default();
        if slots.kept.len() < MADE_MAX && !slots.is_over {
            slots.kept.push((layout_id, Arc::clone(&slot)));
        }
        slot
    }

    fn shared(&self, layout_id: u32) -> Option<Arc<Frame>> {
        let slots = self.lock();
        slots.shared.iter().filter(|(id, _)| *id == layout_id).find_map(|(_, made)| made.upgrade())
    }

    fn share(&self, layout_id: u32, made: &Arc<Frame>) {
        let mut slots = self.lock();
        slots.shared.retain(|(id, made)| *id != layout_id && made.strong_count() > 0);
        slots.shared.push((layout_id, Arc::downgrade(made)));
    }

    /// A newer frame is there: what was made lives on only with those who send it.
    pub(crate) fn forget(&self) {
        let mut slots = self.lock();
        slots.is_over = true;
        let kept = std::mem::take(&mut slots.kept);
        drop(slots);
        drop(kept);
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spare {
    fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn put(&self, bytes: Vec<u8>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE_MAX {
            spare.push(bytes);
        }
    }
}

impl Payload for Lent {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        (index == 0).then_some(&self.bytes)
    }

    fn is_own(&self) -> bool {
        true
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(Bytes::copy_from_slice(&self.bytes))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.spare.put(std::mem::take(&mut self.bytes));
    }
}

/// Ids of made layouts count down from the last one, those of samples up from the first: they never meet.
fn next_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(u32::MAX);
    NEXT.fetch_sub(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::layout::{Pixels, Plane, Region};

    fn frame() -> Frame {
        let planes = vec![Plane { stride: 4, offset: 0, length: 16 }];
        let pixels = Pixels::Named { name: "rggb".into() };
        let layout = Layout { id: 7, pixels, planes, ..Layout::plain(4, 4) }.check().unwrap();
        let bytes = Bytes::from((0..16).collect::<Vec<u8>>());
        Frame::new(FrameHeader::default(), Arc::new(layout), Box::new(bytes), Bytes::new()).unwrap()
    }

    fn corner() -> Cut {
        Cut { region: Region { x: 2, y: 2, width: 2, height: 2 }, step: (1, 1) }
    }

    #[test]
    fn clients_that_want_the_same_share_what_is_made() {
        let (frame, recipes) = (frame(), Recipes::default());
        let recipe = || recipes.of(frame.layout(), corner(), Encoding::Raw).unwrap().unwrap();
        let made = recipe().make(&frame);
        assert_eq!(made.pieces().collect::<Vec<_>>(), [[10, 11, 14, 15]]);
        assert!(Arc::ptr_eq(&made, &recipe().make(&frame)));
        assert_eq!((made.layout().id, made.header().payload_len), (recipe().layout().id, 4));
        frame.made().forget();
        assert!(Arc::ptr_eq(&made, &recipe().make(&frame)), "somebody is still sending it");
        let weak = Arc::downgrade(&made);
        drop(made);
        assert!(weak.upgrade().is_none(), "kept with a frame that is no longer the newest");
        assert_eq!(recipe().make(&frame).pieces().collect::<Vec<_>>(), [[10, 11, 14, 15]]);
    }

    #[test]
    fn what_is_sent_as_it_is_needs_no_recipe() {
        let frame = frame();
        let recipes = Recipes::default();
        assert!(recipes.of(frame.layout(), Cut::whole(frame.layout()), Encoding::Raw).unwrap().is_none());
    }

    #[test]
    fn recipes_and_what_they_make_are_bounded() {
        let (frame, recipes) = (frame(), Recipes::default());
        let cuts = (1..=4).flat_map(|width| (1..=4).map(move |height| (width, height)));
        for (width, height) in cuts {
            for encoding in [Encoding::Raw, Encoding::Lz4, Encoding::Residual] {
                let region = Region { x: 0, y: 0, width, height };
                let recipe = recipes.of(frame.layout(), Cut { region, step: (1, 1) }, encoding).unwrap();
                recipe.map(|recipe| recipe.make(&frame));
            }
        }
        assert_eq!(recipes.0.lock().unwrap().len(), RECIPES_MAX);
        assert_eq!(frame.made().lock().kept.len(), MADE_MAX);
    }

    #[test]
    fn buffers_are_used_again() {
        let (frame, recipes) = (frame(), Recipes::default());
        let recipe = recipes.of(frame.layout(), corner(), Encoding::Raw).unwrap().unwrap();
        let first = recipe.make(&frame).pieces().next().map(<[u8]>::as_ptr);
        frame.made().forget();
        assert_eq!(recipe.make(&frame).pieces().next().map(<[u8]>::as_ptr), first);
    }
}
