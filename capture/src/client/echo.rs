//! An echo endpoint for tests alone: the reader and the framing that viewers are served with, and nothing of the protocol
//! above. No route leads here, and the program has no way to it.

use super::framing::{self, Header, Opcode};
use super::link::Link;
use super::replies::{Duplex, Replies};
use super::writer::FRAGMENT;
use super::{CLOSE_MAX, READ_BUFFER, closing};
use crate::server::Stream;
use futures_util::StreamExt;
use std::io::{self, IoSlice};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Messages of suites that try how much goes; clients of the server may send far less.
const MESSAGE_MAX: usize = 64 * 1024 * 1024;

/// Sends back what comes over a connection whose handshake is done, until either side ends it.
pub async fn serve(stream: TcpStream) -> io::Result<()> {
    let link = Arc::new(Link::from(Stream::Plain(stream)));
    let wake = Arc::new(Notify::new());
    let replies = Replies::new(Arc::clone(&wake));
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX));
    let duplex = Duplex::new(Arc::clone(&link), replies.clone());
    let mut socket = WebSocketStream::from_raw_socket(duplex, Role::Server, Some(config)).await;
    let (code, reason) = loop {
        let heard = tokio::select! {
            heard = socket.next() => heard,
            () = wake.notified() => {
                write(&link, &replies, b"").await?;
                continue;
            }
        };
        match heard {
            Some(Ok(Message::Text(text))) => echo(&link, &replies, Opcode::Text, text.as_bytes()).await?,
            Some(Ok(Message::Binary(bytes))) => echo(&link, &replies, Opcode::Binary, &bytes).await?,
            Some(Ok(Message::Close(frame))) => {
                break frame
                    .map_or((1000, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => break closing(&error),
            None => return Ok(()),
        }
    };
    let mut out = Vec::new();
    framing::put_close(&mut out, code, &reason);
    write(&link, &replies, &out).await?;
    link.end();
    // A socket that is closed with bytes unread is reset, and the client may never see our reason.
    let _ = timeout(CLOSE_MAX, async { while let Some(Ok(_)) = socket.next().await {} }).await;
    Ok(())
}

/// Sends a message in fragments, with control frames between them.
async fn echo(link: &Link, replies: &Replies, mut opcode: Opcode, mut message: &[u8]) -> io::Result<()> {
    loop {
        let (fragment, rest) = message.split_at(message.len().min(FRAGMENT));
        let mut out = Header::new(opcode, rest.is_empty(), fragment.len()).as_ref().to_vec();
        out.extend_from_slice(fragment);
        write(link, replies, &out).await?;
        if rest.is_empty() {
            return Ok(());
        }
        (message, opcode) = (rest, Opcode::Continuation);
    }
}

/// Writes what the reader has to reply, then `bytes`.
async fn write(link: &Link, replies: &Replies, bytes: &[u8]) -> io::Result<()> {
    let mut out = Vec::new();
    replies.move_to(&mut out);
    let mut slices = [IoSlice::new(&out), IoSlice::new(bytes)];
    let mut slices = &mut slices[..];
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match link.try_write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => link.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
