// What a <sink-view> says in words over, or in the place of, its picture.
// It must not know where the words come from.

/**
 * @typedef {object} Words
 * @property {string} title
 * @property {string} [text]
 * @property {string} [caps] verbatim
 * @property {'instead' | 'over' | 'sheet'} form in the place of the picture; a line on it; large, on a dark sheet over it
 */

/** The element that says it. */
export class Notice {
  /** @type {Record<string, HTMLElement>} */
  #parts = {};

  constructor() {
    this.element = document.createElement('div');
    this.element.part.add('notice');
    for (const [name, tag] of [['title', 'p'], ['text', 'p'], ['caps', 'code']]) {
      const part = document.createElement(tag);
      part.className = name;
      this.#parts[name] = part;
      this.element.append(part);
    }
    this.say(null);
  }

  /** @param {Words | null} words null for nothing to say */
  say(words) {
    this.element.hidden = words === null;
    this.element.className = `notice ${words?.form ?? ''}`;
    for (const [name, part] of Object.entries(this.#parts)) {
      const text = /** @type {any} */ (words)?.[name] ?? '';
      if (part.textContent !== text) part.textContent = text;
    }
  }
}
