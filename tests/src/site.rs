//! A page of another origin, and a proxy that counts the handshakes that pass it.

use crate::http;
use anyhow::Result;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A web server of its own origin: pages of its own, and for all other paths what another server has there.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Passes connections on to a server and counts them.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    handshakes: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Site {
    /// Serves `pages` (path to HTML); anything else as `original` has it.
    pub async fn start(original: SocketAddr, pages: HashMap<String, String>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let pages = Arc::new(pages);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let pages = Arc::clone(&pages);
                // A browser that goes away in the middle is no failure.
                tokio::spawn(async move { answer(stream, original, &pages).await.ok() });
            }
        });
        Ok(Self { address, task })
    }

    /// The origin, as browsers write it.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, original: SocketAddr, pages: &HashMap<String, String>) -> Result<()> {
    let head = read_head(&mut stream).await?;
    let target = head.split(' ').nth(1).unwrap_or("/");
    let path = target.split('?').next().unwrap_or(target);
    let (status, kind, body) = if let Some(page) = pages.get(path) {
        (200, "text/html; charset=utf-8".to_owned(), page.clone().into_bytes())
    } else {
        let answer = http::get(original, path).await?;
        (answer.status, answer.header("content-type").unwrap_or_default().to_owned(), answer.body)
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} \r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

impl Proxy {
    /// Passes on to `target`.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let handshakes = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&handshakes);
        let task = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                tokio::spawn(async move {
                    let head = read_head(&mut from).await?;
                    if head.starts_with("GET /ws ") {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                    let mut to = TcpStream::connect(target).await?;
                    to.write_all(head.as_bytes()).await?;
                    copy_bidirectional(&mut from, &mut to).await?;
                    anyhow::Ok(())
                });
            }
        });
        Ok(Self { address, handshakes, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// WebSocket handshakes that were asked for; of several requests on one connection the first alone is looked at.
    #[must_use]
    pub fn handshakes(&self) -> usize {
        self.handshakes.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request's head, and with it whatever came along.
async fn read_head(stream: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        anyhow::ensure!(stream.read_buf(&mut head).await? > 0, "the request ends in its head");
    }
    Ok(String::from_utf8(head)?)
}
