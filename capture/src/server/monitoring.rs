//! The routes `/healthz` and `/metrics`, for programs that watch this one.

use super::connection::Shared;
use super::http::{Answer, text};
use crate::health::Health;
use crate::{clock, metrics};
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use std::fmt::Write as _;

/// Whether all is well: a word for everybody, and one for each stream for those who may see them.
pub(super) fn health(shared: &Shared, may_see: bool) -> Answer {
    let now_nanos = clock::now_nanos();
    let streams = shared.registry.streams();
    let each: Vec<_> =
        streams.iter().map(|stream| Health::of(stream, shared.stalled_after, now_nanos)).collect();
    let all = Health::of_all(each.iter().copied());
    let mut words = format!("{}\n", all.word());
    if may_see {
        for (stream, health) in streams.iter().zip(each) {
            // Writing to a string does not fail.
            let _ = write!(words, "{}: {}", stream.name().escape_debug(), health.word());
            let failure = stream.state().failure.map(|why| format!(": {}", why.escape_debug()));
            let _ = writeln!(words, "{}", failure.unwrap_or_default());
        }
    }
    text(if all.is_well() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &words)
}

/// What happens, as Prometheus reads it.
pub(super) fn metrics(shared: &Shared) -> Answer {
    let Ok(lines) = shared.metrics.text() else {
        return text(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written as text\n");
    };
    let mut answer = text(StatusCode::OK, &lines);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
    answer
}
