// The side panel: closed until asked for, with sections that fold; it remembers both.
// It must not know what its sections hold.

import { make } from './dom.js';
import { recall, remember } from './stored.js';

export class Panel {
  #element;
  #button;

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} button that opens and closes it
   * @param {[title: string, content: HTMLElement][]} sections
   */
  constructor(element, button, sections) {
    this.#element = element;
    this.#button = button;
    for (const [title, content] of sections) {
      const key = `section.${title}`;
      const section = make('details', { open: recall(key) !== 'folded' },
        make('summary', {}, make('h2', {}, title)), content);
      section.addEventListener('toggle', () => {
        remember(key, /** @type {HTMLDetailsElement} */ (section).open ? 'open' : 'folded');
      });
      element.append(section);
    }
    this.#apply(recall('panel') === 'open');
  }

  get open() {
    return !this.#element.hidden;
  }

  toggle() {
    this.#apply(!this.open);
    remember('panel', this.open ? 'open' : 'closed');
  }

  /** @param {boolean} open */
  #apply(open) {
    this.#element.hidden = !open;
    this.#button.setAttribute('aria-pressed', String(open));
  }
}
