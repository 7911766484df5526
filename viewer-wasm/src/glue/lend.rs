//! Frames from one viewer to another over a `MessagePort`, one at a time and only when asked for: copies of whole messages,
//! so that both read the same bytes. Knows nothing of what the other does with them.

use super::described::Described;
use super::detail::{self, Detail};
use super::held::Held;
use super::host;
use super::incoming::take_apart;
use super::message::Message;
use super::session::Session;
use super::socket::function;
use js_sys::{Array, Function, JSON, Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;
use wire::Layout;

#[wasm_bindgen]
extern "C" {
    /// A `MessagePort`.
    pub(super) type Port;

    #[wasm_bindgen(method, structural, catch, js_name = postMessage)]
    fn post_message(this: &Port, message: &JsValue, transfer: &Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, setter)]
    fn set_onmessage(this: &Port, callback: Option<&Function>);
    #[wasm_bindgen(method, structural)]
    fn close(this: &Port);
}

/// Whoever has not asked for another frame in this time compares no more; nobody says so.
const LENDING_NANOS: u64 = 3_000_000_000;

/// A port with its listener; dropping it closes and silences it.
pub(super) struct Line {
    port: Port,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

/// To whom frames are lent.
pub(super) struct Lending {
    line: Line,
    wanted: bool,
    /// The frame that was lent last, and its layout, which need not be told again.
    sent: Option<(u64, Rc<Described>)>,
    /// Until when somebody is taken to be there who asks for more.
    until: u64,
}

/// What came over a line.
pub(super) struct Lent {
    pub(super) frame: Held,
    /// Index of the pipeline that it is of, and its server's address.
    pub(super) pipeline: Option<f64>,
    pub(super) server: Option<String>,
}

impl Line {
    pub(super) fn new(port: Port, heard: impl Fn(JsValue) + 'static) -> Self {
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| heard(event.data()));
        port.set_onmessage(Some(function(&on_message)));
        Self { port, _on_message: on_message }
    }

    /// Asks for a frame: the newest that has not been lent, or the next.
    pub(super) fn ask(&self) {
        self.post(&JsValue::NULL, &Array::new());
    }

    fn post(&self, message: &JsValue, transfer: &Array) {
        // A port whose other end is gone takes everything; this one's own parts can all be cloned.
        let _ = self.port.post_message(message, transfer);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Session {
    /// Lends drawn frames to whoever holds the other end of the port, from now on; to nobody else.
    pub(super) fn lend(&mut self, port: Port) {
        let heard = self.later(|session, _| session.lend_asked());
        self.compare.lending =
            Some(Lending { line: Line::new(port, heard), wanted: false, sent: None, until: 0 });
    }

    fn lend_asked(&mut self) {
        if let Some(lending) = &mut self.compare.lending {
            lending.wanted = true;
        }
        self.lend_when_wanted();
    }

    /// Lends the frame on the canvas, if it is wanted and has not been lent.
    pub(super) fn lend_when_wanted(&mut self) {
        let server = self.url().to_owned();
        let (Some(lending), Some(shown)) = (&mut self.compare.lending, &self.shown) else { return };
        let sequence = shown.header.sequence;
        let sent = lending.sent.as_ref().filter(|(_, layout)| Rc::ptr_eq(layout, &shown.layout));
        if !lending.wanted || !shown.is_whole() || sent.is_some_and(|&(sent, _)| sent == sequence) {
            return;
        }
        let message = shown.message.slice(0, shown.message.length());
        let mut lent = Detail::new()
            .set("message", &message)
            .set("pipeline", self.compare.pipeline.map_or(JsValue::NULL, JsValue::from))
            .set("server", server);
        if sent.is_none()
            && let Ok(text) = JSON::stringify(shown.layout.json())
        {
            lent = lent.set("layout", text);
        }
        lending.line.post(&lent.done(), &Array::of1(&message.buffer()));
        lending.wanted = false;
        lending.until = host::now_nanos() + LENDING_NANOS;
        lending.sent = Some((sequence, Rc::clone(&shown.layout)));
    }
}

impl Lending {
    /// Whether somebody wants frames, or did a moment ago.
    pub(super) fn is_on(&self) -> bool {
        self.wanted || host::now_nanos() < self.until
    }
}

impl Lent {
    /// Reads what another viewer lent; `layout` is that of the frame before. `None` where it is no frame.
    pub(super) fn read(lent: &JsValue, layout: Option<&Rc<Described>>) -> Option<Self> {
        let get = |key: &str| Reflect::get(lent, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED);
        let message: Uint8Array = get("message").dyn_into().ok()?;
        let layout = match get("layout").as_string() {
            Some(text) => {
                let json = JSON::parse(&text).ok()?;
                Rc::new(Described::new(Layout::from_json(&text).ok()?, json))
            }
            None => Rc::clone(layout?),
        };
        let parts = take_apart(&message).ok()?;
        layout.check_payload(&parts.header).ok()?;
        let frame = Held::new(parts, &Rc::new(Message::new(message, None)), layout);
        Some(Self { frame, pipeline: get("pipeline").as_f64(), server: get("server").as_string() })
    }
}

/// The detail of a frame that is held.
pub(super) fn held(frame: &Held) -> JsValue {
    Detail::new()
        .set("sequence", detail::number(frame.header.sequence))
        .set("ptsNanos", detail::nanos(frame.header.pts_nanos))
        .set("runningTimeNanos", detail::nanos(frame.header.running_time_nanos))
        .set("layout", frame.layout.json())
        .done()
}
