//! `capture` as a process: its command line, first line, log, port, signals and exit code.

use crate::bound::{until, within};
use crate::{http, process};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

/// What the program says first, before its address.
const FIRST_LINE: &str = "listening on ";

/// A running `capture`; dropping it kills it.
#[derive(Debug)]
pub struct Capture {
    child: Child,
    url: String,
    address: SocketAddr,
    log: Log,
}

/// Lines of a stream as they come.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Capture {
    /// Starts it on a free port of 127.0.0.1 and waits until it accepts connections.
    pub async fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        Self::start_at(0, arguments).await
    }

    /// Starts it on `port` of 127.0.0.1; 0 picks a free one.
    pub async fn start_at<S: AsRef<OsStr>>(
        port: u16,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let mut command = command()?;
        command.arg("--listen").arg(SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string());
        command.args(arguments);
        Self::spawn(command).await
    }

    /// Starts it with the page served from its sources, whose modules a test may import one by one.
    pub async fn with_sources<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut command = command()?;
        command.env(capture::server::WWW_VARIABLE, Path::new(env!("CARGO_MANIFEST_DIR")).join("../www"));
        command.arg("--listen").arg(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).to_string()).args(arguments);
        Self::spawn(command).await
    }

    /// Starts a command made by [`command`] and waits until it accepts connections.
    pub async fn spawn(mut command: Command) -> Result<Self> {
        let mut child = command.spawn().context("capture cannot be started")?;
        let log = Log::default();
        log.follow(child.stderr.take().context("stderr is not piped")?);
        let mut lines = BufReader::new(child.stdout.take().context("stdout is not piped")?).lines();
        let first = within("capture's first line", lines.next_line()).await??;
        let Some(url) = first.as_deref().and_then(|line| line.strip_prefix(FIRST_LINE)) else {
            let status = within("capture's exit", child.wait()).await??;
            bail!("capture said {first:?} and ended with {status}:\n{}", log.text());
        };
        let authority = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let authority = authority.and_then(|rest| rest.strip_suffix('/'));
        let address = authority
            .and_then(|authority| authority.parse().ok())
            .with_context(|| format!("no address: {url:?}"))?;
        // Whatever else goes to stdout is read, so that the program never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { url: url.to_owned(), child, address, log })
    }

    /// The page's address, with a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Result<u32> {
        self.child.id().context("capture has ended already")
    }

    /// All it has logged up to now.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits for a line of the log that contains `words`, and returns it.
    pub async fn logged(&self, words: &str) -> Result<String> {
        let line = async || Ok(self.log.find(words));
        until(&format!("{words:?} in the log"), line).await.with_context(|| self.log.text())
    }

    /// What `/streams` says of one stream.
    pub async fn stream(&self, name: &str) -> Result<Value> {
        let list: Value = serde_json::from_slice(&http::get(self.address, "/streams").await?.body)?;
        let streams = list["streams"].as_array().context("/streams has no streams")?;
        let stream = streams.iter().find(|stream| stream["name"] == name);
        stream.cloned().with_context(|| format!("no stream {name:?} in {list}"))
    }

    /// What `/pipelines` says of one pipeline.
    pub async fn pipeline(&self, index: usize) -> Result<Value> {
        let list: Value = serde_json::from_slice(&http::get(self.address, "/pipelines").await?.body)?;
        list["pipelines"].get(index).cloned().with_context(|| format!("no pipeline {index} in {list}"))
    }

    /// Waits until one pipeline is in this part of its life and was restarted so often at least.
    pub async fn lives(&self, index: usize, life: &str, restarts: u64) -> Result<Value> {
        let mut last = Value::Null;
        let found = until(&format!("a pipeline that is {life}"), async || {
            last = self.pipeline(index).await?;
            let is_so = last["life"] == life && last["restarts"].as_u64() >= Some(restarts);
            Ok(is_so.then(|| last.clone()))
        })
        .await;
        found.with_context(|| format!("it is {last}; the log is {}", self.log.text()))
    }

    /// Sends it a signal: `TERM`, `INT`, `KILL`.
    pub fn signal(&self, name: &str) -> Result<()> {
        process::signal(name, &[self.id()?])
    }

    /// Waits for its end.
    pub async fn exited(&mut self) -> Result<ExitStatus> {
        let status = within("capture's exit", self.child.wait()).await;
        Ok(status.with_context(|| self.log.text())??)
    }
}

/// Runs `capture` with arguments that make it end by itself, and returns what it said.
pub async fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Output> {
    let mut command = command()?;
    command.args(arguments);
    Ok(within("capture's exit", command.output()).await??)
}

/// The program's command line without arguments: output piped, killed when its handle is dropped.
pub fn command() -> Result<Command> {
    command_within(&[])
}

/// The same, run by another program: its name and arguments.
pub fn command_within(runner: &[&str]) -> Result<Command> {
    let mut command = match runner {
        [] => Command::new(binary()?),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(binary()?);
            command
        }
    };
    // What is set in the shell of whoever runs the tests must not decide them.
    for name in ["RUST_LOG", "GST_DEBUG", "SINKVIEW_WWW", "SINKVIEW_TOKEN"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// The program is built into the folder above that of the tests' own executables.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(|deps| deps.parent()).context("the test has no folder")?;
    let binary = folder.join(format!("capture{}", std::env::consts::EXE_SUFFIX));
    ensure!(
        binary.is_file(),
        "{} is missing: run `cargo build -p capture` first, as `make test` does",
        binary.display()
    );
    Ok(binary)
}

impl Log {
    fn follow(&self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let log = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                log.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
    }

    fn find(&self, words: &str) -> Option<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find(|line| line.contains(words)).cloned()
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}
