//! The check that makes a layout safe to read by: all sizes against each other, once.

use super::{
    Component, Converted, Layout, MAX_COMPONENTS, MAX_DEPTH, MAX_PLANES, MAX_SIDE, Pixels, Plane, Region,
};
use thiserror::Error;

/// A layout whose sizes, strides and offsets have been checked against each other; cannot be changed.
///
/// Every sample it describes lies inside its plane, and every plane inside a payload of
/// [`min_payload_len`](Self::min_payload_len) bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedLayout(Layout);

/// Why a layout cannot be read by.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// A side is zero or larger than [`MAX_SIDE`].
    #[error("size {width}x{height} is not between 1x1 and {MAX_SIDE}x{MAX_SIDE}")]
    Size {
        /// Samples in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// No plane, or more than [`MAX_PLANES`].
    #[error("{actual} planes; 1 to {MAX_PLANES} are possible")]
    PlaneCount {
        /// Planes there are.
        actual: usize,
    },
    /// No component, or more than [`MAX_COMPONENTS`].
    #[error("{actual} components; 1 to {MAX_COMPONENTS} are possible")]
    ComponentCount {
        /// Components there are.
        actual: usize,
    },
    /// A component names a plane that is not there.
    #[error("component {component} is in plane {plane} of {planes}")]
    NoSuchPlane {
        /// Name of the component.
        component: char,
        /// The plane it names.
        plane: u8,
        /// Planes there are.
        planes: usize,
    },
    /// A component's depth, shift, step or subsampling is impossible.
    #[error(
        "component {component}: depth {depth}, shift {shift}, pixel stride {pixel_stride}, subsampling {w_sub}/{h_sub}"
    )]
    Component {
        /// Name of the component.
        component: char,
        /// Bits of a sample.
        depth: u8,
        /// Unused low bits.
        shift: u8,
        /// Bytes between samples.
        pixel_stride: u32,
        /// Horizontal subsampling as a power of two.
        w_sub: u8,
        /// Vertical subsampling as a power of two.
        h_sub: u8,
    },
    /// A row of a component is longer than the plane's stride.
    #[error("component {component}: a row needs {expected} bytes, plane {plane} has a stride of {actual}")]
    RowPastStride {
        /// Name of the component.
        component: char,
        /// Index of the plane.
        plane: u8,
        /// Bytes of a row.
        expected: u64,
        /// Stride of the plane.
        actual: u64,
    },
    /// A component's last sample lies past the end of its plane.
    #[error("component {component}: plane {plane} needs {expected} bytes and has {actual}")]
    PastPlane {
        /// Name of the component.
        component: char,
        /// Index of the plane.
        plane: u8,
        /// Bytes needed.
        expected: u64,
        /// Length of the plane.
        actual: u64,
    },
    /// A plane's offset plus length overflows.
    #[error("plane {plane}: offset {offset} plus length {length} is no size")]
    PlaneSize {
        /// Index of the plane.
        plane: usize,
        /// Its offset.
        offset: u64,
        /// Its length.
        length: u64,
    },
    /// A picture made by the server that is not described by components.
    #[error("converted to {format}, and its pixels are named, not described")]
    ConvertedPixels {
        /// The picture's format.
        format: String,
    },
    /// A plane of a picture made by the server that begins among the appsink's bytes.
    #[error("converted: plane {plane} begins at {offset}, within the {source_length} bytes of the source")]
    ConvertedPlane {
        /// Index of the plane.
        plane: usize,
        /// Its offset.
        offset: u64,
        /// Bytes of the appsink's buffer.
        source_length: u64,
    },
    /// A fraction with a zero where none may be.
    #[error("{what} {numerator}/{denominator} is no ratio")]
    Fraction {
        /// Which field.
        what: &'static str,
        /// Above the line.
        numerator: u32,
        /// Below the line.
        denominator: u32,
    },
    /// The region is empty or leaves the frame, or the step is zero.
    #[error("region {region:?} with step {step:?} does not fit a frame of {width}x{height}")]
    Region {
        /// The region.
        region: Region,
        /// The step.
        step: (u32, u32),
        /// Samples in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// A payload is shorter than the layout needs.
    #[error("payload has {actual} bytes, layout {id} needs {expected}")]
    PayloadTooShort {
        /// The layout's id.
        id: u32,
        /// Bytes needed.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
}

impl Layout {
    /// Checks all sizes against each other, once.
    pub fn check(self) -> Result<CheckedLayout, LayoutError> {
        let (width, height) = (self.width, self.height);
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(LayoutError::Size { width, height });
        }
        self.check_fractions()?;
        self.check_region()?;
        if !(1..=MAX_PLANES).contains(&self.planes.len()) {
            return Err(LayoutError::PlaneCount { actual: self.planes.len() });
        }
        for (plane, Plane { offset, length, .. }) in self.planes.iter().enumerate() {
            if offset.checked_add(*length).is_none() {
                return Err(LayoutError::PlaneSize { plane, offset: *offset, length: *length });
            }
        }
        self.check_converted()?;
        if let Pixels::Components { components, .. } = &self.pixels {
            if !(1..=MAX_COMPONENTS).contains(&components.len()) {
                return Err(LayoutError::ComponentCount { actual: components.len() });
            }
            for component in components {
                self.check_component(component)?;
            }
        }
        Ok(CheckedLayout(self))
    }

    fn check_converted(&self) -> Result<(), LayoutError> {
        let Some(Converted { format, source_length }) = &self.converted else { return Ok(()) };
        if matches!(self.pixels, Pixels::Named { .. }) {
            return Err(LayoutError::ConvertedPixels { format: format.clone() });
        }
        let within = self.planes.iter().enumerate().find(|(_, plane)| plane.offset < *source_length);
        within.map_or(Ok(()), |(plane, &Plane { offset, .. })| {
            Err(LayoutError::ConvertedPlane { plane, offset, source_length: *source_length })
        })
    }

    fn check_fractions(&self) -> Result<(), LayoutError> {
        let (n, d) = self.pixel_aspect_ratio;
        if n == 0 || d == 0 {
            return Err(LayoutError::Fraction { what: "pixel aspect ratio", numerator: n, denominator: d });
        }
        let (n, d) = self.framerate;
        if d == 0 {
            return Err(LayoutError::Fraction { what: "framerate", numerator: n, denominator: d });
        }
        Ok(())
    }

    fn check_region(&self) -> Result<(), LayoutError> {
        let Region { x, y, width, height } = self.region;
        let fits = |start: u32, len: u32, side: u32| {
            len > 0 && start.checked_add(len).is_some_and(|end| end <= side)
        };
        if fits(x, width, self.width) && fits(y, height, self.height) && self.step.0 > 0 && self.step.1 > 0 {
            return Ok(());
        }
        Err(LayoutError::Region {
            region: self.region,
            step: self.step,
            width: self.width,
            height: self.height,
        })
    }

    fn check_component(&self, c: &Component) -> Result<(), LayoutError> {
        let Some(plane) = self.planes.get(usize::from(c.plane)) else {
            return Err(LayoutError::NoSuchPlane {
                component: c.name,
                plane: c.plane,
                planes: self.planes.len(),
            });
        };
        if !c.is_possible() {
            return Err(LayoutError::Component {
                component: c.name,
                depth: c.depth,
                shift: c.shift,
                pixel_stride: c.pixel_stride,
                w_sub: c.w_sub,
                h_sub: c.h_sub,
            });
        }
        let row = c.row_bytes(self.sent_width());
        let rows = u64::from(c.rows(self.sent_height()));
        let stride = u64::from(plane.stride);
        if rows > 1 && row > stride {
            return Err(LayoutError::RowPastStride {
                component: c.name,
                plane: c.plane,
                expected: row,
                actual: stride,
            });
        }
        // At most 2^20 rows of a 32-bit stride plus one row: far below 2^64.
        let needed = (rows - 1) * stride + row;
        if needed > plane.length {
            return Err(LayoutError::PastPlane {
                component: c.name,
                plane: c.plane,
                expected: needed,
                actual: plane.length,
            });
        }
        Ok(())
    }
}

impl Component {
    fn is_possible(&self) -> bool {
        (1..=MAX_DEPTH).contains(&self.depth)
            && self.shift < MAX_DEPTH
            && self.depth + self.shift <= MAX_DEPTH
            && (self.sample_bytes()..=64).contains(&self.pixel_stride)
            && self.w_sub <= 3
            && self.h_sub <= 3
    }
}

impl CheckedLayout {
    /// The fewest bytes a payload of this layout has.
    #[must_use]
    pub fn min_payload_len(&self) -> u64 {
        self.0.planes.iter().map(|plane| plane.offset + plane.length).max().unwrap_or(0)
    }

    /// Refuses a payload that is too short to read by this layout.
    pub fn check_payload(&self, len: u64) -> Result<(), LayoutError> {
        let expected = self.min_payload_len();
        if len < expected {
            return Err(LayoutError::PayloadTooShort { id: self.0.id, expected, actual: len });
        }
        Ok(())
    }

    /// The description again, to send it or to change it.
    #[must_use]
    pub fn into_inner(self) -> Layout {
        self.0
    }
}

impl std::ops::Deref for CheckedLayout {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        &self.0
    }
}
