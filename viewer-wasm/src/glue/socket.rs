//! One WebSocket, or what is used like one, with its listeners; dropping it closes it and silences them.

use super::screen::text_of;
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};
use wire::{ClientMessage, SUBPROTOCOL};

/// An open or opening connection.
pub(super) struct Socket {
    web: WebSocket,
    /// Takes the room of messages back, where another worker receives them.
    give_back: Option<Function>,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

/// What messages come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Carrier {
    #[default]
    WebSocket,
    /// The body of an answer.
    Http,
}

impl Carrier {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WebSocket",
            Self::Http => "HTTP",
        }
    }
}

/// What a connection tells.
pub(super) trait Listener: Clone + 'static {
    /// The handshake is done.
    fn opened(&self);
    /// A message: a string or an `ArrayBuffer`.
    fn received(&self, data: JsValue);
    /// It is closed, or could not be opened.
    fn closed(&self, code: u16, reason: String);
}

impl Socket {
    /// Begins to connect; an address the browser refuses is said in its words.
    pub(super) fn connect(connect: &Function, url: &str, listener: &impl Listener) -> Result<Self, String> {
        let socket = connect.call2(&JsValue::NULL, &url.into(), &SUBPROTOCOL.into());
        let socket: WebSocket = socket.map_err(|error| text_of(&error))?.unchecked_into();
        socket.set_binary_type(BinaryType::Arraybuffer);
        let own = listener.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || own.opened());
        let own = listener.clone();
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| own.received(event.data()));
        let own = listener.clone();
        let on_close =
            Closure::<dyn FnMut(_)>::new(move |event: CloseEvent| own.closed(event.code(), event.reason()));
        socket.set_onopen(Some(function(&on_open)));
        socket.set_onmessage(Some(function(&on_message)));
        // An error event says nothing and is always followed by a close event.
        socket.set_onclose(Some(function(&on_close)));
        let give_back =
            Reflect::get(&socket, &"giveBack".into()).ok().and_then(|value| value.dyn_into().ok());
        Ok(Self { web: socket, give_back, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// What takes the room of a message back, if anything does.
    pub(super) fn giving_back(&self) -> Option<Function> {
        self.give_back.clone()
    }

    /// Sends a message; on a socket that is closing it is lost, as the close event will tell.
    pub(super) fn send(&self, message: &ClientMessage) {
        let _ = self.web.send_with_str(&message.to_json());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.web.set_onopen(None);
        self.web.set_onmessage(None);
        self.web.set_onclose(None);
        let _ = self.web.close();
    }
}

/// The JavaScript side of a closure.
pub(super) fn function<T: ?Sized>(closure: &Closure<T>) -> &Function {
    closure.as_ref().unchecked_ref()
}
