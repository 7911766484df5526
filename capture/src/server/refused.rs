//! How often the server refused something, by cause. Knows nothing of what asked.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// `Host` names another machine.
    Host,
    /// A page of another origin asks.
    Origin,
    /// The token is missing or wrong.
    Token,
    /// Too many wrong tokens came from one address.
    Rate,
    /// As many viewers are there as may be.
    Viewers,
    /// As many connections are there as may be.
    Sockets,
    /// One address has too many connections that were not let in yet.
    Waiting,
    /// A request did not come to its end in time.
    Handshake,
    /// A TLS handshake failed, or something else than TLS came.
    Tls,
    /// An answer was not read for too long.
    Reader,
    /// The viewers of an address have as many bodies as they may; they go on without.
    Bodies,
    /// As many files of frames are made or being sent as may be.
    Files,
    /// Frames take as much memory as they may, and no file is made.
    FrameMemory,
    /// A client sent more messages than it may.
    Messages,
    /// A client's message was too long.
    MessageSize,
    /// Nothing was heard of a client for too long.
    Silent,
}

/// All causes with their names, in their order.
const CAUSES: [(Cause, &str); 16] = [
    (Cause::Host, "host"),
    (Cause::Origin, "origin"),
    (Cause::Token, "token"),
    (Cause::Rate, "rate"),
    (Cause::Viewers, "viewers"),
    (Cause::Sockets, "sockets"),
    (Cause::Waiting, "waiting"),
    (Cause::Handshake, "handshake"),
    (Cause::Tls, "tls"),
    (Cause::Reader, "reader"),
    (Cause::Bodies, "bodies"),
    (Cause::Files, "files"),
    (Cause::FrameMemory, "frame_memory"),
    (Cause::Messages, "messages"),
    (Cause::MessageSize, "message_size"),
    (Cause::Silent, "silent"),
];

/// Counts refusals; shared by whoever refuses and whoever tells.
#[derive(Debug, Default)]
pub struct Refused([AtomicU64; CAUSES.len()]);

impl Refused {
    /// Counts one more.
    pub(crate) fn count(&self, cause: Cause) {
        self.0[cause as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Name and count of each cause, those that never happened included.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CAUSES.iter().map(|(cause, name)| (*name, self.0[*cause as usize].load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_a_count_of_its_own() {
        let refused = Refused::default();
        for (times, (cause, _)) in CAUSES.iter().enumerate() {
            (0..times).for_each(|_| refused.count(*cause));
        }
        let counts: Vec<_> = refused.counts().collect();
        for (times, (_, name)) in CAUSES.iter().enumerate() {
            assert_eq!(counts[times], (*name, times as u64));
        }
    }
}
