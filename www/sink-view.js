// The element <sink-view src="ws://…/ws" stream="left" color="gst">: one stream's newest frame on a canvas.
//
// Attributes: `src` (default: /ws of the server this module came from), `stream` (default: the server's first),
// `scale` ("fit", or "actual" for one sample a device pixel), and how frames are shown: `color`, `matrix`, `range`,
// `chroma-site`, `levels`, `gamma`, `map`, `zero`, `tone-map`, `bayer`, as view/picture.js reads them; `zoomable` (wheel,
// mouse and fingers zoom and pan), `view`, `encoding` and `rate` (what of frames is sent, and how), `metas` (regions of interest, crop and time code are drawn over the
// picture), `probing` (a point follows the pointer), `measuring` (frames are measured, beside
// drawing) and `verifying` (frames are compared with the hashes of the appsink's buffers).
// Events, without bubbling: layout, frame (held: of the past, stepped to), picture, bus, state, streams, statistics, error,
// zoom, probe, measured, region, line, tool, position, profiled, verified, compared, recording, history (frames held while paused).
// It must not know the page around it, nor how frames travel or are decoded: that is the viewer's.

import { Fitting } from './view/fitting.js';
import { startHost } from './view/host.js';
import { CALL, COMPARISON } from './view/comparable.js';
import { ASK } from './view/inspectable.js';
import { Notice } from './view/notice.js';
import { ATTRIBUTES, SENDING, faultOf, pictureJson } from './view/picture.js';
import { positionWords } from './view/past.js';
import { Savable } from './view/savable.js';
import { Throttle, viewJson } from './view/sent.js';
import { sheet } from './view/sheet.js';
import { Sight } from './view/sight.js';
import { Stage } from './view/stage.js';
import { FORGET_PAST } from './view/steppable.js';
import { TRIED } from './view/triable.js';
import { UNVERIFIED, VERIFIED } from './view/verifiable.js';
import { STAGE } from './view/zoomable.js';
import { noticeOf } from './view/words.js';

/** @typedef {import('./view/words.js').State} State */

/** How often the age in a notice is brought up to date. */
const NOTICE_MILLIS = 500;
/** What is seen is told this often, at most: a hand that moves the picture changes it with every frame. */
const VIEW_MILLIS = 100;

export class SinkView extends Savable {
  static observedAttributes = ['src', 'stream', 'scale', 'zoomable', 'metas', 'probing', 'measuring', 'verifying', ...ATTRIBUTES];

  /** @type {import('./view/host.js').Host | null} */
  #host = null;
  #canvas = document.createElement('canvas');
  #canvasTaken = false;
  #notice = new Notice();
  /** @type {Fitting} */
  #fitting;

  /** @type {State} */
  #state = { state: 'connecting' };
  #stateAt = 0;
  /** @type {any} */
  #layout = null;
  /** @type {any} */
  #picture = null;
  /** @type {any} */
  #statistics = null;
  /** Why the newest layout cannot be shown. */
  #undecodable = '';
  /** When the frame on the canvas reached the server, on this page's clock; NaN while the canvas is empty. */
  #arrivedAt = NaN;
  #paused = false;
  #unpaced = false;
  /** Events of the stream before a reconnection are still on their way. */
  #deaf = false;
  #reopening = false;
  #reopenings = 0;

  /** What the viewer was told last of what is seen. */
  #told = '';
  #telling = new Throttle(() => this.#tellView(), VIEW_MILLIS);
  #sight = new Sight(this, (visible) => this.#call('setVisible', visible), () => this.#call('online'));
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const frame = document.createElement('div');
    frame.className = 'frame';
    const box = document.createElement('div');
    box.className = 'box';
    this.#prepare(this.#canvas);
    box.append(this.#canvas);
    frame.append(box, this.#notice.element);
    root.append(frame);
    this.#fitting = new Fitting(this, box, this.#canvas);
    this.#fitting.onroom = () => this.#telling.ask();
    this[STAGE] = new Stage(frame, this.#fitting, (method, ...args) => this[ASK](method, ...args), (type, detail) => this.#tell(type, detail));
    this[COMPARISON].attach(frame, box, this.#fitting, (bare) => { this[STAGE].bare = bare; });
  }

  // --- What scripts use -------------------------------------------------------------------------------------------

  /** The canvas: one pixel per sample. `drawImage` reads it; its context belongs to the viewer. */
  get canvas() {
    return this.#canvas;
  }

  /** Address of the server's WebSocket. */
  get src() {
    const url = new URL(this.getAttribute('src') ?? new URL('ws', import.meta.url), document.baseURI);
    if (url.protocol.startsWith('http')) url.protocol = url.protocol.replace('http', 'ws');
    return url.href;
  }
  set src(value) {
    this.setAttribute('src', value);
  }

  /** Name of the stream; empty for the server's first. */
  get stream() {
    return this.getAttribute('stream') ?? '';
  }
  set stream(value) {
    this.setAttribute('stream', value);
  }

  /** The newest `state` detail. @returns {State} */
  get state() {
    return this.#state;
  }

  /** The newest layout, as it travels; null before the first. */
  get layout() {
    return this.#layout;
  }

  /** The newest `picture` detail: how the frame on the canvas is shown; null before the first. */
  get picture() {
    return this.#picture;
  }

  /** The newest `statistics` detail; null before the first. */
  get statistics() {
    return this.#statistics;
  }

  /** Whether `pause()` was called last. */
  get paused() {
    return this.#paused;
  }

  /** Every frame is decoded and put at once, screen or not: for measuring. */
  get unpaced() {
    return this.#unpaced;
  }
  set unpaced(value) {
    this.#unpaced = Boolean(value);
    this.#call('setUnpaced', this.#unpaced);
  }

  /**
   * Stops at a frame. Drawing happens in a worker, so this takes a moment: from when the promise resolves until
   * `play()`, the canvas and `readFrame()` are one and the same frame.
   * @returns {Promise<void>}
   */
  async pause() {
    super.pause();
    this.#paused = true;
    await this.#host?.call('pause');
  }

  /**
   * Goes on with the newest frame.
   * @returns {Promise<void>}
   */
  async play() {
    this.#paused = false;
    await this.#host?.call('play');
  }

  // --- What the browser calls -------------------------------------------------------------------------------------

  connectedCallback() {
    if (this.#host) return;
    this.#fitting.start();
    this.#sight.start();
    this.#timer = setInterval(() => this.#say(), NOTICE_MILLIS);
    this.#start();
  }

  disconnectedCallback() {
    // Moving an element takes it out and puts it in again at once: that is no reason to connect anew.
    queueMicrotask(() => {
      if (!this.isConnected) this.#stop();
    });
  }

  /** With it, `moveBefore` moves the element without taking it out. */
  connectedMoveCallback() {}

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === 'scale') this.#fitting.arrange();
    else if (name === 'zoomable') this[STAGE].active = after !== null;
    else if (name === 'metas') this[STAGE].metas.shown = after !== null;
    else if (name === 'probing') this[STAGE].probing = after !== null;
    else if (name === 'measuring') {
      if ((before === null) !== (after === null)) this.#call('setMeasuring', this.measuring);
    }
    else if (name === 'verifying') {
      if ((before === null) !== (after === null)) this.#call('setVerifying', this.verifying);
    }
    else if (SENDING.includes(name)) {
      this.#sayFaults([name]);
      this.#tellView();
    } else if (ATTRIBUTES.includes(name)) this.#tellPicture([name]);
    else if (this.#host && !this.#reopening) {
      // `src` and `stream` set one after the other are one change.
      this.#reopening = true;
      queueMicrotask(() => this.#reopen());
    }
  }

  // --- The viewer -------------------------------------------------------------------------------------------------

  #start() {
    if (this.#canvasTaken) {
      const canvas = document.createElement('canvas');
      this.#prepare(canvas);
      this.#fitting.replace(canvas);
      this.#canvas = canvas;
    }
    this.#canvasTaken = true;
    this.#forget();
    this.#host = startHost(this.#canvas, (type, detail) => this.#receive(type, detail));
    this.#tellPicture(ATTRIBUTES);
    this.#told = '';
    this.#tellView();
    if (this.#unpaced) this.#call('setUnpaced', true);
    if (this.measuring) this.#call('setMeasuring', true);
    if (this.verifying) this.#call('setVerifying', true);
    if (this.#paused) this.#call('pause');
    this.#call('setVisible', this.#sight.now);
    this.#open();
  }

  #stop() {
    if (!this.#host) return;
    this[COMPARISON].forget();
    this.#host.stop();
    this.#host = null;
    this.#fitting.stop();
    this.#telling.stop();
    this.#sight.stop();
    clearInterval(this.#timer);
  }

  #reopen() {
    this.#reopening = false;
    if (!this.#host) return;
    this.#forget();
    this.#deaf = true;
    const turn = ++this.#reopenings;
    const closed = this.#host.call('close').catch(() => {});
    this.#open(closed.then(() => {
      if (turn === this.#reopenings) this.#deaf = false;
    }));
  }

  /** @param {Promise<void>} [heard] when events are listened to again */
  #open(heard = Promise.resolve()) {
    try {
      this.#call('open', this.src, this.stream);
    } catch {
      const text = `src is no address: ${this.getAttribute('src')}`;
      heard.then(() => this.#receive('state', { state: 'failed', text }));
    }
  }

  /** Asks the viewer for something of a frame. @param {string} method @param {unknown[]} args */
  async [ASK](method, ...args) {
    // Before the first layout of this stream, the viewer may still hold a frame of the one before.
    if (this.#host && this.#layout) return this.#host.call(method, ...args);
    throw Object.assign(new Error('no frame has been received yet'), { name: 'NoFrame' });
  }

  /** Calls the viewer, whatever it has received. @param {string} method @param {unknown[]} args */
  async [CALL](method, ...args) {
    if (!this.#host) throw Object.assign(new Error('the view is not in a page'), { name: 'NoFrame' });
    return this.#host.call(method, ...args);
  }

  /** Calls a method whose failure shows in the events. @param {string} method @param {unknown[]} args */
  #call(method, ...args) {
    this.#host?.call(method, ...args).catch((error) => {
      // A viewer that did not start has said so, once.
      if (this.#state.state !== 'failed') this.#receive('error', { code: 'viewer', text: `${method}: ${error.message}` });
    });
  }

  /** Says what of the changed attributes is not followed. @param {string[]} changed */
  #tellPicture(changed) {
    if (!this.#host) return;
    this.#sayFaults(changed);
    this.#call('setPicture', pictureJson((name) => this.getAttribute(name)));
  }

  /** @param {string[]} changed */
  #sayFaults(changed) {
    for (const name of changed) {
      const text = faultOf(name, this.getAttribute(name));
      if (text) this.#tell('error', { code: 'picture', text });
    }
  }

  /** Says what of frames is seen, and how they are wanted. */
  #tellView() {
    const { layout, place, room, scrolls } = this.#fitting;
    const json = viewJson(this, { layout, place, room, scrolls });
    if (!this.#host || json === this.#told) return;
    this.#told = json;
    this.#call('setView', json);
  }

  #forget() {
    this.#layout = null;
    this[TRIED] = null;
    this.#picture = null;
    this.#statistics = null;
    this[VERIFIED] = UNVERIFIED;
    this.#undecodable = '';
    this.#arrivedAt = NaN;
    this.#state = { state: 'connecting' };
    this.#stateAt = performance.now();
    this[STAGE].forget();
    this[FORGET_PAST]();
    this.#show();
  }

  // --- Events -----------------------------------------------------------------------------------------------------

  /**
   * @param {string} type
   * @param {any} detail
   */
  #receive(type, detail) {
    // That a recording is over, whoever waits for it must hear.
    if (this.#deaf && type !== 'recording') return;
    if (type === 'frame') {
      const first = Number.isNaN(this.#arrivedAt);
      this.#arrivedAt = performance.now() - (detail.ageMillis ?? 0);
      this.#fitting.show(this.readBy);
      if (first) this.#show();
      this[STAGE].metas.metas = detail.metas;
      this[STAGE].drawn();
    } else if (type === 'state') {
      this.#state = detail;
      this.#stateAt = performance.now();
      this.#show();
    } else if (type === 'layout') {
      const otherwise = this[TRIED] !== null || detail.tried !== null;
      this.#layout = detail.layout;
      this[TRIED] = detail.tried;
      this.#undecodable = detail.decodable ? '' : detail.reason || `cannot decode ${detail.layout.format} yet`;
      // The picture keeps its own shape until one of the new layout is drawn; where none will be, it goes.
      if (this.#undecodable) {
        this.#arrivedAt = NaN;
        this.#picture = null;
        this[STAGE].metas.metas = null;
      }
      if (otherwise || Number.isNaN(this.#arrivedAt)) this.#fitting.shape(this.readBy);
      if (otherwise) this[STAGE].drawn();
      this.#show();
    } else if (type === 'picture') {
      this.#picture = detail;
    } else if (type === 'statistics') {
      this.#statistics = detail;
    } else if (type === 'verified') {
      this[VERIFIED] = detail;
    }
    this.#tell(type, detail);
  }

  /** @param {string} type @param {any} detail */
  #tell(type, detail) {
    // The picture, or its room, has another place or size.
    if (type === 'zoom') this.#telling.ask();
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // --- What is seen -----------------------------------------------------------------------------------------------

  /** @param {HTMLCanvasElement} canvas */
  #prepare(canvas) {
    canvas.className = 'empty';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('part', 'picture');
  }

  #show() {
    const { classList } = this.#canvas;
    classList.toggle('empty', Number.isNaN(this.#arrivedAt) || this.#undecodable !== '');
    classList.toggle('old', this.#state.state !== 'live');
    const { readBy } = this;
    const size = readBy ? `, ${this.tried ? 'tried as ' : ''}${readBy.width} by ${readBy.height} ${readBy.format}` : '';
    this.#canvas.setAttribute('aria-label', `stream ${this.stream || this.#layout?.stream || ''}${size}`);
    this.#say();
  }

  #say() {
    const now = performance.now();
    this.#notice.say(noticeOf(this.#state, now - this.#stateAt, {
      pictureMillis: now - this.#arrivedAt,
      undecodable: this.#undecodable,
      caps: this.#layout?.caps ?? '',
      position: positionWords(this.held.position),
    }));
  }
}

customElements.define('sink-view', SinkView);
