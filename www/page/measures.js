// Region and line on the page: their keys and buttons, and the section that tells of what was drawn.
// It must not know how they are drawn, nor what is measured.

import { regionWords } from '../view/region.js';
import { lineWords } from '../view/line.js';
import { make, setAttribute, setText } from './dom.js';

/** @typedef {import('../sink-view.js').SinkView} SinkView */

export class Measures {
  #view;
  #reveal;
  /** For whoever does not see it: what keys and hands have drawn. */
  spoken = make('p', { class: 'unseen', role: 'status' });

  /**
   * @param {() => SinkView | null} view on the stage
   * @param {(title: string) => void} reveal opens the panel at a section
   */
  constructor(view, reveal) {
    this.#view = view;
    this.#reveal = reveal;
  }

  /** @returns {import('./keys.js').Command[]} */
  get commands() {
    return [
      { name: 'region', key: 'b', does: 'box: drag to measure a region (at any time: shift and drag); arrows move it, shift and arrows resize it', run: () => this.#toggle('region') },
      { name: 'line', key: 'l', does: 'line: drag to see the codes along it (at any time: alt and drag); arrows likewise', run: () => this.#toggle('line') },
    ];
  }

  /** Listens to a view, wherever it is. @param {SinkView} view */
  listen(view) {
    view.addEventListener('region', (event) => this.#drawn(view, 'Histogram', 'region', /** @type {CustomEvent} */ (event).detail, regionWords));
    view.addEventListener('line', (event) => this.#drawn(view, 'Profile', 'line', /** @type {CustomEvent} */ (event).detail, lineWords));
    view.addEventListener('tool', () => this.update());
  }

  /** Arrow keys are for what is drawn while there is a tool. @param {number} right @param {number} down @param {boolean} resizes */
  steer(right, down, resizes) {
    return this.#view()?.moveDrawn(right, down, resizes) ?? false;
  }

  /** Escape takes away what is drawn; whether there was anything. */
  back() {
    return this.#view()?.dropDrawn() ?? false;
  }

  /** Which tool is in hand. */
  update() {
    const tool = this.#view()?.tool ?? null;
    for (const button of document.querySelectorAll('[data-tool]')) {
      setAttribute(button, 'aria-pressed', String(/** @type {HTMLElement} */ (button).dataset.tool === tool));
    }
  }

  /** @param {'region' | 'line'} tool */
  #toggle(tool) {
    const view = this.#view();
    if (!view) return;
    view.tool = view.tool === tool ? null : tool;
    const drawn = tool === 'region' ? 'region: drag, or press an arrow key' : 'line: drag, or press an arrow key';
    setText(this.spoken, view.tool ? drawn : '');
  }

  /** @param {SinkView} view @param {string} title @param {string} what @param {any} shape @param {(shape: any) => string} words */
  #drawn(view, title, what, shape, words) {
    if (view !== this.#view() || shape?.done === false) return;
    setText(this.spoken, shape ? `${what} ${words(shape)}` : `no ${what}`);
    // Only now: a panel that opens under a hand would move the picture away from it.
    if (shape) this.#reveal(title);
  }
}

/** Buttons of the tools, for a section. */
export function toolButtons() {
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ key) => make('button',
    { type: 'button', 'data-command': name, 'data-tool': name, 'aria-pressed': 'false', 'aria-keyshortcuts': key }, label, ' ', make('kbd', {}, key));
  return make('p', { class: 'tools-of-picture' }, button('region', 'Region', 'b'), button('line', 'Line', 'l'));
}
