// Mouse, wheel, pen and fingers over the picture: what they ask for, in device pixels of the room.
// It must not know where the picture is, nor what a pixel holds.

/**
 * @typedef {object} Asked
 * @property {(point: Point, times: number) => void} zoom at a point
 * @property {(right: number, down: number) => void} move
 * @property {(point: Point | null) => void} hover null when the pointer has left
 * @property {(point: Point) => void} hold a finger stayed: put the crosshair there
 * @property {(point: Point) => boolean} grab whether the crosshair is at the point, to be dragged
 * @property {(right: number, down: number) => void} drag the crosshair
 * @property {() => void} tap a finger came and went
 * @property {(point: Point) => Point} offset of the room that a point is in, where there are two
 * @property {() => boolean} canMove whether dragging moves the picture
 * @property {Drawing} tools that a press may be for
 */

/** `press` says whether the press draws; `end`, whether that holds. @typedef {{ press: (point: Point, event: PointerEvent) => boolean, move: (point: Point) => void, end: (holds: boolean) => void }} Drawing */
/** @typedef {{ x: number, y: number }} Point */

/** A wheel's notch is 100 to 120 of its units; as many double the picture, or halve it. */
const WHEEL_UNITS = 200;
/** Units of a wheel that counts lines, and pages. */
const LINE_UNITS = 16;
const PAGE_UNITS = 400;
/** One event of a wheel does no more than this. */
const WHEEL_MOST = 240;
/** Pinching on a touchpad comes as a wheel with Ctrl, in much smaller units. */
const PINCH_TIMES = 10;
const HOLD_MILLIS = 450;
/** CSS pixels that a finger shakes by. */
const SHAKE = 8;

export class Pointing {
  #element;
  #asked;
  /** Fingers and buttons that are down. @type {Map<number, Point>} */
  #down = new Map();
  /** From the room that each went down in to the first. @type {Map<number, Point>} */
  #offsets = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #holding;
  #travelled = 0;
  /** @type {'none' | 'move' | 'crosshair' | 'draw'} */
  #does = 'none';
  #stopping = new AbortController();

  /** @param {HTMLElement} element @param {Asked} asked */
  constructor(element, asked) {
    this.#element = element;
    this.#asked = asked;
  }

  start() {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) =>
      this.#element.addEventListener(type, act, { signal, passive: false });
    on('wheel', (event) => this.#wheel(event));
    on('pointerdown', (event) => this.#press(event));
    on('pointermove', (event) => this.#go(event));
    on('pointerup', (event) => this.#release(event, true));
    on('pointercancel', (event) => this.#release(event, false));
    on('pointerleave', (event) => event.pointerType === 'mouse' && this.#asked.hover(null));
    // A finger that stays asks for the crosshair, not for a menu.
    on('contextmenu', (event) => event.pointerType !== 'mouse' && event.preventDefault());
  }

  stop() {
    this.#stopping.abort();
    clearTimeout(this.#holding);
    this.#down.clear();
    this.#asked.tools.end(false);
    this.#does = 'none';
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? LINE_UNITS : PAGE_UNITS;
    const turned = event.deltaY * unit * (event.ctrlKey ? PINCH_TIMES : 1);
    const bounded = Math.min(WHEEL_MOST, Math.max(-WHEEL_MOST, turned));
    if (bounded !== 0) this.#asked.zoom(this.#point(event), 2 ** (-bounded / WHEEL_UNITS));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.pointerType === 'mouse' && event.button > 1) return;
    const point = this.#point(event);
    this.#down.set(event.pointerId, point);
    this.#offsets.set(event.pointerId, this.#asked.offset(this.#raw(event)));
    clearTimeout(this.#holding);
    this.#travelled = 0;
    try {
      this.#element.setPointerCapture(event.pointerId);
    } catch {
      // It is up again already.
    }
    if (this.#down.size > 1) {
      // Two fingers zoom, whatever the first one was about.
      this.#asked.tools.end(false);
      this.#does = 'move';
      return;
    }
    if (this.#asked.tools.press(point, event)) {
      this.#does = 'draw';
      return;
    }
    const isTouch = event.pointerType !== 'mouse';
    this.#does = isTouch && this.#asked.grab(point) ? 'crosshair' : this.#asked.canMove() ? 'move' : 'none';
    if (!isTouch || this.#does === 'crosshair') return;
    this.#holding = setTimeout(() => {
      this.#does = 'crosshair';
      this.#travelled = Infinity;
      this.#asked.hold(point);
    }, HOLD_MILLIS);
  }

  /** @param {PointerEvent} event */
  #go(event) {
    const point = this.#point(event);
    const before = this.#down.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') this.#asked.hover(point);
      return;
    }
    const others = [...this.#down].filter(([id]) => id !== event.pointerId).map(([, other]) => other);
    this.#down.set(event.pointerId, point);
    const [right, down] = [point.x - before.x, point.y - before.y];
    this.#travelled += Math.hypot(right, down);
    if (this.#travelled > SHAKE * devicePixelRatio) clearTimeout(this.#holding);
    if (others.length === 0) {
      if (this.#does === 'draw') this.#asked.tools.move(point);
      else if (this.#does === 'crosshair') this.#asked.drag(right, down);
      else if (this.#does === 'move') this.#asked.move(right, down);
      if (event.pointerType === 'mouse') this.#asked.hover(point);
    } else if (others.length === 1) {
      const [other] = others;
      const apart = (/** @type {Point} */ { x, y }) => Math.max(1, Math.hypot(x - other.x, y - other.y));
      this.#asked.move(right / 2, down / 2);
      this.#asked.zoom({ x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 }, apart(point) / apart(before));
    }
  }

  /** @param {PointerEvent} event @param {boolean} isUp */
  #release(event, isUp) {
    clearTimeout(this.#holding);
    if (!this.#down.delete(event.pointerId)) return;
    const isTap = isUp && this.#down.size === 0 && this.#travelled <= SHAKE * devicePixelRatio;
    if (isTap && event.pointerType !== 'mouse' && this.#does !== 'crosshair' && this.#does !== 'draw') this.#asked.tap();
    if (this.#does === 'draw') this.#asked.tools.end(isUp);
    if (this.#down.size === 0) this.#does = 'none';
  }

  /** The middle of the device pixel: that is where the screen decides which sample it shows. @param {MouseEvent} event */
  #raw(event) {
    const { left, top } = this.#element.getBoundingClientRect();
    const middle = (/** @type {number} */ css) => Math.floor(css * devicePixelRatio) + 0.5;
    return { x: middle(event.clientX - left), y: middle(event.clientY - top) };
  }

  /** Of two rooms that show the same place, the point in the first; what is dragged stays in its room. @param {MouseEvent} event */
  #point(event) {
    const raw = this.#raw(event);
    const id = /** @type {PointerEvent} */ (event).pointerId;
    const offset = (this.#down.has(id) && this.#offsets.get(id)) || this.#asked.offset(raw);
    return { x: raw.x - offset.x, y: raw.y - offset.y };
  }
}
