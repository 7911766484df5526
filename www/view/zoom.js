// Where a zoomed picture is: from a zoom factor and the point in the middle to the place of the canvas, and back from a
// point on the screen to a sample. Pure arithmetic in device pixels.
// It must not know the DOM.

import { placeAt, shapeOf } from './shape.js';

/** @typedef {import('./shape.js').Room} Room */
/** @typedef {import('./shape.js').Place} Place */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ factor: number, x: number, y: number }} Zoom `x` and `y` are the point of the seen picture in the middle of the room, in units of its shape */

/** CSS pixels that a sample takes at most. */
const LARGEST = 64;
/** From here on a factor is a whole number: all pixels get equal. */
const WHOLE_FROM = 2;
/** CSS pixels of a sample from which on its values are written in it. */
const VALUES_FROM = 32;

/**
 * The factor that there is of the one asked for.
 * @param {number} factor device pixels a sample
 * @param {number} ratio device pixels a CSS pixel
 * @param {number} fitted the factor at which the picture fits
 */
export function allowed(factor, ratio, fitted) {
  const least = Math.min(1, fitted);
  const most = Math.max(Math.floor(LARGEST * Math.max(1, ratio)), fitted);
  const bounded = Math.min(most, Math.max(least, factor));
  return bounded >= WHOLE_FROM ? Math.round(bounded) : bounded;
}

/** Whether values are written in the pixels. @param {number} factor @param {number} ratio device pixels a CSS pixel */
export function isLegible(factor, ratio) {
  return factor >= VALUES_FROM * Math.max(1, ratio);
}

/**
 * Where the canvas goes. A picture smaller than the room is in the middle of it; a larger one covers it.
 * @param {any} layout as it travels
 * @param {Room} room
 * @param {Zoom} zoom
 * @returns {Place}
 */
export function placeZoomed(layout, room, { factor, x, y }) {
  const { width, height } = shapeOf(layout);
  const along = (/** @type {number} */ space, /** @type {number} */ length, /** @type {number} */ middle) =>
    Math.round(length <= space ? (space - length) / 2 : Math.min(0, Math.max(space - length, space / 2 - middle * factor)));
  return placeAt(layout, factor, along(room.width, Math.round(width * factor), x), along(room.height, Math.round(height * factor), y));
}

/** The zoom that a place is at. @param {Place} place @param {Room} room @returns {Zoom} */
export function zoomOf({ left, top, factor }, room) {
  return { factor, x: (room.width / 2 - left) / factor, y: (room.height / 2 - top) / factor };
}

/**
 * Another factor, with what is at `point` staying there.
 * @param {Place} place
 * @param {Room} room
 * @param {number} factor one that is allowed
 * @param {Point} point device pixels of the room
 * @returns {Zoom}
 */
export function zoomedAt(place, room, factor, point) {
  const at = { x: (point.x - place.left) / place.factor, y: (point.y - place.top) / place.factor };
  return { factor, x: at.x + (room.width / 2 - point.x) / factor, y: at.y + (room.height / 2 - point.y) / factor };
}

/** Moved by so many device pixels. @param {Place} place @param {Room} room @param {number} right @param {number} down @returns {Zoom} */
export function moved(place, room, right, down) {
  return zoomOf({ ...place, left: place.left + right, top: place.top + down }, room);
}

/**
 * The sample at a point of the room, in the frame's own columns and rows; outside the picture where there is none.
 * @param {any} layout
 * @param {Place} place
 * @param {Point} point
 * @returns {Point}
 */
export function sampleAt(layout, place, point) {
  const { x, y } = unturned(place, point);
  return { x: Math.floor((x * layout.width) / place.width), y: Math.floor((y * layout.height) / place.height) };
}

/** Whether a sample is in the frame. @param {any} layout @param {Point} sample */
export function isInside(layout, { x, y }) {
  return x >= 0 && y >= 0 && x < layout.width && y < layout.height;
}

/**
 * The rectangle of the room that samples take, from the first's corner to the last's.
 * @param {any} layout
 * @param {Place} place
 * @param {Point} first
 * @param {Point} [last]
 * @returns {{ left: number, top: number, width: number, height: number }}
 */
export function cellOf(layout, place, first, last = first) {
  const of = (/** @type {number} */ x, /** @type {number} */ y) =>
    turned(place, { x: (x * place.width) / layout.width, y: (y * place.height) / layout.height });
  const [a, b] = [of(first.x, first.y), of(last.x + 1, last.y + 1)];
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

/**
 * The samples that the room shows any of; null for none.
 * @param {any} layout
 * @param {Place} place
 * @param {Room} room
 * @returns {{ x: number, y: number, width: number, height: number } | null}
 */
export function seenSamples(layout, place, room) {
  const corners = [{ x: 0.5, y: 0.5 }, { x: room.width - 0.5, y: room.height - 0.5 }].map((corner) => sampleAt(layout, place, corner));
  const from = (/** @type {'x' | 'y'} */ axis) => Math.max(0, Math.min(corners[0][axis], corners[1][axis]));
  const to = (/** @type {'x' | 'y'} */ axis, /** @type {number} */ end) => Math.min(end - 1, Math.max(corners[0][axis], corners[1][axis]));
  const [x, y] = [from('x'), from('y')];
  const width = to('x', layout.width) - x + 1;
  const height = to('y', layout.height) - y + 1;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** From the room to the canvas before it is turned. @param {Place} place @param {Point} point */
function unturned({ left, top, turn: [a, b, c, d], shift: [e, f] }, point) {
  const [x, y] = [point.x - left - e, point.y - top - f];
  const determinant = a * d - b * c;
  return { x: (d * x - c * y) / determinant, y: (a * y - b * x) / determinant };
}

/** @param {Place} place @param {Point} point */
function turned({ left, top, turn: [a, b, c, d], shift: [e, f] }, { x, y }) {
  return { x: a * x + c * y + e + left, y: b * x + d * y + f + top };
}
