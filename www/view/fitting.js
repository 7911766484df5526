// Keeps the canvas in its place and the element in the picture's shape, whatever size either has.
// It must not know what is drawn.

import { place, shapeOf } from './shape.js';

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
  #room = { width: 0, height: 0 };
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

  /** The canvas is another one from now on. @param {HTMLCanvasElement} canvas */
  replace(canvas) {
    this.#canvas.replaceWith(canvas);
    this.#canvas = canvas;
  }

  /** Whether the canvas is placed by this layout. @param {any} layout */
  isBy(layout) {
    return this.#layout === layout;
  }

  /**
   * Gives the element the picture's shape where its surroundings leave one side open, as a video element has it.
   * @param {any} layout of the frame on the canvas, or of the first to come; null before any
   */
  shape(layout) {
    this.#layout = layout;
    const { width, height } = layout ? shapeOf(layout) : UNKNOWN;
    this.#sheet.replaceSync(`:host { aspect-ratio: ${width} / ${height}; }`);
    this.arrange();
  }

  /** Puts the canvas in its place, to the device pixel. */
  arrange() {
    const { scale } = this.#element;
    this.#box.classList.toggle('actual', scale === 'actual');
    if (!this.#layout) return;
    const { width, height, left, top, turn, shift, enlarged } = place(this.#layout, this.#room, scale);
    const css = (/** @type {number} */ pixels) => `${pixels / devicePixelRatio}px`;
    const { style, classList } = this.#canvas;
    style.width = css(width);
    style.height = css(height);
    style.left = css(left);
    style.top = css(top);
    style.transform = `matrix(${[...turn, ...shift.map((pixels) => pixels / devicePixelRatio)].join(', ')})`;
    classList.toggle('enlarged', enlarged);
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
    this.arrange();
  }
}
