//! Appsink sample → [`Frame`]: what the bytes mean, and the bytes themselves. Knows neither pipelines nor sockets.
//!
//! [`Reader`] is public so that tests can hold what is sent against GStreamer's own conversion.

mod budget;
mod convert;
#[cfg(test)]
mod convert_tests;
mod layout;
mod metas;
#[cfg(test)]
mod newer;
mod payload;
mod picture;
mod pixels;
mod raw;
mod refusal;
#[cfg(test)]
mod tests;
mod trial;

pub use convert::{Convert, UnknownFormat};
pub use picture::{NoPicture, Picture, picture};
pub use refusal::Refusal;
pub use trial::{Asked, Fit, Formats, NoTrial, Rows, Trial, fits, formats, trial};

use crate::frame::Frame;
use budget::Held;
use bytes::Bytes;
use convert::WithPicture;
use layout::{Key, Layouts, Read};
use wire::FrameHeader;
use wire::layout::Orientation;

/// What is known of a buffer from when it reached the appsink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// Its number at the sink pad.
    pub sequence: u64,
    /// When it came, on the server's clock.
    pub nanos: u64,
    /// How its picture is to be turned, by the tags before it.
    pub orientation: Orientation,
    /// Frames that the source seems to have missed up to it, since the stream began.
    pub source_gap: u64,
}

/// Makes frames of the samples of one stream.
#[derive(Debug)]
pub struct Reader {
    layouts: Layouts,
    held: Held,
    copied: u64,
}

impl Reader {
    /// A reader for the stream of that name.
    #[must_use]
    pub fn new(stream: &str) -> Self {
        Self::converting(stream, Convert::default())
    }

    /// A reader that has frames of some formats converted although viewers read them.
    #[must_use]
    pub fn converting(stream: &str, convert: Convert) -> Self {
        Self { layouts: Layouts::new(stream, convert), held: Held::default(), copied: 0 }
    }

    /// Makes a frame of `buffer`, which came with `caps` in `segment`.
    ///
    /// The frame lends the buffer's memory; where that would starve its pool, it is a copy. A buffer by itself, as in
    /// tests, has no segment and [`Arrival::default`]. GStreamer must be initialised.
    pub fn read(
        &mut self,
        buffer: gst::Buffer,
        caps: Option<gst::Caps>,
        segment: Option<&gst::Segment>,
        arrival: Arrival,
    ) -> Result<Frame, Refusal> {
        let caps = caps.ok_or(Refusal::NoCaps)?;
        let strides = buffer
            .meta::<gst_video::VideoMeta>()
            .map(|meta| meta.stride().iter().copied().zip(meta.offset().iter().copied()).collect::<Vec<_>>());
        let key = Key { caps, strides, len: buffer.size(), orientation: arrival.orientation };
        let Read { layout, source: own, recipe } = self.layouts.of(key)?;
        let header = header(&buffer, segment, arrival);
        let metas = Bytes::from(metas::read(&buffer).encode());
        let (payload, copied) = payload::payload(buffer, &self.held)
            .map_err(|payload::Unmappable { index, len }| Refusal::Unmappable { index, len })?;
        let payload = match recipe {
            Some(recipe) => Box::new(WithPicture::new(payload, header.flags, recipe)),
            None => payload,
        };
        self.copied += u64::from(copied);
        let (format, width, height) = (&layout.format, layout.width, layout.height);
        let frame = Frame::new(header, layout.clone(), payload, metas)
            .map(|frame| frame.with_source_gap(arrival.source_gap));
        frame.and_then(|frame| frame.with_source(own)).map_err(|source| Refusal::Layout {
            format: format.clone(),
            width,
            height,
            source,
        })
    }

    /// Frames whose bytes were copied.
    #[must_use]
    pub fn copied(&self) -> u64 {
        self.copied
    }
}

fn header(buffer: &gst::BufferRef, segment: Option<&gst::Segment>, arrival: Arrival) -> FrameHeader {
    let pts = buffer.pts();
    let running_time = segment
        .and_then(|segment| segment.downcast_ref::<gst::ClockTime>())
        .and_then(|segment| segment.to_running_time(pts?));
    FrameHeader {
        sequence: arrival.sequence,
        pts_nanos: pts.map(gst::ClockTime::nseconds),
        dts_nanos: buffer.dts().map(gst::ClockTime::nseconds),
        duration_nanos: buffer.duration().map(gst::ClockTime::nseconds),
        offset: Some(buffer.offset()).filter(|&offset| offset != wire::header::NONE),
        running_time_nanos: running_time.map(gst::ClockTime::nseconds),
        arrival_nanos: arrival.nanos,
        flags: raw::flags(buffer),
        ..FrameHeader::default()
    }
}
