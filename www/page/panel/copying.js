// A text that is to be taken elsewhere, with a button that copies it.
// It must not know what it says. Pages on plain http have no clipboard of their own: there the browser's old way is used.

import { make, setText } from '../dom.js';
import { pushButton } from '../fields.js';

/** So long the button says that it has done it. */
const SAID_MILLIS = 1500;

export class Copying {
  #text = make('p', { class: 'verbatim' });
  #button;
  element;

  /** @param {string} what is copied, for whoever does not see it */
  constructor(what) {
    this.#button = pushButton('Copy', () => this.#copy());
    this.#button.setAttribute('aria-label', `Copy ${what}`);
    this.element = make('div', { class: 'copying' }, this.#text, this.#button);
  }

  /** @param {string} text */
  show(text) {
    setText(this.#text, text);
  }

  async #copy() {
    const text = this.#text.textContent ?? '';
    const copied = navigator.clipboard ? await navigator.clipboard.writeText(text).then(() => true, () => false) : this.#copySelected();
    setText(this.#button, copied ? 'Copied' : 'Selected');
    if (!copied) this.#select();
    setTimeout(() => setText(this.#button, 'Copy'), SAID_MILLIS);
  }

  #copySelected() {
    this.#select();
    return document.execCommand('copy');
  }

  #select() {
    getSelection()?.selectAllChildren(this.#text);
  }
}
