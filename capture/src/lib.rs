//! Runs GStreamer pipelines and pushes the raw frames of their appsinks to browsers, unconverted.
//!
//! | module | what it holds |
//! |---|---|
//! | [`pipeline`] | pipelines from the command line, their bus and their life (GStreamer) |
//! | [`sample`] | appsink sample → [`Frame`] (GStreamer) |
//! | [`stream`] | the newest frame of each stream, and who has it |
//! | [`view`] | what of a frame one view is sent: cuts, encodings, and which is worth it |
//! | [`health`] | whether all is well, in a word |
//! | [`history`] | copies of the newest frames of all streams, within a bound in bytes |
//! | [`memory`] | how many bytes of frames are held in all |
//! | [`inspect`] | what a pipeline looks like from outside: state and graph |
//! | [`metrics`] | all of that as Prometheus reads it |
//! | [`registry`] | all streams: where pipelines and server meet |
//! | [`save`] | files of a frame: numpy arrays, PNG, raw bytes, JSON |
//! | [`record`] | the next frames of a stream into a file |
//! | [`server`] | the port: HTTP routes, access, the accept loop (sockets) |
//! | [`verify`] | a client that checks a server's frames against their hashes (sockets) |
//! | `client` | one viewer's connection: reader and writer (sockets) |

mod client;
pub mod clock;
pub mod frame;
pub mod health;
pub mod history;
pub mod inspect;
pub mod memory;
pub mod metrics;
pub mod pipeline;
pub mod record;
pub mod registry;
pub mod sample;
pub mod save;
pub mod server;
pub mod stream;
pub mod verify;
pub mod view;

#[doc(hidden)]
pub use client::echo;
pub use frame::Frame;
pub use memory::Memory;
pub use registry::Registry;
pub use stream::Stream;

/// Name and version of this program, as `hello` and `/streams` say it.
pub const NAME_AND_VERSION: &str = concat!("sinkview ", env!("CARGO_PKG_VERSION"));
