// Values as JSON text in which numbers of 64 bits keep all their digits.
// It must not know what the values mean.

/** Stands around a number that was a bigint, until the quotes around it are gone; JSON escapes it in all other texts. */
const MARK = '\u0000';

/** @param {unknown} value @returns {string} */
export function exactJson(value) {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${MARK}${part}` : part), 2);
  return `${text.replace(/"\\u0000(-?\d+)"/g, '$1')}\n`;
}
