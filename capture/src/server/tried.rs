//! Requests given to all that reads one by itself, for a fuzz target alone: no socket, no answer. No route leads here.

use super::access::{Access, Credential};
use super::encoding::Accepted;
use super::harden::harden;
use super::layouts;
use super::secret::Secret;
use hyper::Uri;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// No text that a fuzzer makes is this one.
const TOKEN: &str = "b1946ac92492d2347c6235b4d2611184b1946ac92492d234";

/// Reads a request: its first line is the address, each further one a header. GStreamer must be initialised.
///
/// # Panics
/// If it were let in without the token, which is what a fuzz target looks for.
pub fn request(text: &str) {
    let mut lines = text.lines();
    let Some(Ok(uri)) = lines.next().map(str::parse::<Uri>) else { return };
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let (name, value) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let access = Access {
        allow_hosts: vec!["cam.example".to_owned()],
        allow_origins: vec!["https://lab.example".to_owned()],
        frame_ancestors: vec!["https://board.example".to_owned()],
        secret: Some(Secret::new(TOKEN)),
        machine: Some("robot".to_owned()),
    };
    // Either answer is right: who is refused, and whose page may show it, is for the tests to say.
    let _ = access.check_site(&headers);
    let is_let_in = |shown| matches!(shown, Credential::Enough | Credential::Token { is_right: true });
    assert!(!is_let_in(access.credential(&headers)), "{headers:?}");
    let given = uri.query().and_then(|query| query.strip_prefix("token="));
    assert!(!given.and_then(|given| access.credential_in_url(given)).is_some_and(is_let_in), "{uri}");
    let _ = access.cookie(&headers, true);
    let _ = Accepted::of(&headers);
    for mut answer in [layouts::layout(&uri), layouts::formats(&uri)] {
        harden(&mut answer, &headers, &access, false);
        assert!(!answer.status().is_server_error(), "{uri}");
    }
}
