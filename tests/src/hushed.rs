//! A server that forgets its hashes: what passes between a viewer and `capture` but for those messages.

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::{accept_hdr_async, client_async};
use wire::ServerMessage;

/// It stands before another server; dropping it ends that.
#[derive(Debug)]
pub struct Hushed {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Hushed {
    /// Starts it on a free port of 127.0.0.1, before the server at `behind`.
    pub async fn start(behind: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A browser that goes away in the middle is no failure.
                tokio::spawn(async move { pass(stream, behind).await.ok() });
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

impl Drop for Hushed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(viewer: TcpStream, behind: SocketAddr) -> Result<()> {
    let subprotocol = HeaderValue::from_static(wire::SUBPROTOCOL);
    let answered = subprotocol.clone();
    #[expect(clippy::result_large_err, reason = "the library's type of an answer that refuses")]
    let accept = |_: &Request, mut response: Response| {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, answered);
        Ok(response)
    };
    let mut viewer = accept_hdr_async(viewer, accept).await?;
    let mut request = format!("ws://{behind}/ws").into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    let (mut server, _) = client_async(request, TcpStream::connect(behind).await?).await?;
    loop {
        tokio::select! {
            said = viewer.next() => server.send(said.context("the viewer is gone")??).await?,
            said = server.next() => {
                let said = said.context("the server is gone")??;
                let is_hash = said.to_text().ok().and_then(|text| ServerMessage::from_json(text).ok());
                if !matches!(is_hash, Some(ServerMessage::Hashes { .. })) {
                    viewer.send(said).await?;
                }
            }
        }
    }
}
