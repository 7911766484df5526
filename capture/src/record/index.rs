//! The description of a recording: layouts, the place and times of each frame, what is missing in between.

use super::End;
use crate::Frame;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use wire::layout::command::{Count, command};
use wire::{CheckedLayout, Ledger};

/// Frames that are missing between two that were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The frame before the gap.
    pub after: u64,
    /// The frame behind it.
    pub before: u64,
}

impl Gap {
    /// How many frames are missing.
    #[must_use]
    pub fn frames(self) -> u64 {
        self.before.saturating_sub(self.after).saturating_sub(1)
    }
}

/// What has been recorded so far.
#[derive(Debug, Default)]
pub(super) struct Index {
    layouts: Vec<Arc<CheckedLayout>>,
    frames: Vec<Value>,
    lengths: Vec<u64>,
    last: Option<u64>,
    missing: Vec<Gap>,
}

impl Index {
    /// A frame that stands at `at` of the file, in `length` bytes.
    pub(super) fn add(&mut self, frame: &Frame, at: u64, length: u64) {
        let (layout, header) = (frame.source(), frame.header());
        if !self.layouts.iter().any(|known| known.id == layout.id) {
            self.layouts.push(Arc::clone(layout));
        }
        if let Some(after) = self.last
            && header.sequence > after + 1
        {
            self.missing.push(Gap { after, before: header.sequence });
        }
        self.last = Some(header.sequence);
        self.lengths.push(length);
        self.frames.push(json!({
            "sequence": header.sequence,
            "pts_nanos": header.pts_nanos,
            "dts_nanos": header.dts_nanos,
            "duration_nanos": header.duration_nanos,
            "offset": header.offset,
            "running_time_nanos": header.running_time_nanos,
            "arrival_nanos": header.arrival_nanos,
            "flags": header.flags,
            "layout": layout.id,
            "at": at,
            "length": length,
        }));
    }

    pub(super) fn frames(&self) -> u64 {
        self.frames.len() as u64
    }

    pub(super) fn missing(&self) -> &[Gap] {
        &self.missing
    }

    /// The description of the file, whose bytes are the appsink's where `is_raw`.
    pub(super) fn json(
        &self,
        file: &Path,
        is_raw: bool,
        wanted: u64,
        end: End,
        ledger: Option<&Ledger>,
    ) -> Value {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let missing: Vec<_> = self.missing.iter().map(gap).collect();
        json!({
            "server": crate::NAME_AND_VERSION,
            "stream": self.layouts.first().map(|layout| layout.stream.as_str()),
            "file": name,
            "wanted": wanted,
            "recorded": self.frames(),
            "ended": end.words(),
            "missing": missing,
            "missing_frames": self.missing.iter().map(|gap| gap.frames()).sum::<u64>(),
            "ledger": ledger,
            "command": if is_raw { self.command(&name) } else { None },
            "layouts": self.layouts.iter().map(|layout| &***layout).collect::<Vec<_>>(),
            "frames": self.frames,
        })
    }

    /// A command that shows the file, which has to have frames of one length and layout.
    fn command(&self, file: &str) -> Option<String> {
        let [layout] = &self.layouts[..] else { return None };
        let length = *self.lengths.first()?;
        let is_even = self.lengths.iter().all(|&other| other == length);
        if is_even { command(layout, length, file, Count::Several) } else { None }
    }
}

fn gap(gap: &Gap) -> Value {
    json!({ "after": gap.after, "before": gap.before, "frames": gap.frames() })
}
