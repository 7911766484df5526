//! Headers of every answer: what a page of ours may do, who may frame it, and which other origins may read it.
//!
//! `Strict-Transport-Security` is not among them: a browser applies it to every port of a name, and would refuse the
//! plain servers beside this one; a proxy in front, which has the name to itself, is the one to send it.

use super::access::Access;
use super::http::Answer;
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Puts them into an answer to a request with these headers.
pub(super) fn harden(answer: &mut Answer, request: &HeaderMap, access: &Access, is_tls: bool) {
    let is_forbidden = answer.status() == StatusCode::FORBIDDEN;
    let own = answer.headers_mut();
    let vary = if own.contains_key(header::VARY) { "Origin, Accept-Encoding" } else { "Origin" };
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            own.insert(name, value);
        }
    };
    // 'self' means WebSockets too, but not in every browser.
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let ancestors = access.frame_ancestors.join(" ");
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self' ws://{host} wss://{host}; img-src 'self' data: blob:; worker-src 'self' blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'self' {ancestors}"
    );
    set(header::CONTENT_SECURITY_POLICY, policy.trim_end());
    // The older header knows no list; browsers that know the newer one go by that.
    if ancestors.is_empty() {
        set(header::X_FRAME_OPTIONS, "SAMEORIGIN");
    }
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    // Without TLS browsers ignore it, and say so on the console.
    if is_tls {
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
    set(header::VARY, vary);
    if is_forbidden {
        // A viewer on a page that may not use this server may read the sentence that says so, and nothing else.
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else if let Some(origin) = access.cross_origin(request) {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    } else {
        set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    }
}
