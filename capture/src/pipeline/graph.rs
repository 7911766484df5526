//! The graph of a pipeline: bins, elements, pads and links as they are now. Knows no sockets.
//!
//! What is read here is read from outside: each element's and pad's own lock is held for as long as one value is copied,
//! as GStreamer's own getters do; no lock of a streaming thread, and none of ours.

use super::properties;
use super::redact::{clean, hidden};
use crate::inspect::{Graph, Link, MAX_ELEMENTS, Node};
use gst::prelude::*;
use std::collections::HashMap;

/// Pads of bins that a link may pass through.
const GHOSTS_MAX: usize = 32;

/// Names of streams by their appsinks.
pub(super) type Streams = HashMap<gst::Element, String>;

/// Lists elements and links.
pub(super) fn of(pipeline: &gst::Pipeline, index: u32, streams: &Streams) -> Graph {
    let mut graph = Graph { pipeline: index, ..Graph::default() };
    let mut found = Found::default();
    found.enter(&mut graph, pipeline.upcast_ref(), None, streams);
    for (from, element) in found.elements.iter().enumerate() {
        // A bin's own pads only pass on what those of its elements give.
        for pad in element.pads().iter().filter(|pad| !pad.is::<gst::GhostPad>()) {
            let other = far_end(pad);
            let owner = other.as_ref().and_then(GstObjectExt::parent).and_downcast::<gst::Element>();
            match (other, owner.and_then(|owner| found.positions.get(&owner).copied())) {
                (Some(other), Some(to)) if pad.direction() == gst::PadDirection::Src => {
                    graph.links.push(Link {
                        from,
                        from_pad: clean(&pad.name()),
                        to,
                        to_pad: clean(&other.name()),
                        caps: pad.current_caps().map(|caps| clean(&caps.to_string())),
                    });
                }
                (Some(_), Some(_)) => {}
                _ => graph.elements[from].unlinked.push(clean(&pad.name())),
            }
        }
    }
    graph
}

/// The graph as GStreamer's own tools draw it. Where a property of any element may hold a secret, none are in it.
pub(super) fn dot(pipeline: &gst::Pipeline) -> Option<String> {
    let elements = pipeline.iterate_recurse().into_iter().filter_map(Result::ok);
    let has_secret = elements.map(|element| properties::of(&element)).any(|all| all.has_secret);
    let params = gst::DebugGraphDetails::NON_DEFAULT_PARAMS | gst::DebugGraphDetails::FULL_PARAMS;
    let mut details = gst::DebugGraphDetails::VERBOSE;
    // GStreamer cuts and escapes values: a secret would not always be found again in the text.
    details.set(params, !has_secret);
    let text = pipeline.debug_to_dot_data(details);
    let note = if has_secret { "// properties are left out: some hold credentials\n" } else { "" };
    (!text.is_empty()).then(|| format!("{note}{}", hidden(&text)))
}

#[derive(Default)]
struct Found {
    elements: Vec<gst::Element>,
    positions: HashMap<gst::Element, usize>,
}

impl Found {
    fn enter(&mut self, graph: &mut Graph, element: &gst::Element, parent: Option<usize>, streams: &Streams) {
        if graph.elements.len() >= MAX_ELEMENTS {
            graph.left_out += 1;
            return;
        }
        let position = graph.elements.len();
        let bin = element.downcast_ref::<gst::Bin>();
        let (_, current, pending) = element.state(gst::ClockTime::ZERO);
        graph.elements.push(Node {
            name: clean(&element.name()),
            factory: element.factory().map(|factory| factory.name().to_string()).unwrap_or_default(),
            parent,
            is_bin: bin.is_some(),
            state: state_word(current),
            pending: pending_word(pending),
            properties: properties::of(element).changed,
            unlinked: Vec::new(),
            stream: streams.get(element).cloned(),
        });
        self.positions.insert(element.clone(), position);
        self.elements.push(element.clone());
        let children = bin.map(GstBinExtManual::children).unwrap_or_default();
        // A bin has its newest element first.
        for child in children.iter().rev() {
            self.enter(graph, child, Some(position), streams);
        }
    }
}

/// The pad at the other end of a link, through the walls of bins; none if the link leads nowhere.
fn far_end(pad: &gst::Pad) -> Option<gst::Pad> {
    let mut peer = pad.peer()?;
    for _ in 0..GHOSTS_MAX {
        peer = if let Some(wall) = peer.downcast_ref::<gst::GhostPad>() {
            // From outside: on to what it stands for.
            wall.target()?
        } else if let Some(inside) = peer.downcast_ref::<gst::ProxyPad>() {
            // From inside: on to what its other side is linked with.
            inside.parent().and_downcast::<gst::GhostPad>()?.peer()?
        } else {
            return Some(peer);
        };
    }
    None
}

/// A state as GStreamer writes it.
pub(super) fn state_word(state: gst::State) -> &'static str {
    match state {
        gst::State::Ready => "READY",
        gst::State::Paused => "PAUSED",
        gst::State::Playing => "PLAYING",
        _ => "NULL",
    }
}

/// The state that is on its way, if one is.
pub(super) fn pending_word(state: gst::State) -> Option<&'static str> {
    (state != gst::State::VoidPending).then(|| state_word(state))
}
