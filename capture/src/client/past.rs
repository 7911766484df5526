//! What one client has of a stream's past: a lease, and the frame of it that waits to be sent.
//!
//! Knows no socket, and no clock of its own.

use crate::frame::Frame;
use crate::history::Lease;
use crate::stream::Stream;
use std::sync::Arc;
use thiserror::Error;
use wire::ServerMessage;
use wire::history::{FRAME_GONE, LEASE_ENDED, NO_HISTORY, TOO_MANY_FETCHES};

/// How long a lease lasts, in seconds: long enough to look, too short for a forgotten tab to keep the history full.
const LASTS_SECONDS: u64 = 10 * 60;
/// Frames of a lease, at most: their list then fits beside other answers that wait, at 130 bytes each.
const FRAMES_MAX: usize = 1024;

/// The past of one subscription.
#[derive(Debug, Default)]
pub(super) struct Past {
    lease: Option<Arc<Lease>>,
    ends_nanos: u64,
    waiting: Option<Fetched>,
}

/// A frame that was asked for. The lease goes on for as long as it is being sent, so that its bytes stay counted.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    pub(super) frame: Arc<Frame>,
    lease: Arc<Lease>,
}

/// What cannot be had of the past.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum PastError {
    #[error("this server keeps no history; --history 512MiB, for example, has it keep the newest frames")]
    NoHistory,
    #[error("frame {sequence} of stream {stream:?} is not leased by this connection")]
    FrameGone { stream: String, sequence: u64 },
    #[error("frame {waiting} of stream {stream:?} was asked for and has still to be sent")]
    TooMany { stream: String, waiting: u64 },
    #[error("frames of stream {stream:?} are kept for {LASTS_SECONDS} s, and no longer")]
    Ended { stream: String },
}

impl PastError {
    /// The word that tells it from other errors.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NoHistory => NO_HISTORY,
            Self::FrameGone { .. } => FRAME_GONE,
            Self::TooMany { .. } => TOO_MANY_FETCHES,
            Self::Ended { .. } => LEASE_ENDED,
        }
    }
}

impl Past {
    /// Leases what is held now, in the place of what was leased before.
    pub(super) fn lease(&mut self, stream: &Stream, now_nanos: u64) -> Result<ServerMessage, PastError> {
        self.release();
        let lease = stream.lease(FRAMES_MAX).ok_or(PastError::NoHistory)?;
        let leased = ServerMessage::Leased {
            stream: stream.name().to_owned(),
            seconds: LASTS_SECONDS,
            frames: lease.frames().to_vec(),
        };
        self.lease = Some(Arc::new(lease));
        self.ends_nanos = now_nanos.saturating_add(LASTS_SECONDS * 1_000_000_000);
        Ok(leased)
    }

    /// Ends the lease.
    pub(super) fn release(&mut self) {
        *self = Self::default();
    }

    /// Has a leased frame wait to be sent.
    pub(super) fn fetch(&mut self, stream: &Stream, sequence: u64) -> Result<(), PastError> {
        let stream = || stream.name().to_owned();
        if let Some(waiting) = &self.waiting {
            return Err(PastError::TooMany { stream: stream(), waiting: waiting.frame.sequence() });
        }
        let lease = self.lease.as_ref();
        let found = lease.and_then(|lease| Some((Arc::clone(lease), lease.frame(sequence)?)));
        let (lease, frame) = found.ok_or_else(|| PastError::FrameGone { stream: stream(), sequence })?;
        // A picture that is made of the history's own frame would stay there, beyond its bound; and a frame whose bytes
        // are still lent would keep them from its source for as long as a slow client takes to read it.
        let is_kept_as_it_is = frame.is_own() && frame.layout().converted.is_none();
        let frame = if is_kept_as_it_is { frame } else { Arc::new(frame.to_own()) };
        self.waiting = Some(Fetched { frame, lease });
        Ok(())
    }

    /// The frame that waits.
    pub(super) fn waiting(&self) -> Option<&Fetched> {
        self.waiting.as_ref()
    }

    /// A frame is being sent; another one may have been asked for since it was offered.
    pub(super) fn begun(&mut self, fetched: &Fetched) {
        self.waiting.take_if(|waiting| {
            Arc::ptr_eq(&waiting.frame, &fetched.frame) && Arc::ptr_eq(&waiting.lease, &fetched.lease)
        });
    }

    /// Whether a frame is of the present lease.
    pub(super) fn is_wanted(&self, fetched: &Fetched) -> bool {
        self.lease.as_ref().is_some_and(|lease| Arc::ptr_eq(lease, &fetched.lease))
    }

    /// Ends a lease that has lasted as long as it may.
    pub(super) fn expire(&mut self, stream: &Stream, now_nanos: u64) -> Option<PastError> {
        if self.lease.is_none() || now_nanos < self.ends_nanos {
            return None;
        }
        self.release();
        Some(PastError::Ended { stream: stream.name().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;
    use crate::history::History;
    use bytes::Bytes;
    use wire::control::Policy;
    use wire::layout::{Pixels, Plane};
    use wire::{FrameHeader, Layout};

    fn stream() -> Arc<Stream> {
        let stream = Registry::with_history(Policy::Latest, History::new(1 << 20)).add("k", 0);
        let planes = vec![Plane { stride: 2, offset: 0, length: 4 }];
        let pixels = Pixels::Named { name: "rggb".into() };
        let layout = Layout { id: 7, stream: "k".into(), pixels, planes, ..Layout::plain(2, 2) };
        let layout = Arc::new(layout.check().unwrap());
        let payload = Box::new(Bytes::from_static(&[1, 2, 3, 4]));
        stream.publish(Frame::new(FrameHeader::default(), layout, payload, Bytes::new()).unwrap());
        stream
    }

    #[test]
    fn a_lease_ends_by_itself_after_ten_minutes() {
        const BEGINS: u64 = 5;
        const ENDS: u64 = BEGINS + 600_000_000_000;
        let (stream, mut past) = (stream(), Past::default());
        assert_eq!(past.expire(&stream, u64::MAX), None, "there is none");
        assert!(matches!(
            past.lease(&stream, BEGINS),
            Ok(ServerMessage::Leased { seconds: 600, frames, .. }) if frames.len() == 1
        ));
        assert_eq!(past.expire(&stream, ENDS - 1), None);
        past.fetch(&stream, 0).unwrap();
        let waiting = past.waiting().cloned().unwrap();
        assert!(past.is_wanted(&waiting));
        assert_eq!(past.expire(&stream, ENDS), Some(PastError::Ended { stream: "k".into() }));
        assert!(!past.is_wanted(&waiting) && past.waiting().is_none(), "it is sent all the same");
        assert!(matches!(past.fetch(&stream, 0), Err(PastError::FrameGone { sequence: 0, .. })));
        assert_eq!(past.expire(&stream, u64::MAX), None, "told twice");
    }

    #[test]
    fn a_new_lease_lasts_as_long_again() {
        let (stream, mut past) = (stream(), Past::default());
        past.lease(&stream, 0).unwrap();
        past.lease(&stream, 400_000_000_000).unwrap();
        assert_eq!(past.expire(&stream, 999_999_999_999), None);
        assert!(past.expire(&stream, 1_000_000_000_000).is_some());
    }
}
