// The metas of the frame on the canvas, drawn over it: regions of interest, the crop, the time code.
// It must not know how metas travel, nor what moves the picture.

import { FONT } from './values.js';
import { cellOf } from './zoom.js';

/** @typedef {{ x: number, y: number, width: number, height: number }} Box samples of the frame; may reach out of it */
/** @typedef {{ name: string, id: number, parent_id: number, box: Box, parameters: string[], more_parameters: number }} Region `parameters` as GStreamer writes structures */
/** @typedef {{ text: string, framerate: [number, number], daily_jam: string | null }} Timecode */
/** What elements noted about a frame; counts say what there was no room for. @typedef {{ regions: Region[], more_regions: number, crop: Box | null, timecode: Timecode | null, others: { name: string, count: number }[], more_others: number }} Metas */
/** A region by its position in `regions`, or the crop. @typedef {number | 'crop'} Which */
/** CSS pixels of the element. @typedef {{ which: Which, label: string, left: number, top: number, width: number, height: number }} Drawn */

/** Device pixels. @typedef {{ left: number, top: number, width: number, height: number }} Place */

/** CSS pixels. */
const LABEL = 12;
const GAP = 3;
const CORNER = 8;
const DASH = 6;
/** Of text, which is white: what pictures show through it is dark enough to read on. */
const GROUND = '#1b1b1be0';
/** Device pixels around the room that lines may run through: a dashed one to the end of the world takes for ever. */
const BEYOND = 16;
/** Letters of a label; the list has them all. */
const LETTERS = 32;

/** What a region is called. @param {Region} region @param {number} n its position */
export function nameOf({ name, id }, n) {
  return [name || `region ${n}`, id ? `#${id}` : ''].filter(Boolean).join(' ');
}

export class MetasLayer {
  element = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.element.getContext('2d'));
  #fitting;
  #shown = false;
  /** @type {Metas | null} */
  #metas = null;
  /** @type {Which | null} */
  #highlighted = null;
  /** Where there is text. @type {Place[]} */
  #written = [];

  /** @param {import('./fitting.js').Fitting} fitting */
  constructor(fitting) {
    this.#fitting = fitting;
    this.element.className = 'overlay metas';
    // What is drawn here is for scripts and lists to tell.
    this.element.setAttribute('aria-hidden', 'true');
    this.element.hidden = true;
  }

  /** Whether all of them are drawn; what is highlighted is in any case. @param {boolean} value */
  set shown(value) {
    this.#shown = value;
    this.draw();
  }

  /** Of the frame on the canvas. */
  get metas() {
    return this.#metas;
  }
  set metas(metas) {
    const nothing = !metas && !this.#metas;
    this.#metas = metas;
    if (!nothing) this.draw();
  }

  get highlighted() {
    return this.#highlighted;
  }
  set highlighted(which) {
    if (which === this.#highlighted) return;
    this.#highlighted = which;
    this.draw();
  }

  /** What is drawn, and where. @returns {Drawn[]} */
  get boxes() {
    const { layout, place } = this.#fitting;
    const { regions = [], crop = null } = this.#metas ?? {};
    if (!place) return [];
    const all = regions.map((region, n) => ({ which: /** @type {Which} */ (n), label: nameOf(region, n), box: region.box }));
    if (crop) all.unshift({ which: 'crop', label: 'crop', box: crop });
    return all.filter(({ which }) => this.#shown || which === this.#highlighted).map(({ which, label, box }) => {
      const { left, top, width, height } = cellOf(layout, place, box, { x: box.x + box.width - 1, y: box.y + box.height - 1 });
      const css = (/** @type {number} */ pixels) => pixels / devicePixelRatio;
      return { which, label, left: css(left), top: css(top), width: css(width), height: css(height) };
    });
  }

  /** Draws them where they are now. */
  draw() {
    const { element } = this;
    const { place, room } = this.#fitting;
    const boxes = this.boxes;
    const timecode = this.#shown ? this.#metas?.timecode?.text : '';
    element.hidden = !place || (boxes.length === 0 && !timecode);
    if (element.hidden || !place) return;
    if (element.width !== room.width || element.height !== room.height) {
      [element.width, element.height] = [room.width, room.height];
      element.style.width = `${room.width / devicePixelRatio}px`;
      element.style.height = `${room.height / devicePixelRatio}px`;
    } else this.#context.clearRect(0, 0, room.width, room.height);
    this.#context.font = `${LABEL * devicePixelRatio}px ${FONT}`;
    const isLast = (/** @type {Drawn} */ box) => box.which === this.#highlighted;
    for (const box of boxes) if (!isLast(box)) this.#outline(box, 1);
    for (const box of boxes) if (isLast(box)) this.#outline(box, 3);
    this.#written = [];
    if (timecode) {
      const corner = CORNER * devicePixelRatio;
      this.#write(timecode, Math.max(0, place.left) + corner, Math.max(0, place.top) + corner);
    }
    for (const box of boxes) this.#label(box);
  }

  /** A line around the box, in black and white: it is seen on any picture. @param {Drawn} box @param {number} thick CSS pixels */
  #outline({ which, left, top, width, height }, thick) {
    const context = this.#context;
    const ratio = devicePixelRatio;
    const line = Math.max(1, Math.round(thick * ratio));
    const [right, bottom] = [(left + width) * ratio, (top + height) * ratio];
    const { room } = this.#fitting;
    const within = (/** @type {number} */ at, /** @type {number} */ end) => Math.min(end + BEYOND, Math.max(-BEYOND, Math.round(at)));
    const [x, y] = [within(left * ratio, room.width) - line / 2, within(top * ratio, room.height) - line / 2];
    const [far, low] = [within(right, room.width) + line / 2, within(bottom, room.height) + line / 2];
    context.setLineDash([]);
    context.strokeStyle = '#000';
    context.lineWidth = line + 2 * Math.max(1, Math.round(ratio));
    context.strokeRect(x, y, far - x, low - y);
    if (which === 'crop') context.setLineDash([DASH * ratio, DASH * ratio]);
    context.strokeStyle = '#fff';
    context.lineWidth = line;
    context.strokeRect(x, y, far - x, low - y);
  }

  /**
   * The name over the box, in it or below, wherever there is room and no other text; over it where there is none.
   * @param {Drawn} box
   */
  #label({ label, left, top, width, height }) {
    const ratio = devicePixelRatio;
    const { room } = this.#fitting;
    const [x, y, right, bottom] = [left * ratio, top * ratio, (left + width) * ratio, (top + height) * ratio];
    if (right < 0 || bottom < 0 || x > room.width || y > room.height) return;
    const text = label.length > LETTERS ? `${label.slice(0, LETTERS)}…` : label;
    // Off the lines, which are no thicker than the gap.
    const gap = GAP * ratio;
    const size = this.#size(text);
    const from = Math.max(gap, Math.min(x, room.width - size.width - gap));
    const heights = [y - gap - size.height, Math.max(0, y) + gap, bottom + gap, Math.min(bottom, room.height) - gap - size.height]
      .filter((at) => at >= 0 && at + size.height <= room.height);
    this.#write(text, from, heights.find((at) => this.#isFree({ left: from, top: at, ...size })) ?? heights[0] ?? 0);
  }

  /** @param {string} text @returns {{ width: number, height: number }} device pixels, ground and all */
  #size(text) {
    const [size, gap] = [LABEL * devicePixelRatio, GAP * devicePixelRatio];
    return { width: Math.ceil(this.#context.measureText(text).width + 2 * gap), height: Math.ceil(size + gap) };
  }

  /** @param {Place} one */
  #isFree(one) {
    return this.#written.every((other) => one.left >= other.left + other.width || other.left >= one.left + one.width
      || one.top >= other.top + other.height || other.top >= one.top + one.height);
  }

  /** On a ground of its own: lines that pass below do not strike it through. @param {string} text @param {number} left device pixels @param {number} top */
  #write(text, left, top) {
    const context = this.#context;
    const place = { left: Math.round(left), top: Math.round(top), ...this.#size(text) };
    context.fillStyle = GROUND;
    context.fillRect(place.left, place.top, place.width, place.height);
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillStyle = '#fff';
    context.fillText(text, place.left + GAP * devicePixelRatio, place.top + place.height / 2);
    this.#written.push(place);
  }
}
