//! The routes `/streams/NAME/frame.EXT`: a frame as a file. What is asked for is decided here, what the file holds in
//! [`save`](crate::save).
//!
//! Files are made on threads that may block, few at a time; what is made is the answer's own, so that a slow reader
//! holds no frame; the room they take is counted until they are sent.

use super::http::{Answer, text};
use super::refused::{Cause, Refused};
use super::sending::Body;
use crate::save::{self, Kind, SaveError};
use crate::{Frame, Registry, Stream};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use wire::control::Phase;

/// What all paths of streams begin with.
pub(super) const PREFIX: &str = "/streams/";
/// Name of the file in the path, before its extension.
const FILE: &str = "frame";
/// Files that are made at a time.
const WORKERS: usize = 4;
/// Room for answers that are being sent, in KiB: 512 MiB, five frames of 8K in 16-bit RGB.
const ROOM_KIB: u32 = 512 * 1024;
/// When to ask again, in seconds.
const LATER: &str = "1";

/// What limits the work.
#[derive(Debug)]
pub(super) struct Limits {
    workers: Arc<Semaphore>,
    room: Arc<Semaphore>,
    refused: Arc<Refused>,
    /// Tells this run of the program from others, whose frames have the same numbers.
    run: u64,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no stream {0:?}; /streams lists them")]
    NoStream(String),
    #[error("{0:?} is no file of a frame; there are frame.npy, .npz, .png, .raw and .json")]
    NoFile(String),
    #[error("sequence={0:?} is no number of a frame")]
    NotANumber(String),
    #[error("stream {0:?} has no frame yet")]
    NoFrameYet(String),
    #[error("stream {name:?} has no frame: {why}")]
    NoFrame { name: String, why: String },
    #[error("FrameGone: frame {sequence} of stream {name:?} is not held; {held}")]
    FrameGone { name: String, sequence: u64, held: String },
    #[error("{WORKERS} files are being made, or 512 MiB of them are being sent; try again")]
    Busy,
    #[error("frames take as much memory as they may (--max-frame-memory); try again")]
    Spent,
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error("the file was not made")]
    Failed,
}

impl Limits {
    pub(super) fn new(refused: Arc<Refused>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            workers: Arc::new(Semaphore::new(WORKERS)),
            room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
            refused,
            run: u64::try_from(since.as_nanos()).unwrap_or_default(),
        }
    }
}

/// Answers a GET or HEAD of a path that begins with [`PREFIX`].
pub(super) async fn respond(
    (method, uri, headers): (Method, Uri, HeaderMap),
    registry: &Registry,
    limits: &Limits,
) -> Answer {
    match file(&uri, &headers, method == Method::HEAD, registry, limits).await {
        Ok(answer) => answer,
        Err(refusal) => {
            match refusal {
                Refusal::Busy => limits.refused.count(Cause::Files),
                Refusal::Spent => limits.refused.count(Cause::FrameMemory),
                _ => {}
            }
            refuse(&refusal)
        }
    }
}

async fn file(
    uri: &Uri,
    headers: &HeaderMap,
    is_head: bool,
    registry: &Registry,
    limits: &Limits,
) -> Result<Answer, Refusal> {
    let (stream, kind) = asked(uri.path(), registry)?;
    let frame = frame(&stream, uri.query())?;
    let etag = format!("\"{:x}-{}\"", limits.run, save::file_name(&frame, kind));
    if is_known(headers, &etag) {
        let mut answer = Response::new(Body::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut answer, &frame, kind, &etag);
        return Ok(answer);
    }
    if registry.memory().is_spent() {
        return Err(Refusal::Spent);
    }
    let worker = Arc::clone(&limits.workers).try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let room =
        Arc::clone(&limits.room).try_acquire_many_owned(room(&frame, kind)).map_err(|_| Refusal::Busy)?;
    let (made, frame) = spawn_blocking(move || {
        // A picture takes its time: the source gets its buffer back first.
        let frame = if kind == Kind::Png && !frame.is_own() { Arc::new(frame.to_own()) } else { frame };
        let made = save::file(&frame, kind);
        drop(worker);
        (made, frame)
    })
    .await
    .map_err(|_| Refusal::Failed)?;
    let bytes = made?;
    let length = bytes.len();
    let body = if is_head { Body::default() } else { Body::holding(bytes, room) };
    let mut answer = Response::new(body);
    describe(&mut answer, &frame, kind, &etag);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.media_type()));
    answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(answer)
}

/// The stream and the kind of file that a path names.
fn asked(path: &str, registry: &Registry) -> Result<(Arc<Stream>, Kind), Refusal> {
    let rest = path.strip_prefix(PREFIX).unwrap_or_default();
    let (name, file) = rest.rsplit_once('/').ok_or_else(|| Refusal::NoFile(rest.to_owned()))?;
    let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
    let stream = registry.stream(&name).ok_or(Refusal::NoStream(name))?;
    let kind = file.split_once('.').filter(|(stem, _)| *stem == FILE).and_then(|(_, kind)| Kind::of(kind));
    Ok((stream, kind.ok_or_else(|| Refusal::NoFile(file.to_owned()))?))
}

/// The newest frame, or the one that the query asks for by its number.
fn frame(stream: &Stream, query: Option<&str>) -> Result<Arc<Frame>, Refusal> {
    let name = || stream.name().to_owned();
    let sequence = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("sequence=")));
    if let Some(sequence) = sequence {
        let sequence = sequence.parse().map_err(|_| Refusal::NotANumber(sequence.to_owned()))?;
        return stream.frame(sequence).ok_or_else(|| Refusal::FrameGone {
            name: name(),
            sequence,
            held: match stream.held() {
                None => "there is no frame yet".to_owned(),
                Some(held) if held.start() == held.end() => format!("only {} is", held.end()),
                Some(held) => format!("those from {} to {} are", held.start(), held.end()),
            },
        });
    }
    stream.newest().ok_or_else(|| {
        let state = stream.state();
        match (state.phase, state.failure) {
            (Phase::Waiting | Phase::Running, _) => Refusal::NoFrameYet(name()),
            (_, Some(why)) => Refusal::NoFrame { name: name(), why },
            (_, None) => Refusal::NoFrame { name: name(), why: "it has ended".to_owned() },
        }
    })
}

/// What a file takes at most, in KiB; at least 1, and never more than there is, so that every frame has its turn.
fn room(frame: &Frame, kind: Kind) -> u32 {
    let layout = frame.source();
    let bytes = match kind {
        Kind::Json => 0,
        // Four words a pixel.
        Kind::Png => 8 * u64::from(layout.width) * u64::from(layout.height),
        // Codes of packed formats may be wider than their bits.
        Kind::Npy | Kind::Npz => 2 * frame.source_len(),
        Kind::Raw => frame.source_len(),
    };
    u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX).min(ROOM_KIB)
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|tags| tags.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

/// The headers that say which frame it is.
fn describe(answer: &mut Answer, frame: &Frame, kind: Kind, etag: &str) {
    let own = answer.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            own.insert(name, value);
        }
    };
    set(header::ETAG, etag);
    // Kept, but asked again each time: the next frame has the same address.
    set(header::CACHE_CONTROL, "no-cache");
    // A browser shows pictures and texts, and gives them this name when they are saved.
    let how = if matches!(kind, Kind::Png | Kind::Json) { "inline" } else { "attachment" };
    let name = save::file_name(frame, kind);
    set(header::CONTENT_DISPOSITION, &format!("{how}; filename=\"{name}\""));
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, "Content-Disposition, ETag");
}

fn refuse(refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::NoStream(_) | Refusal::NoFile(_) | Refusal::NoFrame { .. } | Refusal::FrameGone { .. } => {
            StatusCode::NOT_FOUND
        }
        Refusal::NotANumber(_) => StatusCode::BAD_REQUEST,
        Refusal::NoFrameYet(_) | Refusal::Busy | Refusal::Spent => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Save(
            SaveError::NotOneArray { .. } | SaveError::NoPicture(_) | SaveError::TooLarge { .. },
        ) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::Save(_) | Refusal::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut answer = text(status, &format!("{}\n", wire::capped(&refusal.to_string(), 1024)));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(LATER));
    }
    answer
}
