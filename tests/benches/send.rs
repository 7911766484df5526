//! The send path beside its baselines: bytes a second, and the sender's CPU-seconds for each GB.
//!
//! Every sender is a process of its own, so that its CPU time is its own; the reader is this process. `write` is a bare
//! blocking TCP write of the same bytes, `message` is tungstenite's `Message::Binary`, `capture` is the real server with
//! fragments, low-water mark, pings and credits, `verified` the same with each frame hashed before it is sent.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use capture::server::Options;
use capture::{Frame, Registry};
use e2e::bench::drain::Drain;
use e2e::bench::run::figures;
use e2e::bench::usage::Usage;
use e2e::bench::{Figures, run};
use futures_util::SinkExt;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Message;
use wire::control::Policy;
use wire::layout::Plane;
use wire::{FrameHeader, Layout};

const TITLE: &str = "BGR frames over loopback to a reader that throws them away";
const SENDERS: [&str; 4] = ["write", "message", "capture", "verified"];
const RATE: &str = "MB/s";
const CPU_OF_BYTES: &str = "CPU-s/GB";
const CPU_OF_FRAME: &str = "CPU s/frame";

/// What is sent, and how it is read.
struct Reading {
    name: &'static str,
    /// Samples in a row, and rows.
    size: (u32, u32),
    frames: usize,
    bytes_per_second: Option<f64>,
    senders: &'static [&'static str],
}

const FAST: Reading = Reading {
    name: "1080p to a fast reader",
    size: (1920, 1080),
    frames: 500,
    bytes_per_second: None,
    senders: &SENDERS,
};
const SLOW: Reading = Reading {
    name: "1080p to a reader of 125 MB/s",
    size: (1920, 1080),
    frames: 60,
    bytes_per_second: Some(125e6),
    senders: &SENDERS,
};
/// 128 MiB each. `Message::Binary` moves what is left of a message after each partial write, and takes seconds for one.
const HUGE: Reading = Reading {
    name: "128 MiB to a reader of 125 MB/s",
    size: (8192, 5461),
    frames: 2,
    bytes_per_second: Some(125e6),
    senders: &["write", "message", "capture"],
};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [sender, frames, width, height] = &arguments[..]
        && SENDERS.contains(&sender.as_str())
    {
        return send(sender, frames.parse()?, (width.parse()?, height.parse()?));
    }
    run("send", TITLE, 0.0, async |bench| {
        bench.expect(FAST.senders.len() + SLOW.senders.len() + HUGE.senders.len());
        for reading in [FAST, SLOW, HUGE] {
            let columns = [(RATE, 0), (CPU_OF_BYTES, 3), (CPU_OF_FRAME, 4)];
            let measure = async |sender: usize| read(reading.senders[sender], &reading);
            bench.turns(reading.name, &columns, reading.senders, measure).await?;
        }
        for (reading, rate) in [(&FAST, Some(0.95)), (&SLOW, None)] {
            bench.at_least(rate, "bytes a second, capture to write", reading.name, |round| {
                Some(round.get("capture", RATE)? / round.get("write", RATE)?)
            });
            bench.at_most(Some(1.10), "CPU for a byte, capture to write", reading.name, |round| {
                Some(round.get("capture", CPU_OF_BYTES)? / round.get("write", CPU_OF_BYTES)?)
            });
            bench.at_most(None, "CPU for a byte, verified to capture", reading.name, |round| {
                Some(round.get("verified", CPU_OF_BYTES)? / round.get("capture", CPU_OF_BYTES)?)
            });
        }
        bench.at_most(None, "CPU for a byte, capture to write", HUGE.name, |round| {
            Some(round.get("capture", CPU_OF_BYTES)? / round.get("write", CPU_OF_BYTES)?)
        });
        bench.at_most(Some(1.0), "CPU of a frame, capture to 0.05 s", HUGE.name, |round| {
            Some(round.get("capture", CPU_OF_FRAME)? / 0.05)
        });
        Ok(())
    })
}

/// A sender's process, killed where nobody waits for its end.
struct Sender(Child);

impl Drop for Sender {
    fn drop(&mut self) {
        // One that has ended is gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a sender, reads its frames, and asks what they cost it.
fn read(sender: &str, reading: &Reading) -> Result<Figures> {
    let (width, height) = reading.size;
    let mut child = Sender(
        Command::new(std::env::current_exe()?)
            .args([sender, &reading.frames.to_string(), &width.to_string(), &height.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let mut said = BufReader::new(child.0.stdout.take().context("stdout is piped")?).lines();
    let mut next =
        || said.next().context("the sender ended early")?.context("the sender's words cannot be read");
    let port: u16 = next()?.parse()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut drain = Drain::connect(address, reading.bytes_per_second)?;
    if sender == "write" {
        drain.skip(reading.frames * frame_len(reading.size))?;
    } else {
        drain.subscribe("s", sender == "verified")?;
        drain.frames("s", reading.frames)?;
    }
    let seconds = drain.started().elapsed().as_secs_f64();
    child.0.stdin.take().context("stdin is piped")?.write_all(b"done\n")?;
    let cpu_seconds: f64 = next()?.parse()?;
    #[allow(clippy::cast_precision_loss, reason = "a few gigabytes are far below 2^53")]
    let (frames, bytes) = (reading.frames as f64, (reading.frames * frame_len(reading.size)) as f64);
    Ok(figures([
        (RATE, bytes / seconds / 1e6),
        (CPU_OF_BYTES, cpu_seconds / bytes * 1e9),
        (CPU_OF_FRAME, cpu_seconds / frames),
    ]))
}

/// The sender's process: says its port, sends, waits to hear that all was read, says its CPU time.
fn send(sender: &str, frames: usize, size: (u32, u32)) -> Result<ExitCode> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let pixels = Bytes::from(vec![0x5a; frame_len(size)]);
    println!("{}", listener.local_addr()?.port());
    let before = Usage::own()?;
    // A socket that is dropped with input unread resets the connection under the reader: it is kept to the end.
    let _open: Box<dyn std::any::Any> = match sender {
        "write" => {
            let (mut socket, _) = listener.accept()?;
            for _ in 0..frames {
                socket.write_all(&pixels)?;
            }
            Box::new(socket)
        }
        "message" => {
            listener.set_nonblocking(true)?;
            let socket = runtime.block_on(async {
                let (socket, _) = tokio::net::TcpListener::from_std(listener)?.accept().await?;
                let mut socket = accept(socket).await?;
                for _ in 0..frames {
                    socket.send(Message::Binary(pixels.clone())).await?;
                }
                anyhow::Ok(socket)
            })?;
            Box::new(socket)
        }
        "capture" | "verified" => {
            serve(&runtime, listener, &pixels, frames, size)?;
            Box::new(())
        }
        other => bail!("no sender {other}"),
    };
    std::io::stdin().lock().lines().next().context("the reader went away")??;
    println!("{}", Usage::own()?.cpu_seconds - before.cpu_seconds);
    std::process::exit(0)
}

async fn accept(
    socket: tokio::net::TcpStream,
) -> Result<tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>> {
    use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
    #[allow(
        clippy::result_large_err,
        clippy::unnecessary_wraps,
        reason = "tungstenite's callback has this shape"
    )]
    fn echo(request: &Request, mut response: Response) -> Result<Response, hyper::Response<Option<String>>> {
        if let Some(name) = request.headers().get("sec-websocket-protocol") {
            response.headers_mut().insert("sec-websocket-protocol", name.clone());
        }
        Ok(response)
    }
    Ok(tokio_tungstenite::accept_hdr_async(socket, echo).await?)
}

fn serve(
    runtime: &tokio::runtime::Runtime,
    listener: TcpListener,
    pixels: &Bytes,
    frames: usize,
    size: (u32, u32),
) -> Result<()> {
    listener.set_nonblocking(true)?;
    let registry = Registry::new(Policy::Every);
    let stream = registry.add("s", 0);
    let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) })?;
    runtime.spawn(capture::server::run(listener, registry, Options::default(), std::future::pending()));
    let layout = Arc::new(layout(size).check()?);
    for sequence in 0..frames as u64 {
        let header = FrameHeader { sequence, ..FrameHeader::default() };
        stream.publish(Frame::new(header, Arc::clone(&layout), Box::new(pixels.clone()), Bytes::new())?);
    }
    Ok(())
}

fn layout((width, height): (u32, u32)) -> Layout {
    Layout {
        id: 1,
        stream: "s".into(),
        planes: vec![Plane { stride: width * 3, offset: 0, length: frame_len((width, height)) as u64 }],
        ..Layout::plain(width, height)
    }
}

fn frame_len((width, height): (u32, u32)) -> usize {
    width as usize * height as usize * 3
}
