//! The properties of appsinks: what the user wrote stays, the rest is set for live viewing.

use gst::prelude::*;
use gst_app::AppSink;
use wire::control::Policy;

/// Samples an appsink queues in policy `every`: enough to keep the source busy while one is sent.
const EVERY_QUEUE: u32 = 2;

/// Sets what does not depend on the pipeline being live.
///
/// A property is the user's if it differs from its default or is among those `spelled`.
pub(super) fn apply(sink: &AppSink, spelled: &[String], policy: Policy) {
    let is_free = |property: &str| !is_users(sink, spelled, property);
    if is_free("enable-last-sample") {
        // Or the appsink holds one buffer more of the source's pool.
        sink.set_enable_last_sample(false);
    }
    match policy {
        Policy::Latest => {
            if is_free("max-buffers") {
                sink.set_max_buffers(1);
            }
            if is_free("drop") {
                sink.set_drop(true);
            }
            if is_free("wait-on-eos") {
                sink.set_wait_on_eos(false);
            }
        }
        Policy::Every => {
            if is_free("max-buffers") {
                sink.set_max_buffers(EVERY_QUEUE);
            }
            // The policy is asked for by name and promises each frame, also of a line copied with `drop=true`.
            if !is_free("drop") && sink.is_drop() {
                tracing::warn!(element = %sink.name(), "drop=true of the pipeline text is kept: --policy every cannot give each frame");
            }
        }
    }
}

/// Sets what a live pipeline needs: waiting for the clock only adds latency there.
pub(super) fn apply_live(sink: &AppSink, spelled: &[String]) {
    if !is_users(sink, spelled, "sync") {
        sink.set_sync(false);
    }
}

fn is_users(sink: &AppSink, spelled: &[String], property: &str) -> bool {
    if spelled.iter().any(|one| one == property) {
        return true;
    }
    let Some(description) = sink.find_property(property) else { return true };
    let (value, default) = (sink.property_value(property), description.default_value());
    match (value.get::<bool>(), default.get::<bool>()) {
        (Ok(value), Ok(default)) => value != default,
        _ => value.get::<u32>().ok() != default.get::<u32>().ok(),
    }
}
