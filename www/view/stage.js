// Zoom, pan and probe of one <sink-view>: what hands and scripts ask for becomes a place of the canvas, values in its
// pixels, and a point that is looked at.
// It must not know how frames travel, nor the page.

import { MetasLayer } from './metas.js';
import { Overlay } from './overlay.js';
import { Pointing } from './pointing.js';
import { shapeOf } from './shape.js';
import { Tools } from './tools.js';
import { Turns } from './turns.js';
import { fits, write } from './values.js';
import { allowed, cellOf, isInside, isLegible, moved, sampleAt, seenSamples, zoomedAt, zoomOf } from './zoom.js';

/** @typedef {import('./zoom.js').Point} Point */
/** @typedef {import('./overlay.js').Mark} Mark */

/** The viewer reads no more pixels at once. */
const MOST_CODES = 16_384;
/** A probe is read this often, at most: faster numbers cannot be read. */
const PROBE_MILLIS = 40;
/** Writing values takes one part in so many of the time, at most, and is not done more often than this. */
const SHARE = 4;
const VALUES_MILLIS = 50;
/** Of the room, what a box that is zoomed to takes; factors are rounded up by a fifth at most. */
const BOX_SHARE = 0.8;
/** CSS pixels around the crosshair from which it can be dragged: beside it, the finger does not cover it. */
const GRAB = 64;

export class Stage {
  #fitting;
  #call;
  #tell;
  #overlay = new Overlay();
  #pointing;
  #active = false;
  #probing = false;
  /** The factor that was asked for, which whole factors are rounded from. */
  #asked = NaN;
  /** The values that were written last. @type {import('./values.js').Page | null} */
  #page = null;
  /** No values are written: it is not this picture that is seen. */
  #bare = false;
  /** For the next ones. */
  #spare = document.createElement('canvas');
  /** The sample that is looked at. @type {Point | null} */
  #point = null;
  /** Whether it stays where it is when the pointer goes. */
  #held = false;
  /** Of the crosshair, device pixels of the room. */
  #heldAt = { x: 0, y: 0 };
  /** @type {Mark[]} */
  #marks = [];
  /** @type {import('./overlay.js').Outline[]} */
  #outlines = [];
  #values = new Turns(() => this.#readValues());
  #probes = new Turns(() => this.#readProbe());

  /**
   * @param {HTMLElement} frame that takes pointers and holds the overlay
   * @param {import('./fitting.js').Fitting} fitting
   * @param {(method: string, ...args: number[]) => Promise<any>} call of the viewer
   * @param {(type: 'zoom' | 'probe' | 'region' | 'line' | 'tool' | 'position', detail: any) => void} tell
   */
  constructor(frame, fitting, call, tell) {
    this.#fitting = fitting;
    this.#call = call;
    this.#tell = tell;
    /** What was noted about the frame, over it. */
    this.metas = new MetasLayer(fitting);
    frame.append(this.metas.element, this.#overlay.element);
    this.tools = new Tools(frame, fitting, call, tell, () => this.#draw());
    this.#pointing = new Pointing(frame, {
      zoom: (point, times) => this.#zoomBy(times, point),
      move: (right, down) => this.pan(right, down),
      hover: (point) => this.#hover(point),
      hold: (point) => this.#hold(point),
      grab: (point) => this.#held && Math.hypot(point.x - this.#heldAt.x, point.y - this.#heldAt.y) < GRAB * devicePixelRatio,
      drag: (right, down) => this.#hold({ x: this.#heldAt.x + right, y: this.#heldAt.y + down }),
      tap: () => { if (this.#held) this.point = null; },
      offset: ({ x, y }) => {
        const { offset } = fitting;
        return { x: offset.x > 0 && x >= offset.x ? offset.x : 0, y: offset.y > 0 && y >= offset.y ? offset.y : 0 };
      },
      canMove: () => this.#place !== null,
      tools: this.tools,
    });
    fitting.onarranged = () => this.#arranged();
  }

  // --- Zoom and pan -----------------------------------------------------------------------------------------------

  /** Whether wheel, mouse and fingers zoom and pan. */
  get active() {
    return this.#active;
  }
  set active(value) {
    if (value === this.#active) return;
    this.#active = value;
    if (value) this.#pointing.start();
    else {
      this.#pointing.stop();
      this.point = null;
      this.tools.clear();
      this.#fitting.zoom = null;
    }
    this.#fitting.interactive = value;
  }

  /** Device pixels a sample takes; null before any layout. */
  get factor() {
    return this.#place?.factor ?? null;
  }

  /** Whether the picture follows the room. */
  get isFitted() {
    return !this.#fitting.isZoomed;
  }

  /** The sample in the middle of the room. */
  get middle() {
    const place = this.#place;
    if (!place) return null;
    const { room, layout } = this.#fitting;
    return sampleAt(layout, place, { x: Math.floor(room.width / 2) + 0.5, y: Math.floor(room.height / 2) + 0.5 });
  }

  /** @param {number} factor @param {number} [x] column of the sample in the middle @param {number} [y] its row */
  zoomTo(factor, x, y) {
    const place = this.#place;
    if (!place || !(factor > 0)) return;
    const { room, layout } = this.#fitting;
    this.#asked = factor;
    const to = allowed(factor, devicePixelRatio, this.#fitting.fitted);
    const middle = { x: room.width / 2, y: room.height / 2 };
    const zoom = zoomedAt(place, room, to, middle);
    if (typeof x === 'number' && typeof y === 'number') {
      const { left, top, width, height } = cellOf(layout, place, { x, y });
      zoom.x = (left + width / 2 - place.left) / place.factor;
      zoom.y = (top + height / 2 - place.top) / place.factor;
    }
    this.#fitting.zoom = zoom;
  }

  /** Shows a box of samples as large as it can be seen whole, with some room around. @param {import('./metas.js').Box} box */
  zoomToBox({ x, y, width, height }) {
    const place = this.#place;
    const { room, layout } = this.#fitting;
    if (!place || !layout) return;
    const [right, bottom] = [Math.min(layout.width, x + width), Math.min(layout.height, y + height)];
    const [left, top] = [Math.min(x, layout.width - 1), Math.min(y, layout.height - 1)];
    const cell = cellOf(layout, place, { x: left, y: top }, { x: Math.max(left, right - 1), y: Math.max(top, bottom - 1) });
    const times = BOX_SHARE * Math.min(room.width / cell.width, room.height / cell.height);
    this.zoomTo(place.factor * times, (left + Math.max(left, right - 1)) / 2, (top + Math.max(top, bottom - 1)) / 2);
  }

  /** Zooms to so many times what is, about the point looked at, or the middle. @param {number} times */
  zoomBy(times) {
    const { room, layout } = this.#fitting;
    const place = this.#place;
    if (!place) return;
    let point = { x: room.width / 2, y: room.height / 2 };
    if (this.#held && this.#point) {
      const { left, top, width, height } = cellOf(layout, place, this.#point);
      point = { x: left + width / 2, y: top + height / 2 };
    }
    this.#zoomBy(times, point);
  }

  /** Shows the whole picture. */
  fit() {
    this.#fitting.fit();
  }

  /** @param {number} right device pixels that the picture moves by @param {number} down likewise */
  pan(right, down) {
    const place = this.#place;
    if (!place || (right === 0 && down === 0)) return;
    const { room } = this.#fitting;
    // What fits has nowhere to go.
    if (place.seen.width <= room.width && place.seen.height <= room.height) return;
    this.#fitting.zoom = moved(place, room, right, down);
  }

  /** What is seen, whatever size the picture has; null before any layout. @returns {{ x: number, y: number, width: number } | null} */
  get viewport() {
    const place = this.#place;
    if (!place) return null;
    const { room, layout } = this.#fitting;
    const shape = shapeOf(layout);
    const { factor, x, y } = zoomOf(place, room);
    return { x: x / shape.width, y: y / shape.height, width: factor * shape.width };
  }
  set viewport(viewport) {
    if (!viewport || !this.#place) return;
    const { layout, fitted } = this.#fitting;
    const shape = shapeOf(layout);
    const factor = allowed(viewport.width / shape.width, devicePixelRatio, fitted);
    this.#asked = factor;
    this.#fitting.zoom = { factor, x: viewport.x * shape.width, y: viewport.y * shape.height };
  }

  /** @param {number} times @param {Point} point */
  #zoomBy(times, point) {
    const place = this.#place;
    if (!place) return;
    const { room, fitted } = this.#fitting;
    const bounded = (/** @type {number} */ factor) => allowed(factor, devicePixelRatio, fitted);
    const from = bounded(this.#asked) === place.factor ? this.#asked : place.factor;
    const factor = bounded(from * times);
    // What is asked for beyond the bounds is forgotten, so that the way back begins at once.
    this.#asked = Math.abs(factor - from * times) <= 0.5 ? from * times : factor;
    if (factor <= fitted && fitted <= 1) this.fit();
    else if (factor !== place.factor) this.#fitting.zoom = zoomedAt(place, room, factor, point);
  }

  // --- The point looked at ----------------------------------------------------------------------------------------

  /** Whether the point follows the pointer. */
  get probing() {
    return this.#probing;
  }
  set probing(value) {
    this.#probing = value;
    if (!value && !this.#held) this.#look(null, false);
  }

  /** The sample looked at. @returns {Point | null} */
  get point() {
    return this.#point;
  }
  set point(point) {
    this.#look(point, point !== null);
    const place = this.#place;
    if (!this.#point || !place) return;
    this.#keep();
    const { left, top, width, height } = cellOf(this.#fitting.layout, place, this.#point);
    const { room } = this.#fitting;
    const into = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ end) => Math.max(0, -from) || Math.min(0, end - to);
    this.pan(into(left, left + width, room.width), into(top, top + height, room.height));
  }

  /** Moves the point as it is seen: whichever way the picture is turned. @param {number} right samples @param {number} down samples */
  step(right, down) {
    const { layout } = this.#fitting;
    const at = this.#point;
    if (!at || !layout) return;
    const [a, b, c, d] = shapeOf(layout).turn;
    const next = { x: at.x + a * right + b * down, y: at.y + c * right + d * down };
    if (isInside(layout, next)) this.point = next;
  }

  /** Pixels that are marked. */
  get marks() {
    return this.#marks;
  }
  set marks(marks) {
    this.#marks = marks;
    this.#draw();
  }

  /** Whether no values are written in the pixels. @param {boolean} bare */
  set bare(bare) {
    this.#bare = bare;
    this.#draw();
  }

  /** Rectangles that are outlined. */
  get outlines() {
    return this.#outlines;
  }
  set outlines(outlines) {
    this.#outlines = outlines;
    this.#draw();
  }

  /** The lines written in each pixel, by `x,y`. */
  get written() {
    return new Map(this.#pageHere?.written);
  }

  /** @param {Point | null} at device pixels */
  #hover(at) {
    const place = this.#place;
    if (!this.#probing || !place) return;
    // The pointer has left; what was put down with keys or fingers stays.
    if (!at) return this.#held ? undefined : this.#look(null, false);
    const sample = sampleAt(this.#fitting.layout, place, at);
    this.#look(isInside(this.#fitting.layout, sample) ? sample : null, false);
  }

  /** @param {Point} at device pixels */
  #hold(at) {
    const place = this.#place;
    if (!place) return;
    const { layout } = this.#fitting;
    const { x, y } = sampleAt(layout, place, at);
    const bounded = (/** @type {number} */ value, /** @type {number} */ end) => Math.min(end - 1, Math.max(0, value));
    this.#heldAt = at;
    this.#look({ x: bounded(x, layout.width), y: bounded(y, layout.height) }, true);
  }

  /** The crosshair is where its sample is seen now. */
  #keep() {
    const place = this.#place;
    if (!this.#point || !place) return;
    const { left, top, width, height } = cellOf(this.#fitting.layout, place, this.#point);
    this.#heldAt = { x: left + width / 2, y: top + height / 2 };
  }

  /** @param {Point | null} point @param {boolean} held */
  #look(point, held) {
    const same = this.#point?.x === point?.x && this.#point?.y === point?.y && this.#held === held;
    this.#point = point;
    this.#held = held;
    if (same) return;
    this.#draw();
    if (point) this.#probes.ask();
    else this.#tell('probe', null);
  }

  async #readProbe() {
    const point = this.#point;
    if (!point) return 0;
    // A frame that cannot be read has no codes; why, it says elsewhere.
    const probe = await this.#call('probe', point.x, point.y).catch(() => null);
    // The answer to a question that nobody asks any more.
    if (this.#point?.x === point.x && this.#point?.y === point.y) this.#tell('probe', probe && { ...probe, held: this.#held });
    return PROBE_MILLIS;
  }

  // --- What is written --------------------------------------------------------------------------------------------

  /** A frame has been drawn. */
  drawn() {
    if (this.#isLegible) this.#values.ask();
    if (this.#point) this.#probes.ask();
    this.tools.drawn();
  }

  /** What was read is of another stream. */
  forget() {
    this.#page = null;
    this.metas.metas = null;
    this.point = null;
    this.tools.clear();
    this.#draw();
  }

  get #place() {
    return this.#fitting.place;
  }

  get #isLegible() {
    const place = this.#place;
    return place !== null && !this.#bare && (this.#active || this.#fitting.isZoomed) && isLegible(place.factor, devicePixelRatio);
  }

  #arranged() {
    this.#overlay.resize(this.#fitting.room);
    const { layout } = this.#fitting;
    if (this.#point && !isInside(layout, this.#point)) this.#look(null, false);
    this.tools.arranged();
    this.#keep();
    this.#draw();
    this.metas.draw();
    if (this.#isLegible) this.#values.ask();
    const place = this.#place;
    if (place) this.#tell('zoom', { factor: place.factor, fitted: this.isFitted, ...this.middle });
  }

  /** What is written, where it is right. */
  get #pageHere() {
    const place = this.#place;
    const page = this.#page;
    return place && page && this.#isLegible && fits(page, this.#fitting.layout, place) ? page : null;
  }

  async #readValues() {
    const { layout, room } = this.#fitting;
    const place = this.#place;
    if (!place || !this.#isLegible) return 0;
    const seen = seenSamples(layout, place, room);
    if (!seen) return 0;
    const width = Math.min(seen.width, MOST_CODES);
    const height = Math.min(seen.height, Math.floor(MOST_CODES / width));
    const codes = await this.#call('readCodes', seen.x, seen.y, width, height);
    const isWanted = () => this.#isLegible && this.#fitting.layout === layout && this.#place?.factor === place.factor;
    if (!isWanted()) return 0;
    const page = await write(layout, place, codes, devicePixelRatio, this.#spare, isWanted);
    if (!page) return 0;
    this.#spare = this.#page?.canvas ?? document.createElement('canvas');
    this.#page = page;
    this.#draw();
    return Math.max(VALUES_MILLIS, page.millis * SHARE);
  }

  #draw() {
    const place = this.#place;
    if (!place) {
      this.#overlay.clear();
      return;
    }
    const { layout } = this.#fitting;
    const isThere = (/** @type {Mark} */ mark) => isInside(layout, mark);
    this.#overlay.draw({
      layout,
      place,
      page: this.#pageHere,
      crosshair: this.#held ? this.#point : null,
      marks: this.#marks.filter(isThere),
      outlines: this.#outlines,
      over: this.tools.isEmpty ? null : (context) => this.tools.draw(context, devicePixelRatio),
      ratio: devicePixelRatio,
    });
  }
}
