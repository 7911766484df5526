// A line on the stage that says why there is little to see, with the button that changes it.
// It must not know how it is found out.

import { make, setText } from './dom.js';
import { pushButton } from './fields.js';

export class Hint {
  #text = make('span');
  element;
  /** What was put away, until there is nothing to say. */
  #away = false;

  /**
   * @param {string} remedy what the button does
   * @param {string} key that does it too
   * @param {() => void} apply
   */
  constructor(remedy, key, apply) {
    const button = pushButton(remedy, apply);
    button.append(' ', make('kbd', {}, key));
    button.setAttribute('aria-keyshortcuts', key);
    const away = pushButton('×', () => {
      this.#away = true;
      this.element.hidden = true;
    });
    away.setAttribute('aria-label', 'Put this away');
    this.element = make('div', { class: 'hint', role: 'status', hidden: true }, this.#text, button, away);
  }

  /** Whether it has something to say, seen or put away. */
  get says() {
    return this.#text.textContent !== '';
  }

  /** @param {string} text empty for nothing */
  show(text) {
    if (text === '') this.#away = false;
    setText(this.#text, text);
    this.element.hidden = text === '' || this.#away;
  }
}
