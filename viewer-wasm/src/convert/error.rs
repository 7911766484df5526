//! Why a layout or its rows cannot be decoded, in numbers and in words for the page.

use thiserror::Error;
use wire::layout::LayoutError;

/// Why a layout cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsupported {
    /// The format is none this decoder reads.
    #[error("cannot decode {format} yet")]
    Format {
        /// Its name in the caps.
        format: String,
    },
    /// A plane is shorter than the format's name says.
    #[error(
        "cannot decode {format}: at {width}x{height}, plane {plane} needs {expected} bytes and has {actual}"
    )]
    Plane {
        /// Its name in the caps.
        format: String,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Index of the plane.
        plane: usize,
        /// Bytes needed.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// The rows of a plane overlap, by what the format's name says is in them.
    #[error("cannot decode {format}: a row of plane {plane} needs {expected} bytes, its stride is {actual}")]
    Stride {
        /// Its name in the caps.
        format: String,
        /// Index of the plane.
        plane: usize,
        /// Bytes of a row.
        expected: u64,
        /// The plane's stride.
        actual: u64,
    },
    /// A plane has fewer tiles than its samples need, or an odd number in rows of pairs.
    #[error(
        "cannot decode {format}: plane {plane} needs {expected:?} tiles across and down, its stride says {actual:?}"
    )]
    Tiles {
        /// Its name in the caps.
        format: String,
        /// Index of the plane.
        plane: usize,
        /// Tiles needed, across and down.
        expected: (usize, usize),
        /// Tiles there are, across and down.
        actual: (usize, usize),
    },
    /// A part of a frame whose bytes hold samples of several pixels, or which is in tiles.
    #[error("cannot decode a part of {format}: only whole frames of it can be read")]
    Cut {
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
    /// A component has fewer samples than this decoder can bring to every pixel.
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
    /// The bytes given for a plane are not those of [`Decoder::plane_rows`](super::Decoder::plane_rows).
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
