//! Why a sample cannot be shown, and what to do about it.

use thiserror::Error;
use wire::LayoutError;

/// A sample that cannot be shown; the text names the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A sample without a caps structure.
    #[error("the sample has no caps; put `… ! video/x-raw,format=…,width=…,height=… ! appsink` before it")]
    NoCaps,
    /// Sound.
    #[error("{media} is sound, and this viewer shows video; give the appsink a video branch")]
    Audio {
        /// Media type of the caps.
        media: String,
    },
    /// Compressed video or pictures.
    #[error("{media} is encoded; decode it before the appsink: `… ! decodebin ! appsink`")]
    Encoded {
        /// Media type of the caps.
        media: String,
    },
    /// Memory that maps to handles.
    #[error("{feature} holds handles, not pixels; copy them to memory before the appsink: `{remedy}`")]
    Memory {
        /// The caps feature.
        feature: String,
        /// The end of a pipeline that does it.
        remedy: &'static str,
    },
    /// A media type nothing is known of.
    #[error("{media} is not raw video; convert it before the appsink to video/x-raw")]
    NotVideo {
        /// Media type of the caps.
        media: String,
    },
    /// Raw video caps that GStreamer itself does not understand.
    #[error(
        "these caps describe no frame that {version} knows; convert before the appsink: `… ! videoconvert ! appsink`"
    )]
    UnknownFormat {
        /// GStreamer and its version.
        version: String,
    },
    /// A mosaic of another kind than Bayer's, or with codes of another depth or packing.
    #[error(
        "`{format}` is no Bayer pattern that is read here: bggr, gbrg, grbg or rggb, alone (8 bit) or followed by 10, 12, 14 or 16 and le or be"
    )]
    Pattern {
        /// The word in the caps.
        format: String,
    },
    /// A plane of the buffer begins past its end, runs backwards, or is too short.
    #[error(
        "{format} {width}x{height}: plane {plane} at offset {offset} with stride {stride} needs {expected} bytes, the buffer has {actual}"
    )]
    Plane {
        /// Name of the format.
        format: String,
        /// Samples in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Index of the plane.
        plane: usize,
        /// Offset in the buffer.
        offset: usize,
        /// Bytes from row to row.
        stride: i32,
        /// Bytes the buffer must have.
        expected: u64,
        /// Bytes it has.
        actual: u64,
    },
    /// A format that viewers cannot read, and that GStreamer cannot convert either.
    #[error(
        "{format} {width}x{height} is read by no viewer, and GStreamer cannot make {to} of it; convert it before the appsink"
    )]
    Convert {
        /// Name of the format.
        format: String,
        /// Samples in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Name of the picture's format.
        to: String,
    },
    /// A memory of the buffer cannot be mapped for reading.
    #[error(
        "memory {index} of the buffer ({len} bytes) cannot be read; download it before the appsink, e.g. `… ! videoconvert ! appsink`"
    )]
    Unmappable {
        /// Index of the memory.
        index: usize,
        /// Its size.
        len: usize,
    },
    /// Sizes that do not fit each other.
    #[error("{format} {width}x{height}: {source}")]
    Layout {
        /// Name of the format.
        format: String,
        /// Samples in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// What does not fit.
        source: LayoutError,
    },
}

/// Caps features whose memory cannot be read as pixels, and what makes it readable.
const DOWNLOADS: &[(&str, &str)] = &[
    ("memory:NVMM", "… ! nvvidconv ! video/x-raw ! appsink"),
    ("memory:GLMemory", "… ! gldownload ! appsink"),
    ("memory:CUDAMemory", "… ! cudadownload ! appsink"),
    ("memory:VAMemory", "… ! vapostproc ! video/x-raw ! appsink"),
    ("memory:VASurface", "… ! vaapipostproc ! video/x-raw ! appsink"),
    ("memory:DMABuf", "… ! glupload ! gldownload ! appsink"),
    ("memory:D3D11Memory", "… ! d3d11download ! appsink"),
    ("memory:VulkanImage", "… ! vulkandownload ! appsink"),
];

/// Media types that carry compressed pictures although they begin with `video/x-`, or any other prefix.
const RAW_MEDIA: &[&str] = &["video/x-raw", "video/x-bayer"];

/// Refuses caps that are not raw video in readable memory.
pub(super) fn check(media: &str, features: Option<&gst::CapsFeaturesRef>) -> Result<(), Refusal> {
    let memory = features.and_then(|features| {
        features.iter().find(|feature| feature.starts_with("memory:") && *feature != "memory:SystemMemory")
    });
    if let Some(feature) = memory {
        let remedy = DOWNLOADS
            .iter()
            .find(|(name, _)| *name == feature)
            .map_or("… ! videoconvert ! video/x-raw ! appsink", |(_, remedy)| remedy);
        return Err(Refusal::Memory { feature: feature.to_string(), remedy });
    }
    if RAW_MEDIA.contains(&media) {
        return Ok(());
    }
    let media = media.to_owned();
    Err(match media.split('/').next() {
        Some("audio") => Refusal::Audio { media },
        Some("video" | "image") => Refusal::Encoded { media },
        _ => Refusal::NotVideo { media },
    })
}
