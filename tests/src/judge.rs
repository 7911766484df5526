//! GStreamer as the judge: what `videoconvert` with default options makes of a frame's bytes, or `bayer2rgb` of a mosaic.

use anyhow::{Context, Result, ensure};
use gst::prelude::*;

/// How long a conversion of one frame may take.
const FRAME_MAX: gst::ClockTime = gst::ClockTime::from_seconds(20);

/// Strides and offsets of a frame whose buffer is not laid out as its caps alone would have it.
#[derive(Clone, Copy, Debug)]
pub struct Planes<'a> {
    /// Bytes from row to row, for each plane.
    pub strides: &'a [i32],
    /// Bytes before the first row, for each plane.
    pub offsets: &'a [usize],
}

/// Converts frames of the same caps.
#[derive(Debug)]
pub struct Judge {
    caps: gst::Caps,
    /// Name of the element that converts.
    element: &'static str,
    /// Format and size, where the frames have any that GStreamer's library knows: Bayer is none.
    video: Option<gst_video::VideoInfo>,
    size: (u32, u32),
    planes: Option<Planes<'static>>,
}

/// A pipeline that is taken down when it goes out of scope.
struct Running(gst::Pipeline);

impl Judge {
    /// A judge of frames with these caps, raw or Bayer; with `planes` their buffers carry a `GstVideoMeta` that says so.
    pub fn new(caps: &str, planes: Option<Planes<'static>>) -> Result<Self> {
        gst::init()?;
        let caps: gst::Caps = caps.parse().with_context(|| format!("no caps: {caps}"))?;
        let structure = caps.structure(0).context("empty caps")?;
        let is_raw = structure.name() == "video/x-raw";
        let side = |name| anyhow::Ok(u32::try_from(structure.get::<i32>(name)?)?);
        Ok(Self {
            element: if is_raw { "videoconvert" } else { "bayer2rgb" },
            video: is_raw.then(|| gst_video::VideoInfo::from_caps(&caps)).transpose()?,
            size: (side("width")?, side("height")?),
            caps,
            planes,
        })
    }

    /// The frame as tightly packed RGBA.
    pub fn rgba(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        // Each frame has a converter of its own: that of GStreamer 1.22 gives its first frame again and again where
        // frames have a single row.
        let source = gst_app::AppSrc::builder().caps(&self.caps).format(gst::Format::Time).build();
        let convert = gst::ElementFactory::make(self.element).build()?;
        let rgba = gst::Caps::builder("video/x-raw").field("format", "RGBA").build();
        let sink = gst_app::AppSink::builder().caps(&rgba).sync(false).build();
        let running = Running(gst::Pipeline::new());
        running.0.add_many([source.upcast_ref(), &convert, sink.upcast_ref()])?;
        gst::Element::link_many([source.upcast_ref(), &convert, sink.upcast_ref()])?;
        running.0.set_state(gst::State::Playing)?;
        source.push_buffer(self.buffer(bytes)?)?;
        let sample =
            sink.try_pull_sample(FRAME_MAX).with_context(|| format!("{} gave no frame", self.element))?;
        let map = sample.buffer().context("a sample without a buffer")?.map_readable()?;
        let expected = self.size.0 as usize * self.size.1 as usize * 4;
        ensure!(map.len() == expected, "{} bytes of RGBA, {expected} expected", map.len());
        Ok(map.to_vec())
    }

    fn buffer(&self, bytes: &[u8]) -> Result<gst::Buffer> {
        let mut buffer = gst::Buffer::from_slice(bytes.to_vec());
        let own = buffer.get_mut().context("a new buffer has one owner")?;
        own.set_pts(gst::ClockTime::ZERO);
        if let Some(Planes { strides, offsets }) = self.planes {
            let format = self.video.as_ref().context("no planes in frames that are not raw")?.format();
            let (width, height) = self.size;
            let flags = gst_video::VideoFrameFlags::empty();
            gst_video::VideoMeta::add_full(own, flags, format, width, height, offsets, strides)?;
        }
        Ok(buffer)
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
        self.size.0 as usize
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It ends with the frame; there is nobody to tell.
        let _ = self.0.set_state(gst::State::Null);
    }
}

/// What `GstVideoConverter` makes of one frame: it is all of `videoconvert` but the element, and starts a hundred times
/// as fast. Each frame has a converter of its own, for the reason given above.
pub fn convert(source: &gst_video::VideoInfo, buffer: gst::Buffer) -> Result<Vec<u8>> {
    use gst_video::VideoFormat::Rgba;
    let mut target = gst_video::VideoInfo::builder(Rgba, source.width(), source.height())
        .interlace_mode(source.interlace_mode())
        .fps(source.fps());
    let color = source.colorimetry();
    // The element lets the colour of RGB pass as it is.
    target = target.colorimetry_if_some(source.is_rgb().then_some(&color));
    let target = target.build()?;
    let converter = gst_video::VideoConverter::new(source, &target, None)?;
    let Ok(frame) = gst_video::VideoFrame::from_buffer_readable(buffer, source) else {
        anyhow::bail!("the buffer is no frame of {source:?}")
    };
    let room = gst::Buffer::with_size(target.size())?;
    let Ok(mut picture) = gst_video::VideoFrame::from_buffer_writable(room, &target) else {
        anyhow::bail!("no room for a frame of {target:?}")
    };
    converter.frame(&frame, &mut picture);
    Ok(picture.plane_data(0)?.to_vec())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_is_judged_by_its_own_bytes() {
        for (width, height) in [(1, 1), (3, 5), (16, 16)] {
            let caps = format!("video/x-raw,format=RGB,width={width},height={height},framerate=30/1");
            let judge = Judge::new(&caps, None).unwrap();
            let len = judge.video.as_ref().unwrap().size();
            for value in 0..20_u8 {
                let rgba = judge.rgba(&vec![value; len]).unwrap();
                assert!(
                    rgba.chunks_exact(4).all(|pixel| pixel == [value, value, value, 255]),
                    "{value}: {rgba:?}"
                );
            }
        }
    }
}
