// A number with its name, in a cell that keeps its width while the number changes.
// It must not know which number.

import { make, setAttribute, setText } from '../dom.js';

export class Cell {
  #value = make('span', { class: 'number' });

  /**
   * @param {string} label shown beside the value; empty for none
   * @param {number} digits width that is kept free
   * @param {{ title?: string, rank?: string }} [more] `rank` 2 and 3 give way on narrower screens
   */
  constructor(label, digits, { title = '', rank = '1' } = {}) {
    this.element = make('span', { class: 'cell', 'data-rank': rank, title: title || false });
    if (label) this.element.append(make('span', { class: 'label' }, label), ' ');
    this.element.append(this.#value);
    this.#value.style.minInlineSize = `${digits}ch`;
  }

  /** @param {string} text @param {string} [title] */
  show(text, title) {
    setText(this.#value, text);
    if (title !== undefined) setAttribute(this.element, 'title', title);
  }
}
