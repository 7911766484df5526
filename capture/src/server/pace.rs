//! How a connection proceeds while it speaks HTTP, and when it has taken too long.
//!
//! A request's head is complete within a time that no byte prolongs, the first one counted from the accept; between
//! requests a connection may idle for a while; an answer may take as long as it needs, as long as it proceeds.

use super::stream::Stream;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that count as progress.
const PIECE: usize = 256 * 1024;
/// How long a reader may take for a piece.
const STALLED_AFTER: Duration = Duration::from_secs(25);
/// How often a connection is looked at that has no deadline, since it may get one.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// A request's head, or the handshake before it.
    Head,
    /// The next request.
    Idle,
    /// Reading an answer.
    Reader,
}

/// How one connection proceeds; shared by its parts.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    state: Arc<Mutex<State>>,
    head_max: Duration,
    idle_max: Duration,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Since when the socket has not taken a piece that it was given.
    stuck: Option<Stuck>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Head(Instant),
    Answering,
    Idle(Instant),
}

#[derive(Clone, Copy, Debug)]
struct Stuck {
    since: Instant,
    written: usize,
}

/// A request that is being answered; dropped when the answer is given out.
#[derive(Debug)]
pub(super) struct Answering(Pace);

/// A connection that notes how it proceeds.
#[derive(Debug)]
pub(super) struct Paced {
    stream: Stream,
    pace: Pace,
}

impl Pace {
    /// Of a connection that was just accepted.
    pub(super) fn new(head_max: Duration, idle_max: Duration) -> Self {
        let state = State { phase: Phase::Head(Instant::now()), stuck: None };
        Self { state: Arc::new(Mutex::new(state)), head_max, idle_max }
    }

    /// A request is complete, and its answer begins.
    pub(super) fn asked(&self) -> Answering {
        self.lock().phase = Phase::Answering;
        Answering(self.clone())
    }

    /// Ready when something takes too long.
    pub(super) async fn overdue(&self) -> Overdue {
        loop {
            let (deadline, what) = self.lock().deadline(self.head_max, self.idle_max);
            let now = Instant::now();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
            if left == Some(Duration::ZERO) {
                return what;
            }
            tokio::time::sleep(left.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.lock().phase = Phase::Idle(Instant::now());
    }
}

impl State {
    /// When which patience ends; never while an answer proceeds.
    fn deadline(&self, head_max: Duration, idle_max: Duration) -> (Option<Instant>, Overdue) {
        match (self.stuck, self.phase) {
            (Some(stuck), _) => (Some(stuck.since + STALLED_AFTER), Overdue::Reader),
            (None, Phase::Head(since)) => (Some(since + head_max), Overdue::Head),
            (None, Phase::Idle(since)) => (Some(since + idle_max), Overdue::Idle),
            (None, Phase::Answering) => (None, Overdue::Reader),
        }
    }

    /// Bytes came: after an answer, the next request begins.
    fn heard(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle(_)) {
            self.phase = Phase::Head(now);
        }
    }

    /// The socket took bytes, or none.
    fn wrote(&mut self, written: Option<usize>, now: Instant) {
        match (&mut self.stuck, written) {
            (Some(stuck), Some(count)) if stuck.written + count < PIECE => stuck.written += count,
            (Some(stuck), Some(_)) => *stuck = Stuck { since: now, written: 0 },
            (stuck @ None, None) => *stuck = Some(Stuck { since: now, written: 0 }),
            _ => {}
        }
    }

    /// The socket took all there was.
    fn flushed(&mut self, now: Instant) {
        if self.stuck.take().is_some()
            && let Phase::Idle(since) = &mut self.phase
        {
            *since = now;
        }
    }
}

impl Paced {
    pub(super) fn new(stream: Stream, pace: Pace) -> Self {
        Self { stream, pace }
    }

    /// The connection alone.
    pub(super) fn into_inner(self) -> Stream {
        self.stream
    }

    fn noting(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(count)) => self.pace.lock().wrote(Some(*count), Instant::now()),
            Poll::Pending => self.pace.lock().wrote(None, Instant::now()),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.pace.lock().heard(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.noting(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.noting(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        match flushed {
            Poll::Ready(_) => self.pace.lock().flushed(Instant::now()),
            Poll::Pending => self.pace.lock().wrote(None, Instant::now()),
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Duration = Duration::from_secs(5);
    const IDLE: Duration = Duration::from_secs(7);
    const SECOND: Duration = Duration::from_secs(1);

    fn deadline(state: &State, start: Instant) -> (Option<u64>, Overdue) {
        let (deadline, what) = state.deadline(HEAD, IDLE);
        (deadline.map(|deadline| (deadline - start).as_secs()), what)
    }

    #[test]
    fn no_byte_prolongs_a_head() {
        let start = Instant::now();
        let mut state = State { phase: Phase::Head(start), stuck: None };
        state.heard(start + 3 * SECOND);
        assert_eq!(deadline(&state, start), (Some(5), Overdue::Head));
        state.phase = Phase::Answering;
        state.heard(start + 4 * SECOND);
        assert_eq!(deadline(&state, start).0, None, "the next request may come while this one is answered");
        state.phase = Phase::Idle(start + 10 * SECOND);
        assert_eq!(deadline(&state, start), (Some(17), Overdue::Idle));
        state.heard(start + 16 * SECOND);
        state.heard(start + 20 * SECOND);
        assert_eq!(deadline(&state, start), (Some(21), Overdue::Head));
    }

    #[test]
    fn a_reader_has_its_time_for_each_piece() {
        let start = Instant::now();
        let mut state = State { phase: Phase::Answering, stuck: None };
        state.wrote(Some(10 * PIECE), start);
        assert_eq!(deadline(&state, start).0, None);
        state.wrote(None, start);
        state.wrote(Some(1), start + 20 * SECOND);
        state.wrote(None, start + 20 * SECOND);
        assert_eq!(deadline(&state, start), (Some(25), Overdue::Reader), "a byte is no progress");
        state.wrote(Some(PIECE), start + 21 * SECOND);
        assert_eq!(deadline(&state, start), (Some(46), Overdue::Reader));
        state.phase = Phase::Idle(start + 21 * SECOND);
        assert_eq!(deadline(&state, start), (Some(46), Overdue::Reader), "the rest of it is not taken yet");
        state.flushed(start + 30 * SECOND);
        assert_eq!(deadline(&state, start), (Some(37), Overdue::Idle));
    }
}
