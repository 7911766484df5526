// A line on the stage that says why there is little to see, with the button that changes it.
// It must not know how it is found out.

import { make, setText } from './dom.js';
import { pushButton } from './fields.js';

export class Hint {
  #text = make('span');
  element;
  #about = '';
  /** What nobody wants to hear of again. @type {Set<string>} */
  #away = new Set();

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
      this.#away.add(this.#about);
      this.element.hidden = true;
    });
    away.setAttribute('aria-label', 'Put this away');
    this.element = make('div', { class: 'hint', role: 'group', 'aria-label': 'Hint', hidden: true }, this.#text, button, away);
  }

  /** Whether it has something to say, seen or put away. @param {string} about */
  says(about) {
    return this.#about === about && this.#text.textContent !== '';
  }

  /** @param {string} about what it is said of @param {string} text empty for nothing */
  show(about, text) {
    this.#about = about;
    setText(this.#text, text);
    this.element.hidden = text === '' || this.#away.has(about);
  }
}
