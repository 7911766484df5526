//! The exported `Viewer`: socket, canvas and timers around the pure parts of this crate.
//!
//! Works in a worker with an `OffscreenCanvas` and in a window with a canvas element. Listeners may call the viewer
//! back: events are handed out only when nothing here is borrowed. No panic may leave, so nothing here unwraps.

mod compare;
mod compared;
mod converter;
mod described;
mod detail;
mod drawing;
mod held;
mod history;
mod host;
mod incoming;
mod lend;
mod look;
mod measure;
mod message;
mod metas;
mod probe;
mod profile;
mod record;
mod refusal;
mod save;
mod screen;
mod session;
mod slices;
mod socket;
mod timers;
mod trial;
mod verify;
mod view;
mod whole;

use crate::convert::{Line, Picture};
use crate::policy::End;
pub use converter::Converter;

use drawing::ReadError;
use js_sys::{Function, Promise};
use probe::ProbeError;
use save::SaveError;
use screen::Screen;
use session::{Handle, Session};
use wasm_bindgen::prelude::*;

/// Shows one stream of one server on one canvas; connects, and reconnects, by itself.
#[wasm_bindgen]
pub struct Viewer {
    session: Handle,
}

#[wasm_bindgen]
impl Viewer {
    /// A viewer that draws on `canvas`, an `OffscreenCanvas` or an `HTMLCanvasElement` without a context, and calls
    /// `onevent(type, detail)`. It connects by `connect(url, protocol)`, which gives a `WebSocket` or what is used like one.
    #[wasm_bindgen(constructor)]
    pub fn new(canvas: JsValue, onevent: Function, connect: Function) -> Result<Viewer, JsValue> {
        let screen = Screen::new(canvas.unchecked_into())?;
        Ok(Self { session: Session::start(screen, onevent, connect) })
    }

    /// Connects to the server's socket address and subscribes to a stream; an empty name is the first one.
    ///
    /// A connection that is open already is closed.
    pub fn open(&self, url: String, stream: String) {
        self.session.enter(|session| session.open(url, stream));
    }

    /// Closes the connection and stops reconnecting; the last frame stays.
    pub fn close(&self) {
        self.session.enter(Session::close);
    }

    /// How frames are shown from now on, as the JSON of a [`Picture`]; the frame on the canvas is drawn again.
    #[wasm_bindgen(js_name = setPicture)]
    pub fn set_picture(&self, picture: &str) -> Result<(), JsValue> {
        let picture = read_picture(picture)?;
        self.session.enter(|session| session.set_picture(picture));
        Ok(())
    }

    /// Draws no more frames and asks for none, until `play`; the server keeps those it holds, which `history` lists. Where
    /// the frame on the canvas was sent in part, gives a promise that resolves when it is whole, or cannot be.
    #[must_use]
    pub fn pause(&self) -> Option<Promise> {
        let mut whole = None;
        self.session.enter(|session| {
            session.set_paused(true);
            whole = session.pause_whole();
        });
        whole
    }

    /// Where the frame on the canvas was sent in part, has the server send the whole of it: gives a promise that resolves
    /// when it is there, before anything else is drawn, or rejects with an `Error` named `FrameGone`. Nothing where it is
    /// whole, or where every sample of the given rectangle was sent; with `snaps`, one that stands for the first.
    #[must_use]
    pub fn whole(
        &self,
        x: Option<u32>,
        y: Option<u32>,
        width: Option<u32>,
        height: Option<u32>,
        snaps: Option<bool>,
    ) -> Option<Promise> {
        let corner = x.zip(y);
        let part = corner.zip(width.zip(height)).map(|((x, y), (width, height))| (x, y, width, height));
        self.session.change(|session| session.whole(part, snaps == Some(true))).flatten()
    }

    /// What of frames can be seen, and how they may be encoded, as the JSON of the protocol's view.
    #[wasm_bindgen(js_name = setView)]
    pub fn set_view(&self, view: &str) -> Result<(), JsValue> {
        let view = serde_json::from_str(view);
        let view = view.map_err(|error| js_sys::RangeError::new(&format!("no view: {error}")))?;
        self.session.enter(|session| session.set_view(view));
        Ok(())
    }

    /// Goes on after `pause`, with the newest frame.
    pub fn play(&self) {
        self.session.enter(|session| session.set_paused(false));
    }

    /// While paused, puts a frame on the canvas that the `history` event lists; returns whether it is there now, else it
    /// comes with a `frame` event, or a `history` event no longer lists it. Throws an `Error` named `FrameGone`.
    #[wasm_bindgen(js_name = showHeld)]
    pub fn show_held(&self, sequence: f64) -> Result<bool, JsValue> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is no number of a frame is not held"
        )]
        let sequence = sequence as u64;
        let mut shown = Ok(false);
        self.session.enter(|session| shown = session.show_held(sequence));
        shown
    }

    /// Whether anybody can see the canvas; while nobody can, no frames are asked for.
    #[wasm_bindgen(js_name = setVisible)]
    pub fn set_visible(&self, visible: bool) {
        self.session.enter(|session| session.set_visible(visible));
    }

    /// There is reason to believe that connecting works again: the next attempt is made at once.
    pub fn online(&self) {
        self.session.enter(Session::online);
    }

    /// A copy of the frame on the canvas: `{ sequence, ptsNanos, caps, data }`.
    ///
    /// Throws an `Error` named `NoFrame` before any frame, `FrameGone` when not all of it was sent.
    #[wasm_bindgen(js_name = readFrame)]
    pub fn read_frame(&self) -> Result<JsValue, JsValue> {
        self.session.look(Session::read_frame).unwrap_or(Err(ReadError::NoFrame)).map_err(ReadError::thrown)
    }

    /// One pixel of the frame on the canvas, in native codes: `{ x, y, sequence, components: [{ name, code, depth, plane,
    /// byteOffset, column, row }], site, index, rgb }`.
    ///
    /// `byteOffset` is null where the appsink's buffer has no such component: it was converted, or sent in part. Throws an
    /// `Error` named `NoFrame`, `RangeError` or `FrameGone`.
    pub fn probe(&self, x: u32, y: u32) -> Result<JsValue, JsValue> {
        self.session
            .look(|session| session.probe(x, y))
            .unwrap_or(Err(ProbeError::NoFrame))
            .map_err(|e| e.thrown())
    }

    /// The codes of a rectangle of the frame on the canvas, and its pixels as they are drawn: `{ x, y, width, height,
    /// sequence, components: [{ name, depth }], sites, codes, rgba }`; row by row, of every pixel a code a component.
    ///
    /// Throws as `probe` does; also where too many pixels are asked for.
    #[wasm_bindgen(js_name = readCodes)]
    pub fn read_codes(&self, x: u32, y: u32, width: u32, height: u32) -> Result<JsValue, JsValue> {
        let read = self.session.look(|session| session.read_codes(x, y, width, height));
        read.unwrap_or(Err(ProbeError::NoFrame)).map_err(|error| error.thrown())
    }

    /// Reads the bytes of the frame on the canvas, and of all that come with the same layout, by the layout of this JSON
    /// instead; without one, by their own again. What `readFrame` gives stays as it is.
    ///
    /// Throws an `Error` named `NoFrame` or `FrameGone`, and a `RangeError` in words where the bytes cannot be read so.
    #[wasm_bindgen(js_name = tryAs)]
    #[allow(clippy::needless_pass_by_value, reason = "the shape that JavaScript can call")]
    pub fn try_as(&self, layout: Option<String>) -> Result<(), JsValue> {
        let mut tried = Ok(());
        self.session.enter(|session| tried = session.try_as(layout.as_deref()));
        tried.map_err(|error| error.thrown())
    }

    /// Histogram and statistics of a rectangle of the frame on the canvas, every code counted: `{ sequence, rect, components:
    /// [{ name, depth, count, min, max, mean, deviation, usedBits, zeros, saturated, bins, binCodes }] }`.
    ///
    /// What is not given reaches to the frame's end. A sample is in the rectangle where the leftmost and topmost of its
    /// pixels is; where no sample of a component is, `min`, `max`, `mean` and `deviation` are null. It is done in slices
    /// between drawing; the promise rejects as `probe` throws.
    pub fn measure(
        &self,
        x: Option<u32>,
        y: Option<u32>,
        width: Option<u32>,
        height: Option<u32>,
    ) -> Promise {
        self.session.answer(|session| session.measure([x, y, width, height]))
    }

    /// Whether the event `measured` tells of frames, about twice a second, as `measure` does: beside drawing, in a bounded
    /// share of the time.
    #[wasm_bindgen(js_name = setMeasuring)]
    pub fn set_measuring(&self, measuring: bool) {
        self.session.enter(|session| session.set_measuring(measuring));
    }

    /// What is known of a frame and which files it can be: the one on the canvas, or one that was recorded.
    #[wasm_bindgen(js_name = describeFrame)]
    pub fn describe_frame(&self, recorded: Option<u32>) -> Result<JsValue, JsValue> {
        self.save(|session| session.describe_frame(recorded))
    }

    /// The appsink's bytes of such a frame, without a copy.
    #[wasm_bindgen(js_name = frameBytes)]
    pub fn frame_bytes(&self, recorded: Option<u32>) -> Result<js_sys::Uint8Array, JsValue> {
        self.save(|session| session.frame_bytes(recorded))
    }

    /// The codes of components of such a frame, by the letters of `names`, side by side in rows: of one byte each, or of
    /// two in little-endian order.
    #[wasm_bindgen(js_name = readSamples)]
    pub fn read_samples(
        &self,
        recorded: Option<u32>,
        names: &str,
        rows: u32,
        columns: u32,
        wide: bool,
    ) -> Result<js_sys::Uint8Array, JsValue> {
        self.save(|session| session.read_samples(recorded, names, (rows, columns), wide))
    }

    /// The frame on the canvas as it is drawn: `{ width, height, rgba }`, opaque.
    #[wasm_bindgen(js_name = readDrawn)]
    pub fn read_drawn(&self) -> Result<JsValue, JsValue> {
        self.save(Session::read_drawn)
    }

    /// Keeps the next `frames` frames that are received, of at most `bytes` together; the event `recording` tells of each.
    pub fn record(&self, frames: u32, bytes: f64) {
        self.session.enter(|session| session.record(frames, bytes));
    }

    /// Keeps no more; what was recorded can be read until it is forgotten.
    #[wasm_bindgen(js_name = stopRecording)]
    pub fn stop_recording(&self) {
        self.session.enter(|session| session.finish_recording(End::Stopped));
    }

    /// Forgets what was recorded.
    #[wasm_bindgen(js_name = forgetRecording)]
    pub fn forget_recording(&self) {
        self.session.enter(Session::forget_recording);
    }

    /// Keeps the frame on the canvas, to compare with: `{ sequence, ptsNanos, runningTimeNanos, layout }`. Throws as `probe` does.
    pub fn hold(&self) -> Result<JsValue, JsValue> {
        self.session.change(Session::hold).unwrap_or(Err(ProbeError::NoFrame)).map_err(|error| error.thrown())
    }

    /// Two canvases without a context that pairs are drawn on: the stream's own frame, and the other or the difference.
    #[wasm_bindgen(js_name = setLayers)]
    pub fn set_layers(&self, front: JsValue, back: JsValue) -> Result<(), JsValue> {
        let canvases = [front, back].map(JsCast::unchecked_into);
        self.session.change(|session| session.set_layers(canvases)).unwrap_or(Ok(()))
    }

    /// Compares the stream with the frames that another viewer lends over `port`, or, where that is undefined, with the
    /// frame that was held; the event `compared` tells. The second layer shows the other frame, or with `difference`, how
    /// far they are apart, `gain` times as bright. Throws an `Error` named `NoFrame` where none was held.
    #[wasm_bindgen(js_name = compareWith)]
    pub fn compare_with(&self, port: JsValue, difference: bool, gain: u32) -> Result<(), JsValue> {
        let port = (!port.is_undefined() && !port.is_null()).then(|| port.unchecked_into());
        self.session
            .change(|session| session.compare_with(port, difference, gain))
            .unwrap_or(Ok(()))
            .map_err(|error| error.thrown())
    }

    /// What the second layer shows from now on.
    #[wasm_bindgen(js_name = setComparison)]
    pub fn set_comparison(&self, difference: bool, gain: u32) {
        self.session.enter(|session| session.set_comparison(difference, gain));
    }

    /// Compares no more; a frame that was held is let go.
    #[wasm_bindgen(js_name = endComparison)]
    pub fn end_comparison(&self) {
        self.session.enter(Session::end_comparison);
    }

    /// Lends drawn frames, one whenever it is asked for, to the viewer at the other end of a `MessagePort`.
    pub fn lend(&self, port: JsValue) {
        self.session.enter(|session| session.lend(port.unchecked_into()));
    }

    /// Whether each frame's hashes are compared with those that the server took of the appsink's buffer; begins to count
    /// anew. The event `verified` tells of each: `{ state, sequence, count, partial, mismatches, mismatch,
    /// unannounced, unread }`.
    #[wasm_bindgen(js_name = setVerifying)]
    pub fn set_verifying(&self, verifying: bool) {
        self.session.enter(|session| session.set_verifying(verifying));
    }

    /// The region that `measured` tells of from now on; nothing for whole frames.
    #[wasm_bindgen(js_name = setRegion)]
    pub fn set_region(&self, x: Option<u32>, y: Option<u32>, width: Option<u32>, height: Option<u32>) {
        let region = x.is_some().then_some([x, y, width, height]);
        self.session.enter(|session| session.set_region(region));
    }

    /// The codes along a line of the frame on the canvas: `{ sequence, line: { x1, y1, x2, y2 }, points, components: [{
    /// name, depth, codes }] }`; `points` has column and row in turn, of each point, and `codes` a code.
    ///
    /// [`Line`] says which points there are. It is done as `measure` is.
    pub fn profile(&self, x1: u32, y1: u32, x2: u32, y2: u32) -> Promise {
        self.session.answer(|session| session.profile(Line { from: (x1, y1), to: (x2, y2) }))
    }

    /// The line that the event `profiled` tells of from now on, ten times a second at most, as `profile` does; nothing for
    /// none.
    #[wasm_bindgen(js_name = setLine)]
    pub fn set_line(&self, x1: Option<u32>, y1: Option<u32>, x2: Option<u32>, y2: Option<u32>) {
        let (from, to) = (x1.zip(y1), x2.zip(y2));
        let line = from.zip(to).map(|(from, to)| Line { from, to });
        self.session.enter(|session| session.set_line(line));
    }

    /// Switches the drawing gate off, for benchmarks: every frame is decoded and put as it arrives.
    #[wasm_bindgen(js_name = setUnpaced)]
    pub fn set_unpaced(&self, unpaced: bool) {
        self.session.enter(|session| session.set_unpaced(unpaced));
    }
}

impl Viewer {
    fn save<T>(&self, act: impl FnOnce(&Session) -> Result<T, SaveError>) -> Result<T, JsValue> {
        let nothing = || Err(SaveError::Probe(ProbeError::NoFrame));
        self.session.look(act).unwrap_or_else(nothing).map_err(|error| error.thrown())
    }
}

/// A picture of its JSON, or a `RangeError`.
fn read_picture(text: &str) -> Result<Picture, JsValue> {
    Picture::from_json(text).map_err(|error| js_sys::RangeError::new(&format!("no picture: {error}")).into())
}
