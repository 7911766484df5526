//! What building gives: a pipeline and its appsinks, or the reason why there is none.

use super::description::{Description, SourceError};
use super::remedy;
use crate::sample::Convert;
use gst::prelude::*;
use gst_app::AppSink;
use thiserror::Error;

/// A pipeline that is not started yet.
#[derive(Debug)]
pub struct Built {
    pub(super) pipeline: gst::Pipeline,
    pub(super) tapped: Vec<Tapped>,
    pub(super) convert: Convert,
    /// What was asked for.
    pub(super) asked: Description,
    /// What was asked for, without credentials.
    pub(super) description: String,
}

/// An appsink that becomes a stream.
#[derive(Debug)]
pub(super) struct Tapped {
    pub(super) sink: AppSink,
    /// The name its user gave it.
    pub(super) name: Option<String>,
    /// Properties its user spelled.
    pub(super) spelled: Vec<String>,
}

/// Why no pipeline can be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The source cannot be opened.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// One word that names neither a file nor an element.
    #[error("`{word}` is no file and no element; {remedy}")]
    NoSuchElement {
        /// The word.
        word: String,
        /// What to do.
        remedy: String,
    },
    /// The description does not parse.
    #[error("the pipeline does not parse: {message}; {remedy}")]
    Parse {
        /// What GStreamer says.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// An element that this program itself needs is not installed.
    #[error("the element `{factory}` is not installed; {remedy}")]
    MissingElement {
        /// Name of its factory.
        factory: &'static str,
        /// What to do.
        remedy: String,
    },
    /// GStreamer refuses to put elements together.
    #[error("the elements cannot be put together; GST_DEBUG=3 in the environment shows why")]
    Assemble,
}

impl BuildError {
    pub(super) fn missing(factory: &'static str) -> Self {
        Self::MissingElement { factory, remedy: remedy::missing_element(factory) }
    }
}

impl Tapped {
    pub(super) fn named(sink: AppSink) -> Self {
        let name = Some(sink.name().to_string());
        Self { sink, name, spelled: Vec::new() }
    }

    pub(super) fn unnamed(sink: AppSink) -> Self {
        Self { sink, name: None, spelled: Vec::new() }
    }
}

impl Built {
    pub(super) fn new(pipeline: gst::Pipeline, tapped: Vec<Tapped>) -> Self {
        let asked = Description::TestPattern;
        Self { pipeline, tapped, convert: Convert::default(), asked, description: String::new() }
    }

    /// The pipeline, to be looked at before it starts.
    #[must_use]
    pub fn pipeline(&self) -> &gst::Pipeline {
        &self.pipeline
    }

    /// Has frames of some formats converted although viewers read them.
    #[must_use]
    pub fn converting(self, convert: Convert) -> Self {
        Self { convert, ..self }
    }

    /// Names of the streams to be; none for an appsink that its user did not name.
    pub fn names(&self) -> impl Iterator<Item = Option<&str>> {
        self.tapped.iter().map(|tapped| tapped.name.as_deref())
    }
}
