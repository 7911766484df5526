// The spark line: the last minute of frame age, missing frames as marks below it. Hover or touch gives the exact value.
// It must not know where the numbers come from.

import { draw, make, setAttribute, setText } from '../dom.js';
import { SECONDS } from '../streams/minute.js';
import { age, count } from '../words.js';

const HEIGHT = 16;
/** Room below the line for the marks. */
const MARKS = 4;
/** The top of the line is the greatest age, and at least this: a quiet stream is to look quiet. */
const LEAST_TOP_MILLIS = 50;

export class Spark {
  #line = draw('path', { class: 'line' });
  #marks = draw('path', { class: 'marks' });
  #reading = make('output', { class: 'reading', hidden: true });
  #picture = draw('svg', {
    viewBox: `0 0 ${SECONDS * 2} ${HEIGHT + MARKS}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': 'frame age in the last minute',
  }, this.#line, this.#marks);
  element = make('span', { class: 'spark' }, this.#picture, this.#reading);
  /** Where the pointer is, as seconds from the left; -1 for nowhere. */
  #pointed = -1;
  /** @type {import('../streams/minute.js').Second[]} */
  #seconds = [];

  constructor() {
    this.element.addEventListener('pointermove', (event) => this.#point(event));
    this.element.addEventListener('pointerdown', (event) => this.#point(event));
    this.element.addEventListener('pointerleave', () => {
      this.#pointed = -1;
      this.#reading.hidden = true;
    });
  }

  /** @param {import('../streams/minute.js').Second[]} seconds oldest first */
  show(seconds) {
    this.#seconds = seconds;
    const top = seconds.reduce((most, { ageMillis }) => (ageMillis > most ? ageMillis : most), LEAST_TOP_MILLIS);
    let line = '';
    let marks = '';
    let begun = false;
    seconds.forEach(({ ageMillis, missing }, second) => {
      const x = second * 2 + 1;
      if (Number.isNaN(ageMillis)) {
        begun = false;
      } else {
        const y = (HEIGHT - 1 - (ageMillis / top) * (HEIGHT - 2)).toFixed(1);
        // A lone second is a line of no length; round ends make it a dot.
        line += begun ? `L${x} ${y}` : `M${x} ${y}h.1`;
        begun = true;
      }
      if (missing > 0) marks += `M${x} ${HEIGHT + 1}v${MARKS - 1}`;
    });
    setAttribute(this.#line, 'd', line);
    setAttribute(this.#marks, 'd', marks);
    this.#read();
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { left, width } = this.#picture.getBoundingClientRect();
    this.#pointed = Math.min(SECONDS - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * SECONDS)));
    this.#reading.hidden = false;
    this.#read();
  }

  #read() {
    const second = this.#seconds[this.#pointed];
    if (!second) return;
    const drawn = Number.isNaN(second.ageMillis) ? 'nothing drawn' : `oldest ${age(second.ageMillis)}`;
    setText(this.#reading, `${SECONDS - 1 - this.#pointed} s ago: ${drawn}, ${count(second.missing)} missing`);
  }
}
