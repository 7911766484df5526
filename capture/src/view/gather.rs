//! The samples of a cut, copied into a payload of their own: one pass over what is sent, never averaged.

use super::cut::{Cut, cell};
use std::borrow::Cow;
use std::ops::Range;
use wire::layout::{Component, Layout, Pixels, Plane};

/// A payload in pieces, read by ranges.
pub(super) struct Source<'a> {
    pieces: Vec<(usize, &'a [u8])>,
}

/// Samples that stand at a fixed distance in their rows, copied together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Track {
    /// Plane of the source and of what is made.
    plane: usize,
    /// Bytes from the start of a row to the first.
    offset: usize,
    /// Bytes that are copied of each.
    bytes: usize,
    /// Bytes from one to the next.
    stride: usize,
    w_sub: u8,
    h_sub: u8,
}

impl<'a> Source<'a> {
    pub(super) fn new(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut start = 0;
        let pieces = pieces.map(|piece| {
            let begins = start;
            start += piece.len();
            (begins, piece)
        });
        Self { pieces: pieces.collect() }
    }

    /// Its pieces in order.
    pub(super) fn pieces(&self) -> Vec<&'a [u8]> {
        self.pieces.iter().map(|&(_, piece)| piece).collect()
    }

    /// All of it, put together where it is in several pieces.
    pub(super) fn whole(&self) -> Cow<'a, [u8]> {
        match &self.pieces[..] {
            [] => Cow::Borrowed(&[]),
            [(_, only)] => Cow::Borrowed(only),
            several => Cow::Owned(several.iter().flat_map(|(_, piece)| piece.iter().copied()).collect()),
        }
    }

    /// A range of it, put together where it lies in several pieces; shorter where the payload ends before.
    fn range(&self, range: Range<usize>) -> Cow<'a, [u8]> {
        let part = |&(start, piece): &(usize, &'a [u8])| {
            let clamp = |at: usize| at.clamp(start, start + piece.len()) - start;
            &piece[clamp(range.start)..clamp(range.end)]
        };
        let mut parts = self.pieces.iter().map(part).filter(|part| !part.is_empty());
        let Some(first) = parts.next() else { return Cow::Borrowed(&[]) };
        if first.len() == range.len() {
            return Cow::Borrowed(first);
        }
        Cow::Owned(parts.fold(first.to_vec(), |mut all, part| {
            all.extend_from_slice(part);
            all
        }))
    }
}

/// Copies the samples of a cut of `from`, described by `layout`, to where `planes` has them.
///
/// What is no sample (fillers between pixels) is copied with the pixels it stands in.
pub(super) fn gather(cut: &Cut, layout: &Layout, planes: &[Plane], from: &Source, out: &mut Vec<u8>) {
    let len = planes.iter().map(|plane| position(plane.offset + plane.length)).max().unwrap_or(0);
    out.clear();
    out.resize(len, 0);
    let (width, height) = cut.size();
    for track in tracks(layout) {
        let (source, to) = (&layout.planes[track.plane], &planes[track.plane]);
        let start = position(source.offset);
        let bytes = from.range(start..start + position(source.length));
        let columns = position(u64::from(width.div_ceil(1 << track.w_sub)));
        let rows = position(u64::from(height.div_ceil(1 << track.h_sub)));
        let first = track.offset + position(u64::from(cut.region.x >> track.w_sub)) * track.stride;
        let top = position(u64::from(cut.region.y >> track.h_sub));
        let (across, down) = (position(u64::from(cut.step.0)), position(u64::from(cut.step.1)));
        let (source_stride, to_stride) = (position(u64::from(source.stride)), position(u64::from(to.stride)));
        for row in 0..rows {
            let begin = (top + row * down) * source_stride + first;
            let end = begin + (columns - 1) * across * track.stride + track.bytes;
            let into = position(to.offset) + row * to_stride + track.offset;
            let past = into + (columns - 1) * track.stride + track.bytes;
            // Checked layouts hold every sample of the frame, but a last row may end before its last filler.
            let is_short = end > bytes.len();
            let line = bytes.get(begin..end.min(bytes.len())).unwrap_or_default();
            let Some(out) = out.get_mut(into..past) else { continue };
            if is_short {
                pick_any(line, across * track.stride, out, track.stride, track.bytes);
            } else {
                copy(line, across * track.stride, out, track.stride, track.bytes);
            }
        }
    }
}

/// Copies `bytes` at every `from_stride` to every `to_stride`.
fn copy(from: &[u8], from_stride: usize, to: &mut [u8], to_stride: usize, bytes: usize) {
    /// The pixels and steps that are common, each with loops of its own: distances that are known make them thrice as
    /// quick.
    macro_rules! pick_known {
        ($($bytes:literal: $($stride:literal)*;)*) => {
            match (bytes, from_stride) {
                $($(($bytes, $stride) => pick::<$bytes, $stride>(from, to),)*)*
                _ => pick_any(from, from_stride, to, to_stride, bytes),
            }
        };
    }
    if bytes != to_stride {
        return pick_any(from, from_stride, to, to_stride, bytes);
    }
    if from_stride == to_stride {
        return to.copy_from_slice(from);
    }
    pick_known! {
        1: 2 3 4 5 6 7 8;
        2: 4 6 8 10 12 14 16;
        3: 6 9 12 15 18 21 24;
        4: 8 12 16 20 24 28 32;
        8: 16 24 32 40 48 56 64;
    }
}

/// Pixels of `N` bytes, from every `STRIDE` bytes to one after the other; the last has no more than itself.
fn pick<const N: usize, const STRIDE: usize>(from: &[u8], to: &mut [u8]) {
    let (chunks, last) = from.as_chunks::<STRIDE>();
    let pixels = to.as_chunks_mut::<N>().0;
    for (pixel, chunk) in pixels.iter_mut().zip(chunks) {
        pixel.copy_from_slice(&chunk[..N]);
    }
    if let (Some(pixel), Some(from)) = (pixels.get_mut(chunks.len()), last.first_chunk::<N>()) {
        *pixel = *from;
    }
}

fn pick_any(from: &[u8], from_stride: usize, to: &mut [u8], to_stride: usize, bytes: usize) {
    for (pixel, from) in to.chunks_mut(to_stride).zip(from.chunks(from_stride)) {
        let bytes = bytes.min(pixel.len()).min(from.len());
        pixel[..bytes].copy_from_slice(&from[..bytes]);
    }
}

/// What is copied of each plane: whole pixels where all its components go in one step, else sample by sample.
fn tracks(layout: &Layout) -> Vec<Track> {
    let components = match &layout.pixels {
        Pixels::Components { components, .. } => components,
        Pixels::Named { name } => {
            let bytes = cell(name).map_or(0, |cell| cell.bytes) as usize;
            return vec![Track { plane: 0, offset: 0, bytes, stride: bytes, w_sub: 0, h_sub: 0 }];
        }
    };
    let mut tracks = Vec::new();
    for plane in 0..layout.planes.len() {
        let own = || components.iter().filter(|c| usize::from(c.plane) == plane);
        let Some(first) = own().next() else { continue };
        let same = |c: &Component| {
            (c.pixel_stride, c.w_sub, c.h_sub) == (first.pixel_stride, first.w_sub, first.h_sub)
                && c.offset + c.sample_bytes() <= c.pixel_stride
        };
        let of = |c: &Component, offset: u32, bytes: u32| Track {
            plane,
            offset: offset as usize,
            bytes: bytes as usize,
            stride: c.pixel_stride as usize,
            w_sub: c.w_sub,
            h_sub: c.h_sub,
        };
        if own().all(same) {
            tracks.push(of(first, 0, first.pixel_stride));
        } else {
            tracks.extend(own().map(|c| of(c, c.offset, c.sample_bytes())));
        }
    }
    tracks
}

/// A place within a payload, which is in memory.
fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::layout::{ByteOrder, Family, Region};

    fn component(name: char, offset: u32, pixel_stride: u32, w_sub: u8) -> Component {
        Component { name, plane: 0, offset, pixel_stride, depth: 8, shift: 0, w_sub, h_sub: 0 }
    }

    fn layout(width: u32, components: Vec<Component>, plane: Plane) -> Layout {
        Layout {
            pixels: Pixels::Components { family: Family::Yuv, byte_order: ByteOrder::Little, components },
            planes: vec![plane],
            ..Layout::plain(width, 2)
        }
    }

    fn cut(layout: &Layout, x: u32, step: u32, from: &Source) -> Vec<u8> {
        let region = Region { x, y: 0, width: layout.width - x, height: 2 };
        let cut = Cut { region, step: (step, step) };
        let made = cut.layout(layout).unwrap();
        let mut out = vec![0xee; 3];
        gather(&cut, layout, &made.planes, from, &mut out);
        out
    }

    #[test]
    fn luma_and_chroma_that_share_a_row_go_in_their_own_steps() {
        let yuy2 = vec![component('Y', 0, 2, 0), component('U', 1, 4, 1), component('V', 3, 4, 1)];
        let layout = layout(8, yuy2, Plane { stride: 16, offset: 0, length: 32 });
        let bytes: Vec<u8> = (0..32).collect();
        // Columns 2 and 5 of luma, at bytes 4 and 10; chroma of columns 2 and 3, at bytes 5 and 7.
        assert_eq!(cut(&layout, 2, 3, &Source::new([&bytes[..]].into_iter())), [4, 5, 10, 7]);
    }

    #[test]
    fn pixels_go_with_what_stands_between_their_samples() {
        let bgrx = vec![component('R', 2, 4, 0), component('G', 1, 4, 0), component('B', 0, 4, 0)];
        // The filler of the last pixel is not in the buffer any more.
        let layout = layout(3, bgrx, Plane { stride: 12, offset: 1, length: 23 });
        let bytes: Vec<u8> = (0..24).collect();
        let expected = [5, 6, 7, 8, 9, 10, 11, 12, 17, 18, 19, 20, 21, 22, 23, 0];
        assert_eq!(cut(&layout, 1, 1, &Source::new([&bytes[..]].into_iter())), expected);
        let pieces = [&bytes[..7], &bytes[7..18], &bytes[18..]];
        assert_eq!(cut(&layout, 1, 1, &Source::new(pieces.into_iter())), expected, "in several memories");
        assert_eq!(cut(&layout, 0, 2, &Source::new([&bytes[..]].into_iter())), [1, 2, 3, 4, 9, 10, 11, 12]);
    }
}
