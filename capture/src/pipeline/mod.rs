//! Pipelines from the command line, their bus and their life. Knows no sockets; streams are all it shows of itself.
//!
//! [`Description`] says what is asked for, [`build`] makes a pipeline of it, [`Runner`] plays it.

mod build;
mod built;
mod bus;
mod description;
mod ends;
mod gap;
mod graph;
mod inspector;
mod numbering;
mod properties;
mod redact;
mod remedy;
mod runner;
mod scan;
mod settings;
mod source;
mod state;
mod tap;

pub use build::build;
pub use built::{BuildError, Built};
pub use description::{Description, SourceError};
pub use runner::{Life, OnEos, Runner};
