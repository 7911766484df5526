//! What pipelines look like from outside: their state and their graph, as plain values.
//!
//! Knows neither GStreamer nor sockets; texts are made safe to show before they come here.

use serde::Serialize;
use std::fmt::Debug;

/// A pipeline that can be looked at. All but [`course`](Self::course) may wait for locks of elements: not for async threads.
pub trait Inspect: Debug + Send + Sync {
    /// What became of it so far; no element is asked.
    fn course(&self) -> Course;

    /// Its state by now.
    fn facts(&self) -> Facts;

    /// Its elements and links; none once it is gone.
    fn graph(&self) -> Option<Graph>;

    /// Its graph as GStreamer draws it, in the language of Graphviz; none once it is gone, or where GStreamer was built
    /// without that.
    fn dot(&self) -> Option<String>;
}

/// The state of a pipeline, as `/pipelines` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Index on the command line, from 0.
    pub index: u32,
    /// Name of the pipeline's own element.
    pub name: String,
    /// What was asked for, without credentials.
    pub description: String,
    /// `NULL`, `READY`, `PAUSED` or `PLAYING`.
    pub state: &'static str,
    /// The state it is on its way to.
    pub pending: Option<&'static str>,
    /// Where it is in its life: `starting`, `running`, `stalled`, `restarting`, `ended` or `failed`.
    pub life: &'static str,
    /// Why it failed, is stalled or is being restarted: the element and what it said.
    pub failure: Option<String>,
    /// How often another pipeline was to take the place of one that failed or ended.
    pub restarts: u64,
    /// Pipelines among them that did not go down in time, and were left as they were.
    pub left_behind: u64,
    /// Why it last failed, was stalled or was restarted, also when that is over.
    pub last_failure: Option<String>,
    /// Whether its frames come when they come; none before that is known.
    pub live: Option<bool>,
    /// What its elements say of their latency, where they can.
    pub latency: Option<Latency>,
    /// Where it is in its stream, in nanoseconds.
    pub position_nanos: Option<u64>,
    /// How long its stream is, in nanoseconds; none for live sources.
    pub duration_nanos: Option<u64>,
    /// Names of its streams.
    pub streams: Vec<String>,
}

/// What became of a pipeline so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Index on the command line, from 0.
    pub index: u32,
    /// Where it is in its life, as in [`Facts::life`].
    pub life: &'static str,
    /// As in [`Facts::restarts`].
    pub restarts: u64,
    /// As in [`Facts::left_behind`].
    pub left_behind: u64,
    /// When its thread last gave a sign of life, on the server's clock.
    pub beat_nanos: u64,
}

/// All words of [`Facts::life`].
pub const LIVES: [&str; 6] = ["starting", "running", "stalled", "restarting", "ended", "failed"];

/// How long buffers take to the sinks, by the elements' own account, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// At least.
    pub min_nanos: u64,
    /// At most; none for no bound.
    pub max_nanos: Option<u64>,
}

/// Elements and links of a pipeline, as `/pipelines/N/graph.json` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// Index of the pipeline on the command line, from 0.
    pub pipeline: u32,
    /// All elements; the pipeline itself is the first, and a bin comes before what is in it.
    pub elements: Vec<Node>,
    /// Links from element to element; the pads of bins are left out.
    pub links: Vec<Link>,
    /// Elements past [`MAX_ELEMENTS`], which are not listed.
    pub left_out: usize,
}

/// Elements of one graph.
pub const MAX_ELEMENTS: usize = 2_000;

/// An element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Name of its factory; empty for what no factory made.
    pub factory: String,
    /// Position in [`Graph::elements`] of the bin it is in; none for the pipeline itself.
    pub parent: Option<usize>,
    /// Whether it holds elements.
    pub is_bin: bool,
    /// `NULL`, `READY`, `PAUSED` or `PLAYING`.
    pub state: &'static str,
    /// The state it is on its way to.
    pub pending: Option<&'static str>,
    /// Properties that differ from their default.
    pub properties: Vec<Property>,
    /// Pads that lead nowhere.
    pub unlinked: Vec<String>,
    /// Name of the stream, for an appsink that is one.
    pub stream: Option<String>,
}

/// A property that differs from its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its value in words; `***` for a secret.
    pub value: String,
}

/// A link between two elements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Position of the element that gives.
    pub from: usize,
    /// Its pad.
    pub from_pad: String,
    /// Position of the element that takes.
    pub to: usize,
    /// Its pad.
    pub to_pad: String,
    /// What was negotiated; none before.
    pub caps: Option<String>,
}
