// The side panel: closed until asked for, with sections that fold; it remembers both.
// It must not know what its sections hold.

import { make } from './dom.js';
import { recall, remember } from './stored.js';

/**
 * What sections are told, four times a second: the stream on the stage, and whether it can be read.
 * @typedef {object} Shown
 * @property {import('../sink-view.js').SinkView | null} view
 * @property {import('./model.js').StreamModel | null} model
 * @property {number} now
 * @property {boolean} open whether the panel is open
 * @property {boolean} seen whether the section is unfolded in it
 */

/**
 * @typedef {object} Section
 * @property {string} title
 * @property {HTMLElement} element
 * @property {boolean} [folded] until somebody unfolds it: all titles are to be seen at a glance
 * @property {boolean} [hidden] whether it has nothing to tell, and is not there
 * @property {(shown: Shown) => void} [update]
 */

/** Sections have what they show by then. */
const HOLD_MILLIS = 1500;
/** What a hand does to the panel. */
const HANDS = ['wheel', 'pointerdown', 'keydown', 'touchstart'];

export class Panel {
  /** Ends keeping a section where it is. @type {(() => void) | null} */
  #holding = null;
  #element;
  #button;
  /** @type {Map<string, HTMLDetailsElement>} */
  #folds = new Map();
  #sections;

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} button that opens and closes it
   * @param {Section[]} sections
   */
  constructor(element, button, sections) {
    this.#element = element;
    this.#button = button;
    this.#sections = sections;
    for (const { title, element: content, folded = false } of sections) {
      const key = `section.${title}`;
      const section = /** @type {HTMLDetailsElement} */ (make('details', { open: recall(key) ? recall(key) === 'open' : !folded },
        make('summary', {}, make('h2', {}, title)), content));
      section.addEventListener('toggle', () => remember(key, section.open ? 'open' : 'folded'));
      this.#folds.set(title, section);
      element.append(section);
    }
    this.#apply(recall('panel') === 'open');
  }

  get open() {
    return !this.#element.hidden;
  }

  /** Tells the sections what is on the stage now. @param {Omit<Shown, 'open' | 'seen'>} staged */
  update(staged) {
    for (const section of this.#sections) {
      section.update?.({ ...staged, open: this.open, seen: this.shows(section.title) });
      const fold = this.#folds.get(section.title);
      if (fold) fold.hidden = section.hidden === true;
    }
  }

  toggle() {
    this.#apply(!this.open);
    remember('panel', this.open ? 'open' : 'closed');
  }

  /** Whether a section can be read. @param {string} title */
  shows(title) {
    return this.open && this.#folds.get(title)?.open === true;
  }

  /** Opens the panel at a section. @param {string} title */
  reveal(title) {
    const section = this.#folds.get(title);
    if (!section || this.shows(title)) return;
    if (!this.open) this.toggle();
    section.open = true;
    section.scrollIntoView({ block: 'nearest' });
  }

  /** Opens the panel at a section, with the focus on it; closes the panel where that is so already. @param {string} title */
  enter(title) {
    const section = this.#folds.get(title);
    const summary = section?.querySelector('summary');
    if (!section || !summary) return;
    if (this.open && section.open && document.activeElement === summary) return this.toggle();
    if (!this.open) this.toggle();
    section.open = true;
    summary.focus();
    this.#hold(section);
  }

  /** Keeps a section at the top while those above it fill, until a hand takes over. @param {HTMLElement} section */
  #hold(section) {
    this.#holding?.();
    let at = this.#element.scrollTop;
    const observer = new ResizeObserver(() => {
      // Somebody else has scrolled.
      if (this.#element.scrollTop !== at) return this.#holding?.();
      section.scrollIntoView({ block: 'start' });
      at = this.#element.scrollTop;
    });
    const timer = setTimeout(() => this.#holding?.(), HOLD_MILLIS);
    const end = () => this.#holding?.();
    for (const type of HANDS) this.#element.addEventListener(type, end);
    this.#holding = () => {
      observer.disconnect();
      clearTimeout(timer);
      for (const type of HANDS) this.#element.removeEventListener(type, end);
      this.#holding = null;
    };
    for (const fold of this.#folds.values()) observer.observe(fold);
  }

  /** @param {boolean} open */
  #apply(open) {
    this.#element.hidden = !open;
    this.#button.setAttribute('aria-pressed', String(open));
  }
}
