//! One connection from its accept to its end: TLS if that is spoken, then HTTP, and then perhaps a viewer's WebSocket, or
//! the body that a viewer reads.

use super::access::Access;
use super::assets::Assets;
use super::attempts::Attempts;
use super::pace::{Overdue, Pace, Paced};
use super::places::{Place, Places};
use super::refused::{Cause, Refused};
use super::stream::Stream;
use super::{Limits, frames, http, pipelines};
use crate::client::{self, Bodies};
use crate::metrics::Metrics;
use crate::registry::Registry;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Bytes of a request's head.
const HEAD_MAX: usize = 16 * 1024;
/// Headers of a request.
const HEADERS_MAX: usize = 100;
/// How long somebody who is turned away has to read why.
const TURNED_AWAY_MAX: Duration = Duration::from_secs(1);
/// What every TLS connection begins with: a record of the handshake.
const TLS_HANDSHAKE: u8 = 22;

/// What every connection needs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) registry: Arc<Registry>,
    pub(super) access: Access,
    pub(super) assets: Assets,
    pub(super) limits: Limits,
    pub(super) refused: Arc<Refused>,
    pub(super) attempts: Mutex<Attempts>,
    pub(super) viewers: Arc<Semaphore>,
    pub(super) bodies: Arc<Bodies>,
    pub(super) body_places: Places,
    pub(super) metrics: Metrics,
    pub(super) stalled_after: Duration,
    pub(super) frames: frames::Limits,
    pub(super) pipelines: pipelines::Limits,
    pub(super) stop: watch::Receiver<bool>,
}

/// Who is at the other end, and what becomes of the connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) is_tls: bool,
    pub(super) pace: Pace,
    place: Mutex<Option<Place>>,
    hand_over: Mutex<Option<oneshot::Sender<Next>>>,
}

/// What a connection is after HTTP.
#[derive(Debug)]
pub(super) enum Next {
    /// A WebSocket, once its 101 is written.
    Viewer {
        /// Close code and reason for a viewer that cannot be served.
        refusal: Option<(u16, String)>,
        /// Counts the viewer while it is held.
        permit: Option<OwnedSemaphorePermit>,
    },
    /// What a viewer reads, at once: nothing of the answer is written yet.
    Body {
        /// What the viewer names it by.
        key: String,
        /// The answer up to its body.
        head: Vec<u8>,
        /// Counts it while it is held.
        place: Place,
    },
}

impl Shared {
    pub(super) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Peer {
    /// The connection does not wait any more: what it shows is enough.
    pub(super) fn let_in(&self) {
        drop(self.place.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Says to the task that drives the connection what it is from now on.
    pub(super) fn hand_over(&self, next: Next) {
        let sender = self.hand_over.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // The receiver is the task that drives this very connection.
            let _ = sender.send(next);
        }
    }

    /// Whether the browser's connection is encrypted, as far as is known.
    ///
    /// A proxy says so in a header; whoever lies there gets a cookie that a browser does not send back in the clear.
    pub(super) fn is_secure(&self, headers: &HeaderMap) -> bool {
        self.is_tls || headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
    }
}

/// Serves one connection: HTTP first, and then what that has made of it, in this same task.
pub(super) async fn serve(
    stream: TcpStream,
    address: IpAddr,
    waiting: Place,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) {
    let pace = Pace::new(shared.limits.handshake, shared.limits.idle);
    let (hand_over, next) = oneshot::channel();
    let peer = Arc::new(Peer {
        address,
        is_tls: acceptor.is_some(),
        pace: pace.clone(),
        place: Mutex::new(Some(waiting)),
        hand_over: Mutex::new(Some(hand_over)),
    });
    let mut stop = shared.stop.clone();
    let spoken = tokio::select! {
        spoken = speak(stream, acceptor, peer, next, &shared) => spoken,
        overdue = pace.overdue() => {
            match overdue {
                Overdue::Head => shared.refused.count(Cause::Handshake),
                Overdue::Reader => shared.refused.count(Cause::Reader),
                Overdue::Idle => {}
            }
            tracing::debug!(?overdue, %address, "a connection that takes too long is dropped");
            return;
        }
        _ = stop.wait_for(|&stop| stop) => return,
    };
    match spoken {
        Ok(None) => {}
        Ok(Some((stream, early, Next::Viewer { refusal, permit }))) => {
            let terms = client::Terms {
                refusal,
                max_messages: shared.limits.messages,
                refused: Arc::clone(&shared.refused),
                bodies: Arc::clone(&shared.bodies),
            };
            client::serve(stream, early, Arc::clone(&shared.registry), terms, stop).await;
            drop(permit);
        }
        Ok(Some((stream, _, Next::Body { key, head, place }))) => {
            tokio::select! {
                lent = shared.bodies.lend(key, stream, &head) => if let Err(error) = lent {
                    tracing::debug!(%error, %address, "a viewer's body ended before it began");
                },
                _ = stop.wait_for(|&stop| stop) => {}
            }
            drop(place);
        }
        Err(error) => tracing::trace!(%error, "connection ended"),
    }
}

/// Speaks HTTP, through TLS if there is an acceptor, until the connection ends, or is something else; then it is given
/// with the bytes that were read too many.
async fn speak(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    peer: Arc<Peer>,
    mut next: oneshot::Receiver<Next>,
    shared: &Arc<Shared>,
) -> Result<Option<(Stream, Vec<u8>, Next)>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = match acceptor {
        None => Stream::Plain(stream),
        Some(acceptor) => match encrypt(stream, &acceptor).await {
            Ok(stream) => stream,
            Err(error) => {
                shared.refused.count(Cause::Tls);
                return Err(error.into());
            }
        },
    };
    let io = TokioIo::new(Paced::new(stream, peer.pace.clone()));
    let service = {
        let shared = Arc::clone(shared);
        hyper::service::service_fn(move |request| {
            let (shared, peer) = (Arc::clone(&shared), Arc::clone(&peer));
            async move { Ok::<_, Infallible>(http::respond(request, &shared, &peer).await) }
        })
    };
    // Deadlines are the pace's: those of hyper begin again with each request.
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_buf_size(HEAD_MAX).max_headers(HEADERS_MAX);
    let mut connection = builder.serve_connection(io, service);
    let next = tokio::select! {
        ended = &mut connection => {
            ended?;
            next.try_recv().ok()
        }
        Ok(next) = &mut next => {
            if matches!(next, Next::Viewer { .. }) {
                // It has its 101 when hyper is done with it.
                (&mut connection).await?;
            }
            Some(next)
        }
    };
    let parts = connection.into_parts();
    Ok(next.map(|next| (parts.io.into_inner().into_inner(), parts.read_buf.to_vec(), next)))
}

/// The TLS handshake. Who speaks plain HTTP instead is told so in that language.
async fn encrypt(stream: TcpStream, acceptor: &TlsAcceptor) -> io::Result<Stream> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] != TLS_HANDSHAKE {
        turn_away(stream, "400 Bad Request", "this port speaks https; begin the address with it").await;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no TLS"));
    }
    Ok(Stream::Tls(Box::new(acceptor.accept(stream).await?)))
}

/// Answers a connection that is not served with a sentence, and waits until it was read, but not for long.
pub(super) async fn turn_away(mut stream: TcpStream, status: &str, sentence: &str) {
    let length = sentence.len() + 1;
    let later = if status.starts_with("503") { "Retry-After: 1\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         {later}Connection: close\r\n\r\n{sentence}\n"
    );
    let exchange = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // A socket that is closed with bytes unread is reset, and the answer may be lost.
        let mut unread = [0; 1024];
        while stream.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = timeout(TURNED_AWAY_MAX, exchange).await;
}
