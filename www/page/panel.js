// The side panel: closed until asked for, with sections that fold; it remembers both.
// It must not know what its sections hold.

import { make } from './dom.js';
import { recall, remember } from './stored.js';

export class Panel {
  #element;
  #button;
  /** @type {Map<string, HTMLDetailsElement>} */
  #sections = new Map();

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
      const section = /** @type {HTMLDetailsElement} */ (make('details', { open: recall(key) !== 'folded' },
        make('summary', {}, make('h2', {}, title)), content));
      section.addEventListener('toggle', () => remember(key, section.open ? 'open' : 'folded'));
      this.#sections.set(title, section);
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

  /** Whether a section can be read. @param {string} title */
  shows(title) {
    return this.open && this.#sections.get(title)?.open === true;
  }

  /** Opens the panel at a section. @param {string} title */
  reveal(title) {
    const section = this.#sections.get(title);
    if (!section || this.shows(title)) return;
    if (!this.open) this.toggle();
    section.open = true;
    section.scrollIntoView({ block: 'nearest' });
  }

  /** Opens the panel at a section, with the focus on it; closes the panel where that is so already. @param {string} title */
  enter(title) {
    const section = this.#sections.get(title);
    const summary = section?.querySelector('summary');
    if (!section || !summary) return;
    if (this.open && section.open && document.activeElement === summary) return this.toggle();
    if (!this.open) this.toggle();
    section.open = true;
    summary.focus();
    section.scrollIntoView({ block: 'start' });
  }

  /** @param {boolean} open */
  #apply(open) {
    this.#element.hidden = !open;
    this.#button.setAttribute('aria-pressed', String(open));
  }
}
