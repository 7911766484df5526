//! Ends of a pipeline without an appsink: display sinks that one replaces, dangling pads that get one.

use super::built::{BuildError, Tapped};
use super::scan::Element;
use super::source;
use gst::glib;
use gst::prelude::*;

/// Sinks that show a picture to somebody at this machine; a viewer takes their place.
const DISPLAYS: &[&str] = &[
    "aasink",
    "autovideosink",
    "cacasink",
    "clutterautovideosink",
    "d3d11videosink",
    "d3dvideosink",
    "dfbvideosink",
    "fbdevsink",
    "fpsdisplaysink",
    "glimagesink",
    "glimagesinkelement",
    "gtk4paintablesink",
    "gtkglsink",
    "gtksink",
    "gtkwaylandsink",
    "kmssink",
    "nv3dsink",
    "nvdrmvideosink",
    "nveglglessink",
    "nvoverlaysink",
    "osxvideosink",
    "qml6glsink",
    "qmlglsink",
    "sdlvideosink",
    "vaapisink",
    "vulkansink",
    "waylandsink",
    "ximagesink",
    "xvimagesink",
];

/// Sinks that show nothing to anybody.
const FAKES: &[&str] = &["fakesink", "fakevideosink"];

pub(super) fn is_replaced(factory: &str) -> bool {
    DISPLAYS.contains(&factory) || FAKES.contains(&factory)
}

/// The description with an appsink in place of each of `elements`; of their properties those stay that an appsink has.
pub(super) fn replaced(text: &str, elements: &[&Element]) -> String {
    let mut out = text.to_owned();
    for element in elements.iter().rev() {
        let mut appsink = "appsink".to_owned();
        for property in element.properties.iter().filter(|one| is_appsinks(&one.name)) {
            appsink.push(' ');
            appsink.push_str(&text[property.span.clone()]);
        }
        out.replace_range(element.span.clone(), &appsink);
    }
    out
}

/// `caps` of some display sinks means something else.
fn is_appsinks(property: &str) -> bool {
    const KEPT: &[&str] =
        &["name", "sync", "async", "max-lateness", "qos", "ts-offset", "render-delay", "throttle-time"];
    KEPT.contains(&property)
}

/// Gives an appsink to every pad that leads nowhere and may carry pictures, and to every element whose pads appear
/// later and are not awaited by the description.
pub(super) fn complete(pipeline: &gst::Pipeline) -> Result<Vec<Tapped>, BuildError> {
    let mut tapped = Vec::new();
    let dangling: Vec<gst::Pad> = own_elements(pipeline).iter().flat_map(unlinked).collect();
    let pictures: Vec<&gst::Pad> = dangling.iter().filter(|pad| may_be_video(pad)).collect();
    for pad in pictures {
        let Some(parent) = pad.parent_element() else { continue };
        let sink = source::appsink("")?;
        add_beside(&parent, sink.upcast_ref())?;
        let end = sink.static_pad("sink").ok_or(BuildError::Assemble)?;
        pad.link(&end).map_err(|_| BuildError::Assemble)?;
        tracing::info!("{} leads nowhere and gets an appsink", pad.path_string());
        tapped.push(Tapped::unnamed(sink));
    }
    for element in own_elements(pipeline).iter().filter(|element| is_late(element)) {
        let sink = source::appsink("")?;
        add_beside(element, sink.upcast_ref())?;
        link_when_video(element, sink.upcast_ref());
        tracing::info!("the first picture of {} gets an appsink", element.path_string());
        tapped.push(Tapped::unnamed(sink));
    }
    Ok(tapped)
}

/// Links the first pad of `element` that carries pictures to `sink` when it appears; other pads stay unlinked.
///
/// If all pads are there and none carries pictures, `element` posts an error.
pub(super) fn link_when_video(element: &gst::Element, sink: &gst::Element) {
    let Some(end) = sink.static_pad("sink") else { return };
    let target = end.downgrade();
    element.connect_pad_added(move |element, pad| {
        let Some(end) = target.upgrade() else { return };
        if pad.direction() != gst::PadDirection::Src || !may_be_video(pad) {
            return;
        }
        if end.is_linked() {
            tracing::info!("{} is another picture stream; the first one is shown", pad.path_string());
        } else if let Err(error) = pad.link(&end) {
            gst::element_error!(
                element,
                gst::StreamError::Format,
                ("its pictures cannot be linked: {error}")
            );
        }
    });
    let target = end.downgrade();
    element.connect_no_more_pads(move |element| {
        if target.upgrade().is_some_and(|end| !end.is_linked()) {
            gst::element_error!(element, gst::StreamError::WrongType, ("there is no picture in it"));
        }
    });
}

/// Elements of the pipeline and of bins that the description itself opens; not what bins keep to themselves.
fn own_elements(pipeline: &gst::Pipeline) -> Vec<gst::Element> {
    let mut own = Vec::new();
    let mut bins = vec![pipeline.clone().upcast::<gst::Bin>()];
    while let Some(bin) = bins.pop() {
        for child in bin.children().into_iter().rev() {
            match child.clone().downcast::<gst::Bin>() {
                Ok(inner) if factory_of(&child) == "bin" => bins.push(inner),
                _ => own.push(child),
            }
        }
    }
    own
}

fn unlinked(element: &gst::Element) -> Vec<gst::Pad> {
    let mut pads: Vec<_> = element.src_pads().into_iter().filter(|pad| !pad.is_linked()).collect();
    // A tee without a branch has no pad yet.
    if element.src_pads().is_empty()
        && factory_of(element) == "tee"
        && let Some(pad) = element.request_pad_simple("src_%u")
    {
        pads.push(pad);
    }
    pads
}

/// Whether its pads appear later, and nothing in the description waits for them.
fn is_late(element: &gst::Element) -> bool {
    let has_late_pads = element.pad_template_list().iter().any(|template| {
        template.direction() == gst::PadDirection::Src && template.presence() == gst::PadPresence::Sometimes
    });
    has_late_pads && element.src_pads().is_empty() && !is_awaited(element)
}

/// Whether somebody listens for new pads: the parser does for links that it could not make yet.
fn is_awaited(element: &gst::Element) -> bool {
    glib::subclass::SignalId::lookup("pad-added", element.type_())
        .is_some_and(|signal| glib::signal::signal_has_handler_pending(element, signal, None, true))
}

fn may_be_video(pad: &gst::Pad) -> bool {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    caps.is_any()
        || caps
            .iter()
            .any(|structure| structure.name().starts_with("video/") || structure.name().starts_with("image/"))
}

fn factory_of(element: &gst::Element) -> String {
    element.factory().map(|factory| factory.name().to_string()).unwrap_or_default()
}

fn add_beside(element: &gst::Element, sink: &gst::Element) -> Result<(), BuildError> {
    let bin = element.parent().and_then(|parent| parent.downcast::<gst::Bin>().ok());
    bin.and_then(|bin| bin.add(sink).ok()).ok_or(BuildError::Assemble)
}
