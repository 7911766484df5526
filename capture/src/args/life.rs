//! What of a pipeline is shown, and for how long.

use capture::pipeline::OnEos;
use clap::{Args, ValueEnum};
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
}
