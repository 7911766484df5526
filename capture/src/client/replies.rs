//! The socket as tungstenite sees it: it reads from the real one and writes its pongs and closes to memory.
//!
//! So one writer owns all that leaves the socket, and can put these replies between the fragments of a frame.

use super::link::Link;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// Replies that may wait: a client that pings without reading is cut off rather than remembered.
const MAX_WAITING: usize = 64 * 1024;

/// Replies on their way from the reader to the writer.
#[derive(Clone, Debug)]
pub(super) struct Replies {
    bytes: Arc<Mutex<Vec<u8>>>,
    wake: Arc<Notify>,
}

/// The reading half, with memory for what is written.
#[derive(Debug)]
pub(super) struct Duplex {
    link: Arc<Link>,
    replies: Replies,
}

impl Replies {
    pub(super) fn new(wake: Arc<Notify>) -> Self {
        Self { bytes: Arc::default(), wake }
    }

    /// Moves what waits to the end of `out`; whole control frames only.
    pub(super) fn move_to(&self, out: &mut Vec<u8>) {
        out.append(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Duplex {
    pub(super) fn new(link: Arc<Link>, replies: Replies) -> Self {
        Self { link, replies }
    }
}

impl AsyncRead for Duplex {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.link.poll_read(cx, buf)
    }
}

impl AsyncWrite for Duplex {
    /// Takes all or nothing, so that the writer never finds half a frame.
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut bytes = self.replies.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.len() + buf.len() > MAX_WAITING {
            return Poll::Ready(Err(io::Error::other("the client sends pings and does not read the pongs")));
        }
        bytes.extend_from_slice(buf);
        drop(bytes);
        self.replies.wake.notify_one();
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
