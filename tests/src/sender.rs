//! A program that sends pictures to a pipeline, and that a test stops, kills and starts again: a camera unplugged.

use crate::process;
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// What is sent: RGB, 64x48, 30 frames a second.
const PICTURES: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1";
/// The same for `rawvideoparse`, where nothing on the way says so.
const PARSED: &str = "rawvideoparse format=rgb width=64 height=48 framerate=30/1";

/// A running `gst-launch-1.0`; dropping it kills it.
#[derive(Debug)]
pub struct Sender {
    child: Child,
}

impl Sender {
    /// Sends over TCP to whoever connects.
    pub fn over_tcp(port: u16) -> Result<Self> {
        Self::start(&format!("{PICTURES} ! tcpserversink host=127.0.0.1 port={port}"))
    }

    /// Sends through shared memory.
    pub fn over_shm(socket: &Path) -> Result<Self> {
        // What a killed one left behind keeps the path busy.
        let _ = std::fs::remove_file(socket);
        Self::start(&format!(
            "{PICTURES} ! shmsink socket-path={} wait-for-connection=false shm-size=4000000",
            socket.display()
        ))
    }

    fn start(text: &str) -> Result<Self> {
        let mut command = Command::new("gst-launch-1.0");
        command.arg("-q").args(text.split_whitespace());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        Ok(Self { child: command.spawn().context("gst-launch-1.0 cannot be started")? })
    }

    /// Sends it a signal: `STOP`, `CONT`.
    pub fn signal(&self, name: &str) -> Result<()> {
        process::signal(name, &[self.child.id().context("the sender has ended")?])
    }

    /// Kills it, as a cable that is pulled does.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// A pipeline that receives what [`Sender::over_tcp`] sends, as the stream `k`.
#[must_use]
pub fn from_tcp(port: u16) -> String {
    format!("tcpclientsrc host=127.0.0.1 port={port} ! {PARSED} ! appsink name=k sync=false")
}

/// A pipeline that receives what [`Sender::over_shm`] sends, as the stream `k`.
#[must_use]
pub fn from_shm(socket: &Path) -> String {
    format!("shmsrc is-live=true socket-path={} ! {PARSED} ! appsink name=k sync=false", socket.display())
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
