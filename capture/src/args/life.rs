//! What of a pipeline is shown, and for how long.

use super::values::duration;
use crate::limit::Limit;
use capture::pipeline::{Delays, OnEos, Options, Restart};
use clap::{Args, ValueEnum};
use std::time::Duration;
use wire::control::Policy;

/// Options of a pipeline's life.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pipelines")]
pub(crate) struct Life {
    /// Which frames viewers get: the newest, or every one (the pipeline then waits for them).
    #[arg(long, value_enum, default_value_t = PolicyArg::Latest)]
    policy: PolicyArg,

    /// What to do at the end of the stream: hold the last frame, exit, or begin again.
    #[arg(long, value_enum, default_value_t = OnEosArg::Hold)]
    on_eos: OnEosArg,

    /// When to build a pipeline anew: never, after an error or a stall, or also at the end of the stream.
    ///
    /// Streams keep their names, viewers and counts. A pipeline that cannot be started yet, as where a camera is not plugged
    /// in, is tried again, too. At the end of the stream `--on-eos exit` and `--on-eos loop` come first.
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = RestartArg::Never, conflicts_with = "verify")]
    restart: RestartArg,

    /// The shortest and the longest wait before a restart. It grows from failure to failure, until there were frames for
    /// five seconds.
    #[arg(long, value_name = "MIN..MAX", default_value = "500ms..10s", value_parser = delays)]
    restart_delay: Delays,

    /// A pipeline that plays and gives no frame for so long (5s, 500ms) is stalled: that is said, and is a failure to
    /// --restart. The first frame has ten seconds at least. 0 waits for as long as it takes.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration)]
    stall_timeout: Duration,

    /// End after this time (90s, 1h 30min), counted from the start.
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with_all = ["verify", "record"])]
    duration: Option<Duration>,

    /// End when every stream has had so many frames. Exits with 1 if there are fewer.
    #[arg(
        long,
        value_name = "FRAMES",
        value_parser = clap::value_parser!(u64).range(1..),
        conflicts_with_all = ["verify", "record"]
    )]
    frames: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PolicyArg {
    /// The newest frame; older ones are skipped.
    Latest,
    /// Every frame; the pipeline waits for each viewer, and in PAUSED while there is none.
    Every,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OnEosArg {
    /// Go on serving the last frame.
    Hold,
    /// Exit once all pipelines have ended.
    Exit,
    /// Begin again.
    Loop,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RestartArg {
    /// A pipeline that fails stays down.
    Never,
    /// After an error or a stall.
    OnFailure,
    /// After these, and at the end of the stream.
    Always,
}

impl Life {
    pub(crate) fn policy(&self) -> Policy {
        match self.policy {
            PolicyArg::Latest => Policy::Latest,
            PolicyArg::Every => Policy::Every,
        }
    }

    pub(crate) fn on_eos(&self) -> OnEos {
        match self.on_eos {
            OnEosArg::Hold => OnEos::Hold,
            OnEosArg::Exit => OnEos::Exit,
            OnEosArg::Loop => OnEos::Loop,
        }
    }

    /// What becomes of pipelines that end, fail or stall.
    pub(crate) fn options(&self) -> Options {
        Options {
            on_eos: self.on_eos(),
            restart: match self.restart {
                RestartArg::Never => Restart::Never,
                RestartArg::OnFailure => Restart::OnFailure,
                RestartArg::Always => Restart::Always,
            },
            delays: self.restart_delay,
            stall_timeout: Some(self.stall_timeout).filter(|timeout| !timeout.is_zero()),
        }
    }

    /// When the program has done enough.
    pub(crate) fn limit(&self) -> Limit {
        Limit { duration: self.duration, frames: self.frames }
    }
}

fn delays(text: &str) -> Result<Delays, String> {
    let (min, max) = text.split_once("..").ok_or("two times are written like 500ms..10s")?;
    Delays::new(duration(min)?, duration(max)?)
        .ok_or_else(|| "the longest wait is shorter than the shortest one, or there is none".to_owned())
}
