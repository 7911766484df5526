//! Finds out why no WebSocket could be opened: the browser hides the answer, the stream list over plain HTTP does not.

use super::detail::Detail;
use super::host;
use js_sys::{Promise, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What plain HTTP answered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Nothing did.
    None,
    /// A status and a body.
    Status(u16, String),
    /// Something did, but this page may not see what: it is of another origin, which the server does not allow.
    Hidden,
}

/// Called once with the answer.
type Done = Rc<dyn Fn(Answer)>;

/// Asks `url`; a server that answers without showing what is asked a second time, as it may just have started.
pub(super) fn ask(url: &str, done: Done) {
    let first = Rc::clone(&done);
    let own_url = url.to_owned();
    let unseen = move || {
        let (url, done) = (own_url.clone(), Rc::clone(&done));
        let then = move |there| {
            let hidden = Rc::clone(&done);
            if there {
                visible(&url, Rc::clone(&done), move || hidden(Answer::Hidden));
            } else {
                done(Answer::None);
            }
        };
        is_there(&own_url, then);
    };
    visible(url, first, unseen);
}

/// Asks as a page that wants to read the answer.
fn visible(url: &str, done: Done, on_failure: impl Fn() + Clone + 'static) {
    let failed = on_failure.clone();
    let read = move |response: JsValue| {
        let status = key(&response, "status").as_f64().unwrap_or(0.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an HTTP status has three digits"
        )]
        let status = status as u16;
        let text =
            key(&response, "text").dyn_into::<js_sys::Function>().and_then(|text| text.call0(&response));
        let done = Rc::clone(&done);
        match text.and_then(JsCast::dyn_into::<Promise>) {
            Ok(body) => {
                let unread = Rc::clone(&done);
                when(
                    &body,
                    move |body| done(Answer::Status(status, body.as_string().unwrap_or_default())),
                    move |_| unread(Answer::Status(status, String::new())),
                );
            }
            Err(_) => done(Answer::Status(status, String::new())),
        }
    };
    match host::fetch(url, &Detail::new().set("cache", "no-store").done()) {
        Ok(response) => when(&response, read, move |_| failed()),
        Err(_) => on_failure(),
    }
}

/// Asks as a page that does not want to read the answer, which no server can refuse.
fn is_there(url: &str, done: impl Fn(bool) + Clone + 'static) {
    let failed = done.clone();
    let options = Detail::new().set("cache", "no-store").set("mode", "no-cors").done();
    match host::fetch(url, &options) {
        Ok(response) => {
            let there = done.clone();
            when(&response, move |_| there(true), move |_| failed(false));
        }
        Err(_) => done(false),
    }
}

fn when(promise: &Promise, kept: impl FnOnce(JsValue) + 'static, broken: impl FnOnce(JsValue) + 'static) {
    // Called at most once, each frees itself; the one that is not called is freed when the promise is collected.
    let kept = Closure::once_into_js(kept).unchecked_into::<js_sys::Function>();
    let broken = Closure::once_into_js(broken).unchecked_into::<js_sys::Function>();
    if let Ok(then) = key(promise, "then").dyn_into::<js_sys::Function>() {
        let _ = then.call2(promise, &kept, &broken);
    }
}

fn key(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}
