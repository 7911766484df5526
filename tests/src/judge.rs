//! GStreamer as the judge: what `videoconvert` with default options makes of a frame's bytes.

use anyhow::{Context, Result, ensure};
use gst::prelude::*;

/// How long a conversion of one frame may take.
const FRAME_MAX: gst::ClockTime = gst::ClockTime::from_seconds(20);

/// Strides and offsets of a frame whose buffer is not laid out as its caps alone would have it.
#[derive(Clone, Copy, Debug)]
pub struct Planes {
    /// Bytes from row to row, for each plane.
    pub strides: &'static [i32],
    /// Bytes before the first row, for each plane.
    pub offsets: &'static [usize],
}

/// Converts frames of the same caps.
#[derive(Debug)]
pub struct Judge {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
    video: gst_video::VideoInfo,
    planes: Option<Planes>,
}

impl Judge {
    /// A judge of frames with these caps; with `planes` their buffers carry a `GstVideoMeta` that says so.
    pub fn new(caps: &str, planes: Option<Planes>) -> Result<Self> {
        gst::init()?;
        let caps: gst::Caps = caps.parse().with_context(|| format!("no caps: {caps}"))?;
        let source = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build();
        let convert = gst::ElementFactory::make("videoconvert").build()?;
        let rgba = gst::Caps::builder("video/x-raw").field("format", "RGBA").build();
        let sink = gst_app::AppSink::builder().caps(&rgba).sync(false).build();
        let pipeline = gst::Pipeline::new();
        pipeline.add_many([source.upcast_ref(), &convert, sink.upcast_ref()])?;
        gst::Element::link_many([source.upcast_ref(), &convert, sink.upcast_ref()])?;
        pipeline.set_state(gst::State::Playing)?;
        Ok(Self { pipeline, source, sink, video: gst_video::VideoInfo::from_caps(&caps)?, planes })
    }

    /// The frame as tightly packed RGBA.
    pub fn rgba(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut buffer = gst::Buffer::from_slice(bytes.to_vec());
        {
            let buffer = buffer.get_mut().context("a new buffer has one owner")?;
            buffer.set_pts(gst::ClockTime::ZERO);
            if let Some(Planes { strides, offsets }) = self.planes {
                let (format, width, height) = (self.video.format(), self.video.width(), self.video.height());
                let flags = gst_video::VideoFrameFlags::empty();
                gst_video::VideoMeta::add_full(buffer, flags, format, width, height, offsets, strides)?;
            }
        }
        self.source.push_buffer(buffer)?;
        let sample = self.sink.try_pull_sample(FRAME_MAX).context("videoconvert gave no frame")?;
        let map = sample.buffer().context("a sample without a buffer")?.map_readable()?;
        let expected = self.video.width() as usize * self.video.height() as usize * 4;
        ensure!(map.len() == expected, "{} bytes of RGBA, {expected} expected", map.len());
        Ok(map.to_vec())
    }

    /// The frame as it looks on an opaque canvas: alpha is 255.
    pub fn opaque(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut rgba = self.rgba(bytes)?;
        rgba.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = u8::MAX);
        Ok(rgba)
    }

    /// Samples in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.video.width() as usize
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        // It ends with the test; there is nobody to tell.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Runs a pipeline to its end, as `gst-launch-1.0` does.
pub fn launch(description: &str) -> Result<()> {
    gst::init()?;
    let pipeline = gst::parse::launch(description)?;
    let bus = pipeline.bus().context("a pipeline has a bus")?;
    pipeline.set_state(gst::State::Playing)?;
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = bus.timed_pop_filtered(FRAME_MAX, &kinds);
    pipeline.set_state(gst::State::Null)?;
    match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => Ok(()),
        Some(gst::MessageView::Error(error)) => anyhow::bail!("{}: {description}", error.error()),
        _ => anyhow::bail!("no end within {FRAME_MAX}: {description}"),
    }
}
