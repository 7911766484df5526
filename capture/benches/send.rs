//! The send path beside its baselines, in one run: bytes a second, and the sender's CPU-seconds for each GB.
//!
//! Every sender is a process of its own, so that its CPU time is its own; the reader is this process. `write` is a bare
//! blocking TCP write of the same bytes, `message` is tungstenite's `Message::Binary`, `capture` is the real server with
//! fragments, low-water mark, pings and credits, `verified` the same with each frame hashed before it is sent.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use capture::server::Options;
use capture::{Frame, Registry};
use futures_util::SinkExt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use wire::control::{Outcome, Policy};
use wire::layout::Plane;
use wire::{ClientMessage, FrameHeader, Layout};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
const FRAME: usize = WIDTH as usize * HEIGHT as usize * 3;
const ROUNDS: usize = 5;
const SENDERS: [&str; 4] = ["write", "message", "capture", "verified"];

/// How a reader takes the bytes.
struct Reader {
    name: &'static str,
    frames: usize,
    bytes_per_second: Option<f64>,
}

const READERS: [Reader; 2] = [
    Reader { name: "fast reader", frames: 500, bytes_per_second: None },
    Reader { name: "125 MB/s reader", frames: 60, bytes_per_second: Some(125e6) },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, sender, frames] = &arguments[..]
        && SENDERS.contains(&sender.as_str())
    {
        return send(sender, frames.parse()?);
    }
    println!(
        "1080p BGR frames over loopback, {ROUNDS} rounds in turn, medians; ratios to `write` of the same round\n"
    );
    for reader in READERS {
        let mut rounds: Vec<Vec<Figures>> = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(SENDERS.iter().map(|sender| measure(sender, &reader)).collect::<Result<_>>()?);
        }
        println!("{:<16} {:>9} {:>7} {:>12} {:>7}", reader.name, "MB/s", "ratio", "CPU-s/GB", "ratio");
        for (index, sender) in SENDERS.iter().enumerate() {
            let of = |figure: fn(&Figures) -> f64| median(rounds.iter().map(|round| figure(&round[index])));
            let ratio = |figure: fn(&Figures) -> f64| {
                median(rounds.iter().map(|round| figure(&round[index]) / figure(&round[0])))
            };
            println!(
                "  {sender:<14} {:>9.0} {:>7.2} {:>12.3} {:>7.2}",
                of(Figures::rate) / 1e6,
                ratio(Figures::rate),
                of(Figures::cpu) * 1e9,
                ratio(Figures::cpu),
            );
        }
        println!();
    }
    Ok(())
}

struct Figures {
    bytes: f64,
    seconds: f64,
    cpu_seconds: f64,
}

impl Figures {
    fn rate(&self) -> f64 {
        self.bytes / self.seconds
    }

    fn cpu(&self) -> f64 {
        self.cpu_seconds / self.bytes
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Starts a sender, reads its frames, and asks what they cost it.
fn measure(sender: &str, reader: &Reader) -> Result<Figures> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([sender, &reader.frames.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(child.stdout.take().context("stdout is piped")?).lines();
    let mut next =
        || said.next().context("the sender ended early")?.context("the sender's words cannot be read");
    let port: u16 = next()?.parse()?;
    let mut pace =
        Pace { socket: TcpStream::connect(("127.0.0.1", port))?, reader, started: Instant::now(), read: 0 };
    pace.socket.set_nodelay(true)?;
    match sender {
        "write" => pace.skip(reader.frames * FRAME)?,
        _ => read_messages(&mut pace, sender == "verified")?,
    }
    let seconds = pace.started.elapsed().as_secs_f64();
    child.stdin.take().context("stdin is piped")?.write_all(b"done\n")?;
    let cpu_nanos: f64 = next()?.parse()?;
    child.wait()?;
    #[allow(clippy::cast_precision_loss, reason = "a few gigabytes are far below 2^53")]
    Ok(Figures { bytes: (reader.frames * FRAME) as f64, seconds, cpu_seconds: cpu_nanos / 1e9 })
}

/// A blocking reader that throws away what it reads, at its own pace.
struct Pace<'a> {
    socket: TcpStream,
    reader: &'a Reader,
    started: Instant,
    read: usize,
}

impl Pace<'_> {
    fn skip(&mut self, mut len: usize) -> Result<()> {
        let mut buffer = vec![0; 256 * 1024];
        while len > 0 {
            let part = len.min(buffer.len());
            self.fill(&mut buffer[..part])?;
            len -= part;
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.socket.read_exact(buffer)?;
        self.read += buffer.len();
        if let Some(rate) = self.reader.bytes_per_second {
            #[allow(clippy::cast_precision_loss, reason = "a few gigabytes are far below 2^53")]
            let due = self.started + Duration::from_secs_f64(self.read as f64 / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }

    fn say(&mut self, message: &ClientMessage) -> Result<()> {
        let text = message.to_json();
        let len = u8::try_from(text.len()).ok().filter(|&len| len < 126).context("a short message")?;
        // A mask of zeros leaves the text as it is.
        let mut bytes = vec![0x81, 0x80 | len, 0, 0, 0, 0];
        bytes.extend_from_slice(text.as_bytes());
        Ok(self.socket.write_all(&bytes)?)
    }
}

/// Reads WebSocket frames until all video frames were read, and returns their credits.
fn read_messages(pace: &mut Pace, is_verified: bool) -> Result<()> {
    let handshake = format!(
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {}\r\n\r\n",
        wire::SUBPROTOCOL
    );
    pace.socket.write_all(handshake.as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        pace.socket.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    if is_verified {
        pace.say(&ClientMessage::Verify { stream: "s".into(), on: true })?;
    }
    pace.say(&ClientMessage::Subscribe { stream: "s".into(), credits: 2 })?;
    pace.started = Instant::now();
    pace.read = 0;
    let (mut frames, mut is_video) = (0, false);
    while frames < pace.reader.frames {
        let mut head = [0; 2];
        pace.fill(&mut head)?;
        let len = match head[1] {
            126 => {
                let mut len = [0; 2];
                pace.fill(&mut len)?;
                usize::from(u16::from_be_bytes(len))
            }
            127 => {
                let mut len = [0; 8];
                pace.fill(&mut len)?;
                usize::try_from(u64::from_be_bytes(len))?
            }
            short => usize::from(short),
        };
        pace.skip(len)?;
        let opcode = head[0] & 0x0f;
        is_video = opcode == 2 || (is_video && opcode == 0);
        if is_video && head[0] & 0x80 != 0 {
            frames += 1;
            let outcome = Outcome::Drawn;
            pace.say(&ClientMessage::Credit { stream: "s".into(), sequence: frames as u64, outcome })?;
        }
    }
    Ok(())
}

/// The sender's process: says its port, sends, waits to hear that all was read, says its CPU time in nanoseconds.
fn send(sender: &str, frames: usize) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("{}", listener.local_addr()?.port());
    let pixels = Bytes::from(vec![0x5a; FRAME]);
    let before = cpu_nanos()?;
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
            serve(&runtime, listener, &pixels, frames)?;
            Box::new(())
        }
        other => bail!("no sender {other}"),
    };
    std::io::stdin().lock().lines().next().context("the reader went away")??;
    println!("{}", cpu_nanos()? - before);
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
) -> Result<()> {
    listener.set_nonblocking(true)?;
    let registry = Registry::new(Policy::Every);
    let stream = registry.add("s", 0);
    let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) })?;
    runtime.spawn(capture::server::run(listener, registry, Options::default(), std::future::pending()));
    let layout = Arc::new(layout().check()?);
    for sequence in 0..frames as u64 {
        let header = FrameHeader { sequence, ..FrameHeader::default() };
        stream.publish(Frame::new(header, Arc::clone(&layout), Box::new(pixels.clone()), Bytes::new())?);
    }
    Ok(())
}

fn layout() -> Layout {
    Layout {
        id: 1,
        stream: "s".into(),
        planes: vec![Plane { stride: WIDTH * 3, offset: 0, length: FRAME as u64 }],
        ..Layout::plain(WIDTH, HEIGHT)
    }
}

/// Time on a processor of all threads of this process.
fn cpu_nanos() -> Result<u64> {
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let schedstat = std::fs::read_to_string(task?.path().join("schedstat"))?;
        sum += schedstat.split(' ').next().context("schedstat begins with a number")?.parse::<u64>()?;
    }
    Ok(sum)
}
