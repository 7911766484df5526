//! Bodies of HTTP answers that viewers read their messages from, instead of their WebSocket: browsers are about three times
//! as fast at it, with a third of the CPU.

use super::framing;
use super::link::Link;
use crate::server::Stream;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a body waits for its viewer.
const UNTAKEN_MAX: Duration = Duration::from_secs(5);

/// Connections that wait to be a viewer's body, by the key that the viewer names.
#[derive(Debug, Default)]
pub(crate) struct Bodies(Mutex<HashMap<String, oneshot::Receiver<Body>>>);

/// A body; dropping it ends it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) link: Link,
    /// Tells the task that lends the connection when this is dropped.
    _over: oneshot::Sender<()>,
}

impl Bodies {
    /// Begins the answer on `stream` with `head`, and lends it to the viewer that names `key`, until that viewer is done
    /// with it or none came.
    pub(crate) async fn lend(&self, key: String, mut stream: Stream, head: &[u8]) -> io::Result<()> {
        let (lender, lent) = oneshot::channel();
        match self.lock().entry(key.clone()) {
            Entry::Vacant(vacant) => vacant.insert(lent),
            // Whoever has the key already keeps it; this body ends here.
            Entry::Occupied(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        };
        let _gone = Gone { bodies: self, key: &key };
        let mut start = head.to_vec();
        // The browser has something to read: only a body of which bytes come through is worth changing over to.
        framing::put_ping(&mut start);
        let begin = async {
            stream.write_all(&start).await?;
            stream.flush().await
        };
        timeout(UNTAKEN_MAX, begin).await??;
        let (over, mut is_over) = oneshot::channel();
        let body = Body { link: Link::from(stream), _over: over };
        if lender.send(body).is_ok() && timeout(UNTAKEN_MAX, &mut is_over).await.is_err() {
            // Where it still waits, it is over with that.
            drop(self.lock().remove(&key));
            // Nothing is ever sent: it is dropped.
            let _ = is_over.await;
        }
        Ok(())
    }

    /// The body that waits with `key`, as soon as its first bytes are written.
    pub(super) async fn take(&self, key: &str) -> Option<Body> {
        let lent = self.lock().remove(key)?;
        timeout(UNTAKEN_MAX, lent).await.ok()?.ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, oneshot::Receiver<Body>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.link.end();
    }
}

/// Takes a key away that nobody has named, however lending ends.
struct Gone<'a> {
    bodies: &'a Bodies,
    key: &'a str,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        drop(self.bodies.lock().remove(self.key));
    }
}
