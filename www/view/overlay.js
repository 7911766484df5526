// What is written over a zoomed picture: the codes in its pixels, a grid between them, the crosshair and pinned pixels.
// It must not know where codes come from, nor what moves the picture.

import { inkOf, linesOf, longestOf } from './codes.js';
import { cellOf } from './zoom.js';

/** @typedef {import('./codes.js').Codes} Codes */
/** @typedef {import('./shape.js').Place} Place */
/** @typedef {{ x: number, y: number, label?: string }} Mark */

/** Of a cell, this much is text at most, across and down. */
const FILLED = 0.88;
/** Width of a digit and height of a line, of the size of the font. */
const DIGIT = 0.61;
const LINE = 1.12;
/** CSS pixels of the font. */
const SMALLEST = 6;
const LARGEST = 15;
const FONT = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
const GRID = '#80808099';
/** CSS pixels from a marked pixel to what marks it, at least, so that a small one is not covered. */
const CLEAR = 4;
/** CSS pixels of a pixel that needs no arms to be found. */
const PLAIN = 24;

export class Overlay {
  element = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.element.getContext('2d'));
  /** What is written: a line a component, by `x,y`. @type {Map<string, string[]>} */
  written = new Map();
  /** The size that the canvas is to have. @type {{ width: number, height: number }} */
  #room = { width: 0, height: 0 };

  constructor() {
    this.element.className = 'overlay';
    // What is drawn here is said elsewhere: by the probe, in words.
    this.element.setAttribute('aria-hidden', 'true');
    this.element.hidden = true;
  }

  /** @param {{ width: number, height: number }} room device pixels */
  resize(room) {
    this.#room = room;
  }

  /** Nothing is written. */
  clear() {
    this.written.clear();
    this.element.hidden = true;
  }

  /**
   * @param {object} what
   * @param {any} what.layout
   * @param {Place} what.place
   * @param {Codes | null} what.codes null for no values
   * @param {Mark | null} what.crosshair
   * @param {Mark[]} what.marks
   * @param {number} what.ratio device pixels a CSS pixel
   */
  draw({ layout, place, codes, crosshair, marks, ratio }) {
    this.clear();
    const { element } = this;
    element.hidden = !codes && !crosshair && marks.length === 0;
    if (element.hidden) return;
    const { width, height } = this.#room;
    if (element.width !== width || element.height !== height) {
      [element.width, element.height] = [width, height];
      element.style.width = `${width / ratio}px`;
      element.style.height = `${height / ratio}px`;
    } else this.#context.clearRect(0, 0, width, height);
    if (codes) {
      this.#grid(layout, place, codes);
      this.#values(layout, place, codes, ratio);
    }
    for (const mark of marks) this.#mark(layout, place, mark, ratio, false);
    if (crosshair) this.#mark(layout, place, crosshair, ratio, true);
  }

  /** @param {any} layout @param {Place} place @param {Codes} codes */
  #grid(layout, place, { x, y, width, height }) {
    const context = this.#context;
    const all = cellOf(layout, place, { x, y }, { x: x + width - 1, y: y + height - 1 });
    const cell = cellOf(layout, place, { x, y });
    context.fillStyle = GRID;
    for (let n = 0; n * cell.width <= all.width + 0.5; n++) context.fillRect(Math.round(all.left + n * cell.width), all.top, 1, all.height);
    for (let n = 0; n * cell.height <= all.height + 0.5; n++) context.fillRect(all.left, Math.round(all.top + n * cell.height), all.width, 1);
  }

  /** @param {any} layout @param {Place} place @param {Codes} codes @param {number} ratio */
  #values(layout, place, codes, ratio) {
    const context = this.#context;
    const cell = cellOf(layout, place, codes);
    const lines = codes.components.length + (codes.sites ? 1 : 0);
    const across = (FILLED * cell.width) / (Math.max(2, longestOf(codes)) * DIGIT);
    const size = Math.min(LARGEST * ratio, across, (FILLED * cell.height) / (lines * LINE));
    if (size < SMALLEST * ratio) return;
    context.font = `${size}px ${FONT}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (let y = 0; y < codes.height; y++) {
      for (let x = 0; x < codes.width; x++) {
        const at = { x: codes.x + x, y: codes.y + y };
        const { left, top, width, height } = cellOf(layout, place, at);
        const texts = linesOf(codes, x, y);
        context.fillStyle = inkOf(codes, x, y);
        const first = top + height / 2 - ((texts.length - 1) / 2) * size * LINE;
        texts.forEach((text, n) => context.fillText(text, left + width / 2, first + n * size * LINE));
        this.written.set(`${at.x},${at.y}`, texts);
      }
    }
  }

  /** @param {any} layout @param {Place} place @param {Mark} mark @param {number} ratio @param {boolean} isCrosshair */
  #mark(layout, place, mark, ratio, isCrosshair) {
    const context = this.#context;
    const { left, top, width, height } = cellOf(layout, place, mark);
    const far = Math.max(0, CLEAR * ratio - Math.min(width, height) / 2);
    const box = [Math.floor(left - far), Math.floor(top - far), Math.ceil(left + width + far), Math.ceil(top + height + far)];
    // A black line around a white one is seen on any picture.
    for (const [ink, thick] of /** @type {const} */ ([['#000', 3], ['#fff', 1]])) {
      context.strokeStyle = ink;
      context.lineWidth = thick * ratio;
      context.strokeRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      // In a pixel that is plain to see, arms would only cover its neighbours' values.
      if (isCrosshair && Math.min(width, height) < PLAIN * ratio) {
        const [x, y] = [left + width / 2, top + height / 2];
        const arm = 24 * ratio;
        context.beginPath();
        for (const [from, to] of [[[x, box[1]], [x, box[1] - arm]], [[x, box[3]], [x, box[3] + arm]], [[box[0], y], [box[0] - arm, y]], [[box[2], y], [box[2] + arm, y]]]) {
          context.moveTo(from[0], from[1]);
          context.lineTo(to[0], to[1]);
        }
        context.stroke();
      }
    }
    if (!mark.label) return;
    context.font = `${11 * ratio}px ${FONT}`;
    context.textAlign = 'left';
    context.textBaseline = 'bottom';
    context.lineWidth = 3 * ratio;
    context.strokeStyle = '#000';
    context.strokeText(mark.label, box[2] + 3 * ratio, box[1] + 2 * ratio);
    context.fillStyle = '#fff';
    context.fillText(mark.label, box[2] + 3 * ratio, box[1] + 2 * ratio);
  }
}
