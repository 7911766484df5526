//! Verifies a server by its own protocol: subscribes to each stream over a real socket, as viewers do, and compares what
//! comes with the hashes that the server took of the appsink's buffers.
//!
//! Knows the address and the protocol, neither the registry nor GStreamer: it could verify a server elsewhere.

mod check;

pub use check::Fault;

use crate::server::TOKEN_PROTOCOL;
use check::Check;
use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use wire::control::Outcome;
use wire::{ClientMessage, Ledger, MAX_CREDITS, SUBPROTOCOL};

/// How long the account may take that follows the last frame; it comes once a second.
const ACCOUNT_MAX: Duration = Duration::from_secs(3);

/// How long a stream that has not ended may go without a frame: long enough for cameras and servers far away to begin,
/// which take seconds, and short enough for a script that waits.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What to verify, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the server listens.
    pub address: SocketAddr,
    /// What lets one in, if it takes that.
    pub token: Option<String>,
    /// How to speak TLS with it, if it speaks that.
    pub tls: Option<Arc<ClientConfig>>,
    /// Frames of each stream.
    pub frames: u64,
    /// Whether streams begin again at their end.
    pub is_loop: bool,
    /// How long to wait for each frame; [`PATIENCE`] where there is no reason for another.
    pub patience: Duration,
}

/// What came of one stream.
#[derive(Debug)]
pub struct Report {
    /// Its name.
    pub stream: String,
    /// Frames that were asked for.
    pub wanted: u64,
    /// Frames that were as the server hashed them.
    pub frames: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// The server's account of the stream, if one came.
    pub ledger: Option<Ledger>,
    /// Why it is not verified, if it is not.
    pub fault: Option<Fault>,
}

/// A TCP connection, or TLS on one.
trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// One connection.
struct Connection {
    socket: WebSocketStream<Box<dyn Transport>>,
    stream: String,
}

/// Verifies all `streams` at once and reports each, in their order; `verified` counts frames as they come.
///
/// A stream that is done goes on being received until all are: in policy `every`, its pipeline would wait for it.
pub async fn run(options: &Options, streams: &[String], verified: &Arc<AtomicU64>) -> Vec<Report> {
    let mut tasks = JoinSet::new();
    let mut answers = Vec::new();
    for stream in streams {
        let (options, stream, verified) = (options.clone(), stream.clone(), Arc::clone(verified));
        let (answer, report) = oneshot::channel();
        tasks.spawn(async move {
            let mut check = Check::new(&stream, options.is_loop);
            let opened = open(&options, &stream).await;
            let mut connection = match opened {
                Ok(connection) => connection,
                Err(fault) => return drop(answer.send(report_of(&options, &stream, &check, Some(fault)))),
            };
            let fault = connection.verify(&mut check, &options, &verified).await.err();
            let _ = timeout(ACCOUNT_MAX, connection.account(&mut check)).await;
            let _ = answer.send(report_of(&options, &stream, &check, fault));
            connection.drain().await;
        });
        answers.push(report);
    }
    let mut reports = Vec::new();
    for answer in answers {
        // A task that ends without an answer has panicked, and says so itself.
        reports.extend(answer.await);
    }
    reports
}

fn report_of(options: &Options, stream: &str, check: &Check, fault: Option<Fault>) -> Report {
    let Check { frames, bytes, ledger, .. } = *check;
    Report { stream: stream.to_owned(), wanted: options.frames, frames, bytes, ledger, fault }
}

async fn open(options: &Options, stream: &str) -> Result<Connection, Fault> {
    let address = options.address;
    let mut request = format!("ws://{address}/ws").into_client_request().map_err(closed)?;
    let token = options.token.iter().map(|token| format!(", {TOKEN_PROTOCOL}{token}"));
    let offered = std::iter::once(SUBPROTOCOL.to_owned()).chain(token).collect::<String>();
    let offered =
        HeaderValue::from_str(&offered).map_err(|error| Fault::Closed { why: error.to_string() })?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offered);
    let socket = connect(options).await.map_err(|error| closed(error.into()))?;
    // Frames are as large as they are.
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let (socket, _) = client_async_with_config(request, socket, Some(config)).await.map_err(closed)?;
    let mut connection = Connection { socket, stream: stream.to_owned() };
    // In this order, so that no frame comes without its hashes.
    connection.say(&ClientMessage::Verify { stream: stream.to_owned(), on: true }).await?;
    connection.say(&ClientMessage::Subscribe { stream: stream.to_owned(), credits: MAX_CREDITS }).await?;
    Ok(connection)
}

async fn connect(options: &Options) -> std::io::Result<Box<dyn Transport>> {
    let socket = TcpStream::connect(options.address).await?;
    let Some(config) = &options.tls else { return Ok(Box::new(socket)) };
    let name = ServerName::IpAddress(options.address.ip().into());
    Ok(Box::new(TlsConnector::from(Arc::clone(config)).connect(name, socket).await?))
}

impl Connection {
    /// Receives and checks until as many frames are verified as are wanted.
    async fn verify(
        &mut self,
        check: &mut Check,
        options: &Options,
        verified: &AtomicU64,
    ) -> Result<(), Fault> {
        let seconds = options.patience.as_secs_f64();
        while check.frames < options.frames {
            // Other messages do not count: the account comes each second, whatever the pipeline does.
            let heard = timeout(options.patience, self.hear(check)).await;
            let message = heard.map_err(|_| Fault::Stalled { seconds, last: check.last() })??;
            // Hashing is work for a thread that may block.
            let mut checked = std::mem::replace(check, Check::new("", false));
            let (back, seen) = tokio::task::spawn_blocking(move || {
                let seen = checked.see(&message);
                (checked, seen)
            })
            .await
            .map_err(|error| Fault::Closed { why: error.to_string() })?;
            *check = back;
            seen?;
            verified.fetch_add(1, Ordering::Relaxed);
            if let Some(sequence) = check.last() {
                self.give_back(sequence).await?;
            }
        }
        self.say(&ClientMessage::Verify { stream: self.stream.clone(), on: false }).await
    }

    /// Waits for the account that follows; frames are passed over.
    async fn account(&mut self, check: &mut Check) -> Result<(), Fault> {
        check.ledger = None;
        while check.ledger.is_none() {
            match self.next().await? {
                // An end that comes now is no fault any more.
                Message::Text(text) => drop(check.hear(&text)),
                Message::Binary(message) => self.pass_over(&message).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Receives until the connection ends.
    async fn drain(&mut self) {
        while let Ok(message) = self.next().await {
            if let Message::Binary(message) = message
                && self.pass_over(&message).await.is_err()
            {
                return;
            }
        }
    }

    async fn pass_over(&mut self, message: &[u8]) -> Result<(), Fault> {
        match wire::FrameHeader::decode(message) {
            Ok((header, _)) => self.give_back(header.sequence).await,
            Err(_) => Ok(()),
        }
    }

    /// The next frame's message.
    async fn hear(&mut self, check: &mut Check) -> Result<tokio_tungstenite::tungstenite::Bytes, Fault> {
        loop {
            match self.next().await? {
                Message::Text(text) => check.hear(&text)?,
                Message::Binary(message) => return Ok(message),
                _ => {}
            }
        }
    }

    async fn next(&mut self) -> Result<Message, Fault> {
        match self.socket.next().await {
            Some(Ok(Message::Close(Some(frame)))) => {
                Err(Fault::Closed { why: format!("{} {}", u16::from(frame.code), frame.reason) })
            }
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(closed(error)),
            None => Err(Fault::Closed { why: "without a word".to_owned() }),
        }
    }

    async fn give_back(&mut self, sequence: u64) -> Result<(), Fault> {
        let (stream, outcome) = (self.stream.clone(), Outcome::Undrawn);
        self.say(&ClientMessage::Credit { stream, sequence, outcome }).await
    }

    async fn say(&mut self, message: &ClientMessage) -> Result<(), Fault> {
        self.socket.send(Message::text(message.to_json())).await.map_err(closed)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn closed(error: Error) -> Fault {
    Fault::Closed { why: error.to_string() }
}

impl Report {
    /// Whether all frames that were asked for came as they were.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.fault.is_none() && self.frames >= self.wanted
    }
}

/// One line: `left: verified 100 of 100 frames, 691200 bytes; 130 arrived, 0 dropped, 29 skipped`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, wanted, frames, bytes, .. } = self;
        write!(f, "{stream}: verified {frames} of {wanted} frames, {bytes} bytes")?;
        if let Some(Ledger { arrived, dropped, skipped, abandoned, .. }) = self.ledger {
            write!(f, "; {arrived} arrived, {dropped} dropped, {skipped} skipped")?;
            if abandoned > 0 {
                write!(f, ", {abandoned} abandoned")?;
            }
        }
        match &self.fault {
            Some(fault) => write!(f, "; NOT VERIFIED: {fault}"),
            None => Ok(()),
        }
    }
}
