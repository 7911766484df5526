// What elements of the pipeline noted about the frame on the canvas of a <sink-view>, as scripts use it.
// It must not know how it is drawn.

import { Comparable } from './comparable.js';
import { STAGE } from './zoomable.js';

/** @typedef {import('./metas.js').Metas} Metas */

export class Annotated extends Comparable {
  /** Whether regions of interest, crop and time code are drawn over the picture. */
  get metas() {
    return this.hasAttribute('metas');
  }
  set metas(value) {
    this.toggleAttribute('metas', Boolean(value));
  }

  /** The metas of the frame on the canvas, as the event `frame` has them too; null where it has none. @returns {Metas | null} */
  get frameMetas() {
    return this[STAGE].metas.metas;
  }

  /** The boxes that are drawn, in CSS pixels from the element's corner; those outside of it too. @returns {import('./metas.js').Drawn[]} */
  get metaBoxes() {
    return this[STAGE].metas.boxes;
  }

  /** The region, by its position in `frameMetas.regions`, or 'crop', that is drawn bolder, and even while the others are not. @returns {import('./metas.js').Which | null} */
  get highlightedMeta() {
    return this[STAGE].metas.highlighted;
  }
  set highlightedMeta(which) {
    this[STAGE].metas.highlighted = which;
  }

  /** Zooms until a box of samples fills most of the element. @param {import('./metas.js').Box} box */
  zoomToBox(box) {
    this[STAGE].zoomToBox(box);
  }
}
