//! A viewer without a browser: the protocol over a socket, with credits returned only when a test says so.

use crate::bound::within;
use crate::http;
use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use std::collections::HashMap;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{HOST, HeaderName, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use wire::control::{Outcome, Policy};
use wire::history::LeasedFrame;
use wire::{ClientMessage, FrameHeader, FrameMessage, Layout, Ledger, MAX_CREDITS, ServerMessage};

/// A connection that speaks the protocol.
#[derive(Debug)]
pub struct Client {
    socket: WebSocketStream<TcpStream>,
    /// Where messages come from instead, once [`Client::take_body`] has changed that.
    body: Option<WebSocketStream<TcpStream>>,
    /// Layouts by id, as they were told.
    pub layouts: HashMap<u32, Layout>,
    /// The newest account of each stream.
    pub ledgers: HashMap<String, Ledger>,
    /// What `hello` said.
    pub policy: Option<Policy>,
    /// The frame that the next binary message was announced to be.
    announced: Option<u64>,
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A text message.
    Message(Box<ServerMessage>),
    /// A whole frame.
    Frame(Frame),
    /// The end, with code and reason; `None` if it just ended.
    Closed(Option<(u16, String)>),
}

/// A frame as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its header.
    pub header: FrameHeader,
    /// Its stream, as the layout names it.
    pub stream: String,
    /// The buffer's bytes.
    pub payload: Vec<u8>,
    /// Whether it came because it was asked for; then it spent no credit.
    pub fetched: bool,
}

/// What a handshake claims.
#[derive(Clone, Copy, Debug)]
pub struct Handshake<'a> {
    /// `Host`, if not the address.
    pub host: Option<&'a str>,
    /// `Origin`; none for what is no browser.
    pub origin: Option<&'a str>,
    /// The offered subprotocols.
    pub subprotocols: Option<&'a str>,
}

impl Default for Handshake<'_> {
    fn default() -> Self {
        Self { host: None, origin: None, subprotocols: Some(wire::SUBPROTOCOL) }
    }
}

impl Client {
    /// Connects as a well-behaved client that is no browser.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        match Self::handshake(address, Handshake::default()).await? {
            Ok(client) => Ok(client),
            Err(status) => bail!("the handshake was answered with {status}"),
        }
    }

    /// Connects and subscribes with as many credits as there may be.
    pub async fn subscribed(address: SocketAddr, stream: &str) -> Result<Self> {
        let mut client = Self::connect(address).await?;
        client.subscribe(stream).await?;
        Ok(client)
    }

    /// Connects with a handshake of one's own; the inner error is the HTTP status of a refusal.
    pub async fn handshake(address: SocketAddr, claims: Handshake<'_>) -> Result<Result<Self, u16>> {
        let mut request = format!("ws://{address}/ws").into_client_request()?;
        let mut set = |name: HeaderName, value: Option<&str>| -> Result<()> {
            if let Some(value) = value {
                request.headers_mut().insert(name, HeaderValue::from_str(value)?);
            }
            Ok(())
        };
        set(HOST, claims.host)?;
        set(ORIGIN, claims.origin)?;
        set(SEC_WEBSOCKET_PROTOCOL, claims.subprotocols)?;
        let stream = within("a connection", TcpStream::connect(address)).await??;
        match within("the handshake", client_async(request, stream)).await? {
            Ok((socket, _)) => {
                let (layouts, ledgers) = (HashMap::new(), HashMap::new());
                Ok(Ok(Self { socket, body: None, layouts, ledgers, policy: None, announced: None }))
            }
            Err(Error::Http(response)) => Ok(Err(response.status().as_u16())),
            Err(error) => Err(error).context("the handshake failed"),
        }
    }

    /// Subscribes with as many credits as there may be.
    pub async fn subscribe(&mut self, stream: &str) -> Result<()> {
        self.say(&ClientMessage::Subscribe { stream: stream.to_owned(), credits: MAX_CREDITS }).await
    }

    /// Gives a frame's credit back as drawn.
    pub async fn drawn(&mut self, frame: &Frame) -> Result<()> {
        let sequence = frame.header.sequence;
        let outcome = Outcome::Drawn;
        self.say(&ClientMessage::Credit { stream: frame.stream.clone(), sequence, outcome }).await
    }

    /// Says something.
    pub async fn say(&mut self, message: &ClientMessage) -> Result<()> {
        self.send(Message::text(message.to_json())).await
    }

    /// Sends any WebSocket message.
    pub async fn send(&mut self, message: Message) -> Result<()> {
        Ok(within("room to send", self.socket.send(message)).await??)
    }

    /// Has all further messages come in the body of an answer; gives what was heard before it does.
    pub async fn take_body(&mut self, address: SocketAddr, key: &str) -> Result<Vec<Heard>> {
        let (mut stream, head) = http::open_body(address, key).await?;
        ensure!(head.status == 200, "{head:?}");
        // Every body begins with a ping without payload.
        let mut ping = [0; 2];
        within("the body's first bytes", stream.read_exact(&mut ping)).await??;
        ensure!(ping == [0x89, 0], "{ping:?}");
        self.say(&ClientMessage::Body { key: key.to_owned() }).await?;
        let mut before = Vec::new();
        loop {
            match self.hear().await? {
                Heard::Message(message) if *message == ServerMessage::Body {} => break,
                Heard::Closed(why) => bail!("closed instead of a body: {why:?}"),
                Heard::Message(message) if matches!(*message, ServerMessage::Error { .. }) => {
                    bail!("{message:?} instead of a body")
                }
                other => before.push(other),
            }
        }
        // A body is framed as a WebSocket is.
        self.body = Some(WebSocketStream::from_raw_socket(stream, Role::Client, None).await);
        Ok(before)
    }

    /// Ends the body as a browser does that loses it.
    pub fn drop_body(&mut self) {
        self.body = None;
    }

    /// The next thing the server says; layouts and accounts are remembered as well.
    pub async fn hear(&mut self) -> Result<Heard> {
        loop {
            let carrier = self.body.as_mut().unwrap_or(&mut self.socket);
            let heard = within("the server to say something", carrier.next()).await?;
            // What ends in the body's end is said by the socket.
            if self.body.is_some() && matches!(heard, None | Some(Err(_))) {
                self.body = None;
                continue;
            }
            return Ok(match heard {
                Some(Ok(Message::Text(text))) => {
                    let message = ServerMessage::from_json(&text).with_context(|| text.to_string())?;
                    ensure!(self.announced.is_none(), "between `fetched` and its frame: {text}");
                    self.remember(&message);
                    Heard::Message(Box::new(message))
                }
                Some(Ok(Message::Binary(bytes))) => {
                    let FrameMessage { header, payload, .. } = FrameMessage::decode(&bytes)?;
                    let layout = self.layouts.get(&header.layout_id);
                    let layout = layout.with_context(|| format!("no layout for {header:?}"))?;
                    let announced = self.announced.take();
                    ensure!(announced.is_none_or(|sequence| sequence == header.sequence), "{announced:?}");
                    let (stream, payload) = (layout.stream.clone(), payload.to_owned());
                    Heard::Frame(Frame { header, stream, payload, fetched: announced.is_some() })
                }
                Some(Ok(Message::Close(frame))) => {
                    Heard::Closed(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())))
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Heard::Closed(None),
            });
        }
    }

    /// Leases what is held of a stream; frames that come before the answer have their credits returned.
    pub async fn lease(&mut self, stream: &str) -> Result<Vec<LeasedFrame>> {
        self.say(&ClientMessage::Lease { stream: stream.to_owned() }).await?;
        loop {
            match self.hear().await? {
                Heard::Message(message) => match *message {
                    ServerMessage::Leased { frames, .. } => return Ok(frames),
                    ServerMessage::Error { code, text } => bail!("{code}: {text}"),
                    _ => {}
                },
                Heard::Frame(frame) => self.drawn(&frame).await?,
                Heard::Closed(why) => bail!("closed instead of a lease: {why:?}"),
            }
        }
    }

    /// Fetches a leased frame; other frames that come before it have their credits returned.
    pub async fn fetch(&mut self, stream: &str, sequence: u64) -> Result<Frame> {
        self.say(&ClientMessage::Fetch { stream: stream.to_owned(), sequence }).await?;
        loop {
            match self.hear().await? {
                Heard::Message(message) => {
                    if let ServerMessage::Error { code, text } = *message {
                        bail!("{code}: {text}");
                    }
                }
                Heard::Frame(frame) if frame.fetched => return Ok(frame),
                Heard::Frame(frame) => self.drawn(&frame).await?,
                Heard::Closed(why) => bail!("closed instead of a frame: {why:?}"),
            }
        }
    }

    /// The next frame of any stream; an error if the connection or a stream ends before it.
    pub async fn frame(&mut self) -> Result<Frame> {
        self.frame_or_end().await?.context("the stream ended")
    }

    /// The next frame, or `None` at the end of a stream.
    pub async fn frame_or_end(&mut self) -> Result<Option<Frame>> {
        // Statistics come every second, so that there is always something to hear.
        let found = within("a frame", self.look_for_frame()).await;
        found.with_context(|| format!("the accounts are {:?}", self.ledgers))?
    }

    async fn look_for_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            match self.hear().await? {
                Heard::Frame(frame) => return Ok(Some(frame)),
                Heard::Message(message) => match *message {
                    ServerMessage::EndOfStream { .. } => return Ok(None),
                    ServerMessage::Error { code, text } => bail!("{code} instead of a frame: {text}"),
                    _ => {}
                },
                Heard::Closed(why) => bail!("closed instead of a frame: {why:?}"),
            }
        }
    }

    /// Why the connection ends; what comes before is passed over.
    pub async fn closed(&mut self) -> Result<Option<(u16, String)>> {
        let closed = async {
            loop {
                if let Heard::Closed(why) = self.hear().await? {
                    return Ok(why);
                }
            }
        };
        within("the end of the connection", closed).await?
    }

    /// The next account of a stream; frames that come before it have their credits returned.
    pub async fn ledger(&mut self, stream: &str) -> Result<Ledger> {
        loop {
            match self.hear().await? {
                Heard::Message(message) => {
                    if let ServerMessage::Statistics { .. } = *message
                        && let Some(ledger) = self.ledgers.get(stream)
                    {
                        return Ok(*ledger);
                    }
                }
                Heard::Frame(frame) => self.drawn(&frame).await?,
                Heard::Closed(why) => bail!("closed instead of statistics: {why:?}"),
            }
        }
    }

    /// The first account of a stream of which `holds` is true; an error with the last one if there is none in time.
    pub async fn ledger_when(&mut self, stream: &str, holds: impl Fn(&Ledger) -> bool) -> Result<Ledger> {
        let found = async {
            loop {
                let ledger = self.ledger(stream).await?;
                if holds(&ledger) {
                    return Ok(ledger);
                }
            }
        };
        let found = within("such an account", found).await;
        found.with_context(|| format!("the last one is {:?}", self.ledgers.get(stream)))?
    }

    fn remember(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Hello { policy, .. } => self.policy = Some(*policy),
            ServerMessage::Fetched { sequence, .. } => self.announced = Some(*sequence),
            ServerMessage::Layout { layout } => {
                self.layouts.insert(layout.id, (**layout).clone());
            }
            ServerMessage::Statistics { streams } => {
                let entries = streams.iter().map(|entry| (entry.stream.clone(), entry.ledger));
                self.ledgers.extend(entries);
            }
            _ => {}
        }
    }
}
