// What a <sink-view> that is frozen shows of its stream's past: frames that the server holds for it meanwhile.
// It must not know how they travel.

import { Annotated } from './annotated.js';
import { ASK } from './inspectable.js';
import { positionOf, stepped } from './past.js';

/** @typedef {import('./past.js').HeldList} HeldList */

/** The stream is another one, or its connection. */
export const FORGET_PAST = Symbol('forget the past');

export class Steppable extends Annotated {
  /** Null while the server is asked. @type {HeldList | null} */
  #list = none('');
  /** @type {(() => void)[]} */
  #unlisted = [];
  /** Of the frame on the canvas. */
  #shown = NaN;
  /** The frame that is on its way to the canvas. @type {number | null} */
  #target = null;
  /** @type {{ resolve: (sequence: number) => void, reject: (error: Error) => void }[]} */
  #waiting = [];

  constructor() {
    super();
    this.addEventListener('frame', (event) => this.#drawn(/** @type {CustomEvent} */ (event).detail));
    this.addEventListener('history', (event) => this.#take(/** @type {CustomEvent} */ (event).detail));
  }

  /** Whether the view is frozen. */
  get paused() {
    return false;
  }

  /** Freezes; the frames that the server holds now are those to step through, and a `history` event lists them. */
  async pause() {
    if (!this.paused) this.#list = null;
  }

  /**
   * The held frames, oldest first; those of the newest `history` event. The one that the view was frozen at is among
   * them, whether the server holds it or not.
   */
  history() {
    return [...(this.#list?.frames ?? [])];
  }

  /** Where the frame on the canvas is among the held ones, and why there are no more; null position where it is none. */
  get held() {
    const { frames, reason } = this.#list ?? none('');
    return { frames, reason, position: positionOf(frames, this.#shown) };
  }

  /**
   * Shows the frame so many steps later, or with a negative number earlier, among the held ones; the ends hold. Freezes
   * first. Resolves, when it is on the canvas, with its sequence; further steps meanwhile add up, and all resolve at the
   * last one. Rejects with an Error named `NoHistory`, which says why, where there is nothing to step through.
   * @param {number} steps
   * @returns {Promise<number>}
   */
  async step(steps) {
    const { frames, reason } = await this.#listed();
    const from = this.#target ?? this.#shown;
    const { sequence = NaN } = frames[stepped(frames, from, steps)] ?? {};
    if (reason && (frames.length === 0 || sequence === from)) throw Object.assign(new Error(reason), { name: 'NoHistory' });
    return this.#show(sequence);
  }

  /**
   * Shows a held frame; freezes first. Resolves, when it is on the canvas, with its sequence, or with that of a frame
   * asked for later. Rejects with an Error named `FrameGone` where it is not held.
   * @param {number} sequence
   * @returns {Promise<number>}
   */
  async show(sequence) {
    await this.#listed();
    return this.#show(sequence);
  }

  [FORGET_PAST]() {
    this.#shown = NaN;
    this.#take(none('nothing is frozen on this connection'));
  }

  /** @returns {Promise<HeldList>} */
  async #listed() {
    if (!this.paused) await this.pause();
    while (!this.#list) await new Promise((resolve) => this.#unlisted.push(() => resolve(undefined)));
    return this.#list;
  }

  /** @param {number} sequence @returns {Promise<number>} */
  async #show(sequence) {
    this.#target = sequence;
    /** @type {Promise<number>} */
    const there = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    // Both may fail, and of the same cause: one tells.
    const [, shown] = await Promise.all([this[ASK]('showHeld', sequence), there]);
    await this[ASK]('commit');
    return shown;
  }

  /** @param {{ sequence: number, held: boolean }} frame */
  #drawn({ sequence, held }) {
    this.#shown = sequence;
    if (!held || sequence !== this.#target) return;
    this.#target = null;
    for (const { resolve } of this.#waiting.splice(0)) resolve(sequence);
  }

  /** @param {HeldList} list */
  #take(list) {
    this.#list = list;
    for (const resolve of this.#unlisted.splice(0)) resolve();
    if (this.#target === null || list.frames.some(({ sequence }) => sequence === this.#target)) return;
    const error = Object.assign(new Error(`frame ${this.#target} is not held${list.reason && `: ${list.reason}`}`), { name: 'FrameGone' });
    this.#target = null;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** @param {string} reason @returns {HeldList} */
function none(reason) {
  return { frames: [], seconds: null, reason };
}
