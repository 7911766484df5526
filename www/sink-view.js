// The element <sink-view src="ws://…/ws" stream="left" color="gst">: one stream's newest frame on a canvas.
//
// Attributes: `src` (default: /ws of the server this module came from), `stream` (default: the server's first),
// `color` ("gst" or "itu"), `scale` ("fit", or "actual" for one sample a device pixel).
// Events, without bubbling: layout, frame, bus, state, streams, statistics, error.
// It must not know the page around it, nor how frames travel or are decoded: that is the viewer's.

import { startHost } from './view/host.js';
import { Notice } from './view/notice.js';
import { place, shapeOf } from './view/shape.js';
import { sheet } from './view/sheet.js';
import { span, stateWords } from './view/words.js';

/** @typedef {import('./view/words.js').State} State */
/** @typedef {{ sequence: number, ptsNanos: bigint | null, caps: string, data: Uint8Array }} Frame */

/** How often the age in a notice is brought up to date. */
const NOTICE_MILLIS = 500;

export class SinkView extends HTMLElement {
  static observedAttributes = ['src', 'stream', 'color', 'scale'];

  /** @type {import('./view/host.js').Host | null} */
  #host = null;
  #canvas = document.createElement('canvas');
  #canvasTaken = false;
  #box = document.createElement('div');
  #notice = new Notice();
  #ownSheet = new CSSStyleSheet();

  /** @type {State} */
  #state = { state: 'connecting' };
  #stateAt = 0;
  /** @type {any} */
  #layout = null;
  /** The layout the canvas is placed by: that of the frame on it, or of the first to come. @type {any} */
  #placed = null;
  /** @type {any} */
  #statistics = null;
  /** Why the newest layout cannot be shown. */
  #undecodable = '';
  /** When the frame on the canvas reached the server, on this page's clock; NaN while the canvas is empty. */
  #arrivedAt = NaN;
  #paused = false;
  #unpaced = false;
  #inSight = true;
  /** Events of the stream before a reconnection are still on their way. */
  #deaf = false;
  #reopening = false;
  #reopenings = 0;

  #room = { width: 0, height: 0 };
  #resizes = new ResizeObserver(([entry]) => this.#measure(entry));
  #sights = new IntersectionObserver((entries) => {
    this.#inSight = entries[entries.length - 1].isIntersecting;
    this.#tellVisible();
  });
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet, this.#ownSheet];
    const frame = document.createElement('div');
    frame.className = 'frame';
    this.#box.className = 'box';
    this.#prepare(this.#canvas);
    this.#box.append(this.#canvas);
    frame.append(this.#box, this.#notice.element);
    root.append(frame);
    this.#reshape();
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

  /** How YUV becomes RGB: "gst" as GStreamer's videoconvert does, or "itu" as the standards say. */
  get color() {
    return this.getAttribute('color') === 'itu' ? 'itu' : 'gst';
  }
  set color(value) {
    this.setAttribute('color', value);
  }

  /** "fit" into the element, or "actual": one sample a device pixel. */
  get scale() {
    return this.getAttribute('scale') === 'actual' ? 'actual' : 'fit';
  }
  set scale(value) {
    this.setAttribute('scale', value);
  }

  /** The newest `state` detail. @returns {State} */
  get state() {
    return this.#state;
  }

  /** The newest layout, as it travels; null before the first. */
  get layout() {
    return this.#layout;
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

  /**
   * A copy of the frame on the canvas, as it left the appsink. Rejects with an Error named `NoFrame` before any frame,
   * `FrameGone` when its bytes can no longer be had.
   * @returns {Promise<Frame>}
   */
  async readFrame() {
    // Before the first layout of this stream, the viewer may still hold a frame of the one before.
    if (this.#host && this.#layout) return this.#host.call('readFrame');
    throw Object.assign(new Error('no frame has been received yet'), { name: 'NoFrame' });
  }

  // --- What the browser calls -------------------------------------------------------------------------------------

  connectedCallback() {
    if (this.#host) return;
    try {
      this.#resizes.observe(this, { box: 'device-pixel-content-box' });
    } catch {
      // Safari knows no device pixel box; #measure multiplies then.
      this.#resizes.observe(this);
    }
    this.#sights.observe(this);
    document.addEventListener('visibilitychange', this.#visibilityChanged);
    window.addEventListener('online', this.#online);
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
    if (name === 'color') this.#call('setColor', this.color);
    else if (name === 'scale') this.#arrange();
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
      this.#canvas.replaceWith(canvas);
      this.#canvas = canvas;
    }
    this.#canvasTaken = true;
    this.#forget();
    this.#host = startHost(this.#canvas, (type, detail) => this.#receive(type, detail));
    this.#call('setColor', this.color);
    if (this.#unpaced) this.#call('setUnpaced', true);
    if (this.#paused) this.#call('pause');
    this.#tellVisible();
    this.#open();
  }

  #stop() {
    if (!this.#host) return;
    this.#host.stop();
    this.#host = null;
    this.#resizes.disconnect();
    this.#sights.disconnect();
    document.removeEventListener('visibilitychange', this.#visibilityChanged);
    window.removeEventListener('online', this.#online);
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

  /** Calls a method whose failure shows in the events. @param {string} method @param {unknown[]} args */
  #call(method, ...args) {
    this.#host?.call(method, ...args).catch((error) => {
      // A viewer that did not start has said so, once.
      if (this.#state.state !== 'failed') this.#receive('error', { code: 'viewer', text: `${method}: ${error.message}` });
    });
  }

  #forget() {
    this.#layout = null;
    this.#statistics = null;
    this.#undecodable = '';
    this.#arrivedAt = NaN;
    this.#state = { state: 'connecting' };
    this.#stateAt = performance.now();
    this.#show();
  }

  #visibilityChanged = () => {
    this.#tellVisible();
    if (!document.hidden) this.#call('online');
  };

  #online = () => this.#call('online');

  #tellVisible() {
    this.#call('setVisible', this.#inSight && !document.hidden);
  }

  // --- Events -----------------------------------------------------------------------------------------------------

  /**
   * @param {string} type
   * @param {any} detail
   */
  #receive(type, detail) {
    if (this.#deaf) return;
    if (type === 'frame') {
      const first = Number.isNaN(this.#arrivedAt);
      this.#arrivedAt = performance.now() - (detail.ageMillis ?? 0);
      if (this.#placed !== this.#layout) this.#reshape();
      if (first) this.#show();
    } else if (type === 'state') {
      this.#state = detail;
      this.#stateAt = performance.now();
      this.#show();
    } else if (type === 'layout') {
      this.#layout = detail.layout;
      this.#undecodable = detail.decodable ? '' : detail.reason || `cannot decode ${detail.layout.format} yet`;
      // The picture keeps its own shape until one of the new layout is drawn; where none will be, it goes.
      if (this.#undecodable) this.#arrivedAt = NaN;
      if (Number.isNaN(this.#arrivedAt)) this.#reshape();
      this.#show();
    } else if (type === 'statistics') {
      this.#statistics = detail;
    }
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // --- What is seen -----------------------------------------------------------------------------------------------

  /** @param {HTMLCanvasElement} canvas */
  #prepare(canvas) {
    canvas.className = 'empty';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('part', 'picture');
  }

  /** Gives the element the picture's shape where its surroundings leave one side open, as a video element has it. */
  #reshape() {
    this.#placed = this.#layout;
    const { width, height } = this.#placed ? shapeOf(this.#placed) : { width: 4, height: 3 };
    this.#ownSheet.replaceSync(`:host { aspect-ratio: ${width} / ${height}; }`);
    this.#arrange();
  }

  /** @param {ResizeObserverEntry} entry */
  #measure(entry) {
    const [css] = entry.contentBoxSize;
    const about = { width: css.inlineSize * devicePixelRatio, height: css.blockSize * devicePixelRatio };
    const exact = entry.devicePixelContentBoxSize?.[0];
    // An emulated device tells two ratios; the one that scripts and style sheets see counts.
    const agrees = exact && Math.abs(exact.inlineSize - about.width) < 2;
    const { width, height } = agrees ? { width: exact.inlineSize, height: exact.blockSize } : about;
    this.#room = { width: Math.floor(width), height: Math.floor(height) };
    this.#arrange();
  }

  /** Puts the canvas in its place, to the device pixel. */
  #arrange() {
    this.#box.classList.toggle('actual', this.scale === 'actual');
    if (!this.#placed) return;
    const { width, height, left, top, turn, shift, enlarged } = place(this.#placed, this.#room, this.scale);
    const css = (/** @type {number} */ pixels) => `${pixels / devicePixelRatio}px`;
    const { style, classList } = this.#canvas;
    style.width = css(width);
    style.height = css(height);
    style.left = css(left);
    style.top = css(top);
    style.transform = `matrix(${[...turn, ...shift.map((pixels) => pixels / devicePixelRatio)].join(', ')})`;
    classList.toggle('enlarged', enlarged);
  }

  #show() {
    const { classList } = this.#canvas;
    classList.toggle('empty', Number.isNaN(this.#arrivedAt) || this.#undecodable !== '');
    classList.toggle('old', this.#state.state !== 'live');
    const size = this.#layout ? `, ${this.#layout.width} by ${this.#layout.height} ${this.#layout.format}` : '';
    this.#canvas.setAttribute('aria-label', `stream ${this.stream || this.#layout?.stream || ''}${size}`);
    this.#say();
  }

  #say() {
    this.#notice.say(this.#words());
  }

  /** @returns {import('./view/notice.js').Words | null} */
  #words() {
    const now = performance.now();
    const { state, text = '' } = this.#state;
    const empty = Number.isNaN(this.#arrivedAt);
    const words = stateWords(this.#state, now - this.#stateAt);
    if (state === 'failed') return { title: 'failed', text, form: empty ? 'instead' : 'sheet' };
    if (this.#undecodable) return { title: this.#undecodable, caps: this.#layout.caps, form: 'instead' };
    if (!empty) {
      const age = `picture ${span(now - this.#arrivedAt)} old`;
      return state === 'live' ? null : { title: `${words} · ${age}`, form: 'over' };
    }
    return { title: state === 'live' ? 'no frame yet' : words, text, form: 'instead' };
  }
}

customElements.define('sink-view', SinkView);
