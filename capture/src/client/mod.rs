//! One viewer's connection: a reader that hears, a writer that owns everything said, a session between them.

mod body;
pub mod echo;
mod flip;
mod framing;
mod link;
mod lowat;
mod past;
mod replies;
mod session;
mod subscribed;
mod writer;

pub(crate) use body::Bodies;

use crate::clock;
use crate::registry::Registry;
use crate::server::{Cause, Refused, Stream};
use futures_util::StreamExt;
use link::Link;
use replies::{Duplex, Replies};
use session::Session;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use wire::{MAX_CLIENT_MESSAGE, close};
use writer::{Progress, SILENCE_MAX, Shared, Writer};

/// What tungstenite reads with; client messages are short.
const READ_BUFFER: usize = 4 * 1024;
/// How long a client has to take what ends the connection: the rest of a fragment, the close frame, its own answer.
const CLOSE_MAX: Duration = Duration::from_secs(1);
/// How long the kernel keeps trying to reach a viewer that does not acknowledge.
const USER_TIMEOUT: Duration = Duration::from_secs(20);

/// On which terms a client is served.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Close code and reason for one that is not: a browser tells a page nothing of a failed handshake.
    pub(crate) refusal: Option<(u16, String)>,
    /// Messages in a second, beside one for each frame.
    pub(crate) max_messages: u32,
    /// Where refusals are counted.
    pub(crate) refused: Arc<Refused>,
    /// Where a client may have what is sent go on.
    pub(crate) bodies: Arc<Bodies>,
}

/// Serves one connection after its handshake until either side ends it.
///
/// `early` is what the client sent behind its handshake.
pub(crate) async fn serve(
    stream: Stream,
    early: Vec<u8>,
    registry: Arc<Registry>,
    terms: Terms,
    mut stop: watch::Receiver<bool>,
) {
    let link = Arc::new(Link::from(stream));
    set_options(link.tcp());
    let wake = Arc::new(Notify::new());
    let Terms { refusal, max_messages, refused, bodies } = terms;
    let session = Session::new(Arc::clone(&registry), Arc::clone(&wake), max_messages, clock::now_nanos());
    let session = Arc::new(Mutex::new(session));
    if let Some((code, reason)) = refusal {
        lock(&session).close(code, &reason);
    }
    let replies = Replies::new(Arc::clone(&wake));
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MAX_CLIENT_MESSAGE))
        .max_frame_size(Some(MAX_CLIENT_MESSAGE));
    let duplex = Duplex::new(Arc::clone(&link), replies.clone());
    let mut socket = WebSocketStream::from_partially_read(duplex, early, Role::Server, Some(config)).await;

    let progress: Arc<Progress> = Arc::default();
    let shared = Shared {
        session: Arc::clone(&session),
        registry,
        replies,
        wake,
        progress: Arc::clone(&progress),
        bodies,
    };
    let writer = Writer::new(link, shared);
    let ended = {
        let writing = writer.run();
        tokio::pin!(writing);
        let mut deadline = None;
        loop {
            let time_is_up = async { tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)).await };
            tokio::select! {
                ended = &mut writing => break ended,
                () = time_is_up, if deadline.is_some() => break Err(io::ErrorKind::TimedOut.into()),
                heard = timeout(SILENCE_MAX, socket.next()), if deadline.is_none() => {
                    let goes_on = match heard {
                        Ok(heard) => receive(&session, heard, &refused),
                        Err(_) => progress.is_within(SILENCE_MAX) || is_silent(&session, &refused),
                    };
                    if !goes_on {
                        deadline = Some(Instant::now() + CLOSE_MAX);
                    }
                }
                _ = stop.wait_for(|&stop| stop), if deadline.is_none() => {
                    lock(&session).close(close::GOING_AWAY, "the server is stopping");
                    deadline = Some(Instant::now() + CLOSE_MAX);
                }
            }
        }
    };
    match ended {
        Ok(()) => {
            tracing::debug!(closing = ?lock(&session).closing(), "connection closed");
            // A socket that is closed with bytes unread is reset, and the client may never see our reason.
            let _ = timeout(CLOSE_MAX, async { while let Some(Ok(_)) = socket.next().await {} }).await;
        }
        Err(error) => tracing::debug!(%error, "connection lost"),
    }
}

/// Acts on what was heard (`None`: the end); `false` when there is nothing more to hear.
fn receive(session: &Mutex<Session>, heard: Option<Result<Message, Error>>, refused: &Refused) -> bool {
    let mut session = lock(session);
    let (code, reason) = match heard {
        Some(Ok(Message::Text(text))) => {
            if let Err(cause) = session.receive(&text, clock::now_nanos()) {
                refused.count(cause);
            }
            return session.closing().is_none();
        }
        // Pings are answered by tungstenite; a pong has done its work by being heard.
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return true,
        Some(Ok(Message::Binary(_))) => (close::POLICY, "clients send text".to_owned()),
        Some(Ok(Message::Close(frame))) => (frame.map_or(1000, |frame| frame.code.into()), String::new()),
        Some(Err(error)) => {
            if matches!(error, Error::Capacity(_)) {
                refused.count(Cause::MessageSize);
            }
            closing(&error)
        }
        None => (close::GOING_AWAY, String::new()),
    };
    session.close(code, &reason);
    false
}

/// What a client is told whose messages cannot be read.
fn closing(error: &Error) -> (u16, String) {
    match error {
        Error::Capacity(error) => (close::TOO_BIG, error.to_string()),
        Error::Utf8(error) => (1007, error.clone()),
        Error::Protocol(_) => (close::PROTOCOL_ERROR, error.to_string()),
        error => (close::GOING_AWAY, error.to_string()),
    }
}

/// Ends a connection on which nothing was heard for too long.
fn is_silent(session: &Mutex<Session>, refused: &Refused) -> bool {
    refused.count(Cause::Silent);
    lock(session).close(close::SILENT, &format!("nothing heard for {} s", SILENCE_MAX.as_secs()));
    false
}

fn set_options(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(USER_TIMEOUT).with_interval(Duration::from_secs(5));
    let set = stream
        .set_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(USER_TIMEOUT)))
        .and_then(|()| socket.set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "socket options cannot be set");
    }
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}
