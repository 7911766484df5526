//! The callbacks of a viewer that the browser calls later; knows not what they do.

use super::host;
use super::socket::function;
use wasm_bindgen::prelude::*;

/// How often states are looked at: often enough that a stall is said within a quarter of a second.
const TICK_MILLIS: f64 = 250.0;

/// Callbacks that live as long as the viewer, and what they are waiting for.
pub(super) struct Timers {
    pub(super) animation: Closure<dyn FnMut()>,
    pub(super) animation_asked: bool,
    pub(super) tick: Closure<dyn FnMut()>,
    pub(super) tick_id: Option<f64>,
    pub(super) retry: Closure<dyn FnMut()>,
    pub(super) retry_id: Option<f64>,
    pub(super) slice: Closure<dyn FnMut()>,
    pub(super) slice_id: Option<f64>,
}

impl Timers {
    pub(super) fn start_ticking(&mut self) {
        let tick = &self.tick;
        self.tick_id.get_or_insert_with(|| host::set_interval(function(tick), TICK_MILLIS));
    }

    pub(super) fn retry_after(&mut self, millis: f64) {
        self.stop_retrying();
        self.retry_id = Some(host::set_timeout(function(&self.retry), millis));
    }

    pub(super) fn stop_retrying(&mut self) {
        if let Some(id) = self.retry_id.take() {
            host::clear_timeout(id);
        }
    }

    pub(super) fn stop(&mut self) {
        self.stop_retrying();
        if let Some(id) = self.tick_id.take() {
            host::clear_interval(id);
        }
    }

    pub(super) fn stop_all(&mut self) {
        self.stop();
        if let Some(id) = self.slice_id.take() {
            host::clear_timeout(id);
        }
    }
}
