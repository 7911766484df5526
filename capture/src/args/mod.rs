//! The command line: names here are promises to scripts and people.

mod access;
mod config;
mod life;
mod limits;
mod operation;
mod recording;
mod values;

pub(crate) use access::{Access, token};
pub(crate) use operation::LogFormat;

use anyhow::{Result, anyhow};
use capture::pipeline::Description;
use capture::record;
use clap::{CommandFactory, FromArgMatches, Parser};
use life::Life;
use limits::Limits;
use operation::Operation;
use recording::Recording;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use values::bytes;

/// Shows the raw frames of GStreamer pipelines in a browser, pixel for pixel.
#[derive(Debug, Parser)]
#[command(name = "capture", version, max_term_width = 100, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A pipeline as gst-launch-1.0 takes it (quoted or in bare words), or a file, a URI, or /dev/video0.
    ///
    /// Every appsink is a stream, named after its element. Without an appsink, a display sink or a loose end becomes
    /// one. With no pipeline at all, a test pattern is shown.
    #[arg(value_name = "PIPELINE")]
    words: Vec<String>,

    /// One more pipeline, as one argument; may be repeated.
    #[arg(short, long = "pipeline", value_name = "TEXT")]
    pipelines: Vec<String>,

    #[command(flatten)]
    pub(crate) access: Access,

    #[command(flatten)]
    pub(crate) limits: Limits,

    #[command(flatten)]
    pub(crate) life: Life,

    /// Let the server convert this format with `VideoConverter`, to compare with the viewer's own decoding; may be
    /// repeated, or a list with commas.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    pub(crate) convert: Vec<String>,

    /// Keep copies of the newest frames of all streams, within so many bytes: 512MiB, 1GiB; 0 keeps none.
    #[arg(long, value_name = "BYTES", default_value = "0", value_parser = bytes)]
    pub(crate) history: u64,

    #[command(flatten)]
    record: Recording,

    /// Verify so many frames of each stream and exit: receive them as viewers do, and compare them with hashes that were
    /// taken of the appsink's buffers. Exits with 0 if all are the same, else with 1. Listens on a free port.
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) verify: Option<u64>,

    #[command(flatten)]
    pub(crate) operation: Operation,
}

const EXAMPLES: &str = "\
Examples:
  capture
  capture 'videotestsrc ! video/x-raw,format=BGR,width=640,height=480 ! appsink name=sink'
  capture videotestsrc pattern=ball ! video/x-raw,format=GRAY8 ! appsink --listen 127.0.0.1:9000
  capture clip.mp4 --on-eos loop
  capture clip.mp4 --policy every --verify 100
  capture /dev/video0
  capture rtsp://camera/stream --listen 0.0.0.0:8080
  capture rtsp://camera/stream --restart on-failure --stall-timeout 5s
  capture clip.mp4 --policy every --record 250 --record-to shots
  capture -p 'v4l2src device=/dev/video0 ! appsink name=left' -p 'v4l2src device=/dev/video2 ! appsink name=right'

A pipeline that shows in this viewer shows the frames of its appsinks. In a shell, quote what it would change:
brackets, asterisks, and `!` in an interactive bash.

Exit codes: 0 done, 1 a pipeline failed and was not restarted, is stalled or waits for its restart, --frames got fewer,
--record could not write, or --verify found a difference, 2 wrong usage (also a pipeline that does not parse, a busy port).
RUST_LOG sets what is logged (error, warn, info, debug, trace); GST_DEBUG what GStreamer logs.";

impl Args {
    /// Reads a command line, its first word the program's name, and the file it names.
    ///
    /// What clap has to say of a command line (an error, help) is an error that can be downcast to it.
    pub(crate) fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let line: Vec<OsString> = line.into_iter().collect();
        let command = Self::command();
        let matches = Self::matches(&command, line)?;
        Ok(Self::from_arg_matches(&matches)?)
    }

    fn matches(command: &clap::Command, line: Vec<OsString>) -> Result<clap::ArgMatches> {
        let matches = command.clone().try_get_matches_from(line.iter())?;
        let Some(path) = matches.get_one::<PathBuf>("config") else { return Ok(matches) };
        let mut all = line;
        all.splice(1..1, config::arguments(command, &matches, path)?);
        command.clone().try_get_matches_from(all).map_err(|error| {
            // The command line alone was right: what is said is about the file, and how to call the program does not help.
            let said = error.to_string();
            let said = said.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
            anyhow!("--config {}: {said}", path.display())
        })
    }

    /// Prints what was asked for of the program itself, and tells whether anything was.
    pub(crate) fn print_of_itself(&self, line: impl IntoIterator<Item = OsString>) -> Result<bool> {
        let mut command = Self::command();
        let mut text = Vec::new();
        if let Some(shell) = self.operation.completions {
            clap_complete::generate(shell, &mut command, "capture", &mut text);
        } else if self.operation.man {
            clap_mangen::Man::new(command).render(&mut text)?;
        } else if self.operation.print_config {
            let matches = Self::matches(&command, line.into_iter().collect())?;
            text = config::print(&command, &matches).into_bytes();
        } else {
            return Ok(false);
        }
        io::stdout().write_all(&text)?;
        Ok(true)
    }

    /// The pipelines asked for, those in bare words first.
    pub(crate) fn descriptions(&self) -> Vec<Description> {
        let mut all = Vec::new();
        if !self.words.is_empty() || self.pipelines.is_empty() {
            all.extend(Description::from_words(self.words.clone()));
        }
        all.extend(self.pipelines.iter().map(|text| Description::one(text)));
        all
    }

    /// What to record of each stream, if anything.
    pub(crate) fn recording(&self) -> Option<record::Options> {
        self.record.options()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::pipeline::{Delays, OnEos, Restart};
    use clap::CommandFactory;
    use std::time::Duration;
    use wire::control::Policy;

    fn parse(line: &[&str]) -> Args {
        Args::try_parse_from([&["capture"], line].concat()).unwrap()
    }

    #[test]
    fn the_command_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_stand_before_and_after_the_words() {
        let words = ["videotestsrc", "num-buffers=-1", "!", "caps=video/x-raw, width=3", "!", "appsink"];
        let bare = vec![Description::Words(words.map(str::to_owned).to_vec())];
        let options = ["--listen", "127.0.0.1:0", "--on-eos", "exit"];
        for line in [[&words[..], &options].concat(), [&options[..], &words].concat()] {
            let args = parse(&line);
            assert_eq!(args.descriptions(), bare);
            assert_eq!(args.access.listen.port(), 0);
            assert_eq!(args.life.on_eos(), OnEos::Exit);
        }
        let middle = ["videotestsrc", "--policy", "every", "!", "appsink"];
        assert_eq!(parse(&middle).life.policy(), Policy::Every);
        assert_eq!(
            parse(&middle).descriptions(),
            [Description::Words(["videotestsrc", "!", "appsink"].map(str::to_owned).to_vec())]
        );
    }

    #[test]
    fn formats_to_convert_are_repeated_or_listed() {
        let args = parse(&["--convert", "I420,NV12", "--convert=RGB16", "videotestsrc"]);
        assert_eq!(args.convert, ["I420", "NV12", "RGB16"]);
        assert!(parse(&[]).convert.is_empty());
    }

    #[test]
    fn bytes_have_units() {
        for (text, count) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("512MiB", 512 << 20),
            ("1 GiB", 1 << 30),
            ("3kB", 3_000),
            ("7B", 7),
        ] {
            assert_eq!(parse(&["--history", text]).history, count, "{text}");
        }
        for text in ["", "MiB", "-1", "+1", "1.5GiB", "1gib", "1XB", "99999999999GiB"] {
            let line = format!("--history={text}");
            assert!(Args::try_parse_from(["capture", &line]).is_err(), "{text}");
        }
        assert_eq!(parse(&[]).history, 0);
    }

    #[test]
    fn pipelines_of_all_kinds() {
        assert_eq!(parse(&[]).descriptions(), [Description::TestPattern]);
        let text = |text: &str| Description::Text(text.to_owned());
        assert_eq!(
            parse(&["-p", "a ! b", "--pipeline=c ! d"]).descriptions(),
            [text("a ! b"), text("c ! d")]
        );
        assert_eq!(parse(&["x ! y", "-p", "a ! b"]).descriptions(), [text("x ! y"), text("a ! b")]);
    }

    #[test]
    fn times_are_written_as_people_do() {
        let ms = Duration::from_millis;
        let line = ["--restart=always", "--restart-delay=100ms..2s", "--stall-timeout=1min 5s"];
        let options = parse(&line).life.options();
        assert_eq!(options.restart, Restart::Always);
        assert_eq!(Some(options.delays), Delays::new(ms(100), ms(2_000)));
        assert_eq!(options.stall_timeout, Some(ms(65_000)));
        assert_eq!(parse(&[]).life.options(), OnEos::Hold.into());
        for wrong in
            ["--restart-delay=1s", "--restart-delay=2s..1s", "--restart-delay=0..1s", "--stall-timeout=5"]
        {
            assert!(Args::try_parse_from(["capture", wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_done_together_is_refused() {
        for line in [
            ["--restart=always", "--verify=3"],
            ["--frames=3", "--record=3"],
            ["--duration=1s", "--verify=3"],
        ] {
            assert!(Args::try_parse_from([&["capture"], &line[..]].concat()).is_err(), "{line:?}");
        }
        assert!(Args::try_parse_from(["capture", "--frames=0"]).is_err());
    }

    #[test]
    fn options_of_later_versions_and_odd_tokens_are_refused() {
        for line in
            [&["--tls-cert", "x"][..], &["--frame-ancestors", "lab; script-src *"], &["--listen", "nowhere"]]
        {
            assert!(Args::try_parse_from([&["capture"], line].concat()).is_err(), "{line:?}");
        }
        assert!(Args::try_parse_from(["capture", "--token", "a b"]).is_err());
        assert!(Args::try_parse_from(["capture", "--token", "x", "--no-auth"]).is_err());
        assert_eq!(parse(&["--token", "aB-_.~9"]).access.token.as_deref(), Some("aB-_.~9"));
    }
}
