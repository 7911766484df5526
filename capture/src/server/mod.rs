//! The port: accepts connections, answers HTTP, hands WebSocket connections to `client`.

mod access;
mod assets;
mod attempts;
mod body;
mod connection;
mod encoding;
mod frames;
mod harden;
mod http;
mod layouts;
mod monitoring;
mod pace;
mod pipelines;
mod places;
mod refused;
mod secret;
mod sending;
mod stream;
mod tls;
#[doc(hidden)]
pub mod tried;

pub use access::TOKEN_PROTOCOL;
pub use assets::WWW_VARIABLE;
pub use refused::Refused;
pub use tls::{Tls, TlsError};

pub(crate) use refused::Cause;
pub(crate) use stream::Stream;

use crate::health::STALLED_AFTER;
use crate::metrics::Metrics;
use crate::registry::Registry;
use access::Access;
use assets::Assets;
use connection::{Shared, serve, turn_away};
use places::Places;
use secret::Secret;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How long to wait when no connection can be accepted, as when descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections have to end at shutdown; each client takes at most one second for either half.
const SHUTDOWN_MAX: Duration = Duration::from_millis(1_500);
/// Connections at a time that are told why they are not served; others are closed without a word.
const TURNED_AWAY_MAX: usize = 32;

/// Bodies that viewers of one address read at a time: browsers have six connections to a server for all of their pages, and
/// other requests need theirs.
const BODIES_MAX: usize = 2;

/// Who may talk to the server, and how much.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names allowed in `Host`, besides addresses, `localhost` and the machine's own name.
    pub allow_hosts: Vec<String>,
    /// Origins whose pages may use the server, as browsers write them: `https://example.org`.
    pub allow_origins: Vec<String>,
    /// Origins whose pages may show the server's page in a frame, besides its own.
    pub frame_ancestors: Vec<String>,
    /// What a client must know to be let in; none lets everybody in.
    pub token: Option<String>,
    /// How long a running stream may give no frame until `/healthz` calls it stalled.
    pub stalled_after: Duration,
    /// With it, the port speaks TLS and nothing else.
    pub tls: Option<Tls>,
    /// How much the server takes on.
    pub limits: Limits,
    /// Where refusals are counted.
    pub refused: Arc<Refused>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_hosts: Vec::new(),
            allow_origins: Vec::new(),
            frame_ancestors: Vec::new(),
            token: None,
            stalled_after: STALLED_AFTER,
            tls: None,
            limits: Limits::default(),
            refused: Arc::default(),
        }
    }
}

/// How much the server takes on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Viewers at a time; one more is told to come later.
    pub viewers: usize,
    /// Connections at a time, viewers included.
    pub sockets: usize,
    /// Connections of one address that were not let in yet; loopback may have any number.
    pub waiting: usize,
    /// How long a request's head may take, the first one with its TLS handshake.
    pub handshake: Duration,
    /// How long a connection may wait between two requests.
    pub idle: Duration,
    /// Messages of a viewer in a second, beside one for each frame it was sent.
    pub messages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            viewers: 64,
            sockets: 256,
            waiting: 32,
            handshake: Duration::from_secs(5),
            idle: Duration::from_secs(5),
            messages: 100,
        }
    }
}

/// Takes connections in, or turns them away.
struct Door {
    shared: Arc<Shared>,
    acceptor: Option<TlsAcceptor>,
    /// Of connections that were not let in yet.
    waiting: Places,
    connections: JoinSet<()>,
    turned_away: JoinSet<()>,
}

/// Serves the registry's streams on `listener` until `shutdown` is ready; then closes all connections and returns.
pub async fn run(
    listener: TcpListener,
    registry: Arc<Registry>,
    options: Options,
    shutdown: impl Future<Output = ()>,
) {
    let (stopper, stop) = watch::channel(false);
    let Options { allow_hosts, allow_origins, frame_ancestors, token, stalled_after, tls, limits, refused } =
        options;
    let counted = Arc::clone(&refused);
    let metrics = Metrics::new(&registry, Arc::new(move || counted.counts().collect()));
    let mut door = Door {
        acceptor: tls.as_ref().map(Tls::acceptor),
        waiting: Places::new(limits.waiting, true),
        connections: JoinSet::new(),
        turned_away: JoinSet::new(),
        shared: Arc::new(Shared {
            registry,
            metrics,
            stalled_after,
            access: Access {
                allow_hosts,
                allow_origins,
                frame_ancestors,
                secret: token.as_deref().map(Secret::new),
                machine: machine_name(),
            },
            assets: Assets::new(std::env::var_os(WWW_VARIABLE).map(Into::into)),
            viewers: Arc::new(Semaphore::new(limits.viewers)),
            bodies: Arc::default(),
            body_places: Places::new(BODIES_MAX, false),
            limits,
            frames: frames::Limits::new(Arc::clone(&refused)),
            refused,
            attempts: std::sync::Mutex::default(),
            pipelines: pipelines::Limits::new(),
            stop,
        }),
    };
    let renewing = async {
        match &tls {
            Some(tls) => tls.follow().await,
            None => std::future::pending().await,
        }
    };
    let mut is_failing = false;
    tokio::pin!(shutdown, renewing);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = &mut renewing => break,
            Some(_) = door.connections.join_next(), if !door.connections.is_empty() => {}
            Some(_) = door.turned_away.join_next(), if !door.turned_away.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    is_failing = false;
                    tracing::trace!(%peer, "connection");
                    door.admit(stream, peer);
                }
                Err(error) => {
                    // Descriptors may be free again soon; a loop that ends here would never serve anybody again.
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(%error, "connections cannot be accepted; trying again until they can");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    stopper.send_replace(true);
    let all = async { while door.connections.join_next().await.is_some() {} };
    if timeout(SHUTDOWN_MAX, all).await.is_err() {
        tracing::debug!("connections that did not end are dropped");
    }
}

impl Door {
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let limits = &self.shared.limits;
        if self.connections.len() >= limits.sockets {
            let sentence = format!("{} connections are open already; try again later", limits.sockets);
            return self.refuse(stream, Cause::Sockets, sentence);
        }
        let Some(place) = self.waiting.enter(peer.ip()) else {
            let sentence = format!(
                "{} connections of this address were not let in yet; try again later",
                limits.waiting
            );
            return self.refuse(stream, Cause::Waiting, sentence);
        };
        let (acceptor, shared) = (self.acceptor.clone(), Arc::clone(&self.shared));
        self.connections.spawn(serve(stream, peer.ip(), place, acceptor, shared));
    }

    /// Says why in HTTP; in TLS, a handshake would be more work than is worth it.
    fn refuse(&mut self, stream: TcpStream, cause: Cause, sentence: String) {
        self.shared.refused.count(cause);
        if self.acceptor.is_none() && self.turned_away.len() < TURNED_AWAY_MAX {
            let away = async move { turn_away(stream, "503 Service Unavailable", &sentence).await };
            self.turned_away.spawn(away);
        }
    }
}

/// What this machine calls itself.
#[must_use]
pub fn machine_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
