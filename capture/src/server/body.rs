//! `/body?key=…`: an answer whose body a viewer reads its messages from, instead of its WebSocket.
//!
//! Only the head is HTTP's business. The connection is then the client's, as one that was upgraded.

use super::connection::{Next, Peer, Shared};
use super::http::{Answer, text};
use super::places::Place;
use super::refused::Cause;
use super::sending::Body;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::sync::{Arc, Mutex, PoisonError};

/// Characters of a key.
const KEY_MIN: usize = 16;
const KEY_MAX: usize = 64;
/// What proxies say.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via"];

/// With an answer: its body is a viewer's, and its connection is not HTTP's any more.
#[derive(Clone)]
struct Wanted {
    key: String,
    place: Arc<Mutex<Option<Place>>>,
}

/// What a viewer reads its messages from: the answer to `/body?key=…`, if its address may have one more.
pub(super) fn respond(request: &Request<Incoming>, shared: &Shared, peer: &Peer) -> Answer {
    let key = request.uri().query().and_then(|query| query.strip_prefix("key=")).unwrap_or_default();
    if !(KEY_MIN..=KEY_MAX).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let sentence =
            format!("a body has a key of {KEY_MIN} to {KEY_MAX} letters and digits: /body?key=\u{2026}\n");
        return text(StatusCode::BAD_REQUEST, &sentence);
    }
    let headers = request.headers();
    // Between two proxies nobody knows whose connections these are, and what is kept back until there is more.
    let is_direct = !FORWARDED.iter().any(|name| headers.contains_key(*name));
    let is_own = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    if !is_direct || !is_own || request.method() != Method::GET {
        return text(
            StatusCode::FORBIDDEN,
            "bodies are for viewers of this server's own page, without a proxy\n",
        );
    }
    let Some(place) = shared.body_places.enter(peer.address) else {
        shared.refused.count(Cause::Bodies);
        return text(StatusCode::SERVICE_UNAVAILABLE, "this address has as many bodies as it may\n");
    };
    let mut answer = Response::new(Body::default());
    let own = answer.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    own.insert(header::CONNECTION, HeaderValue::from_static("close"));
    // A proxy that says nothing of itself may still mind what it is asked for.
    own.insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer.extensions_mut().insert(Wanted { key: key.to_owned(), place: Arc::new(Mutex::new(Some(place))) });
    answer
}

/// Hands the connection over, if that is what this answer, complete but for its body, is for.
pub(super) fn begins(answer: &mut Answer, peer: &Peer) -> bool {
    let Some(Wanted { key, place }) = answer.extensions_mut().remove() else { return false };
    let place = place.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(place) = place else { return false };
    peer.hand_over(Next::Body { key, head: head(answer), place });
    true
}

/// An answer up to its body, which ends with the connection.
fn head(answer: &Answer) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\n", answer.status()).into_bytes();
    for (name, value) in answer.headers() {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}
