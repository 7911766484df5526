//! A layout made ready to decode by: every position checked and held in the form the inner loops want.

use super::color::{self, ColorMode, RGBA};
use super::error::{DecodeError, Unsupported};
use super::general::{Channel, GrayChannel};
use super::packed::Packed;
use super::planes::{Needed, PlaneRows, Tile};
use super::sampling::Sampling;
use super::yuv::Yuv;
use std::ops::Range;
use wire::layout::{ByteOrder, Component, Encoding, Family, Pixels};
use wire::{CheckedLayout, Layout};

/// Most pixels or lines of a chroma sample, as a power of two: those of 4:1:1 and 4:1:0.
const MAX_SUB: u8 = 2;

/// Decodes frames of one layout in one colour mode into opaque, tightly packed RGBA of the size that is sent.
#[derive(Clone, Debug)]
pub struct Decoder {
    width: usize,
    height: usize,
    planes: Vec<PlaneRows>,
    path: Path,
}

#[derive(Clone, Debug)]
enum Path {
    Packed(Packed),
    Rgb(Box<[Channel; 3]>),
    Gray(GrayChannel),
    Yuv(Box<Yuv>),
}

impl Decoder {
    /// A decoder of `layout`, by the fastest path that reads it; of the progressive frames where its fields are mixed.
    pub fn new(layout: &CheckedLayout, mode: ColorMode) -> Result<Self, Unsupported> {
        let mut decoder = Self::general(layout, mode)?;
        if let Path::Rgb(channels) = &decoder.path
            && let Some(packed) = Packed::from_channels(channels)
        {
            decoder.path = Path::Packed(packed);
        }
        Ok(decoder)
    }

    /// A decoder of `layout` by the general path alone: what fast paths are tested and measured against.
    pub fn general(layout: &CheckedLayout, mode: ColorMode) -> Result<Self, Unsupported> {
        Self::of(layout, mode, Yuv::always_interlaced(layout))
    }

    /// A decoder of the interlaced frames of `layout`, where its mode is `mixed`: each buffer's flags say which they are.
    pub fn of_fields(layout: &CheckedLayout, mode: ColorMode) -> Result<Self, Unsupported> {
        Self::of(layout, mode, true)
    }

    fn of(layout: &CheckedLayout, mode: ColorMode, interlaced: bool) -> Result<Self, Unsupported> {
        // One encoding so far; a new one has to be handled or refused here.
        let Encoding::Raw = layout.encoding;
        let Pixels::Components { family, byte_order, components } = &layout.pixels else {
            return Err(Unsupported::Format { format: layout.format.clone() });
        };
        check_memory(layout)?;
        let color = &layout.color;
        let find = |name| find(layout, components, name);
        let sampling = |component| every_pixel(layout, component, *byte_order);
        let (luma, chroma, path) = match family {
            Family::Rgb => {
                let read = [find('R')?, find('G')?, find('B')?];
                let channel = |component| {
                    let sampling = sampling(component)?;
                    Ok(Channel::new(sampling, color::rgb_table(sampling.depth(), color.range, mode)))
                };
                let channels = [channel(read[0])?, channel(read[1])?, channel(read[2])?];
                (read.to_vec(), vec![], Path::Rgb(Box::new(channels)))
            }
            Family::Gray => {
                let read = find('Y')?;
                let sampling = sampling(read)?;
                let table = color::gray_table(sampling.depth(), &color.matrix, color.range, mode)?;
                (vec![read], vec![], Path::Gray(GrayChannel::new(sampling, table)))
            }
            Family::Yuv => {
                let [y, u, v] = [find('Y')?, find('U')?, find('V')?];
                let luma = (y, sampling(y)?);
                if (u.w_sub, u.h_sub) != (v.w_sub, v.h_sub) || u.w_sub.max(u.h_sub) > MAX_SUB {
                    return Err(subsampled(layout, v));
                }
                let [of_u, of_v] = [u, v].map(|c| (c, Sampling::new(c, *byte_order)));
                let yuv = Yuv::new(layout, [luma, of_u, of_v], mode, interlaced)?;
                (vec![y], vec![u, v], Path::Yuv(Box::new(yuv)))
            }
        };
        let planes = (0..layout.planes.len()).map(|index| PlaneRows::new(layout, &luma, &chroma, index));
        Ok(Self {
            width: layout.sent_width() as usize,
            height: layout.sent_height() as usize,
            planes: planes.collect(),
            path,
        })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Planes that [`decode_rows`](Self::decode_rows) wants bytes of.
    #[must_use]
    pub fn planes(&self) -> usize {
        self.planes.len()
    }

    /// Bytes of the whole picture as RGBA.
    #[must_use]
    pub fn rgba_len(&self) -> usize {
        self.width * self.height * RGBA
    }

    /// Bytes of an output row.
    #[must_use]
    pub fn rgba_row_len(&self) -> usize {
        self.width * RGBA
    }

    /// The bytes of the payload that are needed for `rows`, of `plane`; empty where nothing of the plane is read.
    ///
    /// Chroma has rows of its own, and filters want neighbours: the ranges of two tiles can overlap.
    #[must_use]
    pub fn plane_rows(&self, plane: usize, rows: &Range<usize>) -> Range<usize> {
        self.needed(rows).map_or(0..0, |needed| self.plane_bytes(plane, &needed))
    }

    /// Bytes of all planes that one more row adds to a tile: what to divide a cache's size by.
    #[must_use]
    pub fn bytes_a_row(&self) -> usize {
        self.planes.iter().map(PlaneRows::bytes_a_row).sum()
    }

    /// Decodes `rows`; `planes` holds the bytes of [`plane_rows`](Self::plane_rows) of each plane, and `rgba` takes
    /// the rows' pixels and nothing else.
    pub fn decode_rows(
        &self,
        planes: &[&[u8]],
        rows: &Range<usize>,
        rgba: &mut [u8],
    ) -> Result<(), DecodeError> {
        let Some(needed) = self.needed(rows) else {
            return Err(DecodeError::Rows { start: rows.start, end: rows.end, height: self.height });
        };
        self.check_bytes(planes, &needed, rgba.len())?;
        let tile = Tile::new(&self.planes, planes, &needed);
        if let Path::Yuv(yuv) = &self.path {
            yuv.lines(&tile, rows, rgba);
            return Ok(());
        }
        for (index, out) in rows.clone().zip(rgba.chunks_exact_mut(self.rgba_row_len())) {
            let row = |plane: usize| tile.row(plane, index);
            match &self.path {
                Path::Packed(packed) => packed.row(row(packed.plane()), out),
                Path::Gray(channel) => channel.row(row(channel.plane()), out),
                Path::Rgb(channels) => {
                    for (place, channel) in channels.iter().enumerate() {
                        channel.row(row(channel.plane()), place, out);
                    }
                }
                Path::Yuv(_) => {}
            }
        }
        Ok(())
    }

    /// Decodes a whole payload at once.
    pub fn decode(&self, layout: &CheckedLayout, payload: &[u8], rgba: &mut [u8]) -> Result<(), DecodeError> {
        layout.check_payload(payload.len() as u64)?;
        let rows = 0..self.height;
        let mut planes = [&payload[..0]; wire::layout::MAX_PLANES];
        for (index, plane) in planes.iter_mut().enumerate() {
            let bytes = self.plane_rows(index, &rows);
            let available = payload.len();
            *plane = payload.get(bytes.clone()).ok_or(DecodeError::PlaneBytes {
                plane: index,
                expected: bytes.end,
                actual: available,
            })?;
        }
        self.decode_rows(&planes[..self.planes.len()], &rows, rgba)
    }

    /// The rows of luma and chroma that these rows are made of; `None` if they are not in the frame.
    fn needed(&self, rows: &Range<usize>) -> Option<Needed> {
        if rows.start > rows.end || rows.end > self.height {
            return None;
        }
        let chroma = match &self.path {
            Path::Yuv(yuv) => yuv.chroma_rows(rows),
            _ => rows.clone(),
        };
        Some(Needed { luma: rows.clone(), chroma })
    }

    fn plane_bytes(&self, plane: usize, needed: &Needed) -> Range<usize> {
        self.planes.get(plane).map_or(0..0, |plane| plane.bytes(needed))
    }

    fn check_bytes(&self, planes: &[&[u8]], needed: &Needed, rgba: usize) -> Result<(), DecodeError> {
        for plane in 0..self.planes.len() {
            let expected = self.plane_bytes(plane, needed).len();
            let actual = planes.get(plane).map_or(0, |bytes| bytes.len());
            if actual != expected {
                return Err(DecodeError::PlaneBytes { plane, expected, actual });
            }
        }
        let expected = needed.luma.len() * self.rgba_row_len();
        if rgba != expected {
            return Err(DecodeError::Output { expected, actual: rgba });
        }
        Ok(())
    }
}

/// Refuses what cannot be addressed, so that no size below overflows.
fn check_memory(layout: &CheckedLayout) -> Result<(), Unsupported> {
    let (width, height) = (layout.sent_width(), layout.sent_height());
    let picture = u64::from(width) * u64::from(height) * RGBA as u64;
    let bytes = picture.max(layout.min_payload_len());
    if isize::try_from(bytes).is_err() {
        return Err(Unsupported::TooLarge { width, height, bytes });
    }
    Ok(())
}

/// The component of this name.
fn find<'a>(layout: &Layout, components: &'a [Component], name: char) -> Result<&'a Component, Unsupported> {
    components
        .iter()
        .find(|component| component.name == name)
        .ok_or_else(|| Unsupported::MissingComponent { format: layout.format.clone(), component: name })
}

/// How the samples of a component are read that has one for every pixel.
fn every_pixel(layout: &Layout, component: &Component, order: ByteOrder) -> Result<Sampling, Unsupported> {
    if (component.w_sub, component.h_sub) != (0, 0) {
        return Err(subsampled(layout, component));
    }
    Ok(Sampling::new(component, order))
}

fn subsampled(layout: &Layout, component: &Component) -> Unsupported {
    let Component { name, w_sub, h_sub, .. } = *component;
    Unsupported::Subsampled { format: layout.format.clone(), component: name, w_sub, h_sub }
}
