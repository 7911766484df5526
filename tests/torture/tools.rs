//! The tools of others: found, run with a bound, and, where they are Python, installed in an environment of their own.

use crate::baseline::folder;
use crate::row::not_run;
use anyhow::{Context, Result, bail};
use e2e::program;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// Longer than any tool takes here.
pub(crate) const TOOL_MAX: Duration = Duration::from_mins(5);

/// A command of a program that is on this machine; not run where it is missing.
pub(crate) fn tool(name: &str, package: &str) -> Result<Command> {
    if !is_there(name) {
        return Err(not_run(format!("{name} is missing: apt install {package}")));
    }
    Ok(Command::new(name))
}

/// Whether a program is in one of the folders of programs, those of root included.
pub(crate) fn is_there(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).any(|folder| folder.join(name).is_file())
}

/// Runs a command to its end, however it ends.
pub(crate) async fn output(command: &mut Command) -> Result<Output> {
    output_within(TOOL_MAX, command).await
}

/// The same with a bound of its own.
pub(crate) async fn output_within(most: Duration, command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let ended = timeout(most, command.output()).await;
    let ended = ended.with_context(|| format!("{command:?} hangs: {} s", most.as_secs()))?;
    ended.with_context(|| format!("{command:?}"))
}

/// Runs a command that must succeed, and returns what it prints.
pub(crate) async fn run(command: &mut Command) -> Result<String> {
    let output = output(command).await?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, said(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a program said, both streams.
pub(crate) fn said(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams.map(|stream| String::from_utf8_lossy(stream).into_owned()).concat()
}

/// Whether this `capture` has an option; of a fault that needs it, not run where it does not.
pub(crate) async fn needs_option(option: &str) -> Result<()> {
    static HELP: OnceCell<String> = OnceCell::const_new();
    let help = async || -> Result<String> { Ok(said(&program::run(["--help"]).await?)) };
    let help = HELP.get_or_try_init(help).await?;
    let is_there = help.split(|c: char| c.is_whitespace() || "[]=<>,".contains(c)).any(|word| word == option);
    if is_there { Ok(()) } else { Err(not_run(format!("this `capture` has no {option}"))) }
}

/// The folder of programs of a Python environment with these packages, made once.
pub(crate) async fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let home = folder()?.join(name);
    let programs = home.join("bin");
    if !home.join("complete").exists() {
        let make = async {
            run(Command::new("python3").args(["-m", "venv"]).arg(&home)).await?;
            run(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(packages)).await
        };
        if let Err(error) = make.await {
            return Err(not_run(format!("no Python with {}: {error:#}", packages.join(", "))));
        }
        std::fs::write(home.join("complete"), "")?;
    }
    Ok(programs)
}

/// A script of `tests/torture/python`, run with `websockets`.
pub(crate) async fn script(name: &str) -> Result<Command> {
    let programs = python("python", &["websockets"]).await?;
    let mut command = Command::new(programs.join("python3"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("torture/python").join(name));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}
