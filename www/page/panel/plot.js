// A small plot of the last minute, second by second: a line, perhaps a second one, and marks below. Pointer, touch or
// arrow keys read it out. It must not know where the numbers come from.

import { draw, make, setAttribute, setText } from '../dom.js';
import { SECONDS } from '../streams/recent.js';

const HEIGHT = 28;
/** Room below the line for the marks. */
const MARKS = 4;

/** @typedef {{ lines: number[][], marks: number[], least: number }} Plotted values by second, oldest first; NaN for none; `least` the top of a quiet plot */

export class Plot {
  #lines;
  #marks = draw('path', { class: 'marks' });
  #cursor = draw('path', { class: 'cursor' });
  #picture;
  #now = make('span', { class: 'number' });
  #reading = make('p', { class: 'plot-reading' });
  #say;
  #name;
  element;
  /** The second that is read, from the left; -1 for none. */
  #pointed = -1;

  /** @param {string} name @param {number} lines @param {(second: number) => string} say what there is to say of a second */
  constructor(name, lines, say) {
    this.#name = name;
    this.#say = say;
    this.#lines = Array.from({ length: lines }, (_, n) => draw('path', { class: n === 0 ? 'line' : 'line other' }));
    this.#picture = draw('svg', {
      viewBox: `0 0 ${SECONDS * 2} ${HEIGHT + MARKS}`, preserveAspectRatio: 'none', tabindex: '0', role: 'slider',
      'aria-label': `${name}, in the last minute`, 'aria-valuemin': String(-SECONDS), 'aria-valuemax': '-1', 'aria-valuenow': '-1',
    }, ...this.#lines.reverse(), this.#marks, this.#cursor);
    this.#lines.reverse();
    this.element = make('div', { class: 'plot' }, make('p', { class: 'plot-name' }, make('span', {}, name), this.#now), this.#picture, this.#reading);
    const point = (/** @type {PointerEvent} */ event) => {
      const { left, width } = this.#picture.getBoundingClientRect();
      this.#point(Math.floor(((event.clientX - left) / width) * SECONDS));
    };
    this.#picture.addEventListener('pointermove', point);
    this.#picture.addEventListener('pointerdown', point);
    this.#picture.addEventListener('pointerleave', () => this.#point(-1));
    this.#picture.addEventListener('blur', () => this.#point(-1));
    this.#picture.addEventListener('focus', () => this.#picture.matches(':focus-visible') && this.#point(SECONDS - 1));
    this.#picture.addEventListener('keydown', (event) => {
      const at = this.#pointed < 0 ? SECONDS - 1 : this.#pointed;
      const to = /** @type {Record<string, number>} */ ({
        ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: SECONDS - 1, PageUp: at + 10, PageDown: at - 10,
      })[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.#point(Math.min(SECONDS - 1, Math.max(0, to)));
    });
  }

  /** @param {Plotted} plotted @param {string} now the number of this moment */
  show({ lines, marks, least }, now) {
    const top = lines.flat().reduce((most, value) => (value > most ? value : most), least);
    lines.forEach((values, n) => setAttribute(this.#lines[n], 'd', path(values, top)));
    setAttribute(this.#marks, 'd', marks.map((count, second) => (count > 0 ? `M${second * 2 + 1} ${HEIGHT + 1}v${MARKS - 1}` : '')).join(''));
    setText(this.#now, now);
    this.#read();
  }

  /** @param {number} second */
  #point(second) {
    this.#pointed = Math.min(SECONDS - 1, second);
    this.#read();
  }

  #read() {
    const at = this.#pointed;
    setAttribute(this.#cursor, 'd', at < 0 ? '' : `M${at * 2 + 1} 0V${HEIGHT + MARKS}`);
    const second = at < 0 ? SECONDS - 1 : at;
    const said = `${SECONDS - second} s ago: ${this.#say(second)}`;
    setText(this.#reading, at < 0 ? '' : said);
    setAttribute(this.#picture, 'aria-valuenow', String(second - SECONDS));
    setAttribute(this.#picture, 'aria-valuetext', `${this.#name}, ${said}`);
  }
}

/** A line through all seconds that have a value; a lone one is a dot. @param {number[]} values @param {number} top */
function path(values, top) {
  let path = '';
  let begun = false;
  values.forEach((value, second) => {
    const x = second * 2 + 1;
    const y = (HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1);
    if (!Number.isNaN(value)) path += begun ? `L${x} ${y}` : `M${x} ${y}h.1`;
    begun = !Number.isNaN(value);
  });
  return path;
}
