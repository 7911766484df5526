// The region and the line of a <sink-view>, as scripts use them: what is measured of each frame, and what is read along.
// It must not know how they are drawn, nor how codes are read.

import { ASK, Inspectable } from './inspectable.js';
import { STAGE } from './zoomable.js';

/** @typedef {import('./region.js').Region} Region */
/** @typedef {import('./line.js').Line} Line */
/** `points` has column and row in turn, of each point; `codes` a code of each. @typedef {{ sequence: number, line: Line, points: Uint32Array, components: { name: string, depth: number, codes: Uint16Array }[] }} Profile */

export class Measurable extends Inspectable {
  /**
   * What a drag draws on a `zoomable` element: a region, a line, or nothing. Whatever it is, Shift and a drag draw a
   * region, Alt and a drag a line. The event `tool` tells.
   * @returns {'region' | 'line' | null}
   */
  get tool() {
    return this[STAGE].tools.tool;
  }
  set tool(tool) {
    this[STAGE].tools.tool = tool === 'region' || tool === 'line' ? tool : null;
  }

  /**
   * The region that `measured` tells of, in samples; null for whole frames. The event `region` tells of each change;
   * `done` in it is false while a hand draws. Throws a RangeError outside of the frame; another stream or a smaller frame
   * takes it away.
   * @returns {Region | null}
   */
  get region() {
    return this[STAGE].tools.region;
  }
  set region(region) {
    this[STAGE].tools.region = region;
  }

  /**
   * The line that the event `profiled` tells of, ten times a second at most and never delaying frames, as `profile()`
   * does. The event `line` tells of each change, as `region` does.
   * @returns {Line | null}
   */
  get line() {
    return this[STAGE].tools.line;
  }
  set line(line) {
    this[STAGE].tools.line = line;
  }

  /** Index of the point of the line that is marked in the picture; null for none. The event `position` tells. @returns {number | null} */
  get position() {
    return this[STAGE].tools.position;
  }
  set position(position) {
    this[STAGE].tools.position = position;
  }

  /** With a `tool`, moves what it has drawn by samples as they are seen, or resizes it; puts it in the middle where there is nothing yet. False without a tool. @param {number} right @param {number} down @param {boolean} [resizes] */
  moveDrawn(right, down, resizes = false) {
    return this[STAGE].tools.step(right, down, resizes);
  }

  /** Takes away the tool and what it has drawn, or else a region or a line that is there; false where there is nothing. */
  dropDrawn() {
    return this[STAGE].tools.back();
  }

  /**
   * The native codes of the frame on the canvas along a line from `x1, y1` to `x2, y2`. It has `n + 1` points, `n` the
   * greater of its columns and rows gone; point `i` is at `x = floor(x1 + i (x2 - x1) / n + 1/2)`, and `y` likewise: the
   * same ones in either direction. A subsampled component has the sample that the pixel is of. Rejects as `probe()`.
   * @param {Line} line
   * @returns {Promise<Profile>}
   */
  async profile({ x1, y1, x2, y2 }) {
    return this[ASK]('profile', x1, y1, x2, y2);
  }
}
