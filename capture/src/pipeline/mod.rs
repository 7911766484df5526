//! Pipelines from the command line, their bus and their life. Knows no sockets; streams are all it shows of itself.
//!
//! [`Description`] says what is asked for, [`build`] makes a pipeline of it, [`Runner`] plays it, and another one
//! in its place where that is wanted.

mod backoff;
mod build;
mod built;
mod bus;
mod description;
mod ends;
mod gap;
mod graph;
mod inspector;
mod keeper;
mod numbering;
mod play;
mod properties;
mod redact;
mod remedy;
mod runner;
mod scan;
mod settings;
mod silence;
mod source;
mod state;
mod tap;

pub use backoff::Delays;
pub use build::{build, build_ahead};
pub use built::{BuildError, Built};
pub use description::{Description, SourceError};
pub use runner::{Life, OnEos, Options, Restart, Runner};
