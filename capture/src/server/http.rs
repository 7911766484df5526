//! The HTTP routes: the page, `/streams`, and the handshake of `/ws`; `body` has that of bodies, `frames` has those of frames, `pipelines` those of
//! pipelines, `layouts` those of layouts without a frame, `monitoring` those for programs that watch this one.

use super::access::{Credential, Refusal, TOKEN_PROTOCOL};
use super::assets::Asset;
use super::connection::{Next, Peer, Shared};
use super::encoding::Accepted;
use super::harden::harden;
use super::refused::Cause;
use super::sending::Body;
use super::{body, frames, layouts, monitoring, pipelines};
use crate::history::Shown;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use wire::control::StreamState;
use wire::{Layout, close};

pub(super) type Answer = Response<Body>;

/// Answers one request. A WebSocket handshake hands its connection over through `peer`.
pub(super) async fn respond(request: Request<Incoming>, shared: &Shared, peer: &Peer) -> Answer {
    let answering = peer.pace.asked();
    let headers = request.headers();
    let mut answer = match shared.access.check_site(headers) {
        Err(refusal) => refuse(&refusal, shared),
        Ok(()) if request.method() != Method::GET && request.method() != Method::HEAD => {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "this server answers GET and HEAD\n");
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            answer
        }
        Ok(()) => {
            if let Some(answer) = route(&request, shared, peer) {
                answer
            } else if pipelines::is_path(request.uri().path()) {
                pipelines::respond(request.uri().path(), &shared.registry, &shared.pipelines).await
            } else {
                let asked = (request.method().clone(), request.uri().clone(), request.headers().clone());
                frames::respond(asked, &shared.registry, &shared.frames).await
            }
        }
    };
    harden(&mut answer, request.headers(), &shared.access, peer.is_tls);
    if request.method() == Method::HEAD {
        *answer.body_mut() = Body::default();
    }
    answer.body_mut().answering = Some(answering);
    if body::begins(&mut answer, peer) {
        // The connection is the viewer's now.
        std::future::pending::<()>().await;
    }
    answer
}

/// The answer, but for a file of a frame and a look at pipelines: these take time.
fn route(request: &Request<Incoming>, shared: &Shared, peer: &Peer) -> Option<Answer> {
    let in_url = match token_in_url(request, shared, peer) {
        Ok(cookie) => cookie,
        Err(refusal) => return Some(refuse(&refusal, shared)),
    };
    if let Some(cookie) = in_url {
        peer.let_in();
        let mut answer = text(StatusCode::SEE_OTHER, "");
        answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/"));
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
        return Some(answer);
    }
    let path = request.uri().path().to_owned();
    // The page's parts are no secret, and a page of another origin loads them without a cookie.
    let is_slow = path.starts_with(frames::PREFIX) || pipelines::is_path(&path);
    let is_open = !is_slow
        && !matches!(
            path.as_str(),
            "/" | "/index.html"
                | "/ws"
                | "/body"
                | "/streams"
                | "/metrics"
                | layouts::LAYOUT
                | layouts::FORMATS
        );
    if !is_open && let Err(refusal) = check(shared.access.credential(request.headers()), shared, peer) {
        return Some(refuse(&refusal, shared));
    }
    if !is_open {
        peer.let_in();
    }
    if is_slow {
        return None;
    }
    Some(match path.as_str() {
        "/ws" => handshake(request, shared, peer),
        "/body" => body::respond(request, shared, peer),
        "/streams" => json(&streams(shared)),
        "/metrics" => monitoring::metrics(shared),
        layouts::LAYOUT => layouts::layout(request.uri()),
        layouts::FORMATS => layouts::formats(request.uri()),
        "/healthz" => {
            let may_see = check(shared.access.credential(request.headers()), shared, peer).is_ok();
            monitoring::health(shared, may_see)
        }
        _ => match shared.assets.get(&path, &Accepted::of(request.headers())) {
            Some(asset) => file(asset, request.headers()),
            None => text(StatusCode::NOT_FOUND, "there is nothing here; the page is at /\n"),
        },
    })
}

/// Lets in whoever shows enough. While an address has too many wrong tokens behind it, none of its tokens is looked at.
fn check(shown: Credential, shared: &Shared, peer: &Peer) -> Result<(), Refusal> {
    let is_right = match shown {
        Credential::Enough => return Ok(()),
        Credential::Nothing => return Err(Refusal::Token),
        Credential::Token { is_right } => is_right,
    };
    let now = Instant::now();
    let mut attempts = shared.attempts();
    if let Some(wait) = attempts.wait(peer.address, now) {
        return Err(Refusal::Rate { seconds: wait.as_secs() + 1 });
    }
    if is_right {
        return Ok(());
    }
    attempts.failed(peer.address, now);
    Err(Refusal::Token)
}

/// The `Set-Cookie` header for a right token in the URL, which is then left for the clean URL.
fn token_in_url(
    request: &Request<Incoming>,
    shared: &Shared,
    peer: &Peer,
) -> Result<Option<HeaderValue>, Refusal> {
    let query = request.uri().query().unwrap_or_default();
    let given = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    let Some(shown) = given.and_then(|given| shared.access.credential_in_url(given)) else { return Ok(None) };
    check(shown, shared, peer)?;
    let cookie = shared.access.cookie(request.headers(), peer.is_secure(request.headers()));
    Ok(cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()))
}

fn handshake(request: &Request<Incoming>, shared: &Shared, peer: &Peer) -> Answer {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.version_mut() = request.version();
    *head.uri_mut() = request.uri().clone();
    head.headers_mut().clone_from(request.headers());
    let response = match create_response(&head) {
        Ok(response) => response,
        Err(error) => {
            let sentence = format!("this is a WebSocket address, and the handshake is none: {error}\n");
            return text(StatusCode::BAD_REQUEST, &sentence);
        }
    };
    let (mut parts, ()) = response.into_parts();
    let offered = offered(request.headers());
    let spoken = offered.iter().find(|name| **name == wire::SUBPROTOCOL);
    // A browser fails the handshake if none of its names comes back, and tells the page nothing: take one, then close.
    if let Some(name) = spoken.or(offered.first())
        && let Ok(name) = HeaderValue::from_str(name)
    {
        parts.headers.insert(header::SEC_WEBSOCKET_PROTOCOL, name);
    }
    let permit = Arc::clone(&shared.viewers).try_acquire_owned().ok();
    let refusal = if spoken.is_none() {
        let sentence = format!("this server speaks the subprotocol {}", wire::SUBPROTOCOL);
        Some((close::UNKNOWN_SUBPROTOCOL, sentence))
    } else if permit.is_none() {
        shared.refused.count(Cause::Viewers);
        let sentence = format!("{} viewers are connected already", shared.limits.viewers);
        Some((close::TRY_AGAIN_LATER, sentence))
    } else {
        None
    };
    peer.hand_over(Next::Viewer { refusal, permit });
    Response::from_parts(parts, Body::default())
}

/// The subprotocols a client offers, without those that carry a token: these are never echoed.
fn offered(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.starts_with(TOKEN_PROTOCOL))
        .collect()
}

/// A stream as `/streams` lists it: the state of `hello`, and beside it counts and the newest layout.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    state: StreamState,
    arrived: u64,
    published: u64,
    dropped: u64,
    source_gap: u64,
    bytes: u64,
    viewers: usize,
    held: usize,
    history: Option<Shown>,
    sequence: Option<u64>,
    layout: Option<Layout>,
}

fn streams(shared: &Shared) -> serde_json::Value {
    let listed = |stream: Arc<crate::Stream>| {
        let counts = stream.counts();
        let newest = stream.newest();
        Listed {
            state: stream.state(),
            arrived: counts.arrived,
            published: counts.published,
            dropped: counts.dropped,
            source_gap: counts.source_gap,
            bytes: counts.bytes,
            viewers: counts.viewers,
            held: counts.held,
            history: stream.history(),
            sequence: newest.as_ref().map(|frame| frame.sequence()),
            layout: newest.map(|frame| (***frame.layout()).clone()),
        }
    };
    serde_json::json!({
        "server": crate::NAME_AND_VERSION,
        "policy": shared.registry.policy(),
        "history": shared.registry.history(),
        "streams": shared.registry.streams().into_iter().map(listed).collect::<Vec<_>>(),
    })
}

fn file(asset: Asset, headers: &HeaderMap) -> Answer {
    let is_same = |value: &HeaderValue| {
        let is_tag = |tag: &str| tag.trim().trim_start_matches("W/") == asset.etag;
        value.to_str().is_ok_and(|tags| tags.split(',').any(is_tag))
    };
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(is_same);
    let length = asset.bytes.len();
    let mut answer = Response::new(if is_known { Body::default() } else { Body::from(asset.bytes) });
    let own = answer.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    // Asked again each time and answered by the tag: a new `capture` never meets an old page.
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    own.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        own.insert(header::ETAG, etag);
    }
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    if let Some(encoding) = asset.encoding {
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    // HEAD takes the body away.
    own.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer
}

pub(super) fn json(value: &serde_json::Value) -> Answer {
    let mut answer = Response::new(Body::from(Bytes::from(format!("{value:#}\n"))));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

pub(super) fn text(status: StatusCode, sentence: &str) -> Answer {
    let mut answer = Response::new(Body::from(Bytes::copy_from_slice(sentence.as_bytes())));
    *answer.status_mut() = status;
    let own = answer.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn refuse(refusal: &Refusal, shared: &Shared) -> Answer {
    tracing::debug!(%refusal, "request refused");
    shared.refused.count(refusal.cause());
    let mut answer = text(refusal.status(), &format!("{}\n", wire::capped(&refusal.to_string(), 512)));
    if *refusal == Refusal::Token {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Refusal::Rate { seconds } = refusal {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    }
    answer
}
