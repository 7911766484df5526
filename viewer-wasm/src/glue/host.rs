//! Functions of the global scope, the same in a worker and in a window.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = requestAnimationFrame)]
    fn request_animation_frame(callback: &Function) -> Result<f64, JsValue>;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(callback: &Function, millis: f64) -> f64;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(id: f64);

    #[wasm_bindgen(js_name = setInterval)]
    pub(super) fn set_interval(callback: &Function, millis: f64) -> f64;

    #[wasm_bindgen(js_name = clearInterval)]
    pub(super) fn clear_interval(id: f64);

    #[wasm_bindgen(catch)]
    pub(super) fn fetch(url: &str, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = reportError)]
    fn report_error(error: &JsValue) -> Result<(), JsValue>;
}

/// Milliseconds until a substitute for an animation frame: 60 a second.
const FRAME_MILLIS: f64 = 1_000.0 / 60.0;

/// Calls `callback` at the next animation frame; where a worker has none, about when one would be.
pub(super) fn at_animation_frame(callback: &Function) {
    if request_animation_frame(callback).is_err() {
        set_timeout(callback, FRAME_MILLIS);
    }
}

/// The viewer's monotonic clock, in nanoseconds.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it begins at 0, and lasts 584 years"
)]
pub(super) fn now_nanos() -> u64 {
    (performance_now() * 1e6) as u64
}

/// Shows an error that a listener threw where uncaught ones are shown; the viewer goes on.
pub(super) fn report(error: &JsValue) {
    // Browsers without it are older than the SIMD this module needs; then there is nobody to tell.
    let _ = report_error(error);
}
