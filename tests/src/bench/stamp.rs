//! When a frame was captured and when it was presented, both on the machine's own clock (`CLOCK_REALTIME`).
//!
//! All runs on one machine, so that no stamp depends on how a viewer aligns clocks:
//!
//! - *Captured* is when the buffer reached the appsink. `capture` says it on its own monotonic clock; a client of the
//!   protocol that is no viewer asks for that clock a few times, and the exchange that took least says where it stands on
//!   the machine's. The peers say it on the machine's clock: by the buffer's PTS, which a live source gives it when it makes
//!   it, so that what waits in their appsink is as old as it is.
//! - *Presented* is the animation frame with which the picture leaves for the screen, by `performance.timeOrigin` and
//!   `performance.now()`, which Chromium takes from the same clock. `capture`'s viewer draws within an animation frame of
//!   its worker, and its stamp is taken after that. The peers draw when a frame comes, as scripts do, and are stamped at
//!   the page's next animation frame. Either is the frame that commits the picture.
//!
//! A worker has a time origin of its own. How far it is from the page's is what the quickest of its messages took at most;
//! the stamp is late by that message, never early.

use crate::Client;
use crate::client::Heard;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use wire::{ClientMessage, ServerMessage};

/// The quickest of so many exchanges counts.
const EXCHANGES: u64 = 20;

/// Milliseconds from the server's clock to the machine's.
pub async fn server_to_wall(address: SocketAddr) -> Result<f64> {
    let mut client = Client::connect(address).await?;
    let mut best: Option<(f64, f64)> = None;
    for client_sent in 0..EXCHANGES {
        let sent = wall_millis()?;
        client.say(&ClientMessage::Clock { client_sent }).await?;
        let server_millis = loop {
            match client.hear().await? {
                Heard::Message(message) => {
                    if let ServerMessage::Clock { server_received, server_sent, .. } = *message {
                        #[allow(clippy::cast_precision_loss, reason = "a server that began a moment ago")]
                        break (server_received as f64 + server_sent as f64) / 2e6;
                    }
                }
                Heard::Frame(_) => {}
                Heard::Closed(why) => bail!("closed instead of a clock: {why:?}"),
            }
        };
        let heard = wall_millis()?;
        let (took, offset) = (heard - sent, f64::midpoint(sent, heard) - server_millis);
        if best.is_none_or(|(least, _)| took < least) {
            best = Some((took, offset));
        }
    }
    best.map(|(_, offset)| offset).context("no exchange")
}

/// The value that so many percent of the values do not exceed; none of none.
#[must_use]
pub fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied()
}

fn wall_millis() -> Result<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 50), Some(10.0));
        assert_eq!(percentile(&values, 95), Some(19.0));
        assert_eq!(percentile(&values, 99), Some(20.0));
        assert_eq!(percentile(&[7.0], 50), Some(7.0));
        assert_eq!(percentile(&[], 50), None);
    }
}
