//! A server of somebody else's: its one stream has a layout and frames that a test gives, right or wrong.

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use wire::Layout;
use wire::control::{Phase, Policy, StreamState};
use wire::{FrameHeader, ServerMessage};

const STREAM: &str = "k";
const LAYOUT_ID: u32 = 1;

/// Serves the same frames to everybody; dropping it ends that.
#[derive(Debug)]
pub struct Foreign {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Foreign {
    /// Starts it on a free port of 127.0.0.1: a stream of that layout, and its frames' payloads, numbered from 0, each
    /// sent when the viewer has answered to the one before.
    pub async fn start(layout: Layout, payloads: Vec<Vec<u8>>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let served = Arc::new((Layout { id: LAYOUT_ID, stream: STREAM.to_owned(), ..layout }, payloads));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = Arc::clone(&served);
                // A browser that goes away in the middle is no failure.
                tokio::spawn(async move { serve(stream, &served.0, &served.1).await.ok() });
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

impl Drop for Foreign {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, layout: &Layout, payloads: &[Vec<u8>]) -> Result<()> {
    #[expect(clippy::result_large_err, reason = "the library's type of an answer that refuses")]
    let accept = |_: &Request, mut response: Response| {
        let name = HeaderValue::from_static(wire::SUBPROTOCOL);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, accept).await?;
    let stream = StreamState {
        name: STREAM.to_owned(),
        pipeline: 0,
        phase: Phase::Running,
        failure: None,
        caps: Some(layout.caps.clone()),
        converted: None,
    };
    let hello =
        ServerMessage::Hello { server: "foreign".to_owned(), policy: Policy::Latest, streams: vec![stream] };
    socket.send(Message::text(hello.to_json())).await?;
    // It asks for the one stream there is.
    socket.next().await;
    let layout = ServerMessage::Layout { layout: Box::new(layout.clone()) };
    socket.send(Message::text(layout.to_json())).await?;
    for (sequence, payload) in (0..).zip(payloads) {
        let payload_len = payload.len() as u64;
        let header = FrameHeader { layout_id: LAYOUT_ID, sequence, payload_len, ..FrameHeader::default() };
        socket.send(Message::binary([&header.encode()[..], payload].concat())).await?;
        // What else it says, as of its clock, is no answer to a frame.
        while let Some(heard) = socket.next().await {
            if heard?.to_text()?.contains("\"credit\"") {
                break;
            }
        }
    }
    while socket.next().await.is_some() {}
    Ok(())
}
