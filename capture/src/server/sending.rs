//! The body of an answer that may be large, given out piece by piece, and the watch over how it proceeds.
//!
//! A reader that stops reading would hold its answer's memory for ever: its connection is dropped. The deadline is by
//! progress, not by total time, so that slow links may take as long as they need.

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that count as progress.
const PIECE: usize = 256 * 1024;
/// How long a reader may take for a piece.
pub(super) const STALLED_AFTER: Duration = Duration::from_secs(25);
/// How often that is looked at, in the time that it may take.
const LOOKS: u32 = 5;

/// An answer's body.
#[derive(Debug, Default)]
pub(super) struct Body {
    left: Bytes,
    sending: Option<Sending>,
}

/// How the answers of one connection proceed.
#[derive(Clone, Debug, Default)]
pub(super) struct Sending(Arc<Mutex<Option<Instant>>>);

/// Bytes of an answer and the room they take; both are given back when the last piece is written.
struct Held {
    bytes: Vec<u8>,
    sending: Sending,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.sending.lock() = None;
    }
}

impl From<Bytes> for Body {
    fn from(left: Bytes) -> Self {
        Self { left, sending: None }
    }
}

impl Body {
    /// A body that holds room, and whose progress is watched.
    pub(super) fn watched(bytes: Vec<u8>, room: OwnedSemaphorePermit, sending: &Sending) -> Self {
        let left = Bytes::from_owner(Held { bytes, sending: sending.clone(), _room: room });
        *sending.lock() = Some(Instant::now());
        Self { left, sending: Some(sending.clone()) }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if let Some(sending) = &self.sending {
            *sending.lock() = Some(Instant::now());
        }
        let len = self.left.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(len)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

impl Sending {
    /// Ready when an answer has made no progress for `limit`.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            tokio::time::sleep(limit / LOOKS).await;
            if self.lock().is_some_and(|since| since.elapsed() > limit) {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use tokio::sync::Semaphore;

    const LIMIT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_body_is_all_of_its_pieces_and_gives_its_room_back() {
        let (room, sending) = (Arc::new(Semaphore::new(1)), Sending::default());
        let permit = Arc::clone(&room).try_acquire_owned().unwrap();
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * PIECE + 7).collect();
        let body = Body::watched(bytes.clone(), permit, &sending);
        assert_eq!(body.collect().await.unwrap().to_bytes(), bytes);
        assert_eq!(room.available_permits(), 1);
        let stalled = tokio::time::timeout(4 * LIMIT, sending.stalled(LIMIT)).await;
        assert!(stalled.is_err(), "what is sent does not stall");
    }

    #[tokio::test]
    async fn a_body_that_is_not_read_stalls() {
        let (room, sending) = (Arc::new(Semaphore::new(1)), Sending::default());
        let mut body = Body::watched(vec![0; 2 * PIECE], room.try_acquire_owned().unwrap(), &sending);
        let first = body.frame().await;
        sending.stalled(LIMIT).await;
        drop((first, body));
        assert!(tokio::time::timeout(4 * LIMIT, sending.stalled(LIMIT)).await.is_err());
    }
}
