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

/** CSS pixels. */
const LABEL = 12;
const GAP = 3;
const CORNER = 8;
const DASH = 6;
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
    for (const box of boxes) this.#label(box);
    if (timecode) {
      const corner = CORNER * devicePixelRatio;
      this.#write(timecode, Math.max(0, place.left) + corner, Math.max(0, place.top) + corner + LABEL * devicePixelRatio);
    }
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

  /** The name over the box, or in it where there is no room above. @param {Drawn} box */
  #label({ label, left, top, width, height }) {
    const ratio = devicePixelRatio;
    const { room } = this.#fitting;
    const [x, y, right, bottom] = [left * ratio, top * ratio, (left + width) * ratio, (top + height) * ratio];
    if (right < 0 || bottom < 0 || x > room.width || y > room.height) return;
    const text = label.length > LETTERS ? `${label.slice(0, LETTERS)}…` : label;
    const [size, gap] = [LABEL * ratio, GAP * ratio];
    const from = Math.min(x, room.width - this.#context.measureText(text).width - gap);
    this.#write(text, Math.max(gap, from), y > size + gap ? y - gap : Math.max(0, y) + size + gap);
  }

  /** @param {string} text @param {number} x device pixels @param {number} y of its lower edge */
  #write(text, x, y) {
    const context = this.#context;
    context.textAlign = 'left';
    context.textBaseline = 'bottom';
    context.setLineDash([]);
    context.lineJoin = 'round';
    context.lineWidth = 3 * devicePixelRatio;
    context.strokeStyle = '#000';
    context.strokeText(text, x, y);
    context.fillStyle = '#fff';
    context.fillText(text, x, y);
  }
}
