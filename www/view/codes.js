// The codes of a rectangle as lines of text, one for each component of a pixel, and the ink that can be read on it.
// It must not know where they are drawn.

/**
 * @typedef {object} Codes as `readCodes()` gives them
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {number} sequence
 * @property {{ name: string, depth: number }[]} components
 * @property {string | null} sites colours of the first two columns and rows of a Bayer mosaic
 * @property {Uint16Array} codes row by row, of every pixel a code a component
 * @property {Uint8ClampedArray} rgba
 */

/** Weights of BT.709 in light, the display's exponent, and the luminance at which black and white have the same contrast (WCAG). */
const WEIGHTS = [0.2126, 0.7152, 0.0722];
const EXPONENT = 2.2;
const MIDDLE = 0.179;

/** The lines in a pixel, by its place in the rectangle. @param {Codes} codes @param {number} x @param {number} y @returns {string[]} */
export function linesOf({ x: left, y: top, width, components, sites, codes }, x, y) {
  const step = components.length;
  const at = (y * width + x) * step;
  const lines = [...codes.subarray(at, at + step)].map(String);
  return sites ? [sites[((top + y) % 2) * 2 + (left + x) % 2], ...lines] : lines;
}

/** Black or white, whichever is read on a pixel. @param {Codes} codes @param {number} x @param {number} y */
export function inkOf({ width, rgba }, x, y) {
  const at = (y * width + x) * 4;
  const luminance = WEIGHTS.reduce((sum, weight, n) => sum + weight * (rgba[at + n] / 255) ** EXPONENT, 0);
  return luminance >= MIDDLE ? '#000' : '#fff';
}

/** The longest line there can be. @param {Codes} codes */
export function longestOf({ components }) {
  return Math.max(...components.map(({ depth }) => String(2 ** depth - 1).length));
}
