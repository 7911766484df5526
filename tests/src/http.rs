//! Plain HTTP/1.1 requests, written by hand so that a test may send what no HTTP library would.

use crate::bound::within;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What ends a head.
const END: &[u8] = b"\r\n\r\n";

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header lines: name in lower case, and value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks for a path, as a program that is no browser does.
pub async fn get(address: SocketAddr, path: &str) -> Result<Response> {
    request(address, &format!("GET {path}"), &[("Host", &address.to_string())], "").await
}

/// Sends `start` (method and path), header lines and a body; the connection is closed after the answer.
pub async fn request(
    address: SocketAddr,
    start: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Response> {
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (lines, length) = (lines.concat(), body.len());
    let message =
        format!("{start} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}");
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(message.as_bytes()).await?;
        read(&mut stream).await
    };
    within(start, exchange).await?.with_context(|| format!("{start} at {address}"))
}

/// Asks for the body that a viewer names by `key`: the connection behind the head, and the head.
pub async fn open_body(address: SocketAddr, key: &str) -> Result<(TcpStream, Response)> {
    let opened = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /body?key={key} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        // Byte by byte: what is behind the head belongs to whoever reads on.
        let mut bytes = Vec::new();
        while !bytes.ends_with(END) {
            bytes.push(stream.read_u8().await?);
        }
        let head = head(&bytes[..bytes.len() - END.len()])?;
        anyhow::Ok((stream, head))
    };
    within("the head of a body", opened).await?
}

/// Reads one answer: its head, and as much body as its `Content-Length` says, or all there is.
pub async fn read(stream: &mut TcpStream) -> Result<Response> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(END.len()).position(|window| window == END) {
            break at;
        }
        let read = stream.read_buf(&mut bytes).await?;
        anyhow::ensure!(read > 0, "the answer ends in its head: {:?}", String::from_utf8_lossy(&bytes));
    };
    let mut body = bytes.split_off(head + END.len());
    let mut response = self::head(&bytes[..head])?;
    match response.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => while body.len() < length && stream.read_buf(&mut body).await? > 0 {},
        None if response.status == 101 => {}
        None => while stream.read_buf(&mut body).await? > 0 {},
    }
    response.body = body;
    Ok(response)
}

fn head(bytes: &[u8]) -> Result<Response> {
    let text = String::from_utf8_lossy(bytes);
    let (start, lines) = text.split_once("\r\n").unwrap_or((&text, ""));
    let status = start.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no status line: {start:?}"))?;
    let headers = lines
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Response { status, headers, body: Vec::new() })
}
