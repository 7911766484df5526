// Zoom, pan and the point looked at, as scripts use them on a <sink-view>.
// It must not know what moves them: that is the stage's.

import { Adjustable } from './adjustable.js';

/** The stage of an element. */
export const STAGE = Symbol('stage');

export class Zoomable extends Adjustable {
  /** Made with the element. @type {import('./stage.js').Stage} */
  [STAGE] = /** @type {any} */ (null);

  /** "fit" into the element, or "actual": one sample a device pixel. */
  get scale() {
    return this.getAttribute('scale') === 'actual' ? 'actual' : 'fit';
  }
  set scale(value) {
    this.setAttribute('scale', value);
  }

  /** Device pixels a sample takes, of its shorter side; null before any layout. */
  get zoom() {
    return this[STAGE].factor;
  }

  /** Whether the picture follows the element's size. */
  get fitted() {
    return this[STAGE].isFitted && this.scale === 'fit';
  }

  /** Zooms to so many device pixels a sample, up to 64 CSS pixels; with the sample `x`, `y` in the middle. @param {number} factor @param {number} [x] @param {number} [y] */
  zoomTo(factor, x, y) {
    this[STAGE].zoomTo(factor, x, y);
  }

  /** Zooms to so many times what is. @param {number} times */
  zoomBy(times) {
    this[STAGE].zoomBy(times);
  }

  /** Shows the whole picture. */
  fit() {
    this[STAGE].fit();
  }

  /**
   * What is seen of the picture: the place in the middle, in parts of its width and height, and how wide the picture is, in
   * device pixels; null while it fits. Views of one size that are given the same show the same. Nothing happens before any layout.
   * @returns {{ x: number, y: number, width: number } | null}
   */
  get viewport() {
    return this.fitted ? null : this[STAGE].viewport;
  }
  set viewport(viewport) {
    if (viewport) this[STAGE].viewport = viewport;
    else if (!this.fitted) this[STAGE].fit();
  }

  /** Moves the picture by so many CSS pixels. @param {number} right @param {number} down */
  pan(right, down) {
    this[STAGE].pan(right * devicePixelRatio, down * devicePixelRatio);
  }

  /** The sample that is looked at: under the pointer, or where it was put; each frame, `probe` tells of it. @returns {{ x: number, y: number } | null} */
  get point() {
    return this[STAGE].point;
  }
  set point(point) {
    this[STAGE].point = point;
  }

  /** The sample in the middle of the element; null before any layout. */
  get middle() {
    return this[STAGE].middle;
  }

  /** Moves the point by samples as they are seen. @param {number} right @param {number} down */
  movePoint(right, down) {
    this[STAGE].step(right, down);
  }

  /** Pixels that are marked in the picture. @type {{ x: number, y: number, label?: string }[]} */
  get marks() {
    return this[STAGE].marks;
  }
  set marks(marks) {
    this[STAGE].marks = marks;
  }

  /** Rectangles of samples that are outlined in the picture. @type {import('./overlay.js').Outline[]} */
  get outlines() {
    return this[STAGE].outlines;
  }
  set outlines(outlines) {
    this[STAGE].outlines = outlines;
  }

  /** What is written in the pixels, by `x,y`: the codes, line by line. @returns {Map<string, string[]>} */
  get written() {
    return this[STAGE].written;
  }
}
