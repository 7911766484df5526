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
pub(crate) struct Bodies(Mutex<HashMap<String, Body>>);

/// One connection, whose answer has begun.
#[derive(Debug)]
pub(super) struct Body {
    stream: Stream,
    over: oneshot::Sender<()>,
}

/// A body that a writer has; dropping it ends the body.
pub(super) struct Taken {
    pub(super) link: Link,
    /// Tells the task that lends the connection when this is dropped.
    _over: oneshot::Sender<()>,
}

impl Bodies {
    /// Begins the answer on `stream` with `head`, and lends it to the viewer that names `key`, until that viewer is done
    /// with it or none came.
    pub(crate) async fn lend(&self, key: String, mut stream: Stream, head: &[u8]) -> io::Result<()> {
        let mut start = head.to_vec();
        // The browser has something to read: only a body of which bytes come through is worth changing over to.
        framing::put_ping(&mut start);
        let begin = async {
            stream.write_all(&start).await?;
            stream.flush().await
        };
        timeout(UNTAKEN_MAX, begin).await??;
        let (over, mut is_over) = oneshot::channel();
        match self.lock().entry(key.clone()) {
            Entry::Vacant(vacant) => vacant.insert(Body { stream, over }),
            // Whoever has the key already keeps it; this body ends here.
            Entry::Occupied(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        };
        if timeout(UNTAKEN_MAX, &mut is_over).await.is_err() && self.take_unopened(&key).is_none() {
            // It is the writer's now. It sends nothing over this channel: it drops it.
            let _ = is_over.await;
        }
        Ok(())
    }

    /// The body that waits with `key`.
    pub(super) fn take(&self, key: &str) -> Option<Taken> {
        let Body { stream, over } = self.take_unopened(key)?;
        Some(Taken { link: Link::from(stream), _over: over })
    }

    fn take_unopened(&self, key: &str) -> Option<Body> {
        self.lock().remove(key)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.link.end();
    }
}
