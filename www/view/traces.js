// How a region and a line look on the picture: hairlines, white within black, with their size beside.
// It must not know samples beyond those numbers, nor who draws them.

import { regionWords } from './region.js';
import { FONT } from './values.js';

/** @typedef {import('./zoom.js').Point} Point */
/** @typedef {{ left: number, top: number, width: number, height: number }} Cell device pixels */
/** @typedef {{ ratio: number, room: { width: number, height: number }, isHeld: boolean }} Look `isHeld`: a tool has hold of it */

/** A black line around a white one is seen on any picture; CSS pixels. */
const STROKES = /** @type {const} */ ([['#000', 3], ['#fff', 1]]);
/** CSS pixels of a handle, of the text, and between it and what it is about. */
const HANDLE = 7;
const TEXT = 12;
const GAP = 6;
/** CSS pixels from the marked sample to its mark, at least. */
const CLEAR = 4;

/** @param {CanvasRenderingContext2D} context @param {Cell} cell @param {import('./region.js').Region} region @param {Look} look */
export function drawRegion(context, cell, region, look) {
  const { ratio, isHeld } = look;
  // Around the samples, not on them.
  const [left, top] = [Math.round(cell.left) - ratio / 2, Math.round(cell.top) - ratio / 2];
  const [right, bottom] = [Math.round(cell.left + cell.width) + ratio / 2, Math.round(cell.top + cell.height) + ratio / 2];
  for (const [ink, thick] of STROKES) {
    context.strokeStyle = ink;
    context.lineWidth = thick * ratio;
    context.strokeRect(left, top, right - left, bottom - top);
  }
  if (isHeld) for (const x of [left, right]) for (const y of [top, bottom]) drawHandle(context, { x, y }, ratio);
  write(context, regionWords(region), left, top, bottom, look);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} first @param {Point} last
 * @param {number} count of points
 * @param {Cell | null} position the sample that is marked
 * @param {Look} look
 */
export function drawLine(context, first, last, count, position, look) {
  const { ratio } = look;
  context.lineCap = 'square';
  for (const [ink, thick] of STROKES) {
    context.strokeStyle = ink;
    context.lineWidth = thick * ratio;
    context.beginPath();
    context.moveTo(first.x, first.y);
    context.lineTo(last.x, last.y);
    context.stroke();
  }
  if (look.isHeld) for (const end of [first, last]) drawHandle(context, end, ratio);
  if (position) {
    const far = Math.max(0, CLEAR * ratio - Math.min(position.width, position.height) / 2);
    for (const [ink, thick] of STROKES) {
      context.strokeStyle = ink;
      context.lineWidth = thick * ratio;
      context.strokeRect(position.left - far, position.top - far, position.width + 2 * far, position.height + 2 * far);
    }
  }
  write(context, `${count} samples`, last.x, last.y, last.y, look);
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} ratio */
function drawHandle(context, { x, y }, ratio) {
  const side = HANDLE * ratio;
  context.fillStyle = '#000';
  context.fillRect(x - side / 2 - ratio, y - side / 2 - ratio, side + 2 * ratio, side + 2 * ratio);
  context.fillStyle = '#fff';
  context.fillRect(x - side / 2, y - side / 2, side, side);
}

/** Above what it is about; where there is no room, below it, or in it. @param {CanvasRenderingContext2D} context @param {string} text @param {number} left @param {number} top @param {number} bottom @param {Look} look */
function write(context, text, left, top, bottom, { ratio, room }) {
  context.font = `${TEXT * ratio}px ${FONT}`;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  const [gap, high] = [GAP * ratio, TEXT * ratio];
  const x = Math.max(gap, Math.min(left, room.width - context.measureText(text).width - gap));
  const above = top - gap;
  const below = bottom + gap + high;
  const y = above - high >= 0 ? Math.min(above, room.height - gap) : below <= room.height ? below : high + gap;
  // On a ground of its own: over a busy picture, or codes written in pixels, an outline alone is not enough.
  context.fillStyle = '#000000e0';
  context.fillRect(x - 3 * ratio, y - high, context.measureText(text).width + 6 * ratio, high + 4 * ratio);
  context.fillStyle = '#fff';
  context.fillText(text, x, y);
}
