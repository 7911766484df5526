// The plan of a buffer, to scale: each plane as rows of samples and padding, and the whole buffer as one line of bytes.
// It must not know any format: it draws what a layout says, and how many bytes of its rows are samples.

import { draw, make, setText } from '../dom.js';
import { count } from '../words.js';

/** Units of the drawing across; planes are not drawn higher than this. */
const ACROSS = 328;
const MOST_HIGH = 240;
/** What is there is seen, however little it is. */
const LEAST = 1;
const GAP = 6;
const LINE_HIGH = 12;

/** @typedef {import('./layouts.js').Rows} Rows */
/** A part of the buffer: a plane, or what is in none. @typedef {{ name: string, from: number, length: number, plane: number | null }} Part */

export class Plan {
  #drawing = draw('svg', { role: 'img', 'aria-label': 'Planes of the buffer, drawn to scale; the numbers are below' });
  #list = make('ol', { class: 'parts' });
  #said = '';
  element = make('div', { class: 'plan' }, this.#drawing, this.#list);

  /**
   * @param {any} layout that the bytes are read by; its planes are in the buffer
   * @param {(Rows | null)[]} rows of its planes
   * @param {number} length of the buffer, in bytes
   * @param {boolean} isTiled whether strides count tiles
   */
  show(layout, rows, length, isTiled) {
    const said = JSON.stringify([layout.planes, rows, length, isTiled]);
    if (said === this.#said) return;
    this.#said = said;
    const parts = partsOf(layout, length);
    this.#draw(layout, isTiled ? [] : rows, length, parts);
    this.#list.replaceChildren(...parts.map((part) => this.#item(part, layout, rows, isTiled)), make('li', { class: 'whole' },
      make('p', {}, make('span', {}, 'buffer'), make('span', {}, `${count(length)} bytes`))));
  }

  /** @param {any} layout @param {(Rows | null)[]} rows @param {number} length @param {Part[]} parts */
  #draw(layout, rows, length, parts) {
    const planes = layout.planes.flatMap((/** @type {any} */ { stride }, /** @type {number} */ n) => {
      const here = rows[n];
      return here ? [{ stride: Math.max(1, stride), rows: here.rows, bytes: here.bytes ?? stride }] : [];
    });
    const widest = Math.max(1, ...planes.map((/** @type {any} */ { stride }) => stride));
    const highest = planes.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.rows, 0);
    // A byte is as wide as a row is high.
    const scale = Math.min(ACROSS / widest, MOST_HIGH / Math.max(1, highest));
    let top = 0;
    const shapes = [];
    for (const { stride, rows: lines, bytes } of planes) {
      const high = Math.max(LEAST, lines * scale);
      const padding = Math.max(0, stride - bytes);
      const wide = stride * scale;
      const pad = padding > 0 ? Math.min(wide, Math.max(LEAST, padding * scale)) : 0;
      shapes.push(rectangle('samples', 0, top, wide - pad, high));
      if (pad > 0) shapes.push(rectangle('padding', wide - pad, top, pad, high));
      top += high + GAP;
    }
    for (const { from, length: long, plane } of parts) {
      const left = (from / length) * ACROSS;
      shapes.push(rectangle(plane === null ? 'padding' : 'samples', left, top, Math.max(LEAST, (long / length) * ACROSS), LINE_HIGH));
      if (from > 0) shapes.push(draw('path', { d: `M${left} ${top - 2}v${LINE_HIGH + 4}` }));
    }
    this.#drawing.setAttribute('viewBox', `-0.5 -0.5 ${ACROSS + 1} ${top + LINE_HIGH + 3}`);
    this.#drawing.replaceChildren(...shapes);
  }

  /** @param {Part} part @param {any} layout @param {(Rows | null)[]} rows @param {boolean} isTiled */
  #item({ name, from, length, plane }, layout, rows, isTiled) {
    const item = make('li', {}, make('p', {}, make('span', {}, name), make('span', {}, `${count(length)} bytes from ${count(from)}`)));
    if (plane === null) return item;
    const text = rowWords(layout.planes[plane], rows[plane], isTiled);
    if (text) item.append(setTextOf(make('p', { class: 'rows' }), text));
    return item;
  }
}

/** @param {HTMLElement} element @param {string} text */
function setTextOf(element, text) {
  setText(element, text);
  return element;
}

/** @param {{ stride: number, length: number }} plane @param {Rows | null} here @param {boolean} isTiled */
function rowWords({ stride, length }, here, isTiled) {
  if (isTiled) return 'tiles: their stride counts tiles, not bytes';
  if (!here) return '';
  const { rows, bytes } = here;
  const stretch = `${count(rows)} rows, stride ${count(stride)}`;
  const beyond = length - rows * stride;
  const after = beyond > 0 ? `, ${count(beyond)} after the last row` : '';
  if (bytes === null) return `${stretch}${after}`;
  const padding = stride - bytes;
  return `${stretch}${padding > 0 ? ` = ${count(bytes)} + ${count(padding)} padding` : ', no padding'}${after}`;
}

/**
 * The buffer in order: planes, and what is between and after them.
 * @param {any} layout @param {number} length
 * @returns {Part[]}
 */
export function partsOf(layout, length) {
  const planes = layout.planes.map((/** @type {any} */ plane, /** @type {number} */ n) => ({ ...plane, n }))
    .sort((/** @type {any} */ a, /** @type {any} */ b) => a.offset - b.offset);
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  for (const { offset, length: long, n } of planes) {
    if (offset > end) parts.push({ name: end === 0 ? 'before' : 'between', from: end, length: offset - end, plane: null });
    parts.push({ name: planeName(layout, n), from: offset, length: long, plane: n });
    end = Math.max(end, offset + long);
  }
  if (length > end) parts.push({ name: 'after', from: end, length: length - end, plane: null });
  return parts;
}

/** A plane by its number and what is in it. @param {any} layout @param {number} n */
export function planeName(layout, n) {
  const components = layout.pixels.components?.filter((/** @type {any} */ component) => component.plane === n) ?? [];
  return [`plane ${n}`, ...components.map((/** @type {any} */ { name }) => name)].join(' ');
}

/** @param {string} kind @param {number} x @param {number} y @param {number} width @param {number} height */
function rectangle(kind, x, y, width, height) {
  return draw('rect', { class: kind, x: String(x), y: String(y), width: String(width), height: String(height) });
}
