// The shape of the picture: from a layout and the room there is to the place of the canvas. Pure arithmetic.
// It must not know the DOM, and of pixels only how wide one is.

/**
 * @typedef {object} Room
 * @property {number} width device pixels
 * @property {number} height device pixels
 */

/**
 * @typedef {object} Place
 * @property {number} width of the canvas before it is turned, device pixels
 * @property {number} height likewise
 * @property {number} left of the turned canvas, device pixels
 * @property {number} top likewise
 * @property {Room} seen size of the turned canvas
 * @property {number} factor device pixels a sample, of its shorter side
 * @property {number[]} turn the linear part of a CSS matrix: a, b, c, d
 * @property {number[]} shift the rest, device pixels: e, f
 * @property {boolean} enlarged whether a sample takes at least one device pixel
 */

/**
 * A part of the picture, in device pixels of the canvas before it is turned.
 * @typedef {object} Part
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} right what is to be cut off there
 * @property {number} bottom likewise
 * @property {boolean} enlarged whether a sample that was sent takes at least one device pixel
 */

/** For each orientation the linear part of the matrix: x' = a x + c y, y' = b x + d y. Mirrored first, then turned. */
const TURNS = /** @type {Record<string, number[]>} */ ({
  'rotate-0': [1, 0, 0, 1],
  'rotate-90': [0, 1, -1, 0],
  'rotate-180': [-1, 0, 0, -1],
  'rotate-270': [0, -1, 1, 0],
  'flip-rotate-0': [-1, 0, 0, 1],
  'flip-rotate-90': [0, -1, -1, 0],
  'flip-rotate-180': [1, 0, 0, -1],
  'flip-rotate-270': [0, 1, 1, 0],
});

/** A whole multiple is taken instead of the full fit when it is smaller by less than this: all pixels get equal. */
const NEAR_WHOLE = 1.08;

/**
 * Width and height of the picture as it is to be seen, where the shorter side of a pixel is 1.
 * @param {any} layout as it travels
 * @returns {{ width: number, height: number, turn: number[], sample: { width: number, height: number } }}
 */
export function shapeOf(layout) {
  const [numerator, denominator] = layout.pixel_aspect_ratio;
  const ratio = numerator / denominator;
  // The rows of a buffer of `alternate` are one field's: every other row of the picture.
  const rows = layout.interlace.mode === 'alternate' ? 2 : 1;
  const sample = { width: Math.max(1, ratio), height: rows * Math.max(1, 1 / ratio) };
  const turn = TURNS[layout.orientation] ?? TURNS['rotate-0'];
  const width = layout.width * sample.width;
  const height = layout.height * sample.height;
  return turn[0] === 0 ? { width: height, height: width, turn, sample } : { width, height, turn, sample };
}

/**
 * Where the canvas goes.
 * @param {any} layout as it travels
 * @param {Room} room
 * @param {'fit' | 'actual'} scale `actual` is one sample a device pixel
 * @returns {Place}
 */
export function place(layout, room, scale) {
  const factor = scale === 'actual' ? 1 : fittedFactor(layout, room);
  const along = (/** @type {number} */ space, /** @type {number} */ length) => Math.max(0, Math.floor((space - length) / 2));
  const { seen } = placeAt(layout, factor, 0, 0);
  return placeAt(layout, factor, along(room.width, seen.width), along(room.height, seen.height));
}

/**
 * The canvas with its turned corner at a place.
 * @param {any} layout as it travels
 * @param {number} factor device pixels a sample, of its shorter side
 * @param {number} left device pixels
 * @param {number} top likewise
 * @returns {Place}
 */
export function placeAt(layout, factor, left, top) {
  const shape = shapeOf(layout);
  const width = Math.max(1, Math.round(layout.width * shape.sample.width * factor));
  const height = Math.max(1, Math.round(layout.height * shape.sample.height * factor));
  const [a, b, c, d] = shape.turn;
  const seen = a === 0 ? { width: height, height: width } : { width, height };
  return {
    width,
    height,
    left,
    top,
    seen,
    factor,
    turn: shape.turn,
    // Whatever the turn sends below zero comes back by one side.
    shift: [(a < 0 ? width : 0) + (c < 0 ? height : 0), (b < 0 ? width : 0) + (d < 0 ? height : 0)],
    enlarged: factor >= 1,
  };
}

/**
 * Device pixels a sample takes where the whole picture is seen.
 * @param {any} layout as it travels
 * @param {Room} room
 */
export function fittedFactor(layout, room) {
  const shape = shapeOf(layout);
  const full = Math.min(room.width / shape.width, room.height / shape.height);
  const whole = Math.floor(full);
  return whole >= 1 && full / whole < NEAR_WHOLE ? whole : full;
}
