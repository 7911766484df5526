//! Pipelines that fail, end, lose buffers, stall, and whose peers go away; each without and with restarts.

use crate::row::{Fault, Found, count};
use crate::server::{answers, has_panicked};
use crate::threat::Threat;
use crate::tools::{needs_option, tool};
use crate::torture::Torture;
use anyhow::{Context, Result, bail};
use e2e::{Capture, Client, Heard, until};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use wire::ServerMessage;
use wire::control::{BusKind, Phase};

/// What comes before the element that does it, and after.
const SOURCE: &str = "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1";
const SINK: &str = "appsink name=k";
/// Twenty frames at 30 a second, and the shortest wait before a restart, in seconds.
const AGAIN_MIN: f64 = 20.0 / 30.0 - 0.1 + 0.5;
/// How soon a viewer has new frames after the cause of a failure is gone: the longest backoff, and a busy machine.
const BACK_MAX: f64 = 25.0;

/// What a viewer must be told in the end.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    with: &'static str,
    element: &'static str,
    phase: &'static str,
    kind: Option<BusKind>,
}

const ERROR: Case = Case {
    name: "an element fails after 30 buffers",
    with: "identity error-after=30",
    element: "identity error-after=30",
    phase: "failed",
    kind: Some(BusKind::Error),
};
const END: Case = Case {
    name: "the stream ends after 30 buffers",
    with: "identity eos-after=30",
    element: "identity eos-after=30",
    phase: "ended",
    kind: None,
};

/// Tries all of them.
pub(crate) async fn run(torture: &mut Torture) -> Result<()> {
    let fault = |name, with, must| Fault { threat: Threat::PipelineFaults, name, with, must };
    for case in [ERROR, END] {
        let must = "viewers are told which and why, and keep their connection; the last frame stays served";
        torture.fault(fault(case.name, case.with, must), async || told(case).await).await;
    }
    let must = "frames go on; each dropped one is a gap in the account, which balances";
    torture
        .fault(fault("a third of the buffers are lost", "identity drop-probability=0.33", must), dropping)
        .await;
    let must = "the server answers; viewers keep their connection and get the frames there are";
    torture
        .fault(fault("a buffer takes 3 s, again and again", "identity sleep-time=3000000", must), slow)
        .await;
    let must = "the list of streams says that it is over; the server answers";
    torture
        .fault(
            fault("the TCP peer of a pipeline is killed", "gst-launch-1.0 … tcpserversink", must),
            peer_gone,
        )
        .await;

    let must =
        "every viewer ends with live frames; no restart comes before its backoff; none is lost on the way";
    let name = "an element fails 20 times in a row";
    torture.fault(fault(name, "identity error-after, --restart on-failure", must), failing).await;
    let name = "the stream ends again and again";
    torture.fault(fault(name, "identity eos-after, --restart always", must), ending).await;
    let must = "viewers are told of each stall and keep their connection; the server answers";
    let name = "a pipeline stalls for ever";
    torture
        .fault(fault(name, "identity sleep-time, --stall-timeout --restart on-failure", must), stalling)
        .await;
    let must = "the pipeline is built again until the peer is back; then every viewer has frames";
    let name = "the TCP peer is killed and comes back, three times";
    torture.fault(fault(name, "gst-launch-1.0 … tcpserversink, --restart always", must), peer_back).await;
    let name = "the shm peer is killed and comes back, three times";
    torture.fault(fault(name, "gst-launch-1.0 … shmsink, --restart always", must), shm_back).await;
    Ok(())
}

fn pipeline(element: &str) -> String {
    format!("{SOURCE} ! {element} ! {SINK}")
}

/// What `/streams` says of the stream's life.
async fn phase(capture: &Capture) -> Result<String> {
    Ok(capture.stream("k").await?["phase"].as_str().context("no phase")?.to_owned())
}

async fn told(case: Case) -> Result<Found> {
    let capture = Capture::start([pipeline(case.element)]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let (mut is_told, mut has_frame, mut has_ended) = (case.kind.is_none(), false, false);
    let due: Phase = serde_json::from_value(case.phase.into())?;
    while !(is_told && has_frame && has_ended) {
        match client.hear().await? {
            Heard::Frame(frame) => {
                client.drawn(&frame).await?;
                has_frame = true;
            }
            Heard::Message(message) => match *message {
                ServerMessage::Bus { message } => is_told |= Some(message.kind) == case.kind,
                ServerMessage::Streams { streams } => has_ended |= streams.iter().any(|one| one.phase == due),
                ServerMessage::EndOfStream { .. } => has_ended |= due == Phase::Ended,
                _ => {}
            },
            Heard::Closed(why) => bail!("the viewer was closed: {why:?}"),
        }
    }
    let mut found = Found::default();
    found.expect(phase(&capture).await? == case.phase, || "the list says otherwise".to_owned());
    let why = capture.stream("k").await?["failure"].as_str().map(str::to_owned);
    found.expect(why.is_some() == (due == Phase::Failed), || format!("the failure is {why:?}"));
    // Who comes late is told, too, and has the last frame.
    let mut late = Client::subscribed(capture.address(), "k").await?;
    found.expect(late.frame().await.is_ok(), || "the last frame is not served".to_owned());
    found.expect(answers(&capture).await, || "the server does not answer".to_owned());
    Ok(found)
}

async fn dropping() -> Result<Found> {
    const FRAMES: u64 = 150;
    let capture = Capture::start([pipeline("identity drop-probability=0.33")]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let (mut found, mut last) = (Found::default(), None);
    for _ in 0..FRAMES {
        let frame = client.frame().await?;
        client.drawn(&frame).await?;
        let sequence = frame.header.sequence;
        found.expect(last.is_none_or(|last| sequence > last), || format!("{sequence} after {last:?}"));
        last = Some(sequence);
    }
    let ledger = client.ledger("k").await?;
    found.expect(ledger.balances(), || format!("{ledger:?}"));
    found.at_least("gaps noticed of 150 frames", count(ledger.source_gap), 30.0);
    Ok(found)
}

async fn slow() -> Result<Found> {
    const FRAMES: u64 = 5;
    let capture = Capture::start([pipeline("identity sleep-time=3000000")]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let mut found = Found::default();
    for _ in 0..FRAMES {
        let frame = client.frame().await?;
        client.drawn(&frame).await?;
        found.expect(answers(&capture).await, || "the server does not answer".to_owned());
    }
    Ok(found)
}

/// A peer that frames come from; killed when it is dropped.
fn peer(text: &str) -> Result<Child> {
    let mut command: Command = tool("gst-launch-1.0", "gstreamer1.0-tools")?;
    command.arg("--quiet").args(text.split(' ')).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command.stderr(Stdio::null()).kill_on_drop(true).spawn()?)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The two ends of frames that come over TCP.
fn over_tcp(port: u16) -> (String, String) {
    let serving = format!("{SOURCE} ! gdppay ! tcpserversink host=127.0.0.1 port={port}");
    let receiving = format!("tcpclientsrc host=127.0.0.1 port={port} ! gdpdepay ! {SINK}");
    (serving, receiving)
}

/// And over shared memory.
fn over_shm(path: &str) -> (String, String) {
    let serving =
        format!("{SOURCE} ! shmsink socket-path={path} wait-for-connection=false sync=true shm-size=2000000");
    let caps = "video/x-raw,format=RGB,width=64,height=48,framerate=30/1";
    (serving, format!("shmsrc socket-path={path} is-live=true do-timestamp=true ! {caps} ! {SINK}"))
}

/// Starts a peer, and the server once the peer can be reached.
async fn reached(serving: &str, port: u16) -> Result<Child> {
    let peer = peer(serving)?;
    until("the peer", async || Ok(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())).await?;
    Ok(peer)
}

async fn peer_gone() -> Result<Found> {
    let port = free_port()?;
    let (serving, receiving) = over_tcp(port);
    let mut peer = reached(&serving, port).await?;
    let capture = Capture::start([receiving]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    client.frame().await?;
    peer.kill().await?;
    let over = until("the end", async || {
        let phase = phase(&capture).await?;
        Ok((phase == "ended" || phase == "failed").then_some(phase))
    });
    let mut found = Found::default();
    found.expect(over.await.is_ok(), || "nobody is told that the peer is gone".to_owned());
    found.expect(answers(&capture).await, || "the server does not answer".to_owned());
    Ok(found)
}

/// A viewer counts frames and the times that pipelines came back, until it has had enough of these.
async fn restarts(capture: &Capture, wanted: usize) -> Result<(Vec<Instant>, u64)> {
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let (mut gone, mut back, mut frames) = (false, Vec::new(), 0);
    while back.len() < wanted {
        match client.hear().await? {
            Heard::Frame(frame) => {
                client.drawn(&frame).await?;
                frames += 1;
                if std::mem::take(&mut gone) {
                    back.push(Instant::now());
                }
            }
            Heard::Message(message) => {
                if let ServerMessage::Streams { streams } = *message {
                    gone |=
                        streams.iter().any(|one| one.phase != Phase::Running && one.phase != Phase::Waiting);
                }
            }
            Heard::Closed(why) => bail!("the viewer was closed: {why:?}"),
        }
    }
    Ok((back, frames))
}

async fn restarted(capture: &Capture, wanted: usize) -> Result<Found> {
    let (back, frames) = restarts(capture, wanted).await?;
    let spans = back.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs_f64());
    let mut found = Found::tried(wanted as u64);
    found.at_least(
        "shortest time from restart to restart, s",
        spans.fold(f64::INFINITY, f64::min),
        AGAIN_MIN,
    );
    found.tell("frames meanwhile", count(frames));
    found.expect(!has_panicked(capture), || "a panic is in the log".to_owned());
    // Who comes late has a frame, too.
    let mut late = Client::subscribed(capture.address(), "k").await?;
    found.expect(late.frame().await.is_ok(), || "a viewer that comes late has no frame".to_owned());
    Ok(found)
}

async fn failing() -> Result<Found> {
    needs_option("--restart").await?;
    let pipeline = pipeline("identity error-after=20");
    let delays = ["--restart", "on-failure", "--restart-delay", "500ms..2s"];
    let capture = Capture::start(delays.into_iter().chain([pipeline.as_str()])).await?;
    restarted(&capture, 20).await
}

async fn ending() -> Result<Found> {
    needs_option("--restart").await?;
    let pipeline = pipeline("identity eos-after=20");
    let capture = Capture::start(["--restart", "always", "--restart-delay", "500ms..2s", &pipeline]).await?;
    restarted(&capture, 8).await
}

async fn stalling() -> Result<Found> {
    needs_option("--stall-timeout").await?;
    // Each frame takes longer than the pipeline is given.
    let pipeline = format!("{SOURCE} ! identity sleep-time=15000000 ! {SINK}");
    let options = ["--restart", "on-failure", "--stall-timeout", "2s", "--restart-delay", "500ms..2s"];
    let capture = Capture::start(options.into_iter().chain([pipeline.as_str()])).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let mut found = Found::default();
    let mut told = 0;
    while told < 2 {
        match client.hear().await? {
            Heard::Frame(frame) => client.drawn(&frame).await?,
            Heard::Message(message) => {
                let text = message.to_json();
                told += usize::from(text.contains("stalled"));
            }
            Heard::Closed(why) => bail!("the viewer was closed: {why:?}"),
        }
    }
    found.expect(answers(&capture).await, || "the server does not answer".to_owned());
    found.times = told as u64;
    Ok(found)
}

/// Kills and starts a peer under a viewer, and measures how soon it has frames again.
async fn comes_back(
    serving: &str,
    receiving: &str,
    mut ready: impl AsyncFnMut(&str) -> Result<Child>,
) -> Result<Found> {
    let mut one = ready(serving).await?;
    let capture = Capture::start(["--restart", "always", receiving]).await?;
    let mut client = Client::subscribed(capture.address(), "k").await?;
    let frame = client.frame().await?;
    client.drawn(&frame).await?;
    let (mut found, mut longest) = (Found::default(), 0.0_f64);
    for _ in 0..3 {
        one.kill().await?;
        until("the end of the frames", async || Ok((phase(&capture).await? != "running").then_some(())))
            .await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let started = Instant::now();
        one = ready(serving).await?;
        until("frames again", async || Ok((phase(&capture).await? == "running").then_some(()))).await?;
        loop {
            match client.hear().await? {
                Heard::Frame(frame) => {
                    client.drawn(&frame).await?;
                    break;
                }
                Heard::Closed(why) => bail!("the viewer was closed: {why:?}"),
                Heard::Message(_) => {}
            }
        }
        longest = longest.max(started.elapsed().as_secs_f64());
        found.times += 1;
    }
    found.at_most("frames again after, s", longest, BACK_MAX);
    Ok(found)
}

async fn peer_back() -> Result<Found> {
    needs_option("--restart").await?;
    let port = free_port()?;
    let (serving, receiving) = over_tcp(port);
    comes_back(&serving, &receiving, async |text| reached(text, port).await).await
}

async fn shm_back() -> Result<Found> {
    needs_option("--restart").await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("frames");
    let (serving, receiving) = over_shm(&path.display().to_string());
    comes_back(&serving, &receiving, async |text| {
        // What a killed one leaves behind is in the way of the next.
        std::fs::remove_file(&path).ok();
        let peer = peer(text)?;
        until("the peer's socket", async || Ok(path.exists().then_some(()))).await?;
        Ok(peer)
    })
    .await
}
