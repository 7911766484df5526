//! What is known of a frame, as JSON, with a command that shows its raw bytes again.

use super::{Kind, file_name};
use crate::frame::Frame;
use serde_json::{Value, json};
use wire::layout::arrays::{self, Outline};
use wire::layout::command::{Count, command};

/// The frame without its bytes.
pub(super) fn frame(frame: &Frame) -> Value {
    let (layout, header) = (frame.source(), frame.header());
    let file = |kind| file_name(frame, kind);
    let array = |Outline { name, shape, dtype, channels }| json!({ "name": name, "shape": shape, "dtype": dtype, "channels": channels });
    json!({
        "server": crate::NAME_AND_VERSION,
        "stream": layout.stream,
        "sequence": header.sequence,
        "pts_nanos": header.pts_nanos,
        "dts_nanos": header.dts_nanos,
        "duration_nanos": header.duration_nanos,
        "offset": header.offset,
        "running_time_nanos": header.running_time_nanos,
        "arrival_nanos": header.arrival_nanos,
        "flags": header.flags,
        "length": frame.source_len(),
        "layout": ***layout,
        "metas": (!frame.metas().is_empty()).then(|| serde_json::from_slice::<Value>(frame.metas()).ok()),
        "converted": frame.layout().converted,
        "npy": arrays::one(layout).map(array),
        "npz": arrays::each(layout).into_iter().map(array).collect::<Vec<_>>(),
        "files": {
            "npy": file(Kind::Npy), "npz": file(Kind::Npz), "png": file(Kind::Png), "raw": file(Kind::Raw),
        },
        "command": command(layout, frame.source_len(), &file(Kind::Raw), Count::One),
    })
}
