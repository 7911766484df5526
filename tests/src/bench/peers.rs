//! What people do without Sinkview, as small scripts in `tests/peers/`: each prints its address, and serves a page.
//!
//! They need a Python that has GStreamer's bindings (Debian's python3-gi is the one of `/usr/bin/python3`) and a few
//! packages, which are installed once below `target/`.

use super::link::Link;
use super::results::target;
use crate::bound::{BOUND, within};
use anyhow::{Context, Result, bail, ensure};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// What a peer says first, before its address.
const FIRST_LINE: &str = "listening on ";
const PACKAGES: [&str; 3] = ["websockets", "numpy", "simplejpeg"];
const BINDINGS: &str = "import gi; gi.require_version('GstApp', '1.0')";
const ALL: &str = "import gi, numpy, simplejpeg, websockets.asyncio.server";

/// A Python that has what the peers need.
#[derive(Clone, Debug)]
pub struct Python(PathBuf);

/// A peer that runs; dropping it kills it.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    url: String,
}

/// A script, and how it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// A WebSocket with each frame as a message, as it is.
    Raw,
    /// The same with the compression that `websockets` has on unless it is told otherwise.
    Deflate,
    /// JPEG pictures over HTTP, in an `<img>`.
    Mjpeg,
}

impl Script {
    /// How tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "Python and JavaScript, raw",
            Self::Deflate => "Python and JavaScript, deflate",
            Self::Mjpeg => "MJPEG in an <img>",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Raw => &["diy.py", "--compression", "none"],
            Self::Deflate => &["diy.py", "--compression", "deflate"],
            Self::Mjpeg => &["mjpeg.py"],
        }
    }
}

impl Python {
    /// Makes its environment where it is not there yet.
    pub async fn ready() -> Result<Self> {
        let home = target()?.join("tmp").join("peers");
        let python = home.join("bin").join("python3");
        if !says_yes(&python, ALL).await {
            let mut bound = None;
            for candidate in ["python3", "/usr/bin/python3"] {
                if says_yes(Path::new(candidate), BINDINGS).await {
                    bound = Some(candidate);
                    break;
                }
            }
            let bound = bound.context(
                "no Python has GStreamer's bindings (apt install python3-gi gir1.2-gst-plugins-base-1.0)",
            )?;
            let environment = ["-m", "venv", "--clear", "--system-site-packages"];
            run(Command::new(bound).args(environment).arg(&home))
                .await
                .context("apt install python3-venv")?;
            run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES)).await?;
        }
        Ok(Self(python))
    }

    /// Starts a peer that serves the frames of a pipeline's appsink `s`; in a link's namespace, at its address.
    pub async fn start(&self, script: Script, pipeline: &str, link: Option<&Link>) -> Result<Peer> {
        let mut words: Vec<&str> = link.map(|link| link.inside().to_vec()).unwrap_or_default();
        let python = self.0.to_str().context("the target folder has an odd name")?;
        words.extend([python, "-B"]);
        words.extend(script.arguments());
        let address = link.map_or(Ipv4Addr::LOCALHOST, Link::server).to_string();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .args(["--listen", &address, pipeline])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("stdout is not piped")?).lines();
        let first = within("the peer's first line", lines.next_line()).await??;
        let Some(url) = first.as_deref().and_then(|line| line.strip_prefix(FIRST_LINE)) else {
            bail!("{} said {first:?}", script.name())
        };
        Ok(Peer { url: url.to_owned(), child })
    }
}

impl Peer {
    /// Its page.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    pub fn id(&self) -> Result<u32> {
        self.child.id().context("the peer has ended already")
    }
}

async fn says_yes(python: &Path, script: &str) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

async fn run(command: &mut Command) -> Result<()> {
    // Packages come over a network that may be slow.
    let output = timeout(BOUND * 6, command.stdin(Stdio::null()).kill_on_drop(true).output());
    let output = output.await.with_context(|| format!("{command:?} hangs"))??;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    Ok(())
}
