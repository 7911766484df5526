//! How the program is run: its options from a file, its log, and what it prints of itself.

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Options of operation.
#[derive(Debug, Args)]
#[command(next_help_heading = "Operation")]
pub(crate) struct Operation {
    /// Read options from this file, too: TOML, each under its long name. What the command line says goes before it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Print all options as they are by now, as such a file, and exit; passwords in pipelines too, but no token.
    #[arg(long)]
    pub(crate) print_config: bool,

    /// What log lines are: text for people, or an object of JSON each.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,

    /// Open the page in a browser of this machine.
    #[arg(long)]
    pub(crate) open: bool,

    /// Print completions for a shell, and exit.
    #[arg(long, value_enum, value_name = "SHELL", exclusive = true)]
    pub(crate) completions: Option<Shell>,

    /// Print the man page, and exit.
    #[arg(long, exclusive = true)]
    pub(crate) man: bool,
}

/// What log lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}
