//! Pipelines for a test pattern, a URI, a file or a device, built element by element: no text is pasted.

use super::built::{BuildError, Tapped};
use super::ends;
use gst::prelude::*;
use std::path::Path;

/// Jitter buffer of an RTSP source, in milliseconds; its default of 2000 shows the past.
const RTSP_LATENCY_MILLIS: u32 = 100;
/// Columns the test pattern moves by each frame, so that a still picture is seen to be one.
const PATTERN_SPEED: i32 = 2;

/// A live test pattern: BGR, 640x480, 30 frames a second.
pub(super) fn test_pattern() -> Result<(gst::Pipeline, Tapped), BuildError> {
    let pipeline = gst::Pipeline::new();
    let source = make("videotestsrc")?;
    source.set_property("is-live", true);
    source.set_property("horizontal-speed", PATTERN_SPEED);
    let filter = make("capsfilter")?;
    let caps = gst_video::VideoCapsBuilder::new()
        .format(gst_video::VideoFormat::Bgr)
        .width(640)
        .height(480)
        .framerate((30, 1).into())
        .build();
    filter.set_property("caps", &caps);
    let sink = appsink("test")?;
    let all = [&source, &filter, sink.upcast_ref()];
    pipeline.add_many(all).map_err(|_| BuildError::Assemble)?;
    gst::Element::link_many(all).map_err(|_| BuildError::Assemble)?;
    Ok((pipeline, Tapped::named(sink)))
}

/// Plays a URI; the first picture stream that appears is shown.
pub(super) fn uri(uri: &str) -> Result<(gst::Pipeline, Tapped), BuildError> {
    let source = make("uridecodebin")?;
    source.set_property("uri", uri);
    source.connect("source-setup", false, |values| {
        let inner = values.get(1)?.get::<gst::Element>().ok()?;
        if inner.factory().is_some_and(|factory| factory.name() == "rtspsrc") {
            inner.set_property("latency", RTSP_LATENCY_MILLIS);
        }
        None
    });
    decoded(&[source])
}

/// Plays a file.
pub(super) fn file(path: &Path) -> Result<(gst::Pipeline, Tapped), BuildError> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match gst::glib::filename_to_uri(&absolute, None) {
        Ok(file) => uri(&file),
        Err(_) => Err(BuildError::Assemble),
    }
}

/// Shows a video4linux device; what it delivers encoded is decoded.
pub(super) fn device(path: &Path) -> Result<(gst::Pipeline, Tapped), BuildError> {
    let source = make("v4l2src")?;
    source.set_property("device", path.to_string_lossy().as_ref());
    decoded(&[source, make("decodebin")?])
}

/// Links `elements` in a row, and the first picture pad of the last one, when it appears, to an appsink.
fn decoded(elements: &[gst::Element]) -> Result<(gst::Pipeline, Tapped), BuildError> {
    let pipeline = gst::Pipeline::new();
    let sink = appsink("")?;
    // Decoders may offer GPU memory first; this pipeline is ours, so it can ask for pixels.
    sink.set_caps(Some(&gst::Caps::new_empty_simple("video/x-raw")));
    pipeline.add_many(elements).map_err(|_| BuildError::Assemble)?;
    pipeline.add(&sink).map_err(|_| BuildError::Assemble)?;
    gst::Element::link_many(elements).map_err(|_| BuildError::Assemble)?;
    if let Some(last) = elements.last() {
        ends::link_when_video(last, sink.upcast_ref());
    }
    Ok((pipeline, Tapped::unnamed(sink)))
}

pub(super) fn make(factory: &'static str) -> Result<gst::Element, BuildError> {
    gst::ElementFactory::make(factory).build().map_err(|_| BuildError::missing(factory))
}

/// A new appsink; an empty name lets GStreamer choose one.
pub(super) fn appsink(name: &str) -> Result<gst_app::AppSink, BuildError> {
    let factory = gst::ElementFactory::make("appsink");
    let factory = if name.is_empty() { factory } else { factory.name(name) };
    factory
        .build()
        .ok()
        .and_then(|element| element.downcast().ok())
        .ok_or_else(|| BuildError::missing("appsink"))
}
