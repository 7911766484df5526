// Trying the frames on the stage as something else: what is to be otherwise, asked of the server, told to the view.
// It must not know how that is chosen, nor the DOM.

import { makeLayout } from './layouts.js';
import { trialWords } from '../notes.js';

/** @typedef {import('./layouts.js').Changes} Changes */
/** @typedef {import('./layouts.js').Made} Made */
/** @typedef {import('../../sink-view.js').SinkView} SinkView */

/** What was changed of one view, and what came of it. */
export class Trial {
  /** @type {Changes} */
  changes = {};
  /** What the server made for the layout that is tried; null while none is. @type {Made | null} */
  made = null;
  /** Why what was chosen last is not tried. */
  refused = '';
  /** Why the last one is over, where nobody asked for that. */
  over = '';
  #turn = 0;
  #view;

  /** @param {SinkView} view */
  constructor(view) {
    this.#view = view;
  }

  /**
   * Tries the frames with these changes to what their caps say.
   * @param {Changes} changes @param {number} length of the buffer, in bytes @param {string} [caps] other ones to change
   */
  async change(changes, length, caps) {
    const turn = ++this.#turn;
    this.changes = changes;
    this.over = '';
    const { layout } = this.#view;
    if (!layout) return;
    if (!isChanged(changes)) return this.end();
    try {
      const made = await makeLayout(caps ?? layout.caps, withStrides(changes, layout), length || undefined);
      if (turn !== this.#turn) return;
      // The picture is turned by a tag, not by caps.
      await this.#view.tryAs({ ...made.layout, stream: layout.stream, orientation: layout.orientation });
      if (turn !== this.#turn) return;
      this.made = made;
      this.refused = '';
    } catch (error) {
      if (turn === this.#turn) this.refused = /** @type {Error} */ (error).message;
    }
  }

  /** Shows frames as their caps say. */
  async end() {
    this.#turn++;
    this.forget();
    // Without a frame there is nothing to end.
    await this.#view.tryAs(null).catch(() => {});
  }

  /** The view tells that frames are read by their own layout again. */
  ended() {
    const words = this.made ? trialWords(this.made.layout) : 'the trial';
    this.forget();
    this.over = `${words} ended: another layout came, frames are shown as their caps say`;
  }

  /** Nothing is tried any more. */
  forget() {
    this.over = '';
    this.changes = {};
    this.made = null;
    this.refused = '';
  }
}

/** @param {Changes} changes */
function isChanged({ strides = [], offsets = [], ...words }) {
  return Object.values(words).some((word) => word !== undefined) || [...strides, ...offsets].some((value) => (value ?? null) !== null);
}

/**
 * Strides and offsets that were not chosen: those of the frame, while format and size are its own; where one row is
 * longer, those of other planes in proportion, and planes follow each other.
 * @param {Changes} changes @param {any} layout
 * @returns {Changes}
 */
export function withStrides(changes, layout) {
  const { strides = [], offsets = [] } = changes;
  if (changes.format !== undefined || changes.width !== undefined || changes.height !== undefined || layout.converted) return changes;
  const [first] = layout.planes;
  const chosen = strides.some((value) => (value ?? null) !== null);
  const inProportion = (/** @type {number} */ own) => {
    const stride = ((strides[0] ?? first.stride) * own) / first.stride;
    return Number.isInteger(stride) ? stride : own;
  };
  return {
    ...changes,
    strides: layout.planes.map((/** @type {any} */ { stride }, /** @type {number} */ n) => strides[n] ?? inProportion(stride)),
    offsets: layout.planes.map((/** @type {any} */ { offset }, /** @type {number} */ n) => offsets[n] ?? (chosen && n > 0 ? null : offset)),
  };
}
