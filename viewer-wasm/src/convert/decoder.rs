//! A layout made ready to decode by: every position checked and held in the form the inner loops want.

use super::color::{self, ColorMode};
use super::general::{Channel, GrayChannel, Sampling};
use super::packed::Packed;
use std::ops::Range;
use thiserror::Error;
use wire::layout::{ByteOrder, Component, Encoding, Family, LayoutError, Pixels};
use wire::{CheckedLayout, Layout};

/// Bytes of an output pixel.
pub(super) const RGBA: usize = 4;

/// Decodes frames of one layout in one colour mode into opaque, tightly packed RGBA of the size that is sent.
#[derive(Clone, Debug)]
pub struct Decoder {
    width: usize,
    height: usize,
    planes: Vec<PlaneRows>,
    path: Path,
}

/// Where the bytes of a plane's rows are; `row_bytes` is zero for a plane that is not read, such as alpha.
#[derive(Clone, Copy, Debug)]
struct PlaneRows {
    offset: usize,
    stride: usize,
    row_bytes: usize,
}

#[derive(Clone, Debug)]
enum Path {
    Packed(Packed),
    Rgb(Box<[Channel; 3]>),
    Gray(GrayChannel),
}

/// Why a layout cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsupported {
    /// The format is none this decoder reads.
    #[error("cannot decode {format} yet")]
    Format {
        /// Its name in the caps.
        format: String,
    },
    /// A component that the family needs is not described.
    #[error("cannot decode {format}: its layout has no component {component}")]
    MissingComponent {
        /// The format's name in the caps.
        format: String,
        /// The component.
        component: char,
    },
    /// A component has fewer samples than the frame has pixels.
    #[error("cannot decode {format}: component {component} is subsampled by 2^{w_sub}, 2^{h_sub}")]
    Subsampled {
        /// The format's name in the caps.
        format: String,
        /// The component.
        component: char,
        /// Horizontal subsampling as a power of two.
        w_sub: u8,
        /// Vertical subsampling as a power of two.
        h_sub: u8,
    },
    /// The colour matrix is none of GStreamer's.
    #[error("cannot decode a picture whose colour matrix is {name}")]
    Matrix {
        /// Its name in the layout.
        name: String,
    },
    /// Frame or picture do not fit in memory.
    #[error("a frame of {width}x{height} needs {bytes} bytes, more than this machine can address")]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes of the frame or of its RGBA picture.
        bytes: u64,
    },
}

/// Why rows could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The payload is shorter than the layout needs.
    #[error(transparent)]
    Payload(#[from] LayoutError),
    /// The rows asked for are not in the frame.
    #[error("rows {start} to {end} of a frame of {height} rows")]
    Rows {
        /// First row.
        start: usize,
        /// One past the last row.
        end: usize,
        /// Rows of the frame.
        height: usize,
    },
    /// The bytes given for a plane are not those of [`Decoder::plane_rows`].
    #[error("plane {plane}: {actual} bytes given, the rows have {expected}")]
    PlaneBytes {
        /// Index of the plane.
        plane: usize,
        /// Bytes of the rows.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The output is not as long as the rows need.
    #[error("output of {actual} bytes, the rows need {expected}")]
    Output {
        /// Bytes needed.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
}

impl Decoder {
    /// A decoder of `layout`, by the fastest path that reads it.
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
        // One encoding so far; a new one has to be handled or refused here.
        let Encoding::Raw = layout.encoding;
        let Pixels::Components { family, byte_order, components } = &layout.pixels else {
            return Err(Unsupported::Format { format: layout.format.clone() });
        };
        check_memory(layout)?;
        let color = &layout.color;
        let find = |name| find(layout, components, *byte_order, name);
        let path = match family {
            Family::Rgb => {
                let channel = |name| {
                    let sampling = find(name)?;
                    Ok(Channel::new(sampling, color::rgb_table(sampling.depth(), color.range, mode)))
                };
                Path::Rgb(Box::new([channel('R')?, channel('G')?, channel('B')?]))
            }
            Family::Gray => {
                let sampling = find('Y')?;
                let table = color::gray_table(sampling.depth(), &color.matrix, color.range, mode)?;
                Path::Gray(GrayChannel::new(sampling, table))
            }
            Family::Yuv => return Err(Unsupported::Format { format: layout.format.clone() }),
        };
        let planes = (0_u8..).zip(&layout.planes).map(|(index, plane)| PlaneRows {
            offset: addressable(plane.offset),
            stride: plane.stride as usize,
            row_bytes: row_bytes(layout, components, index),
        });
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

    /// The bytes of the payload that hold `rows` of `plane`; empty where nothing of the plane is read.
    #[must_use]
    pub fn plane_rows(&self, plane: usize, rows: &Range<usize>) -> Range<usize> {
        match self.planes.get(plane) {
            Some(p) if p.row_bytes > 0 && rows.start < rows.end && rows.end <= self.height => {
                let start = p.offset + rows.start * p.stride;
                start..start + (rows.end - rows.start - 1) * p.stride + p.row_bytes
            }
            _ => 0..0,
        }
    }

    /// Bytes of all planes that one more row adds to a tile: what to divide a cache's size by.
    #[must_use]
    pub fn bytes_a_row(&self) -> usize {
        let read = self.planes.iter().filter(|plane| plane.row_bytes > 0);
        read.map(|plane| plane.stride.max(plane.row_bytes)).sum()
    }

    /// Decodes `rows`; `planes` holds the bytes of [`plane_rows`](Self::plane_rows) of each plane, and `rgba` takes
    /// the rows' pixels and nothing else.
    pub fn decode_rows(
        &self,
        planes: &[&[u8]],
        rows: &Range<usize>,
        rgba: &mut [u8],
    ) -> Result<(), DecodeError> {
        self.check_rows(planes, rows, rgba.len())?;
        for (index, out) in rgba.chunks_exact_mut(self.rgba_row_len()).enumerate() {
            let row = |plane: usize| {
                let start = index * self.planes[plane].stride;
                &planes[plane][start..start + self.planes[plane].row_bytes]
            };
            match &self.path {
                Path::Packed(packed) => packed.row(row(packed.plane()), out),
                Path::Gray(channel) => channel.row(row(channel.plane()), out),
                Path::Rgb(channels) => {
                    for (place, channel) in channels.iter().enumerate() {
                        channel.row(row(channel.plane()), place, out);
                    }
                }
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

    fn check_rows(&self, planes: &[&[u8]], rows: &Range<usize>, rgba: usize) -> Result<(), DecodeError> {
        let Range { start, end } = *rows;
        if start > end || end > self.height {
            return Err(DecodeError::Rows { start, end, height: self.height });
        }
        for plane in 0..self.planes.len() {
            let expected = self.plane_rows(plane, rows).len();
            let actual = planes.get(plane).map_or(0, |bytes| bytes.len());
            if actual != expected {
                return Err(DecodeError::PlaneBytes { plane, expected, actual });
            }
        }
        let expected = (end - start) * self.rgba_row_len();
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

/// A position inside a payload that [`check_memory`] found to be addressable.
fn addressable(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Bytes from the start of a plane's row past the last sample that is read; zero where none is.
fn row_bytes(layout: &Layout, components: &[Component], plane: u8) -> usize {
    let read = components.iter().filter(|c| c.plane == plane && c.name != 'A');
    read.map(|c| addressable(c.row_bytes(layout.sent_width()))).max().unwrap_or(0)
}

/// How the samples of the component of this name are read, one for every pixel.
fn find(
    layout: &Layout,
    components: &[Component],
    order: ByteOrder,
    name: char,
) -> Result<Sampling, Unsupported> {
    let format = || layout.format.clone();
    let component = components
        .iter()
        .find(|component| component.name == name)
        .ok_or_else(|| Unsupported::MissingComponent { format: format(), component: name })?;
    let (w_sub, h_sub) = (component.w_sub, component.h_sub);
    if (w_sub, h_sub) != (0, 0) {
        return Err(Unsupported::Subsampled { format: format(), component: name, w_sub, h_sub });
    }
    Ok(Sampling::new(component, order))
}
