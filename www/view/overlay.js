// What is over a zoomed picture: the page of values, the crosshair, pinned pixels, and what else is drawn there.
// It must not know what moves the picture.

import { FONT } from './values.js';
import { cellOf } from './zoom.js';

/** @typedef {import('./values.js').Page} Page */
/** @typedef {import('./shape.js').Place} Place */
/** @typedef {{ x: number, y: number, label?: string }} Mark */

/** CSS pixels from a marked pixel to what marks it, at least, so that a small one is not covered. */
const CLEAR = 4;
/** A rectangle of samples. @typedef {{ x: number, y: number, width: number, height: number }} Outline */

/** CSS pixels of a dash. */
const DASH = 4;
/** CSS pixels of a pixel that needs no arms to be found. */
const PLAIN = 24;

export class Overlay {
  element = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.element.getContext('2d'));
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

  /** Nothing is seen. */
  clear() {
    this.element.hidden = true;
  }

  /**
   * @param {object} what
   * @param {any} what.layout
   * @param {Place} what.place
   * @param {Page | null} what.page of values; null for none
   * @param {Mark | null} what.crosshair
   * @param {Mark[]} what.marks
   * @param {Outline[]} what.outlines
   * @param {((context: CanvasRenderingContext2D) => void) | null} what.over draws below marks and crosshair
   * @param {number} what.ratio device pixels a CSS pixel
   */
  draw({ layout, place, page, crosshair, marks, outlines, over, ratio }) {
    const { element } = this;
    element.hidden = !page && !crosshair && !over && marks.length === 0 && outlines.length === 0;
    if (element.hidden) return;
    const { width, height } = this.#room;
    if (element.width !== width || element.height !== height) {
      [element.width, element.height] = [width, height];
      element.style.width = `${width / ratio}px`;
      element.style.height = `${height / ratio}px`;
    } else this.#context.clearRect(0, 0, width, height);
    if (page) this.#context.drawImage(page.canvas, place.left + page.left, place.top + page.top);
    for (const outline of outlines) this.#outline(layout, place, outline, ratio);
    over?.(this.#context);
    for (const mark of marks) this.#mark(layout, place, mark, ratio, false);
    if (crosshair) this.#mark(layout, place, crosshair, ratio, true);
  }

  /** @param {any} layout @param {Place} place @param {Outline} outline @param {number} ratio */
  #outline(layout, place, { x, y, width, height }, ratio) {
    const context = this.#context;
    const box = cellOf(layout, place, { x, y }, { x: x + width - 1, y: y + height - 1 });
    context.save();
    context.lineWidth = ratio;
    // Dashes of both colours, one in the gaps of the other, are seen on any picture.
    for (const [ink, from] of /** @type {const} */ ([['#000', 0], ['#fff', DASH]])) {
      context.strokeStyle = ink;
      context.setLineDash([DASH * ratio, DASH * ratio]);
      context.lineDashOffset = from * ratio;
      context.strokeRect(box.left + ratio / 2, box.top + ratio / 2, Math.max(0, box.width - ratio), Math.max(0, box.height - ratio));
    }
    context.restore();
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
