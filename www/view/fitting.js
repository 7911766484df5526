// Keeps the canvas in its place and the element in the picture's shape, whatever size either has.
// It must not know what is drawn.

import { fittedFactor, place, shapeOf } from './shape.js';
import { isSamePicture, partOf } from './sent.js';
import { placeZoomed } from './zoom.js';

/** CSS pixels between two pictures that share an element. */
const GAP = 2;
/** The shape of an element before its first layout. */
const UNKNOWN = { width: 4, height: 3 };

export class Fitting {
  #element;
  #box;
  /** What the surroundings may overrule: the element's own shape. */
  #sheet = new CSSStyleSheet();
  /** @type {HTMLCanvasElement} */
  #canvas;
  /** @type {any} */
  #layout = null;
  /** Of the frame on the canvas: the same picture, of which a part may have been sent. @type {any} */
  #sent = null;
  /** Device pixels of the element, and those that the picture has of them. */
  #whole = { width: 0, height: 0 };
  #room = { width: 0, height: 0 };
  /** @type {'columns' | 'rows' | null} */
  #split = null;
  /** @type {import('./zoom.js').Zoom | null} */
  #zoom = null;
  #interactive = false;
  /** @type {import('./shape.js').Place | null} */
  #place = null;
  /** Called whenever the room has another size. */
  onroom = () => {};
  /** Called whenever the canvas has been put in its place. */
  onarranged = () => {};
  /** The same, for what is to follow it. @type {(place: import('./shape.js').Place | null) => void} */
  onplaced = () => {};
  #resizes = new ResizeObserver(([entry]) => this.#measure(entry));

  /**
   * @param {HTMLElement & { scale: 'fit' | 'actual' }} element
   * @param {HTMLElement} box that the canvas is placed in
   * @param {HTMLCanvasElement} canvas
   */
  constructor(element, box, canvas) {
    this.#element = element;
    this.#box = box;
    this.#canvas = canvas;
    const root = /** @type {ShadowRoot} */ (element.shadowRoot);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.#sheet];
    this.shape(null);
  }

  start() {
    try {
      this.#resizes.observe(this.#element, { box: 'device-pixel-content-box' });
    } catch {
      // Safari knows no device pixel box; #measure multiplies then.
      this.#resizes.observe(this.#element);
    }
  }

  stop() {
    this.#resizes.disconnect();
  }

  /** Where the canvas is; null before any layout. */
  get place() {
    return this.#place;
  }

  /** Device pixels there are. */
  get room() {
    return this.#room;
  }

  /** How the element is shared with another picture; null where it is not. @returns {'columns' | 'rows' | null} */
  get split() {
    return this.#split;
  }
  set split(split) {
    if (split !== this.#split) {
      this.#split = split;
      this.#divide();
    }
    this.arrange();
  }

  /** Device pixels from this picture's room to that of the other. */
  get offset() {
    return { x: this.#whole.width - this.#room.width, y: this.#whole.height - this.#room.height };
  }

  get canvas() {
    return this.#canvas;
  }

  /** The layout the canvas is placed by. */
  get layout() {
    return this.#layout;
  }

  /** The factor at which the picture fits. */
  get fitted() {
    return fittedFactor(this.#layout, this.#room);
  }

  /** Whether the picture has a zoom of its own; else it follows the room. */
  get isZoomed() {
    return this.#effective !== null;
  }

  /** @param {import('./zoom.js').Zoom | null} zoom null for the element's own scale */
  set zoom(zoom) {
    this.#zoom = zoom;
    this.arrange();
  }

  /** The whole picture is seen, whatever room there will be. */
  fit() {
    this.#element.scale = 'fit';
    this.zoom = null;
  }

  /** Whether hands move the picture, in the place of scroll bars. @param {boolean} value */
  set interactive(value) {
    this.#interactive = value;
    this.#box.classList.toggle('interactive', value);
    this.arrange();
  }

  get #effective() {
    if (this.#zoom || !this.#layout || !this.#interactive || this.#element.scale !== 'actual') return this.#zoom;
    const { width, height } = shapeOf(this.#layout);
    return { factor: 1, x: width / 2, y: height / 2 };
  }

  /** The canvas is another one from now on. @param {HTMLCanvasElement} canvas */
  replace(canvas) {
    this.#canvas.replaceWith(canvas);
    this.#canvas = canvas;
  }

  /** Whether the picture is larger than its room, with scroll bars to move it. */
  get scrolls() {
    return this.#box.classList.contains('actual');
  }

  /** A frame of this layout is on the canvas. @param {any} layout */
  show(layout) {
    if (this.#sent === layout) return;
    if (!isSamePicture(this.#layout, layout)) return this.shape(layout);
    this.#sent = layout;
    this.#put();
  }

  /**
   * Gives the element the picture's shape where its surroundings leave one side open, as a video element has it.
   * @param {any} layout of the frame on the canvas, or of the first to come; null before any
   */
  shape(layout) {
    const before = this.#layout;
    this.#layout = layout;
    this.#sent = layout;
    // What was zoomed into is not in a picture of another size.
    if (!layout || before?.width !== layout.width || before?.height !== layout.height) this.#zoom = null;
    const { width, height } = layout ? shapeOf(layout) : UNKNOWN;
    this.#sheet.replaceSync(`:host { aspect-ratio: ${width} / ${height}; }`);
    this.arrange();
  }

  /** Puts the canvas in its place, to the device pixel. */
  arrange() {
    const { scale } = this.#element;
    const zoom = this.#effective;
    this.#box.classList.toggle('actual', scale === 'actual' && !zoom);
    if (!this.#layout || this.#room.width === 0 || this.#room.height === 0) {
      this.#place = null;
      return;
    }
    this.#place = zoom ? placeZoomed(this.#layout, this.#room, zoom) : place(this.#layout, this.#room, scale);
    this.#put();
    this.onplaced(this.#place);
    this.onarranged();
  }

  #put() {
    if (this.#place) put(this.#canvas, this.#place, partOf(this.#layout, this.#sent, this.#place));
  }

  /** @param {ResizeObserverEntry} entry */
  #measure(entry) {
    const [css] = entry.contentBoxSize;
    const about = { width: css.inlineSize * devicePixelRatio, height: css.blockSize * devicePixelRatio };
    const exact = entry.devicePixelContentBoxSize?.[0];
    // An emulated device tells two ratios; the one that scripts and style sheets see counts.
    const agrees = exact && Math.abs(exact.inlineSize - about.width) < 2;
    const { width, height } = agrees ? { width: exact.inlineSize, height: exact.blockSize } : about;
    this.#whole = { width: Math.floor(width), height: Math.floor(height) };
    this.#divide();
    this.arrange();
    this.onroom();
  }

  #divide() {
    const half = (/** @type {number} */ length) => Math.floor((length - GAP * devicePixelRatio) / 2);
    const { width, height } = this.#whole;
    this.#room = {
      width: this.#split === 'columns' ? Math.max(0, half(width)) : width,
      height: this.#split === 'rows' ? Math.max(0, half(height)) : height,
    };
    const css = (/** @type {number} */ pixels) => (this.#split ? `${pixels / devicePixelRatio}px` : '');
    this.#box.style.width = css(this.#room.width);
    this.#box.style.height = css(this.#room.height);
  }
}

/**
 * Puts a canvas in its place, or where the part of the picture is that it shows.
 * @param {HTMLCanvasElement} canvas
 * @param {import('./shape.js').Place} place
 * @param {import('./shape.js').Part | null} [part]
 */
export function put({ style, classList }, { width, height, left, top, turn, shift, enlarged }, part = null) {
  const css = (/** @type {number} */ pixels) => `${pixels / devicePixelRatio}px`;
  style.width = css(part?.width ?? width);
  style.height = css(part?.height ?? height);
  style.left = css(left);
  style.top = css(top);
  const within = part ? ` translate(${css(part.left)}, ${css(part.top)})` : '';
  style.transform = `matrix(${[...turn, ...shift.map((pixels) => pixels / devicePixelRatio)].join(', ')})${within}`;
  style.clipPath = part && (part.right > 0 || part.bottom > 0) ? `inset(0 ${css(part.right)} ${css(part.bottom)} 0)` : '';
  classList.toggle('enlarged', part?.enlarged ?? enlarged);
}
