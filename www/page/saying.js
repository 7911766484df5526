// A line over the picture that says what has just been done, and goes by itself.
// It must not know what is said.

import { make, setText } from './dom.js';

const SEEN_MILLIS = 5000;

export class Saying {
  element = make('p', { class: 'saying', role: 'status' });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} text */
  say(text) {
    setText(this.element, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => setText(this.element, ''), SEEN_MILLIS);
  }
}
