// Numbers as text: grouped, of steady width, with their unit.
// It must not know the DOM.

/** What stands where there is no number. */
export const NONE = '–';

/** Groups of three, apart by a thin space that does not break. @param {number | null | undefined} value */
export function count(value) {
  return Number.isFinite(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f') : NONE;
}

/** @param {number | null | undefined} value frames a second */
export function fps(value) {
  return typeof value === 'number' && Number.isFinite(value) ? value.toFixed(2) : NONE;
}

/** Milliseconds as an age: tenths below 10 ms, whole seconds from 10 s. @param {number | null | undefined} value */
export function age(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return NONE;
  if (value >= 10_000) return `${count(Math.floor(value / 1000))} s`;
  return `${value < 9.95 ? Math.max(0, value).toFixed(1) : count(Math.round(value))} ms`;
}

/** Nanoseconds as a time of the stream: 00:06:41.234. @param {bigint | null | undefined} nanos */
export function streamTime(nanos) {
  if (typeof nanos !== 'bigint') return NONE;
  const millis = nanos / 1_000_000n;
  const part = (/** @type {bigint} */ value, /** @type {number} */ digits) => String(value).padStart(digits, '0');
  const seconds = millis / 1000n;
  return `${part(seconds / 3600n, 2)}:${part((seconds / 60n) % 60n, 2)}:${part(seconds % 60n, 2)}.${part(millis % 1000n, 3)}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** @param {number | null | undefined} value bytes */
export function bytes(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return NONE;
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${power === 0 ? value : (value / 1000 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** @param {[number, number]} fraction */
export function ratio([numerator, denominator]) {
  return `${numerator}/${denominator}`;
}
