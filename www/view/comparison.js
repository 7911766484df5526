// Two pictures in one view: which of them is seen where, the divider between them, and their names.
// It must not know where frames come from, nor how they are compared.

import { put } from './fitting.js';
import { shapeOf, placeAt } from './shape.js';
import { Divider } from './divider.js';

/** @typedef {import('./shape.js').Place} Place */
/** @typedef {import('./comparable.js').Mode} Mode */

/** Twice as long is a period: no faster than half a second. */
const LEAST_BLINK_MILLIS = 250;
const BLINK_MILLIS = 500;
const MOST_GAIN = 65_536;
const MODES = ['side', 'wipe', 'blink', 'difference'];

export class Comparison {
  /** @type {unknown} */
  other = null;
  /** @type {Mode} */
  mode = 'side';
  gain = 1;
  blinkMillis = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : BLINK_MILLIS;
  /** @type {() => any} */
  #layout = () => null;
  /** @type {HTMLElement | null} */
  #frame = null;
  /** @type {import('./fitting.js').Fitting | null} */
  #fitting = null;
  #pane = document.createElement('div');
  #front = document.createElement('canvas');
  #back = document.createElement('canvas');
  #taken = false;
  #divider = new Divider((part) => this.#changed(part));
  #tags = ['A', 'B'].map(() => document.createElement('span'));
  /** Called whenever hands have moved the divider. */
  onchanged = () => {};
  #hides = (/** @type {boolean} */ _is) => {};
  /** Another layout of the other's frames. */
  #follow = () => this.#fitting?.arrange();
  #otherSeen = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #resizes = new ResizeObserver(() => this.#show());

  constructor() {
    this.#pane.className = 'other';
    for (const tag of this.#tags) tag.className = 'tag';
  }

  /**
   * @param {HTMLElement} frame
   * @param {HTMLElement} box that holds the picture
   * @param {import('./fitting.js').Fitting} fitting
   * @param {(is: boolean) => void} hides told whether the view's own picture is not what is seen
   */
  attach(frame, box, fitting, hides) {
    this.#hides = hides;
    this.#frame = frame;
    this.#fitting = fitting;
    fitting.onplaced = (place) => this.#placed(place);
    box.after(this.#pane, this.#divider.element, ...this.#tags);
    this.#show();
  }

  /** The layers, to be given to the viewer, where it has none yet. */
  newLayers() {
    if (this.#taken) return null;
    this.#taken = true;
    return [this.#front, this.#back];
  }

  /** The viewer that had the layers is gone. */
  forget() {
    this.end();
    if (!this.#taken) return;
    this.#taken = false;
    this.#front.remove();
    this.#back.remove();
    this.#front = document.createElement('canvas');
    this.#back = document.createElement('canvas');
  }

  /** @param {unknown} other @param {() => any} layout of the other's frames */
  begin(other, layout) {
    this.#leave();
    this.other = other;
    if (other instanceof EventTarget) other.addEventListener('layout', this.#follow);
    this.#hides(true);
    this.#layout = layout;
    this.#fitting?.canvas.after(this.#front);
    this.#pane.append(this.#back);
    for (const layer of [this.#front, this.#back]) layer.setAttribute('aria-hidden', 'true');
    if (this.#frame) this.#resizes.observe(this.#frame);
  }

  #leave() {
    if (this.other instanceof EventTarget) this.other.removeEventListener('layout', this.#follow);
    this.other = null;
  }

  end() {
    this.#leave();
    this.#hides(false);
    this.#resizes.disconnect();
    this.#front.remove();
    this.#back.remove();
    this.#show();
  }

  /** What makes the viewer draw anew. */
  get drawn() {
    return this.mode === 'difference' ? `difference ${this.gain}` : '';
  }

  get divider() {
    return this.#divider.part;
  }

  /** @param {import('./comparable.js').Options} options */
  set({ mode = this.mode, gain = this.gain, divider = this.divider, blinkMillis = this.blinkMillis }) {
    if (!MODES.includes(mode)) throw new RangeError(`no mode of comparing: ${mode}`);
    if (!(gain >= 1 && gain <= MOST_GAIN)) throw new RangeError(`a gain is from 1 to ${MOST_GAIN}, not ${gain}`);
    this.mode = mode;
    this.gain = Math.round(gain);
    this.#divider.part = Math.min(1, Math.max(0, divider));
    this.blinkMillis = blinkMillis > 0 ? Math.max(LEAST_BLINK_MILLIS, blinkMillis) : 0;
    this.#show();
  }

  flip() {
    this.blinkMillis = 0;
    this.#otherSeen = !this.#otherSeen;
    this.#show();
  }

  /** @param {number} part */
  #changed(part) {
    this.#divider.part = part;
    this.#show();
    this.onchanged();
  }

  #show() {
    const frame = this.#frame;
    if (!frame || !this.#fitting) return;
    const mode = this.other === null ? null : this.mode;
    clearInterval(this.#timer);
    if (mode === 'blink' && this.blinkMillis > 0) {
      this.#timer = setInterval(() => {
        this.#otherSeen = !this.#otherSeen;
        this.#showSide();
      }, this.blinkMillis);
    }
    const upright = frame.clientHeight > frame.clientWidth;
    this.#fitting.split = mode === 'side' ? (upright ? 'rows' : 'columns') : null;
    frame.dataset.compare = mode ?? '';
    if (!mode) delete frame.dataset.compare;
    frame.dataset.split = this.#fitting.split ?? '';
    this.#pane.hidden = mode === null;
    this.#pane.style.clipPath = mode === 'wipe' ? `inset(0 0 0 ${this.divider * 100}%)` : '';
    this.#divider.element.hidden = mode !== 'wipe';
    const name = (/** @type {any} */ view) => (view === 'held' ? 'held frame' : view?.stream || view?.layout?.stream || '');
    const root = /** @type {ShadowRoot} */ (frame.getRootNode());
    this.#tags[0].textContent = mode === 'difference' ? `|A − B| × ${this.gain}` : `A ${name(root.host)}`;
    this.#tags[1].textContent = `B ${name(this.other)}`;
    this.#showSide();
  }

  /** Which of the two is seen, of a blink. */
  #showSide() {
    const blinks = this.other !== null && this.mode === 'blink';
    this.#pane.style.visibility = blinks && !this.#otherSeen ? 'hidden' : '';
    this.#tags[0].hidden = this.other === null || (blinks && this.#otherSeen);
    this.#tags[1].hidden = this.other === null || this.mode === 'difference' || (blinks && !this.#otherSeen);
  }

  /** @param {Place | null} place */
  #placed(place) {
    if (!place || this.other === null || !this.#fitting) return;
    put(this.#front, place);
    const layout = this.mode === 'difference' ? this.#fitting.layout : this.#layout();
    put(this.#back, layout ? beside(layout, place) : place);
    const { offset } = this.#fitting;
    this.#pane.style.left = `${offset.x / devicePixelRatio}px`;
    this.#pane.style.top = `${offset.y / devicePixelRatio}px`;
  }
}

/** Where a picture goes that shows what another shows, in a size of its own: as large as fits, in the middle. @param {any} layout @param {Place} place */
function beside(layout, { left, top, seen }) {
  const shape = shapeOf(layout);
  const factor = Math.min(seen.width / shape.width, seen.height / shape.height);
  const { seen: own } = placeAt(layout, factor, 0, 0);
  const middle = (/** @type {number} */ from, /** @type {number} */ space) => from + Math.round(space / 2);
  return placeAt(layout, factor, middle(left, seen.width - own.width), middle(top, seen.height - own.height));
}
