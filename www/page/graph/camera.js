// Moves and scales what is in an SVG picture: by wheel, drag, pinch, and by whoever calls it.
// It must not know what is in it.

/** Scales: a whole pipeline on a phone; words as large as headings. */
const LEAST = 0.1;
const MOST = 4;
/** A notch of the wheel. */
const NOTCH = 1.15;
const MARGIN = 16;

export class Camera {
  #picture;
  #group;
  #x = 0;
  #y = 0;
  #scale = 1;
  /** Width and height of what is looked at. */
  #size = [1, 1];
  /** Fingers and buttons that are down. @type {Map<number, PointerEvent>} */
  #down = new Map();

  /** @param {SVGElement} picture @param {SVGElement} group in it */
  constructor(picture, group) {
    this.#picture = picture;
    this.#group = group;
    picture.addEventListener('wheel', (event) => {
      event.preventDefault();
      if (event.shiftKey || event.deltaX !== 0) this.pan(-event.deltaX || -event.deltaY, event.deltaX !== 0 ? -event.deltaY : 0);
      else this.zoom(event.deltaY < 0 ? NOTCH : 1 / NOTCH, this.#inside(event));
    }, { passive: false });
    picture.addEventListener('pointerdown', (event) => this.#down.set(event.pointerId, event));
    picture.addEventListener('pointermove', (event) => this.#moved(event));
    for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'pointerleave'])) {
      picture.addEventListener(end, (event) => this.#down.delete(event.pointerId));
    }
  }

  /** All of it, not enlarged, if that is not below the least scale. @param {number} width @param {number} height @param {number} [least] */
  fit(width, height, least = LEAST) {
    this.#size = [width, height];
    const { clientWidth, clientHeight } = this.#picture;
    const scale = Math.min(1, (clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height);
    this.#scale = Math.max(least, scale);
    this.#x = Math.max(MARGIN, (clientWidth - width * this.#scale) / 2);
    this.#y = Math.max(MARGIN, (clientHeight - height * this.#scale) / 2);
    this.#apply();
  }

  /** What is looked at has another size now. @param {number} width @param {number} height */
  resize(width, height) {
    this.#size = [width, height];
  }

  /** @param {number} right @param {number} down CSS pixels */
  pan(right, down) {
    this.#x += right;
    this.#y += down;
    this.#apply();
  }

  /** @param {number} times @param {{ x: number, y: number }} [about] the middle */
  zoom(times, about = { x: this.#picture.clientWidth / 2, y: this.#picture.clientHeight / 2 }) {
    const scale = Math.min(MOST, Math.max(LEAST, this.#scale * times));
    this.#x = about.x - ((about.x - this.#x) * scale) / this.#scale;
    this.#y = about.y - ((about.y - this.#y) * scale) / this.#scale;
    this.#scale = scale;
    this.#apply();
  }

  /** Moves as little as brings a rectangle into sight. @param {{ x: number, y: number, width: number, height: number }} place */
  reveal({ x, y, width, height }) {
    const shift = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ end) =>
      from < MARGIN ? MARGIN - from : to > end - MARGIN ? Math.max(MARGIN - from, end - MARGIN - to) : 0;
    const [left, top] = [this.#x + x * this.#scale, this.#y + y * this.#scale];
    const { clientWidth, clientHeight } = this.#picture;
    this.pan(shift(left, left + width * this.#scale, clientWidth), shift(top, top + height * this.#scale, clientHeight));
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    const [here, there] = [this.#inside(event), this.#inside(before)];
    const other = [...this.#down.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    if (other) {
      const still = this.#inside(other);
      const far = (/** @type {{ x: number, y: number }} */ point) => Math.hypot(point.x - still.x, point.y - still.y);
      if (far(there) > 0) this.zoom(far(here) / far(there), still);
    } else {
      this.pan(here.x - there.x, here.y - there.y);
    }
    this.#down.set(event.pointerId, event);
  }

  /** @param {MouseEvent} event */
  #inside({ clientX, clientY }) {
    const { left, top } = this.#picture.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #apply() {
    const { clientWidth, clientHeight } = this.#picture;
    const [width, height] = this.#size;
    // A corner of it stays in sight.
    const keep = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ room) =>
      Math.min(room - 3 * MARGIN, Math.max(3 * MARGIN - size * this.#scale, at));
    this.#x = keep(this.#x, width, clientWidth);
    this.#y = keep(this.#y, height, clientHeight);
    this.#group.setAttribute('transform', `translate(${this.#x.toFixed(1)} ${this.#y.toFixed(1)}) scale(${this.#scale.toFixed(4)})`);
  }
}
