// Comparing, as scripts use it on a <sink-view>: with another view, or with a frame of its own that was held.
// It must not know how pictures are laid side by side, nor how frames are compared.

import { Comparison } from './comparison.js';
import { ASK } from './inspectable.js';
import { Triable } from './triable.js';

/** @typedef {'side' | 'wipe' | 'blink' | 'difference'} Mode */

/**
 * @typedef {object} Options
 * @property {Mode} [mode] "side" by side; "wipe", with a divider; "blink", in turns; or the "difference"
 * @property {number} [gain] how many times as bright the difference is drawn, 1 to 65536
 * @property {number} [divider] of a wipe, the part of the view left of it, 0 to 1
 * @property {number} [blinkMillis] each is seen for so long, at least 250; 0 for `flip()` alone
 */

/** `at` is the first pixel that is as far apart; `psnr` in dB is Infinity where nothing differs. @typedef {{ name: string, depth: number, count: number, max: number, at: { x: number, y: number } | null, psnr: number }} Apart */

/**
 * What the event `compared` tells. `pairing` is "running-time" where both frames are of one time of one pipeline but for
 * `runningTimeDifferenceNanos`; "newest" where they cannot be paired, with the reason in `text`; "held"; or "none". `kind`
 * says what was compared: native "codes", or "rgb" as it is drawn; null where nothing could be, with the reason in `text`.
 * @typedef {object} Compared
 * @property {number | null} sequence
 * @property {number | null} otherSequence
 * @property {bigint | null} ptsNanos
 * @property {bigint | null} otherPtsNanos
 * @property {'running-time' | 'newest' | 'held' | 'none'} pairing
 * @property {bigint | null} runningTimeDifferenceNanos own less other
 * @property {'codes' | 'rgb' | null} kind
 * @property {boolean} identical
 * @property {Apart[]} components
 * @property {string} text
 */

/** @typedef {{ sequence: number, ptsNanos: bigint | null, runningTimeNanos: bigint | null, layout: any }} Held */

/** Calls the viewer, whatever it has received; not for scripts. */
export const CALL = Symbol('call');
/** The comparison of an element; not for scripts. */
export const COMPARISON = Symbol('comparison');

export class Comparable extends Triable {
  [COMPARISON] = new Comparison();
  /** @type {Held | null} */
  #held = null;
  #turn = 0;

  /** @param {string} _method @param {unknown[]} _args @returns {Promise<any>} */
  [CALL](_method, ..._args) {
    throw new Error('the element calls');
  }

  /**
   * Keeps the frame on the canvas to compare with, until the comparison ends. Rejects as `readFrame()`.
   * @returns {Promise<Held>}
   */
  async hold() {
    const held = await this[ASK]('hold');
    this.#held = held;
    if (this.comparison?.other === 'held') await this.#begin('held', this.comparison);
    return held;
  }

  /**
   * Compares with another view, with the frame that was held, or, of null, no more. Pairs of frames are drawn over the
   * picture; both by this view's attributes. The event `compared` tells how far apart they are, and why these two. The
   * other view has to be in sight, for what nobody sees is not received.
   * @param {Comparable | 'held' | null} other
   * @param {Options} [options] what is left out stays as it is
   * @returns {Promise<void>}
   */
  async compareWith(other, options = {}) {
    const comparison = this[COMPARISON];
    if (other === null) {
      this.#turn++;
      this.#held = null;
      if (comparison.other === null) return;
      comparison.end();
      return this[CALL]('endComparison');
    }
    if (other === this) throw new TypeError('a view is compared with another one, or with a frame that was held');
    if (other === 'held' && !this.#held) throw Object.assign(new Error('no frame is held: call hold() first'), { name: 'NoFrame' });
    const same = comparison.other === other;
    const before = comparison.drawn;
    comparison.set(options);
    if (!same) return this.#begin(other, options);
    if (before !== comparison.drawn) await this[CALL]('setComparison', comparison.mode === 'difference', comparison.gain);
  }

  /** With what it is compared, and how; null for nothing. @returns {(Required<Options> & { other: Comparable | 'held' }) | null} */
  get comparison() {
    const { other, mode, gain, divider, blinkMillis } = this[COMPARISON];
    return other === null ? null : { other: /** @type {Comparable | 'held'} */ (other), mode, gain, divider, blinkMillis };
  }

  /** Shows the other side of a blink, and from now on only so: by hand. */
  flip() {
    this[COMPARISON].flip();
  }

  /** @param {Comparable | 'held'} other @param {Options} options */
  async #begin(other, options) {
    const comparison = this[COMPARISON];
    const turn = ++this.#turn;
    const layers = comparison.newLayers();
    comparison.begin(other, () => (other === 'held' ? this.#held?.layout : other.layout) ?? null);
    comparison.set(options);
    if (layers) await this[CALL]('setLayers', ...layers);
    let port;
    if (other !== 'held') {
      const channel = new MessageChannel();
      port = channel.port1;
      // What keeps the other from lending, it says itself.
      other[CALL]('lend', channel.port2).catch(() => {});
    }
    if (turn === this.#turn) await this[CALL]('compareWith', port, comparison.mode === 'difference', comparison.gain);
  }

  /** The newest layout, as it travels. @returns {any} */
  get layout() {
    return null;
  }
}
