//! The body of an answer, which may hold room, and gives it back when its last piece is written.

use super::pace::Answering;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that are given out at a time.
const PIECE: usize = 256 * 1024;

/// An answer's body.
#[derive(Debug, Default)]
pub(super) struct Body {
    left: Bytes,
    /// Of the connection; it knows by this when the answer is given out.
    pub(super) answering: Option<Answering>,
}

/// Bytes of an answer and the room they take.
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Bytes> for Body {
    fn from(left: Bytes) -> Self {
        Self { left, answering: None }
    }
}

impl Body {
    /// A body that holds room.
    pub(super) fn holding(bytes: Vec<u8>, room: OwnedSemaphorePermit) -> Self {
        Bytes::from_owner(Held { bytes, _room: room }).into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn a_body_is_all_of_its_pieces_and_gives_its_room_back() {
        let room = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&room).try_acquire_owned().unwrap();
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * PIECE + 7).collect();
        let body = Body::holding(bytes.clone(), permit);
        assert_eq!(body.collect().await.unwrap().to_bytes(), bytes);
        assert_eq!(room.available_permits(), 1);
    }
}
