//! The writer: owns everything that leaves the socket. Text and replies go between messages; pongs, pings and closes
//! also between the fragments of a frame.

use super::body::{Bodies, Body};
use super::flip::Sent;
use super::framing::{self, Header, Opcode};
use super::link::Link;
use super::lowat::{LEAST, Lowat};
use super::replies::Replies;
use super::session::{Answer, Session};
use super::subscribed::{Effort, Offer};
use crate::clock;
use crate::frame::Frame;
use crate::registry::Registry;
use futures_util::FutureExt;
use socket2::SockRef;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use wire::control::{BusMessage, StreamState};
use wire::{FrameHeader, ServerMessage};

/// Bytes of a frame between two chances for a pong, a ping or a close.
pub(super) const FRAGMENT: usize = 1024 * 1024;
/// Bytes that are hashed in the time that handing them to another thread takes, about 10 to 20 µs.
const HASHED_AT_ONCE: u64 = 128 * 1024;
/// How often the viewer is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(10);
/// How often the viewer is told its accounts.
const STATISTICS_EVERY: Duration = Duration::from_secs(1);
/// How long a client may neither answer nor take a byte.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(25);

/// Writes for one client until it is closed or gone.
pub(super) struct Writer {
    /// The WebSocket.
    link: Arc<Link>,
    /// Where messages go instead, once the client has asked for it.
    body: Option<Body>,
    shared: Shared,
    lowat: Lowat,
    /// The low-water mark that the socket of the messages has.
    set_lowat: u32,
    /// Pongs, pings and closes that are ready to go; they go by the WebSocket.
    control: Vec<u8>,
    /// Texts, and ends of frames, that are ready to go.
    out: Vec<u8>,
    ping_at: Instant,
}

/// What a writer has in common with others.
pub(super) struct Shared {
    pub(super) session: Arc<Mutex<Session>>,
    pub(super) registry: Arc<Registry>,
    pub(super) replies: Replies,
    pub(super) wake: Arc<Notify>,
    pub(super) progress: Arc<Progress>,
    pub(super) bodies: Arc<Bodies>,
}

/// When the client last took bytes that something waited behind; the reader looks here before it calls the client silent.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU64);

/// What may wake the writer, besides the session.
struct News {
    bus: broadcast::Receiver<Arc<BusMessage>>,
    changes: watch::Receiver<u64>,
    statistics: tokio::time::Interval,
    /// The states the client was told last.
    told: Vec<StreamState>,
}

impl Writer {
    pub(super) fn new(link: Arc<Link>, shared: Shared) -> Self {
        let mut writer = Self {
            link,
            body: None,
            shared,
            lowat: Lowat::new(),
            set_lowat: 0,
            control: Vec::new(),
            out: Vec::with_capacity(4 * 1024),
            ping_at: Instant::now() + PING_EVERY,
        };
        writer.set_lowat(LEAST);
        writer
    }

    /// Runs until the session closes or the socket fails; the error is the socket's.
    pub(super) async fn run(mut self) -> io::Result<()> {
        let mut statistics = interval(STATISTICS_EVERY);
        statistics.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut news = News {
            bus: self.shared.registry.bus(),
            changes: self.shared.registry.changes(),
            statistics,
            told: self.shared.registry.states(),
        };
        self.say(&ServerMessage::Hello {
            server: crate::NAME_AND_VERSION.to_owned(),
            policy: self.shared.registry.policy(),
            streams: news.told.clone(),
        });
        loop {
            self.collect().await?;
            self.flush().await?;
            if self.session().closing().is_some() {
                return self.close().await;
            }
            let offer = self.session().offer(clock::now_nanos());
            match offer {
                Some(offer) => {
                    if !self.send(&offer).await? {
                        self.wait(&mut news, true).await?;
                    }
                }
                None => self.wait(&mut news, false).await?,
            }
        }
    }

    /// Waits for anything to do: news, the session, or, with a frame at hand, room in the socket.
    async fn wait(&mut self, news: &mut News, has_frame: bool) -> io::Result<()> {
        let until_ping = self.ping_at.saturating_duration_since(Instant::now());
        tokio::select! {
            () = self.shared.wake.notified() => {}
            ready = self.messages().writable(), if has_frame => {
                ready?;
                self.shared.progress.note();
            }
            message = news.bus.recv() => match message {
                Ok(message) => self.say(&ServerMessage::Bus { message: message.as_ref().clone() }),
                Err(broadcast::error::RecvError::Lagged(count)) => self.say(&ServerMessage::Error {
                    code: "lost_messages".to_owned(),
                    text: format!("{count} bus messages were not sent: this viewer reads too slowly"),
                }),
                Err(broadcast::error::RecvError::Closed) => {}
            },
            _ = news.changes.changed() => {
                let streams = self.shared.registry.states();
                if streams != news.told {
                    news.told.clone_from(&streams);
                    self.say(&ServerMessage::Streams { streams });
                }
            }
            _ = news.statistics.tick() => {
                let statistics = self.session().statistics();
                if let Some(message) = statistics {
                    self.say(&message);
                }
            }
            () = tokio::time::sleep(until_ping) => {}
        }
        Ok(())
    }

    /// Sends an offered frame; `false` when the socket has no room for its first byte.
    async fn send(&mut self, offer: &Offer) -> io::Result<bool> {
        let source = offer.frame();
        let is_made = source.layout().converted.is_some() || offer.recipe.is_some();
        let is_work = is_made || offer.is_verified && is_long_to_hash(source);
        let made = if is_work { self.prepare(offer).await } else { Some(Arc::clone(source)) };
        let Some(frame) = made else { return Ok(false) };
        let frame = frame.as_ref();
        if offer.is_layout_new {
            self.say(&ServerMessage::Layout { layout: Box::new((***frame.layout()).clone()) });
            self.session().told_layout(offer);
            self.flush().await?;
        }
        // In one write with the frame's first bytes: nothing comes between the two.
        let mut before = Vec::new();
        if offer.is_verified {
            framing::put_text(&mut before, &hashes(source).to_json());
        }
        if offer.is_fetched() {
            let stream = frame.layout().stream.clone();
            let fetched = ServerMessage::Fetched { stream, sequence: frame.sequence() };
            framing::put_text(&mut before, &fetched.to_json());
        }
        let started = Instant::now();
        let mut effort = Effort::default();
        let header = FrameHeader { sent_nanos: Some(clock::now_nanos()), ..*frame.header() }.encode();
        let sent = Sent::of(frame);
        let mut rest = Rest::new(&header, sent.pieces(), frame.metas());
        let mut opcode = Opcode::Binary;
        while !rest.pieces.is_empty() {
            let len = rest.len.min(FRAGMENT);
            let head = Header::new(opcode, len == rest.len, len);
            let before = if opcode == Opcode::Binary { &before[..] } else { &[] };
            let mut slices = rest.split(before, head.as_ref(), len);
            let mut slices = &mut slices[..];
            let begun = Instant::now();
            if opcode == Opcode::Binary {
                match self.messages().try_begin(slices) {
                    Ok(written) => IoSlice::advance_slices(&mut slices, written),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                    Err(error) => return Err(error),
                }
                self.session().take(offer);
                opcode = Opcode::Continuation;
            }
            self.set_lowat(self.lowat.value(rest.len));
            // What the kernel takes without a wait tells nothing of the link.
            let has_waited = self.write(self.messages(), slices).await?;
            effort.has_waited |= has_waited;
            if has_waited {
                self.lowat.measure(len, begun.elapsed());
            }
            if rest.len > 0 && !self.between(offer).await? {
                self.session().abandoned(offer);
                return Ok(true);
            }
        }
        effort.elapsed = started.elapsed();
        self.session().sent(offer, frame, effort, clock::now_nanos());
        Ok(true)
    }

    /// Has made what is sent of a frame, and hashes taken, on a thread that may block; nothing when the socket has no
    /// room for the frame, and a newer one may come before it has.
    async fn prepare(&self, offer: &Offer) -> Option<Arc<Frame>> {
        self.messages().writable().now_or_never()?.ok()?;
        let (frame, recipe, is_verified) =
            (Arc::clone(offer.frame()), offer.recipe.clone(), offer.is_verified);
        let work = move || {
            prepare(&frame, is_verified);
            recipe.map_or(frame.clone(), |recipe| recipe.make(&frame))
        };
        // It fails only when the program ends.
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// Lets control frames pass between two fragments; `false` when the frame is given up, its message ended.
    async fn between(&mut self, offer: &Offer) -> io::Result<bool> {
        self.shared.replies.move_to(&mut self.control);
        self.ping_if_due();
        let is_wanted = self.session().is_wanted(offer);
        if !is_wanted {
            framing::put_end(&mut self.out);
        }
        self.flush().await?;
        Ok(is_wanted)
    }

    /// Puts what the session and the reader have to say into `out`.
    async fn collect(&mut self) -> io::Result<()> {
        self.shared.replies.move_to(&mut self.control);
        self.ping_if_due();
        self.session().expire(clock::now_nanos());
        let answers = self.session().answers();
        for answer in answers {
            match answer {
                Answer::Message(message) => self.say(&message),
                Answer::Clock { client_sent, server_received } => {
                    let server_sent = clock::now_nanos();
                    self.say(&ServerMessage::Clock { client_sent, server_received, server_sent });
                }
                Answer::Hashes(frame) => {
                    let work = move || {
                        prepare(&frame, true);
                        hashes(&frame)
                    };
                    if let Ok(hashes) = tokio::task::spawn_blocking(work).await {
                        self.say(&hashes);
                    }
                }
                Answer::Body(key) => self.change_over(&key).await?,
            }
        }
        let lent = self.session().to_copy(clock::now_nanos());
        if let Some(lent) = lent {
            let copied = lent.clone();
            let copy = tokio::task::spawn_blocking(move || copied.copy()).await;
            self.session().copied(&lent, copy.ok().flatten().as_ref());
        }
        Ok(())
    }

    /// Has all messages that follow go by the body that waits with `key`.
    async fn change_over(&mut self, key: &str) -> io::Result<()> {
        let (code, text) = if self.body.is_some() {
            ("has_body", "messages go by a body already")
        } else if let Some(body) = self.shared.bodies.take(key).await {
            self.say(&ServerMessage::Body {});
            self.flush().await?;
            super::set_options(body.link.tcp());
            self.body = Some(body);
            // The other socket's mark is another one.
            let lowat = std::mem::take(&mut self.set_lowat);
            self.set_lowat(lowat);
            return Ok(());
        } else {
            ("no_such_body", "no body with this key waits for its viewer")
        };
        self.say(&ServerMessage::Error { code: code.to_owned(), text: text.to_owned() });
        Ok(())
    }

    /// Where messages go.
    fn messages(&self) -> &Link {
        self.body.as_ref().map_or(&self.link, |body| &body.link)
    }

    fn ping_if_due(&mut self) {
        if Instant::now() >= self.ping_at {
            framing::put_ping(&mut self.control);
            self.ping_at = Instant::now() + PING_EVERY;
        }
    }

    fn say(&mut self, message: &ServerMessage) {
        framing::put_text(&mut self.out, &message.to_json());
    }

    async fn flush(&mut self) -> io::Result<()> {
        let (control, out) = (std::mem::take(&mut self.control), std::mem::take(&mut self.out));
        self.control = self.flushed(&self.link, control).await?;
        self.out = self.flushed(self.messages(), out).await?;
        Ok(())
    }

    /// Writes these bytes; gives their room back.
    async fn flushed(&self, link: &Link, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        if !bytes.is_empty() {
            self.write(link, &mut [IoSlice::new(&bytes)]).await?;
            bytes.clear();
        }
        Ok(bytes)
    }

    /// Writes all of `slices`, to the last encrypted byte, and tells whether it had to wait; the deadline is by progress, not by total time.
    async fn write(&self, link: &Link, mut slices: &mut [IoSlice<'_>]) -> io::Result<bool> {
        let mut has_waited = false;
        IoSlice::advance_slices(&mut slices, 0);
        loop {
            let step = if slices.is_empty() {
                link.try_flush().map(|()| None)
            } else {
                link.try_write_vectored(slices).map(Some)
            };
            match step {
                Ok(None) => return Ok(has_waited),
                Ok(Some(0)) => return Err(io::ErrorKind::WriteZero.into()),
                // What there was room for tells nothing of the client: the kernel takes it when nobody is there, too.
                Ok(Some(written)) => IoSlice::advance_slices(&mut slices, written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    has_waited = true;
                    timeout(SILENCE_MAX, link.writable()).await??;
                    // There is room because the client took something.
                    self.shared.progress.note();
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Says why it ends.
    async fn close(&mut self) -> io::Result<()> {
        let Some(closing) = self.session().closing().cloned() else { return Ok(()) };
        // The client reads the body to its end before it minds the close.
        self.body = None;
        framing::put_close(&mut self.control, closing.code, &closing.reason);
        self.flush().await
    }

    fn set_lowat(&mut self, lowat: u32) {
        if std::mem::replace(&mut self.set_lowat, lowat) == lowat {
            return;
        }
        // Without it frames wait longer in the kernel; nothing else changes.
        if let Err(error) = SockRef::from(self.messages().tcp()).set_tcp_notsent_lowat(lowat) {
            tracing::trace!(%error, lowat, "TCP_NOTSENT_LOWAT cannot be set");
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.shared.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.link.end();
    }
}

impl Progress {
    fn note(&self) {
        self.0.store(clock::now_nanos(), Ordering::Relaxed);
    }

    /// Whether a byte was taken within the last `span`.
    pub(super) fn is_within(&self, span: Duration) -> bool {
        let since = clock::now_nanos().saturating_sub(self.0.load(Ordering::Relaxed));
        Duration::from_nanos(since) < span
    }
}

/// Makes a frame ready to be sent; may take as long as converting or reading it.
fn prepare(frame: &Frame, is_verified: bool) {
    frame.prepare();
    if is_verified {
        frame.hashes();
    }
}

/// Whether hashing it would keep other clients waiting.
fn is_long_to_hash(frame: &Frame) -> bool {
    !frame.is_hashed() && frame.header().payload_len > HASHED_AT_ONCE
}

fn hashes(frame: &Frame) -> ServerMessage {
    let (stream, sequence, hashes) = (frame.layout().stream.clone(), frame.sequence(), frame.hashes());
    ServerMessage::Hashes { stream, sequence, buffer: hashes.buffer, rows: hashes.rows }
}

/// The bytes of a frame's message that are not written yet.
struct Rest<'a> {
    pieces: Vec<&'a [u8]>,
    len: usize,
}

impl<'a> Rest<'a> {
    fn new(header: &'a [u8], payload: Vec<&'a [u8]>, metas: &'a [u8]) -> Self {
        let mut pieces = vec![header];
        pieces.extend(payload);
        pieces.push(metas);
        pieces.retain(|piece| !piece.is_empty());
        pieces.reverse();
        let len = pieces.iter().map(|piece| piece.len()).sum();
        Self { pieces, len }
    }

    /// Takes the first `len` bytes away, as slices behind `before` and `head`.
    fn split<'s>(&mut self, before: &'s [u8], head: &'s [u8], len: usize) -> Vec<IoSlice<'s>>
    where
        'a: 's,
    {
        let starts = [before, head].into_iter().filter(|part| !part.is_empty());
        let mut slices: Vec<_> = starts.map(IoSlice::new).collect();
        let mut wanted = len;
        while wanted > 0 {
            let Some(piece) = self.pieces.pop() else { break };
            let (now, later) = piece.split_at(piece.len().min(wanted));
            slices.push(IoSlice::new(now));
            wanted -= now.len();
            if !later.is_empty() {
                self.pieces.push(later);
            }
        }
        self.len -= len - wanted;
        slices
    }
}
