//! A server that is newer than the viewer: its one stream has a format that the viewer has never heard of.

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use wire::control::{Phase, Policy, StreamState};
use wire::layout::{Layout, Pixels, Plane};
use wire::{FrameHeader, ServerMessage};

/// The format.
pub const FORMAT: &str = "XYZ12_128T";
/// Its caps.
pub const CAPS: &str = "video/x-raw, format=(string)XYZ12_128T, width=(int)8, height=(int)4";
/// Bytes of its frame.
pub const PAYLOAD: [u8; 32] = [7; 32];

/// Serves one frame to everybody; dropping it ends that.
#[derive(Debug)]
pub struct Newer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Newer {
    /// Starts it on a free port of 127.0.0.1.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A browser that goes away in the middle is no failure.
                tokio::spawn(async move { serve(stream).await.ok() });
            }
        });
        Ok(Self { address, task })
    }

    /// Address of its socket.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }
}

impl Drop for Newer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream) -> Result<()> {
    #[expect(clippy::result_large_err, reason = "the library's type of an answer that refuses")]
    let accept = |_: &Request, mut response: Response| {
        let name = HeaderValue::from_static(wire::SUBPROTOCOL);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, accept).await?;
    let stream = StreamState {
        name: "k".to_owned(),
        pipeline: 0,
        phase: Phase::Running,
        failure: None,
        caps: Some(CAPS.to_owned()),
        converted: None,
    };
    let hello =
        ServerMessage::Hello { server: "newer".to_owned(), policy: Policy::Latest, streams: vec![stream] };
    socket.send(Message::text(hello.to_json())).await?;
    // It asks for the one stream there is, and is not asked what it thinks of it.
    socket.next().await;
    let layout = Layout {
        id: 1,
        stream: "k".to_owned(),
        caps: CAPS.to_owned(),
        format: FORMAT.to_owned(),
        pixels: Pixels::Named { name: FORMAT.to_owned() },
        planes: vec![Plane { stride: 8, offset: 0, length: PAYLOAD.len() as u64 }],
        ..Layout::plain(8, 4)
    };
    let layout = ServerMessage::Layout { layout: Box::new(layout) };
    socket.send(Message::text(layout.to_json())).await?;
    let header = FrameHeader { layout_id: 1, payload_len: PAYLOAD.len() as u64, ..FrameHeader::default() };
    let frame = [&header.encode()[..], &PAYLOAD].concat();
    socket.send(Message::binary(frame)).await?;
    while socket.next().await.is_some() {}
    Ok(())
}
