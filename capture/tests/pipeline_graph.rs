//! What a pipeline shows of itself: state, elements and links as an independent walk finds them, and no secrets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod common;

use capture::inspect::{Facts, Graph, Inspect};
use capture::pipeline::{Description, OnEos, build};
use common::Player;
use gst::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use wire::control::Policy;

const TEE: &str = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=RGB,width=16,height=8,framerate=30/1 \
                   ! tee name=t t. ! queue ! appsink name=left t. ! queue ! videoconvert ! appsink name=right";
const NESTED: &str = "videotestsrc ! video/x-raw,width=16,height=8 ! bin.( name=outer identity name=first ! bin.( \
                      name=inner identity name=second ) ) ! appsink name=k";

/// A pipeline that plays, what can be seen of it, and the pipeline itself.
fn playing(text: &str) -> (Player, Arc<dyn Inspect>, gst::Pipeline) {
    gst::init().unwrap();
    let built = build(&Description::one(text)).unwrap();
    let pipeline = built.pipeline().clone();
    let player = Player::start(built, Policy::Latest, OnEos::Hold);
    let inspect = player.registry.pipelines()[0].clone();
    (player, inspect, pipeline)
}

fn wait_for_frames(player: &Player, count: u64) {
    player.wait_until("frames", |registry| {
        registry.streams().iter().all(|stream| stream.counts().published >= count)
    });
}

/// Paths of all elements, by GStreamer's own recursion.
fn paths(pipeline: &gst::Pipeline) -> BTreeSet<String> {
    let below =
        pipeline.iterate_recurse().into_iter().map(|element| element.unwrap().path_string().to_string());
    below.chain([pipeline.path_string().to_string()]).collect()
}

/// Links between elements that are no bins, found upstream from every sink pad: `a.src>b.sink`.
fn links(pipeline: &gst::Pipeline) -> BTreeSet<String> {
    let elements = pipeline.iterate_recurse().into_iter().map(Result::unwrap);
    let mut found = BTreeSet::new();
    for element in elements.filter(|element| !element.is::<gst::Bin>()) {
        for sink in element.sink_pads() {
            let mut peer = sink.peer();
            let giver = loop {
                let Some(pad) = peer else { break None };
                let parent = pad.parent().unwrap();
                if let Some(ghost) = parent.downcast_ref::<gst::GhostPad>() {
                    // The inner side of a bin's sink pad.
                    peer = ghost.peer();
                } else if parent.is::<gst::Bin>() {
                    peer = pad.downcast_ref::<gst::GhostPad>().unwrap().target();
                } else {
                    break Some((parent.name(), pad.name()));
                }
            };
            if let Some((parent, pad)) = giver {
                found.insert(format!("{parent}.{pad}>{}.{}", element.name(), sink.name()));
            }
        }
    }
    found
}

fn path(graph: &Graph, position: usize) -> String {
    let node = &graph.elements[position];
    let kind = |name: &str| format!("/GstPipeline:{name}");
    match node.parent {
        None => kind(&node.name),
        Some(parent) => format!("{}/{}", path(graph, parent), node.name),
    }
}

/// `/GstPipeline:pipeline0/GstTee:t` without the types below the first: what the graph can tell.
fn plain(path: &str) -> String {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    parts.fold(format!("/{first}"), |all, part| {
        format!("{all}/{}", part.split_once(':').map_or(part, |(_, name)| name))
    })
}

fn assert_whole(graph: &Graph, pipeline: &gst::Pipeline) {
    let found: BTreeSet<_> = (0..graph.elements.len()).map(|position| path(graph, position)).collect();
    let expected: BTreeSet<_> = paths(pipeline).iter().map(|path| plain(path)).collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), graph.elements.len());
    let name = |position: usize| &graph.elements[position].name;
    let found: BTreeSet<_> = graph
        .links
        .iter()
        .map(|link| format!("{}.{}>{}.{}", name(link.from), link.from_pad, name(link.to), link.to_pad))
        .collect();
    assert_eq!(found, links(pipeline));
    assert_eq!(found.len(), graph.links.len());
    assert_eq!(graph.left_out, 0);
}

fn caps_into<'a>(graph: &'a Graph, name: &str) -> &'a str {
    let link = graph.links.iter().find(|link| graph.elements[link.to].name == name).unwrap();
    link.caps.as_deref().unwrap_or_default()
}

#[test]
fn branches_of_a_tee_are_there_with_their_caps_and_streams() {
    let (player, inspect, pipeline) = playing(TEE);
    wait_for_frames(&player, 2);
    let graph = inspect.graph().unwrap();
    assert_whole(&graph, &pipeline);
    let streams: BTreeSet<_> =
        graph.elements.iter().filter_map(|node| Some((node.name.clone(), node.stream.clone()?))).collect();
    assert_eq!(
        streams,
        [("left", "left"), ("right", "right")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    );
    for sink in ["left", "right"] {
        let caps = caps_into(&graph, sink);
        assert!(caps.contains("format=(string)RGB") && caps.contains("width=(int)16"), "{caps}");
    }
    let source = graph.elements.iter().find(|node| node.factory == "videotestsrc").unwrap();
    let set: Vec<_> = source.properties.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    assert_eq!(set, [("is-live", "true"), ("pattern", "ball")]);
    assert!(graph.elements.iter().all(|node| node.state == "PLAYING" && node.pending.is_none()), "{graph:?}");
    let dot = inspect.dot().unwrap();
    for name in ["videotestsrc0", "left", "right", "pattern="] {
        assert!(dot.contains(name), "{name} is not in {dot}");
    }
}

#[test]
fn links_pass_through_the_walls_of_nested_bins() {
    let (player, inspect, pipeline) = playing(NESTED);
    wait_for_frames(&player, 1);
    let graph = inspect.graph().unwrap();
    assert_whole(&graph, &pipeline);
    let position = |name: &str| graph.elements.iter().position(|node| node.name == name).unwrap();
    assert_eq!(graph.elements[position("second")].parent, Some(position("inner")));
    assert_eq!(graph.elements[position("inner")].parent, Some(position("outer")));
    assert!(graph.elements[position("inner")].is_bin && !graph.elements[position("second")].is_bin);
    assert!(graph.links.iter().any(|link| link.from == position("second") && link.to == position("k")));
    assert!(graph.elements.iter().all(|node| node.is_bin || node.unlinked.is_empty()), "{graph:?}");
}

#[test]
fn a_file_is_decoded_in_bins_that_came_late() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipelines/sources/vp8.mkv");
    let (player, inspect, pipeline) =
        playing(&format!("filesrc location={file} ! decodebin ! appsink name=k"));
    player.wait_until("the end", |_| inspect.facts().life == "ended");
    let graph = inspect.graph().unwrap();
    assert!(graph.elements.len() >= 7, "{graph:?}");
    assert_whole(&graph, &pipeline);
    assert!(caps_into(&graph, "k").contains("I420"), "{graph:?}");
}

#[test]
fn the_state_is_told_from_the_beginning_to_the_end() {
    let (player, inspect, _) =
        playing("videotestsrc num-buffers=30 ! video/x-raw,framerate=30/1 ! appsink name=k");
    wait_for_frames(&player, 2);
    let facts: Facts = inspect.facts();
    assert_eq!((facts.state, facts.life, facts.live), ("PLAYING", "running", Some(false)));
    assert_eq!(facts.streams, ["k"]);
    assert!(facts.description.starts_with("videotestsrc num-buffers=30"), "{facts:?}");
    assert!(facts.position_nanos.is_some() && facts.latency.is_some(), "{facts:?}");
    player.wait_until("the end", |_| inspect.facts().life == "ended");
    assert_eq!(inspect.facts().failure, None);
    drop(player);
    assert_eq!((inspect.facts().state, inspect.graph(), inspect.dot()), ("NULL", None, None));

    let (player, inspect, _) =
        playing("videotestsrc num-buffers=5 ! identity error-after=2 ! appsink name=k");
    player.wait_until("the failure", |_| inspect.facts().life == "failed");
    player.wait_until("the end", |_| inspect.facts().state == "NULL");
    assert!(inspect.facts().failure.unwrap().starts_with("identity0: "), "{:?}", inspect.facts());
    let said = player.registry.said();
    assert!(said.iter().any(|message| message.source.ends_with("identity0")), "{said:?}");

    let (player, inspect, _) = playing("videotestsrc is-live=true ! appsink name=k");
    wait_for_frames(&player, 1);
    assert_eq!(inspect.facts().live, Some(true));
}

#[test]
fn no_secret_of_a_property_gets_out() {
    const SECRET: &str = "Tr0ub4dor";
    gst::init().unwrap();
    let text = format!(
        "filesrc name=f location=rtsp://Mallory:{SECRET}@cam/a?x=1&token={SECRET} ! fakesink rtspsrc \
         name=r location=rtsp://127.0.0.1:1/x user-id=Mallory user-pw={SECRET} videotestsrc ! video/x-raw,width=16,height=8 ! appsink name=k"
    );
    let built = build(&Description::one(&text)).unwrap();
    let player = Player::start(built, Policy::Latest, OnEos::Hold);
    let inspect = player.registry.pipelines()[0].clone();
    player.wait_until("the failure", |_| inspect.facts().life == "failed");
    let graph = inspect.graph().unwrap();
    let location = graph.elements.iter().find(|node| node.name == "f").unwrap();
    let shown = &location.properties.iter().find(|one| one.name == "location").unwrap().value;
    assert_eq!(shown, "rtsp://***@cam/a?x=1&token=***");
    let dot = inspect.dot().unwrap();
    assert!(dot.contains("filesrc") || dot.contains("GstFileSrc"), "{dot}");
    let all = format!("{graph:?} {dot} {:?} {:?}", inspect.facts(), player.registry.said());
    assert!(!all.contains(SECRET), "{all}");
    assert!(!all.contains("Mallory"), "{all}");
}
