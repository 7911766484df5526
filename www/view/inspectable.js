// What a <sink-view> tells of the frame on its canvas, in the frame's own bytes.
// It must not know how frames travel, nor where the viewer runs.

import { ask } from './pipelines.js';
import { Verifiable } from './verifiable.js';

/** @typedef {{ sequence: number, ptsNanos: bigint | null, caps: string, data: Uint8Array }} Frame */
/** @typedef {{ name: string, code: number, depth: number, plane: number, byteOffset: number | null, column: number, row: number }} Component */
/** `whole`: whether all of the frame was sent. @typedef {{ x: number, y: number, sequence: number, whole: boolean, components: Component[], site: 'R' | 'G' | 'B' | null, index: number | null, rgb: [number, number, number] }} Probe */

/** `min` to `deviation` are null where no code was counted; each of the bins, 256 at most, is of `binCodes` codes. @typedef {{ name: string, depth: number, count: number, min: number | null, max: number | null, mean: number | null, deviation: number | null, usedBits: number, zeros: number, saturated: number, bins: Uint32Array, binCodes: number }} Measured */
/** @typedef {{ x: number, y: number, width: number, height: number }} Rectangle */
/** `ofRegion`: whether an event tells of the region. @typedef {{ sequence: number, rect: Rectangle, ofRegion: boolean, components: Measured[] }} Measurement */

/** Asks the viewer for something of a frame; rejects with `NoFrame` before there is one. */
export const ASK = Symbol('ask');

export class Inspectable extends Verifiable {
  /** @param {string} _method @param {unknown[]} _args @returns {Promise<any>} */
  [ASK](_method, ..._args) {
    throw new Error('the element asks');
  }

  /**
   * A copy of the frame on the canvas, as it left the appsink. Rejects with an Error named `NoFrame` before any frame,
   * `FrameGone` when its bytes can no longer be had.
   * @returns {Promise<Frame>}
   */
  async readFrame() {
    return this[ASK]('readFrame');
  }

  /**
   * One pixel of the frame on the canvas, in native codes: each component with its depth, the column and row of its
   * sample and its byte in the appsink's buffer (null where the frame was converted, or sent in part); the colour of a
   * Bayer site; the index of a palette; and the colour drawn. Of frames sent in steps, `x` and `y` are of the sample that
   * stands for it. Rejects as `readFrame()`, and with `RangeError` outside of the frame.
   * @param {number} x column @param {number} y row
   * @param {{ fetch?: boolean }} [options] without `fetch`, rejects with `FrameGone` where no such sample was sent
   * @returns {Promise<Probe>}
   */
  async probe(x, y, { fetch = true } = {}) {
    return this[ASK](fetch ? 'probeAnywhere' : 'probe', x, y);
  }

  /**
   * The codes of at most 16384 pixels of the frame on the canvas.
   * @param {number} x @param {number} y @param {number} width @param {number} height
   * @returns {Promise<import('./codes.js').Codes>}
   */
  async readCodes(x, y, width, height) {
    return this[ASK]('readCodesAnywhere', x, y, width, height);
  }

  /**
   * Histogram and statistics of the frame on the canvas, or of a rectangle of it, in native codes; every code counts. A
   * sample is in the rectangle where the leftmost and topmost of its pixels is. Done in slices between drawing. Rejects as
   * `probe()`.
   * @param {Partial<Rectangle>} [rect] what it lacks reaches to the frame's end
   * @returns {Promise<Measurement>}
   */
  async measure({ x, y, width, height } = {}) {
    return this[ASK]('measure', x, y, width, height);
  }

  /** Whether the event `measured` tells of frames, or of their `region`, about twice a second, as `measure()` does; never delaying them. */
  get measuring() {
    return this.hasAttribute('measuring');
  }
  set measuring(value) {
    this.toggleAttribute('measuring', Boolean(value));
  }

  /**
   * The pipelines of the server by now: state, latency, position; and the newest bus messages. Rejects with its sentence
   * where it does not tell.
   * @returns {Promise<import('./pipelines.js').Pipelines>}
   */
  async pipelines() {
    return ask(/** @type {any} */ (this).src, 'pipelines');
  }

  /**
   * Elements and links of a pipeline by now, with what was negotiated.
   * @param {number} [pipeline] its index on the command line
   * @returns {Promise<import('./pipelines.js').Graph>}
   */
  async graph(pipeline = 0) {
    return ask(/** @type {any} */ (this).src, `pipelines/${pipeline}/graph.json`);
  }
}
