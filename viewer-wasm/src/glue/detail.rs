//! The plain objects that events carry.

use super::held::Held;
use super::socket::Carrier;
use crate::policy::{Counts, FrameTimes, Means, Rates, State};
use js_sys::{BigInt, JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wire::clock::Alignment;
use wire::{FrameHeader, Ledger};

/// An object that is filled key by key.
pub(super) struct Detail(Object);

impl Detail {
    pub(super) fn new() -> Self {
        Self(Object::new())
    }

    pub(super) fn set(self, key: &str, value: impl Into<JsValue>) -> Self {
        // Fails for objects that were frozen; this one is new.
        let _ = Reflect::set(&self.0, &JsValue::from_str(key), &value.into());
        self
    }

    pub(super) fn done(self) -> JsValue {
        self.0.into()
    }
}

/// A count or time as a number; exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "JavaScript has no other number")]
pub(super) fn number(value: u64) -> f64 {
    value as f64
}

/// A time stamp as a bigint, or null.
pub(super) fn nanos(value: Option<u64>) -> JsValue {
    value.map_or(JsValue::NULL, |value| BigInt::from(value).into())
}

fn optional(value: Option<f64>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_f64)
}

/// A key of a JSON text that is known to be readable; undefined where it is not there.
pub(super) fn json_key(text: &str, key: &str) -> JsValue {
    JSON::parse(text)
        .and_then(|value| Reflect::get(&value, &JsValue::from_str(key)))
        .unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn state(state: &State) -> JsValue {
    let (name, text) = match state {
        State::Connecting => ("connecting", ""),
        State::Live => ("live", ""),
        State::Paused => ("paused", ""),
        State::Stalled { text, .. } => ("stalled", text.as_str()),
        State::Restarting { text } => ("restarting", text.as_str()),
        State::Ended => ("ended", ""),
        State::Failed { text } => ("failed", text.as_str()),
        State::Disconnected { text, .. } => ("disconnected", text.as_str()),
    };
    let detail = Detail::new().set("state", name).set("text", text);
    match state {
        State::Stalled { since_millis, .. } => detail.set("sinceMillis", number(*since_millis)),
        State::Disconnected { retry_in_millis: Some(millis), .. } => {
            detail.set("retryInMillis", number(*millis))
        }
        _ => detail,
    }
    .done()
}

/// How a frame is read from now on.
pub(super) fn layout(frame: &Held, reason: Option<&str>) -> JsValue {
    let described = &frame.layout;
    Detail::new()
        .set("layout", described.json())
        .set("tried", described.tried().map_or(JsValue::NULL, |tried| tried.json.clone()))
        // Of a part, nobody here knows it.
        .set("byteLength", optional(frame.is_whole().then(|| number(frame.source_len() as u64))))
        .set("decodable", reason.is_none())
        .set("reason", reason.unwrap_or(""))
        .done()
}

/// When a frame was where, on the viewer's clock.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// Its message was whole.
    pub(super) received: u64,
    /// It was on the canvas.
    pub(super) drawn: u64,
    /// What that took.
    pub(super) took: FrameTimes,
}

/// A frame that has been drawn, with its metas or null; a held one is of the past, and its age is no delay.
pub(super) fn frame(
    header: &FrameHeader,
    metas: JsValue,
    alignment: Option<Alignment>,
    times: Times,
    late: bool,
    held: bool,
) -> JsValue {
    let arrival = i64::try_from(header.arrival_nanos).unwrap_or(i64::MAX);
    let age = alignment.map(|alignment| millis(alignment.to_server(times.drawn).saturating_sub(arrival)));
    let uncertainty = alignment.map(|alignment| number(alignment.uncertainty_nanos) / 1e6);
    Detail::new()
        .set("sequence", number(header.sequence))
        .set("ptsNanos", nanos(header.pts_nanos))
        .set("runningTimeNanos", nanos(header.running_time_nanos))
        .set("ageMillis", optional(age))
        .set("uncertaintyMillis", optional(uncertainty))
        .set("arrivalMillis", number(header.arrival_nanos) / 1e6)
        .set("receivedMillis", number(times.received) / 1e6)
        .set("drawnMillis", number(times.drawn) / 1e6)
        .set("bytes", number(times.took.bytes))
        .set("workMillis", number(times.took.work) / 1e6)
        .set("receiveMillis", optional(times.took.receive.map(|nanos| number(nanos) / 1e6)))
        .set("decodeMillis", number(times.took.decode) / 1e6)
        .set("drawMillis", number(times.took.draw) / 1e6)
        .set("flags", header.flags)
        .set("late", late)
        .set("held", held)
        .set("metas", metas)
        .done()
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript has no other number")]
fn millis(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}

/// The object that a value is in JSON.
pub(super) fn json(value: &impl Serialize) -> Option<JsValue> {
    JSON::parse(&serde_json::to_string(value).ok()?).ok()
}

pub(super) fn statistics(
    ledger: &Ledger,
    counts: Counts,
    rates: Rates,
    means: Means,
    carrier: Carrier,
) -> JsValue {
    let per_frame = Detail::new()
        .set("bytes", optional(means.bytes))
        .set("decodedBytes", optional(means.plain))
        .set("workMillis", optional(means.work))
        .set("sendMillis", optional(means.send))
        .set("receiveMillis", optional(means.receive))
        .set("decodeMillis", optional(means.decode))
        .set("drawMillis", optional(means.draw))
        .set("bytesPerSecond", optional(means.bytes_per_second))
        .done();
    Detail::new()
        .set("perFrame", per_frame)
        .set("ledger", json(ledger).unwrap_or(JsValue::NULL))
        .set("received", number(counts.received))
        .set("drawn", number(counts.drawn))
        .set("overtaken", number(counts.overtaken))
        .set("late", number(counts.late))
        .set("undrawn", number(counts.undrawn))
        .set("abandoned", number(counts.abandoned))
        .set("bytes", number(counts.bytes))
        .set("fps", optional(rates.drawn))
        .set("sourceFps", optional(rates.source))
        .set("sentFps", optional(rates.sent))
        .set("bytesPerSecond", optional(rates.bytes))
        .set("carrier", carrier.name())
        .done()
}

pub(super) fn error(code: &str, text: &str) -> JsValue {
    Detail::new().set("code", code).set("text", text).done()
}
