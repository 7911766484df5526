//! Waiting for a condition, never longer than a bound; tests do not sleep.

use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Longer than anything here takes on a slow machine that is busy with other things.
pub const BOUND: Duration = Duration::from_secs(40);

/// How often a condition is looked at that cannot tell by itself.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The value of `future`, or an error that names `what` did not come within [`BOUND`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T> {
    timeout(BOUND, future).await.with_context(|| format!("waited {} s for {what}", BOUND.as_secs()))
}

/// The first value `look` gives; an error that names `what` if there is none within [`BOUND`].
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = look().await? {
            return Ok(value);
        }
        if started.elapsed() > BOUND {
            bail!("waited {} s for {what}", BOUND.as_secs());
        }
        sleep(LOOK_EVERY).await;
    }
}
