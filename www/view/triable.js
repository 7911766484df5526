// What a <sink-view> reads its frames by: the layout that comes with them, or another that somebody tries.
// It must not know what is in a layout, nor where the viewer runs.

import { ASK } from './inspectable.js';
import { Measurable } from './measurable.js';

/** What the element's frames are tried as. */
export const TRIED = Symbol('tried');

export class Triable extends Measurable {
  /** Follows the events. @type {any} */
  [TRIED] = null;

  /** The newest layout, as it travels. @returns {any} */
  get layout() {
    throw new Error('the element has it');
  }

  /** The layout that frames are read by instead of their own; null while they are read by that. */
  get tried() {
    return this[TRIED];
  }

  /** The layout that the picture has: the tried one, or that of the frames; null before the first. */
  get readBy() {
    return this[TRIED] ?? this.layout;
  }

  /**
   * Reads the bytes of the frame on the canvas, and of all that come with the same layout, by another layout: pixels,
   * codes and measurements follow it, `readFrame()` does not. A layout that comes ends it; so does null. The server
   * makes layouts to try at `/layout`. Rejects with `NoFrame` before any frame, and with `RangeError`, in words, where
   * the bytes cannot be read so: then everything stays as it was.
   * @param {any} layout as it travels; null for the frames' own
   * @returns {Promise<void>}
   */
  async tryAs(layout) {
    await this[ASK]('tryAs', layout === null ? undefined : JSON.stringify(layout));
  }
}
