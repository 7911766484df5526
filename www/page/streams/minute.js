// The last minute of one stream, second by second: the greatest frame age, and the frames that are missing.
// It must not know the DOM, and has no clock of its own.

export const SECONDS = 60;

/**
 * @typedef {object} Second
 * @property {number} ageMillis greatest age of a frame drawn in it; NaN for none
 * @property {number} missing frames that did not come through in it
 */

export class Minute {
  /** @type {Second[]} oldest first */
  #seconds = Array.from({ length: SECONDS }, empty);
  #newest = 0;

  /** @param {number} now milliseconds @param {number | null} ageMillis */
  drawn(now, ageMillis) {
    const second = this.#at(now);
    if (ageMillis !== null && !(second.ageMillis >= ageMillis)) second.ageMillis = ageMillis;
  }

  /** @param {number} now milliseconds @param {number} frames */
  missing(now, frames) {
    this.#at(now).missing += frames;
  }

  /** All seconds, oldest first. @param {number} now milliseconds */
  seconds(now) {
    this.#at(now);
    return this.#seconds;
  }

  /** @param {number} now */
  #at(now) {
    const second = Math.floor(now / 1000);
    const passed = Math.min(SECONDS, second - this.#newest);
    if (passed > 0) {
      this.#seconds.splice(0, passed);
      for (let n = 0; n < passed; n++) this.#seconds.push(empty());
      this.#newest = second;
    }
    return this.#seconds[SECONDS - 1];
  }
}

/** @returns {Second} */
function empty() {
  return { ageMillis: NaN, missing: 0 };
}
