//! How much the server takes on.

use super::values::{bound, bytes};
use anyhow::{Result, ensure};
use capture::{Memory, server};
use clap::Args;
use std::time::Duration;

/// Options of limits.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Viewers at a time; one more is told to come later.
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    max_viewers: u32,

    /// Connections at a time, viewers included; others get a 503.
    #[arg(long, value_name = "COUNT", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    max_sockets: u32,

    /// Connections of one address that were not let in yet; this machine itself may have any number.
    #[arg(long, value_name = "COUNT", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    max_waiting: u32,

    /// Messages of a viewer in a second, beside one for each frame it was sent.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    max_messages: u32,

    /// Memory for frames in all, the history's included: 512MiB, 4GiB; half of this machine's unless said.
    ///
    /// Past it, viewers of a stream share two frames beside the newest, and no files are made.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_frame_memory: Option<u64>,

    /// How long the head of a request may take, the first one with its TLS handshake: 5s, 500ms.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = bound)]
    handshake_timeout: Duration,

    /// How long a connection may wait between two requests.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = bound)]
    idle_timeout: Duration,
}

impl Limits {
    /// What all frames may take.
    ///
    /// Refuses an amount that the history alone would take.
    pub(crate) fn memory(&self, history: u64) -> Result<Memory> {
        let max = self.max_frame_memory.or_else(half_of_machine).unwrap_or(u64::MAX);
        ensure!(history < max, "--history {history} leaves nothing of the {max} bytes of --max-frame-memory");
        Ok(Memory::new(max))
    }

    /// As the server takes them.
    pub(crate) fn server(&self) -> server::Limits {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        server::Limits {
            viewers: count(self.max_viewers),
            sockets: count(self.max_sockets),
            waiting: count(self.max_waiting),
            handshake: self.handshake_timeout,
            idle: self.idle_timeout,
            messages: self.max_messages,
        }
    }
}

/// Half of the machine's memory, in bytes.
fn half_of_machine() -> Option<u64> {
    let facts = std::fs::read_to_string("/proc/meminfo").ok()?;
    let total = facts.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes.saturating_mul(1024) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_memory() {
        assert!(half_of_machine().is_some_and(|bytes| bytes > 1 << 24));
    }
}
