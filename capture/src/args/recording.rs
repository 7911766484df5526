//! What is recorded.

use capture::record;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of recording.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recording")]
pub(crate) struct Recording {
    /// Record the next so many frames of each stream, then end.
    ///
    /// With `--policy every` the pipeline waits for the recording and nothing is skipped. Else the frames that are newest
    /// are taken; what a slow disk makes it miss is named in the description and on stdout.
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "verify")]
    record: Option<u64>,

    /// The folder for recordings; it is made where it is missing. No file in it is ever written over.
    #[arg(long, value_name = "DIR", default_value = ".", requires = "record")]
    record_to: PathBuf,

    /// What recordings are: the appsink's bytes, or y4m (8-bit YUV and gray); a `.json` beside describes either.
    #[arg(long, value_enum, default_value_t = RecordAs::Raw, requires = "record")]
    record_as: RecordAs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RecordAs {
    /// Bytes as they left the appsink, one frame after the other.
    Raw,
    /// YUV4MPEG2, which other programs read.
    Y4m,
}

impl Recording {
    /// What to record of each stream, if anything.
    pub(crate) fn options(&self) -> Option<record::Options> {
        Some(record::Options {
            frames: self.record?,
            folder: self.record_to.clone(),
            kind: match self.record_as {
                RecordAs::Raw => record::Kind::Raw,
                RecordAs::Y4m => record::Kind::Y4m,
            },
        })
    }
}
