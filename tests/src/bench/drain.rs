//! A client that takes frames as a reader of its own pace and throws them away: blocking, a thread each, without a browser.
//!
//! It reads WebSocket frames itself, so that reading costs next to nothing beside the copy out of the kernel.

use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wire::control::Outcome;
use wire::{ClientMessage, MAX_CREDITS};

const READ: usize = 256 * 1024;
/// Header bytes up to the end of the sequence.
const TO_SEQUENCE: usize = 16;

/// The bit of an opcode that says that a frame controls the connection and may stand between fragments.
const CONTROL: u8 = 0x08;

/// A connection that throws away what it reads.
#[derive(Debug)]
pub struct Drain {
    socket: TcpStream,
    bytes_per_second: Option<f64>,
    started: Instant,
    read: usize,
    buffer: Vec<u8>,
    passed: u64,
}

/// Clients that drain a stream, each on a thread, until they are dropped.
#[derive(Debug)]
pub struct Drains {
    sockets: Vec<TcpStream>,
    threads: Vec<JoinHandle<()>>,
    frames: Arc<AtomicU64>,
}

impl Drain {
    /// Connects; with a rate, reads no faster than that.
    pub fn connect(address: SocketAddr, bytes_per_second: Option<f64>) -> Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            bytes_per_second,
            started: Instant::now(),
            read: 0,
            buffer: vec![0; READ],
            passed: 0,
        })
    }

    /// When the reading that counts began.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Control frames that came between the fragments of a frame.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Asks for a pong.
    pub fn ping(&mut self) -> Result<()> {
        Ok(self.socket.write_all(&[0x89, 0x80, 0, 0, 0, 0])?)
    }

    /// Another handle of its socket.
    pub fn socket(&self) -> Result<TcpStream> {
        Ok(self.socket.try_clone()?)
    }

    /// Reads so many bytes.
    pub fn skip(&mut self, mut len: usize) -> Result<()> {
        while len > 0 {
            let part = len.min(READ);
            self.socket.read_exact(&mut self.buffer[..part])?;
            self.pace(part);
            len -= part;
        }
        Ok(())
    }

    /// Shakes hands and subscribes; what is read counts from here.
    pub fn subscribe(&mut self, stream: &str, is_verified: bool) -> Result<()> {
        let handshake = format!(
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {}\r\n\r\n",
            wire::SUBPROTOCOL
        );
        self.socket.write_all(handshake.as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.take::<1>()?[0]);
        }
        if is_verified {
            self.say(&ClientMessage::Verify { stream: stream.into(), on: true })?;
        }
        self.say(&ClientMessage::Subscribe { stream: stream.into(), credits: MAX_CREDITS })?;
        self.started = Instant::now();
        self.read = 0;
        Ok(())
    }

    /// Reads until so many frames were read, and returns their credits.
    pub fn frames(&mut self, stream: &str, count: usize) -> Result<()> {
        let (mut frames, mut is_video, mut sequence) = (0, false, 0);
        while frames < count {
            let [first, short] = self.take()?;
            let mut len = match short {
                126 => usize::from(u16::from_be_bytes(self.take()?)),
                127 => usize::try_from(u64::from_be_bytes(self.take()?))?,
                short => usize::from(short),
            };
            let opcode = first & 0x0f;
            if opcode == 2 {
                let header: [u8; TO_SEQUENCE] = self.take()?;
                sequence = u64::from_le_bytes(header[8..].try_into()?);
                len -= TO_SEQUENCE;
            }
            self.skip(len)?;
            if opcode & CONTROL != 0 {
                self.passed += u64::from(is_video);
                continue;
            }
            is_video = opcode == 2 || (is_video && opcode == 0);
            if is_video && first & 0x80 != 0 {
                (frames, is_video) = (frames + 1, false);
                self.say(&ClientMessage::Credit {
                    stream: stream.into(),
                    sequence,
                    outcome: Outcome::Drawn,
                })?;
            }
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.socket.read_exact(&mut bytes)?;
        self.pace(N);
        Ok(bytes)
    }

    fn pace(&mut self, bytes: usize) {
        self.read += bytes;
        if let Some(rate) = self.bytes_per_second {
            #[allow(clippy::cast_precision_loss, reason = "a few gigabytes are far below 2^53")]
            let due = self.started + Duration::from_secs_f64(self.read as f64 / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
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

impl Drains {
    /// Lets so many clients drain a stream as fast as they are served.
    pub fn start(address: SocketAddr, stream: &str, count: usize) -> Result<Self> {
        let mut drains = Self { sockets: Vec::new(), threads: Vec::new(), frames: Arc::default() };
        for _ in 0..count {
            let mut drain = Drain::connect(address, None)?;
            drain.subscribe(stream, false)?;
            drains.sockets.push(drain.socket.try_clone()?);
            let (stream, frames) = (stream.to_owned(), Arc::clone(&drains.frames));
            drains.threads.push(std::thread::spawn(move || {
                // It ends with its socket.
                while drain.frames(&stream, 1).is_ok() {
                    frames.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        Ok(drains)
    }

    /// Frames that all of them took up to now.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// How many there still are.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.threads.iter().filter(|thread| !thread.is_finished()).count()
    }
}

impl Drop for Drains {
    fn drop(&mut self) {
        for socket in &self.sockets {
            // One that the server has ended already needs no end.
            let _ = socket.shutdown(Shutdown::Both);
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}
