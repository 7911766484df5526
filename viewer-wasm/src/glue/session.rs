//! The state of one viewer: its connection, from the first attempt to the last, and its timers.

use super::compare::Compare;
use super::described::Described;
use super::held::Held;
use super::history::History;
use super::look::Look;
use super::measure::Measuring;
use super::profile::Profiling;
use super::record::Recorded;
use super::refusal::{self, Answer};
use super::screen::Screen;
use super::slices::Slices;
use super::socket::{Carrier, Listener, Socket, function};
use super::timers::Timers;
use super::verify::Verifying;
use super::whole::Whole;
use super::{detail, host};
use crate::policy::{self, Backoff, Closing, Connection, End, Gate, State, Tally, Times, Verdict, Viewing};
use js_sys::Function;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wire::clock::Aligner;
use wire::control::Policy;
use wire::{ClientMessage, Ledger, MAX_CREDITS};

/// Ticks between clock exchanges: one a second.
const TICKS_A_CLOCK: u32 = 4;

/// A viewer's state and how to get at it.
#[derive(Clone)]
pub(super) struct Handle(Rc<RefCell<Session>>);

/// One connection's listener: messages of an earlier connection are not for the present one.
#[derive(Clone)]
struct Link {
    session: Weak<RefCell<Session>>,
    attempt: u32,
}

/// Everything a viewer knows.
pub(super) struct Session {
    onevent: Function,
    connect: Function,
    events: VecDeque<(&'static str, JsValue)>,
    said: Option<State>,
    me: Weak<RefCell<Session>>,
    timers: Timers,
    ticks: u32,

    url: String,
    wanted: String,
    attempt: u32,
    opened: bool,
    pub(super) carrier: Carrier,
    pub(super) socket: Option<Socket>,
    backoff: Backoff,
    pub(super) connection: Connection,
    pub(super) aligner: Aligner,
    pub(super) clocks_asked: u32,

    pub(super) server: JsValue,
    pub(super) policy: Policy,
    /// The stream that is subscribed to.
    pub(super) stream: Option<String>,
    pub(super) layouts: VecDeque<Rc<Described>>,
    pub(super) ledger: Option<Ledger>,
    pub(super) tally: Tally,
    pub(super) times: Times,
    pub(super) viewing: Viewing,

    pub(super) gate: Gate<Held>,
    pub(super) screen: Screen,
    pub(super) look: Look,
    pub(super) measuring: Measuring,
    pub(super) recording: Recorded,
    pub(super) history: History,
    pub(super) compare: Compare,
    pub(super) verifying: Verifying,
    pub(super) profiling: Profiling,
    pub(super) slices: Slices,
    pub(super) whole: Whole,
    /// The frame on the canvas, or the one that would be there if it could be decoded.
    pub(super) shown: Option<Held>,
}

impl Handle {
    /// Lets `act` change the session, then hands out the events that come of it.
    pub(super) fn enter(&self, act: impl FnOnce(&mut Session)) {
        if let Ok(mut session) = self.0.try_borrow_mut() {
            act(&mut session);
            session.say_view();
            session.say_state();
        }
        // Nothing is borrowed while a listener runs, so it may call any method, or free the viewer.
        while let Some((onevent, kind, detail)) = self.next_event() {
            if let Err(error) = onevent.call2(&JsValue::NULL, &kind.into(), &detail) {
                host::report(&error);
            }
        }
    }

    /// Lets `act` change the session and answer; `None` while it is being changed already.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut answer = None;
        self.enter(|session| answer = Some(act(session)));
        answer
    }

    /// Lets `act` look at the session; `None` while it is being changed.
    pub(super) fn look<T>(&self, act: impl FnOnce(&Session) -> T) -> Option<T> {
        self.0.try_borrow().ok().map(|session| act(&session))
    }

    fn next_event(&self) -> Option<(Function, &'static str, JsValue)> {
        let mut session = self.0.try_borrow_mut().ok()?;
        let (kind, detail) = session.events.pop_front()?;
        Some((session.onevent.clone(), kind, detail))
    }
}

impl Listener for Link {
    fn opened(&self) {
        self.enter(Session::socket_opened);
    }

    fn received(&self, data: JsValue) {
        self.enter(|session| session.receive(data));
    }

    fn closed(&self, code: u16, reason: String) {
        self.enter(|session| session.socket_closed(code, &reason));
    }
}

impl Link {
    fn enter(&self, act: impl FnOnce(&mut Session)) {
        let Some(session) = self.session.upgrade() else { return };
        Handle(session).enter(|session| {
            if session.attempt == self.attempt {
                act(session);
            }
        });
    }
}

impl Session {
    pub(super) fn start(screen: Screen, onevent: Function, connect: Function) -> Handle {
        Handle(Rc::new_cyclic(|me: &Weak<RefCell<Session>>| {
            let callback = |act: fn(&mut Session)| {
                let me = me.clone();
                Closure::<dyn FnMut()>::new(move || {
                    if let Some(session) = me.upgrade() {
                        Handle(session).enter(act);
                    }
                })
            };
            let timers = Timers {
                animation: callback(Session::animation_frame),
                animation_asked: false,
                tick: callback(Session::tick),
                tick_id: None,
                retry: callback(Session::connect),
                retry_id: None,
                slice: callback(Session::slice),
                slice_id: None,
            };
            RefCell::new(Session {
                onevent,
                connect,
                events: VecDeque::new(),
                said: None,
                me: me.clone(),
                timers,
                ticks: 0,
                url: String::new(),
                wanted: String::new(),
                attempt: 0,
                opened: false,
                carrier: Carrier::default(),
                socket: None,
                backoff: Backoff::default(),
                connection: Connection::default(),
                aligner: Aligner::default(),
                clocks_asked: 0,
                server: JsValue::NULL,
                policy: Policy::default(),
                stream: None,
                layouts: VecDeque::new(),
                ledger: None,
                tally: Tally::default(),
                times: Times::default(),
                viewing: Viewing::default(),
                gate: Gate::default(),
                screen,
                look: Look::default(),
                measuring: Measuring::default(),
                recording: Recorded::default(),
                history: History::default(),
                compare: Compare::default(),
                verifying: Verifying::default(),
                profiling: Profiling::default(),
                slices: Slices::default(),
                whole: Whole::default(),
                shown: None,
            })
        }))
    }

    pub(super) fn open(&mut self, url: String, stream: String) {
        self.url = url;
        self.wanted = stream;
        self.history = History::default();
        self.verify_anew();
        // They were drawn on another picture.
        self.set_region(None);
        self.set_line(None);
        self.backoff.reset();
        self.timers.start_ticking();
        self.connect();
    }

    pub(super) fn close(&mut self) {
        self.finish_recording(End::Stopped);
        self.timers.stop();
        self.disconnect();
        self.connection.lost("closed".to_owned(), None);
    }

    pub(super) fn online(&mut self) {
        if self.timers.retry_id.is_some() {
            self.connect();
        }
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        if !paused {
            self.stop_pausing();
        }
        let was_paused = self.gate.is_paused();
        let changed = self.gate.set_paused(paused);
        self.connection.set_paused(paused, host::now_nanos());
        self.ask_for_frames(changed);
        if paused != was_paused {
            self.freeze(paused);
        }
    }

    pub(super) fn set_visible(&mut self, visible: bool) {
        let changed = self.gate.set_hidden(!visible);
        self.connection.set_hidden(!visible, host::now_nanos());
        self.ask_for_frames(changed);
    }

    pub(super) fn set_unpaced(&mut self, unpaced: bool) {
        self.gate.set_unpaced(unpaced);
        self.draw_when_due();
    }

    /// Subscribes to the stream that is wanted, from here on.
    pub(super) fn subscribe(&mut self, stream: String) {
        self.gate.subscribed(self.policy);
        self.tally.subscribed();
        self.times = Times::default();
        self.viewing.subscribed();
        self.ledger = None;
        self.ask_for_hashes(&stream);
        self.send(&ClientMessage::Subscribe { stream: stream.clone(), credits: MAX_CREDITS });
        self.stream = Some(stream);
        // Before the first frame is chosen.
        self.say_view();
        let asks_for_none = self.gate.asks_for_none();
        self.ask_for_frames(asks_for_none);
    }

    /// The name of the stream to subscribe to; empty for the first one.
    pub(super) fn wanted(&self) -> &str {
        &self.wanted
    }

    /// The server's address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What lets `act` change the session later, with what came, if it is still there.
    pub(super) fn later(&self, act: impl Fn(&mut Session, JsValue) + 'static) -> impl Fn(JsValue) + 'static {
        let me = self.me.clone();
        move |came| {
            if let Some(session) = me.upgrade() {
                Handle(session).enter(|session| act(session, came));
            }
        }
    }

    pub(super) fn send(&self, message: &ClientMessage) {
        if let Some(socket) = &self.socket {
            socket.send(message);
        }
    }

    /// Begins a clock exchange.
    pub(super) fn ask_clock(&mut self) {
        self.clocks_asked = self.clocks_asked.saturating_add(1);
        self.send(&ClientMessage::Clock { client_sent: host::now_nanos() });
    }

    /// Reports what became of frames.
    pub(super) fn report_outcomes(&mut self) {
        for (sequence, outcome) in self.gate.take_outcomes() {
            self.tally.settled(outcome);
            if let (Some(socket), Some(stream)) = (&self.socket, &self.stream) {
                socket.send(&ClientMessage::Credit { stream: stream.clone(), sequence, outcome });
            }
        }
    }

    pub(super) fn say(&mut self, kind: &'static str, detail: JsValue) {
        self.events.push_back((kind, detail));
    }

    /// Draws now, or asks for an animation frame if one is wanted.
    pub(super) fn draw_when_due(&mut self) {
        self.report_outcomes();
        if self.gate.is_unpaced() {
            while self.draw_next() {}
        }
        if self.gate.wants_to_draw() && !self.waits_for_whole() {
            self.ask_for_animation_frame();
        }
    }

    /// Draws at the next animation frame whatever is due then.
    pub(super) fn ask_for_animation_frame(&mut self) {
        if !self.timers.animation_asked {
            self.timers.animation_asked = true;
            host::at_animation_frame(function(&self.timers.animation));
        }
    }

    /// The connection cannot be used, whatever is tried.
    pub(super) fn fail(&mut self, text: String) {
        self.timers.stop_retrying();
        self.disconnect();
        self.connection.failed(text);
    }

    fn animation_frame(&mut self) {
        self.timers.animation_asked = false;
        self.draw_next();
        self.draw_when_due();
    }

    fn tick(&mut self) {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(TICKS_A_CLOCK) && self.opened {
            self.ask_clock();
        }
        self.observe_when_due();
        self.read_when_due();
        self.compare_when_due();
        self.whole_when_idle(&self.connection.state(host::now_nanos()));
    }

    /// Reads on as soon as nothing else is waiting.
    pub(super) fn ask_for_slice(&mut self) {
        let slice = &self.timers.slice;
        self.timers.slice_id.get_or_insert_with(|| host::set_timeout(function(slice), 0.0));
    }

    fn slice(&mut self) {
        self.timers.slice_id = None;
        self.work_slice();
        self.compare_slice();
    }

    fn connect(&mut self) {
        self.timers.stop_retrying();
        self.disconnect();
        self.connection.connecting();
        let link = Link { session: self.me.clone(), attempt: self.attempt };
        match Socket::connect(&self.connect, &self.url, &link) {
            Ok(socket) => self.socket = Some(socket),
            Err(text) => self.fail(format!("cannot connect to {}: {text}", self.url)),
        }
    }

    fn disconnect(&mut self) {
        self.attempt = self.attempt.wrapping_add(1);
        self.socket = None;
        self.opened = false;
        self.carrier = Carrier::default();
        self.stream = None;
        self.layouts.clear();
        self.forget_past();
        self.forget_whole();
        self.forget_compared();
        self.aligner = Aligner::default();
        self.clocks_asked = 0;
        self.verifying.found.interrupt();
        self.gate.disconnected();
        self.draw_when_due();
    }

    fn socket_opened(&mut self) {
        self.opened = true;
        self.ask_clock();
    }

    fn socket_closed(&mut self, code: u16, reason: &str) {
        if self.opened {
            self.end(policy::closing(code, reason));
            return;
        }
        // The browser does not tell why; plain HTTP may. Until it has, this is still the same attempt.
        let Some(url) = policy::http_url(&self.url) else {
            self.end(policy::refusal(None, ""));
            return;
        };
        let link = Link { session: self.me.clone(), attempt: self.attempt };
        refusal::ask(&url, Rc::new(move |answer| link.enter(|session| session.refused(answer))));
    }

    fn refused(&mut self, answer: Answer) {
        self.end(match answer {
            Answer::None => policy::refusal(None, ""),
            Answer::Status(status, body) => policy::refusal(Some(status), &body),
            Answer::Hidden => Closing {
                text: "the server does not allow pages of this origin; --allow-origin names those it does"
                    .to_owned(),
                verdict: Verdict::GiveUp,
            },
        });
    }

    fn end(&mut self, Closing { text, verdict }: Closing) {
        if verdict == Verdict::GiveUp {
            self.fail(text);
            return;
        }
        self.disconnect();
        let millis = self.backoff.next_millis(js_sys::Math::random()).round();
        self.timers.retry_after(millis);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "500 to 10000")]
        self.connection.lost(text, Some(millis as u64));
    }

    /// Frames come: the connection works.
    pub(super) fn heard(&mut self, now: u64) {
        self.backoff.reset();
        self.connection.heard(now);
    }

    fn ask_for_frames(&mut self, changed: bool) {
        if changed && let Some(stream) = self.stream.clone() {
            self.send(&ClientMessage::Pause { stream, paused: self.gate.asks_for_none() });
        }
        self.draw_when_due();
    }

    fn say_state(&mut self) {
        if self.attempt == 0 {
            return;
        }
        let state = self.connection.state(host::now_nanos());
        if self.said.as_ref().is_some_and(|said| sounds_alike(said, &state)) {
            return;
        }
        self.say("state", detail::state(&state));
        self.said = Some(state);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.timers.stop_all();
    }
}

/// Whether saying `b` after `a` tells a person nothing: a stall is told once a second.
fn sounds_alike(a: &State, b: &State) -> bool {
    match (a, b) {
        (State::Stalled { since_millis: a, text: why }, State::Stalled { since_millis: b, text: now }) => {
            a / 1_000 == b / 1_000 && why == now
        }
        _ => a == b,
    }
}
