// A line between two samples of the frame, and its points: those whose codes the viewer reads. Pure arithmetic.
// It must not know the DOM, nor where the picture is.

import { within } from './region.js';

/** @typedef {import('./zoom.js').Point} Point */
/** @typedef {{ x1: number, y1: number, x2: number, y2: number }} Line */

/** Number of its points. @param {Line} line */
export function pointsOf({ x1, y1, x2, y2 }) {
  return Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1)) + 1;
}

/** A point of it: `⌊x1 + i (x2 - x1) / n + 1/2⌋`, as viewer-wasm's `convert/profile.rs` has it. @param {Line} line @param {number} index @returns {Point} */
export function pointOf(line, index) {
  const { x1, y1, x2, y2 } = line;
  const steps = pointsOf(line) - 1;
  // In whole numbers up to the one division, so that halves are halves.
  const along = (/** @type {number} */ from, /** @type {number} */ to) =>
    (steps === 0 ? from : Math.floor((2 * (from * (steps - index) + to * index) + steps) / (2 * steps)));
  return { x: along(x1, x2), y: along(y1, y2) };
}

/** @param {Point} from @param {Point} to @returns {Line} */
export function lineBetween(from, to) {
  return { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
}

/** First and last point. @param {Line} line @returns {[Point, Point]} */
export function endsOfLine({ x1, y1, x2, y2 }) {
  return [{ x: x1, y: y1 }, { x: x2, y: y2 }];
}

/** Moved as far as the frame goes. @param {Line} line @param {number} dx @param {number} dy @param {import('./region.js').Size} size @returns {Line} */
export function movedLine({ x1, y1, x2, y2 }, dx, dy, { width, height }) {
  const by = (/** @type {number} */ step, /** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ end) =>
    Math.min(end - 1 - Math.max(a, b), Math.max(-Math.min(a, b), step));
  const [right, down] = [by(dx, x1, x2, width), by(dy, y1, y2, height)];
  return { x1: x1 + right, y1: y1 + down, x2: x2 + right, y2: y2 + down };
}

/** With its last point moved. @param {Line} line @param {number} dx @param {number} dy @param {import('./region.js').Size} size @returns {Line} */
export function stretchedLine({ x1, y1, x2, y2 }, dx, dy, size) {
  return lineBetween({ x: x1, y: y1 }, within({ x: x2 + dx, y: y2 + dy }, size));
}

/** Whether it is in a frame of that size. @param {Line} line @param {import('./region.js').Size} size */
export function isLineOf({ x1, y1, x2, y2 }, { width, height }) {
  return Math.min(x1, x2, y1, y2) >= 0 && Math.max(x1, x2) < width && Math.max(y1, y2) < height;
}

/** @param {Line} line */
export function lineWords(line) {
  return `${pointsOf(line)} samples from ${line.x1}, ${line.y1} to ${line.x2}, ${line.y2}`;
}
