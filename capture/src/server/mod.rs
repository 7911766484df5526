//! The port: accepts connections, answers HTTP, hands WebSocket connections to `client`.

mod access;
mod assets;
mod encoding;
mod frames;
mod http;
mod layouts;
mod monitoring;
mod pipelines;
mod sending;

pub use access::TOKEN_PROTOCOL;
pub use assets::WWW_VARIABLE;

use crate::health::STALLED_AFTER;
use crate::metrics::Metrics;
use crate::registry::Registry;
use access::Access;
use assets::Assets;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A request must be complete within this time.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a request's head.
const HEAD_MAX: usize = 16 * 1024;
/// Headers of a request.
const HEADERS_MAX: usize = 100;
/// Connections at a time, viewers included.
const SOCKETS_MAX: usize = 256;
/// Viewers at a time.
const VIEWERS_MAX: usize = 64;
/// How long to wait when no connection can be accepted, as when descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections have to end at shutdown; each client takes at most one second for either half.
const SHUTDOWN_MAX: Duration = Duration::from_millis(1_500);

/// Who may talk to the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names allowed in `Host`, besides addresses, `localhost` and the machine's own name.
    pub allow_hosts: Vec<String>,
    /// Origins whose pages may use the server, as browsers write them: `https://example.org`.
    pub allow_origins: Vec<String>,
    /// What a client must know to be let in; none lets everybody in.
    pub token: Option<String>,
    /// How long a running stream may give no frame until `/healthz` calls it stalled.
    pub stalled_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { allow_hosts: Vec::new(), allow_origins: Vec::new(), token: None, stalled_after: STALLED_AFTER }
    }
}

/// What every connection needs.
#[derive(Debug)]
struct Shared {
    registry: Arc<Registry>,
    access: Access,
    assets: Assets,
    viewers: Arc<Semaphore>,
    frames: frames::Limits,
    pipelines: pipelines::Limits,
    metrics: Metrics,
    stalled_after: Duration,
    stop: watch::Receiver<bool>,
}

/// Serves the registry's streams on `listener` until `shutdown` is ready; then closes all connections and returns.
pub async fn run(
    listener: TcpListener,
    registry: Arc<Registry>,
    options: Options,
    shutdown: impl Future<Output = ()>,
) {
    let (stopper, stop) = watch::channel(false);
    let metrics = Metrics::new(&registry, Arc::new(Vec::new));
    let shared = Arc::new(Shared {
        registry,
        metrics,
        stalled_after: options.stalled_after,
        access: Access {
            allow_hosts: options.allow_hosts,
            allow_origins: options.allow_origins,
            token: options.token,
            machine: machine_name(),
        },
        assets: Assets::new(std::env::var_os(WWW_VARIABLE).map(Into::into)),
        viewers: Arc::new(Semaphore::new(VIEWERS_MAX)),
        frames: frames::Limits::new(),
        pipelines: pipelines::Limits::new(),
        stop,
    });
    let mut connections = JoinSet::new();
    let mut is_failing = false;
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < SOCKETS_MAX => match accepted {
                Ok((stream, peer)) => {
                    is_failing = false;
                    tracing::trace!(%peer, "connection");
                    connections.spawn(serve(stream, Arc::clone(&shared)));
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
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(SHUTDOWN_MAX, all).await.is_err() {
        tracing::debug!("connections that did not end are dropped");
    }
}

/// Serves one connection: HTTP first, and if it is upgraded, the viewer, in this same task.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let (hand_over, upgraded) = tokio::sync::oneshot::channel();
    let hand_over = Arc::new(std::sync::Mutex::new(Some(hand_over)));
    let mut stop = shared.stop.clone();
    let sending = sending::Sending::default();
    let service = {
        let (shared, sending) = (Arc::clone(&shared), sending.clone());
        hyper::service::service_fn(move |request| {
            let (shared, hand_over) = (Arc::clone(&shared), Arc::clone(&hand_over));
            let sending = sending.clone();
            async move { Ok::<_, Infallible>(http::respond(request, &shared, &hand_over, &sending).await) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEAD_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            tracing::trace!(%error, "connection ended");
        },
        () = sending.stalled(sending::STALLED_AFTER) => {
            tracing::debug!("a reader that stopped in the middle of an answer is dropped");
            return;
        }
        _ = stop.wait_for(|&stop| stop) => return,
    }
    let Ok(http::Upgrade { connection, refusal, permit }) = upgraded.await else { return };
    match connection.await.map(hyper::upgrade::Upgraded::downcast::<TokioIo<TcpStream>>) {
        Ok(Ok(parts)) => {
            let early = parts.read_buf.to_vec();
            let registry = Arc::clone(&shared.registry);
            crate::client::serve(parts.io.into_inner(), early, registry, refusal, stop).await;
        }
        Ok(Err(_)) => tracing::debug!("an upgraded connection is no TCP stream"),
        Err(error) => tracing::debug!(%error, "the upgrade failed"),
    }
    drop(permit);
}

fn machine_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
