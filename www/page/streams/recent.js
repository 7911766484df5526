// The times of the frames drawn in the last minute, one by one: percentiles over all of them, and seconds for plots.
// It must not know the DOM, and has no clock of its own.

export const SECONDS = 60;
const MINUTE_MILLIS = SECONDS * 1000;
/** Frames a second that are kept; of a faster stream, the oldest of the minute go. */
const FPS_MAX = 240;
const FRAMES_MAX = SECONDS * FPS_MAX;
const FIRST_ROOM = 512;

/**
 * What is kept of a frame, in milliseconds; NaN for what is not known.
 *
 * - `age`: from the appsink to the canvas, by the aligned clock;
 * - `interval`: since the frame drawn before;
 * - `arrival`, `received`, `drawn`: jitter at the appsink, at this viewer, on the canvas: by how much the interval there
 *   since the frame drawn before differs from that of their PTS;
 * - `missing`: frames that the PTS lack since then, though none was lost on the way from the appsink.
 */
export const COLUMNS = /** @type {const} */ (['age', 'interval', 'arrival', 'received', 'drawn', 'missing']);
/** @typedef {typeof COLUMNS[number]} Column */
/** @typedef {{ sequence: number, ptsNanos: bigint | null, ageMillis: number | null, arrivalMillis: number, receivedMillis: number, drawnMillis: number }} Frame */

/**
 * @typedef {object} Second
 * @property {number} frames drawn in it
 * @property {number} age greatest, NaN for none
 * @property {number} interval greatest, NaN for none
 * @property {number} missing frames that PTS lack
 * @property {number} bytes received a second, NaN where it was not told
 * @property {number} source frames a second, NaN where it was not told
 */

export class Recent {
  /** PTS gaps since the stream was first seen, and the frames missing in them. */
  gaps = 0;
  missing = 0;
  /** By column, beside when they came by the page's clock; a ring. */
  #at = new Float64Array(FIRST_ROOM);
  #columns = /** @type {Record<Column, Float64Array>} */ (Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(FIRST_ROOM)])));
  #first = 0;
  #count = 0;
  /** @type {Frame | null} */
  #before = null;
  /** What the statistics told, once a second. @type {{ at: number, bytes: number, source: number }[]} */
  #told = [];

  /**
   * A frame was drawn.
   * @param {number} now milliseconds @param {Frame} frame
   * @param {readonly [number, number] | null} framerate of its caps; 0/1 where it varies
   */
  take(now, frame, framerate) {
    const before = this.#before;
    this.#before = frame;
    const steps = before ? frame.sequence - before.sequence : 0;
    const since = (/** @type {'arrivalMillis' | 'receivedMillis' | 'drawnMillis'} */ name) =>
      (before && steps > 0 ? frame[name] - before[name] : NaN);
    const known = before && steps > 0 && frame.ptsNanos !== null && before.ptsNanos !== null;
    const passed = known ? Number(/** @type {bigint} */ (frame.ptsNanos) - /** @type {bigint} */ (before.ptsNanos)) / 1e6 : NaN;
    // Back to an earlier time, as a file does that begins again: nothing to compare with.
    const pts = passed > 0 ? passed : NaN;
    const usual = framerate && framerate[0] > 0 ? (1000 * framerate[1]) / framerate[0] : NaN;
    // Up to half a frame is jitter.
    const lacking = Math.max(0, Math.round(pts / usual) - steps) || 0;
    if (lacking > 0) {
      this.gaps += 1;
      this.missing += lacking;
    }
    this.#push(now, {
      age: frame.ageMillis ?? NaN,
      interval: since('drawnMillis'),
      arrival: Math.abs(since('arrivalMillis') - pts),
      received: Math.abs(since('receivedMillis') - pts),
      drawn: Math.abs(since('drawnMillis') - pts),
      missing: lacking,
    });
  }

  /** Frames stop coming on purpose: the next interval tells nothing. */
  interrupt() {
    this.#before = null;
  }

  /** @param {number} now milliseconds @param {number | null} bytes a second @param {number | null} source frames a second */
  tell(now, bytes, source) {
    this.#told.push({ at: now, bytes: bytes ?? NaN, source: source ?? NaN });
    while (this.#told.length > 2 * SECONDS) this.#told.shift();
  }

  /** What is known of one column in the minute before now, in rising order. @param {Column} column @param {number} now */
  sorted(column, now) {
    const values = new Float64Array(this.#count);
    let count = 0;
    this.#each(now - MINUTE_MILLIS, now, (place) => {
      const value = this.#columns[column][place];
      if (!Number.isNaN(value)) values[count++] = value;
    });
    return values.subarray(0, count).sort();
  }

  /** The last minute's whole seconds, oldest first. @param {number} now milliseconds */
  seconds(now) {
    const end = Math.floor(now / 1000);
    /** @type {Second[]} */
    const seconds = Array.from({ length: SECONDS }, () => ({ frames: 0, age: NaN, interval: NaN, missing: 0, bytes: NaN, source: NaN }));
    const of = (/** @type {number} */ at) => seconds[Math.floor(at / 1000) - end + SECONDS];
    this.#each((end - SECONDS) * 1000, end * 1000, (place) => {
      const second = of(this.#at[place]);
      const { age, interval, missing } = this.#columns;
      second.frames += 1;
      second.missing += missing[place];
      if (!(second.age >= age[place])) second.age = age[place];
      if (!(second.interval >= interval[place])) second.interval = interval[place];
    });
    for (const { at, bytes, source } of this.#told) {
      const second = of(at);
      if (second) Object.assign(second, { bytes, source });
    }
    return seconds;
  }

  /** @param {number} now @param {Record<Column, number>} values */
  #push(now, values) {
    if (this.#count === this.#at.length && this.#count < FRAMES_MAX) this.#grow();
    if (this.#count === this.#at.length) {
      this.#first = (this.#first + 1) % this.#at.length;
      this.#count -= 1;
    }
    const place = (this.#first + this.#count) % this.#at.length;
    this.#count += 1;
    this.#at[place] = now;
    for (const name of COLUMNS) this.#columns[name][place] = values[name];
    while (this.#count > 0 && this.#at[this.#first] < now - MINUTE_MILLIS - 1000) {
      this.#first = (this.#first + 1) % this.#at.length;
      this.#count -= 1;
    }
  }

  #grow() {
    const room = Math.min(FRAMES_MAX, this.#at.length * 2);
    const larger = (/** @type {Float64Array} */ column) => {
      const made = new Float64Array(room);
      for (let n = 0; n < this.#count; n++) made[n] = column[(this.#first + n) % column.length];
      return made;
    };
    for (const name of COLUMNS) this.#columns[name] = larger(this.#columns[name]);
    this.#at = larger(this.#at);
    this.#first = 0;
  }

  /** @param {number} from @param {number} to milliseconds, itself not @param {(place: number) => void} take */
  #each(from, to, take) {
    for (let n = 0; n < this.#count; n++) {
      const place = (this.#first + n) % this.#at.length;
      if (this.#at[place] >= from && this.#at[place] < to) take(place);
    }
  }
}

/** The least value that so many percent of all do not exceed; NaN of none. @param {Float64Array} sorted @param {number} percent */
export function percentile(sorted, percent) {
  return sorted.length === 0 ? NaN : sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1];
}
