// Codes written into the pixels that hold them, with a grid between: on a canvas of its own, in slices that leave the
// thread free in between. While a picture is only moved, what is written moves with it.
// It must not know where codes come from.

import { inkOf, linesOf, longestOf } from './codes.js';
import { cellOf } from './zoom.js';

/** @typedef {import('./codes.js').Codes} Codes */
/** @typedef {import('./shape.js').Place} Place */

/**
 * @typedef {object} Page
 * @property {HTMLCanvasElement} canvas
 * @property {any} layout that it was written for
 * @property {Place} place likewise
 * @property {number} left of the canvas from the place's corner, device pixels
 * @property {number} top likewise
 * @property {Map<string, string[]>} written the lines in each pixel, by `x,y`
 * @property {number} millis that it took to write
 */

/** Of a cell, this much is text at most, across and down. */
const FILLED = 0.88;
/** Width of a digit and height of a line, of the size of the font. */
const DIGIT = 0.61;
const LINE = 1.12;
/** CSS pixels of the font. */
const SMALLEST = 6;
const LARGEST = 15;
export const FONT = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
const GRID = '#80808099';
/** The thread is left free after this long. */
const SLICE_MILLIS = 8;

/** Whether what is written is right at this place, be it moved. @param {Page} page @param {any} layout @param {Place} place */
export function fits(page, layout, place) {
  return page.layout === layout && page.place.factor === place.factor;
}

/**
 * Writes a page.
 * @param {any} layout
 * @param {Place} place
 * @param {Codes} codes
 * @param {number} ratio device pixels a CSS pixel
 * @param {HTMLCanvasElement} canvas to write on; what was there goes
 * @param {() => boolean} isWanted asked after each slice
 * @returns {Promise<Page | null>} null when nobody wants it any more
 */
export async function write(layout, place, codes, ratio, canvas, isWanted) {
  const all = cellOf(layout, place, codes, { x: codes.x + codes.width - 1, y: codes.y + codes.height - 1 });
  const [left, top] = [Math.floor(all.left), Math.floor(all.top)];
  canvas.width = Math.ceil(all.left + all.width) - left + 1;
  canvas.height = Math.ceil(all.top + all.height) - top + 1;
  // Read back after each slice, so that drawing is done then and not all at the end.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.translate(-left, -top);
  drawGrid(context, all, cellOf(layout, place, codes));
  const size = sizeOf(cellOf(layout, place, codes), codes, ratio);
  /** @type {Map<string, string[]>} */
  const written = new Map();
  let millis = 0;
  let since = performance.now();
  for (let y = 0; size > 0 && y < codes.height; y++) {
    context.font = `${size}px ${FONT}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (let x = 0; x < codes.width; x++) {
      const lines = linesOf(codes, x, y);
      writeCell(context, cellOf(layout, place, { x: codes.x + x, y: codes.y + y }), lines, inkOf(codes, x, y), size);
      written.set(`${codes.x + x},${codes.y + y}`, lines);
    }
    if (performance.now() - since < SLICE_MILLIS / 2) continue;
    context.getImageData(0, 0, 1, 1);
    millis += performance.now() - since;
    await new Promise((resolve) => setTimeout(resolve));
    if (!isWanted()) return null;
    since = performance.now();
  }
  millis += performance.now() - since;
  return { canvas, layout, place, left: left - place.left, top: top - place.top, written, millis };
}

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof cellOf>} all @param {ReturnType<typeof cellOf>} cell */
function drawGrid(context, all, cell) {
  context.fillStyle = GRID;
  for (let n = 0; n * cell.width <= all.width + 0.5; n++) context.fillRect(Math.round(all.left + n * cell.width), all.top, 1, all.height);
  for (let n = 0; n * cell.height <= all.height + 0.5; n++) context.fillRect(all.left, Math.round(all.top + n * cell.height), all.width, 1);
}

/** The size of the font, device pixels; 0 where none can be read. @param {{ width: number, height: number }} cell @param {Codes} codes @param {number} ratio */
function sizeOf(cell, codes, ratio) {
  const lines = codes.components.length + (codes.sites ? 1 : 0);
  const across = (FILLED * cell.width) / (Math.max(2, longestOf(codes)) * DIGIT);
  const size = Math.min(LARGEST * ratio, across, (FILLED * cell.height) / (lines * LINE));
  return size < SMALLEST * ratio ? 0 : size;
}

/** @param {CanvasRenderingContext2D} context @param {ReturnType<typeof cellOf>} cell @param {string[]} lines @param {string} ink @param {number} size */
function writeCell(context, { left, top, width, height }, lines, ink, size) {
  context.fillStyle = ink;
  const first = top + height / 2 - ((lines.length - 1) / 2) * size * LINE;
  lines.forEach((text, n) => context.fillText(text, left + width / 2, first + n * size * LINE));
}
