//! A server in this process whose frames carry what a test notes about them: no stock element attaches such metas.
//!
//! It is `capture` but for its command line: its pipelines, its server, its page.

use anyhow::{Context, Result};
use capture::history::History;
use capture::pipeline::{Built, Description, OnEos, Runner, build};
use capture::{Registry, server};
use gst::prelude::*;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wire::control::Policy;

/// The element after which buffers are noted about: each pipeline has one of that name.
pub const NOTED: &str = "noted";

/// A server of its own pipelines.
#[derive(Debug)]
pub struct Noted {
    address: SocketAddr,
    runner: Runner,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Noted {
    /// Runs pipelines on a free port of 127.0.0.1; each buffer that leaves an element [`NOTED`] is given to `note`.
    pub async fn start(pipelines: &[&str], note: fn(&mut gst::BufferRef)) -> Result<Self> {
        Self::with_history(pipelines, note, 0).await
    }

    /// The same with a history of so many bytes.
    pub async fn with_history(
        pipelines: &[&str],
        note: fn(&mut gst::BufferRef),
        history: u64,
    ) -> Result<Self> {
        gst::init()?;
        let built = pipelines.iter().map(|text| noted(text, note)).collect::<Result<Vec<_>>>()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let registry = Registry::with_history(Policy::Latest, History::new(history));
        let (stop, stopped) = oneshot::channel();
        let serving = server::run(listener, registry.clone(), server::Options::default(), async {
            // A test that fails drops the other end.
            let _ = stopped.await;
        });
        let server = tokio::spawn(serving);
        let runner = Runner::start(built, &registry, OnEos::Hold);
        Ok(Self { address, runner, stop, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The page's address, with a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Ends server and pipelines.
    pub async fn finish(mut self) -> Result<()> {
        // It has ended by itself where nobody listens.
        let _ = self.stop.send(());
        self.server.await?;
        let ended = tokio::task::spawn_blocking(move || self.runner.stop()).await?;
        anyhow::ensure!(ended, "a pipeline does not stop");
        Ok(())
    }
}

fn noted(text: &str, note: fn(&mut gst::BufferRef)) -> Result<Built> {
    let built = build(&Description::Text(text.to_owned()))?;
    let element = built.pipeline().by_name(NOTED).with_context(|| format!("no element {NOTED} in {text}"))?;
    let pad = element.static_pad("src").context("it has no pad")?;
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer_mut() {
            note(buffer.make_mut());
        }
        gst::PadProbeReturn::Ok
    });
    Ok(built)
}
