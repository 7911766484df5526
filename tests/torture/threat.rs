//! What the product is to withstand: the rows that the table must have, in the order they are told in.

use serde::{Deserialize, Serialize};

/// A threat, or a fault of what is around the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "`words` says what each is")]
pub(crate) enum Threat {
    OtherSite,
    Rebinding,
    Network,
    Pipelines,
    Injection,
    Credentials,
    Traversal,
    SlowHandshake,
    HostileFrames,
    Tls,
    Descriptors,
    SlowViewer,
    HugeFrames,
    HalfOpen,
    Drops,
    Hidden,
    Shutdown,
    PipelineFaults,
    Clocks,
    LongRuns,
    LyingCaps,
    Advisories,
    Memory,
}

impl Threat {
    /// All of them.
    pub(crate) const ALL: [Self; 23] = [
        Self::OtherSite,
        Self::Rebinding,
        Self::Network,
        Self::Pipelines,
        Self::Injection,
        Self::Credentials,
        Self::Traversal,
        Self::SlowHandshake,
        Self::HostileFrames,
        Self::Tls,
        Self::Descriptors,
        Self::SlowViewer,
        Self::HugeFrames,
        Self::HalfOpen,
        Self::Drops,
        Self::Hidden,
        Self::Shutdown,
        Self::PipelineFaults,
        Self::Clocks,
        Self::LongRuns,
        Self::LyingCaps,
        Self::Advisories,
        Self::Memory,
    ];

    /// What it is called in the table.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::OtherSite => "a page of another site opens our socket",
            Self::Rebinding => "DNS rebinding",
            Self::Network => "someone on the network looks",
            Self::Pipelines => "pipeline strings are code",
            Self::Injection => "script injection by names and texts",
            Self::Credentials => "credentials in logs or on the page",
            Self::Traversal => "path traversal",
            Self::SlowHandshake => "slow requests",
            Self::HostileFrames => "hostile client frames",
            Self::Tls => "TLS",
            Self::Descriptors => "file descriptors run out",
            Self::SlowViewer => "a slow viewer",
            Self::HugeFrames => "huge frames to a slow viewer",
            Self::HalfOpen => "half-open connections",
            Self::Drops => "the server restarts, the network drops",
            Self::Hidden => "a hidden or sleeping tab",
            Self::Shutdown => "shutdown",
            Self::PipelineFaults => "a pipeline fails, ends, stalls",
            Self::Clocks => "clock jumps",
            Self::LongRuns => "many viewers, long runs",
            Self::LyingCaps => "caps and messages that lie",
            Self::Advisories => "advisories",
            Self::Memory => "memory that is read or written by mistake",
        }
    }
}
