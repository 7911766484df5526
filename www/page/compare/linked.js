// Linked zoom on the page: in the grid all pictures zoom and pan as one; on the stage, the next stream is seen at the place
// of the one before.
// It must not know what the pictures show.

import { Link } from '../../view/link.js';

/** @typedef {import('../streams/tile.js').Tile} Tile */

export class Linked {
  #link = new Link();
  #on = false;
  /** Of the stream that had the stage last. @type {{ x: number, y: number, width: number } | null} */
  #viewport = null;
  #around;

  /** @param {{ tiles: () => Tile[], staged: () => Tile | null, changed: () => void }} around */
  constructor(around) {
    this.#around = around;
  }

  get on() {
    return this.#on;
  }

  /** @returns {import('../keys.js').Command[]} */
  get commands() {
    return [{ name: 'link', key: 'k', does: 'link zoom and pan: of all pictures in the grid, and from stream to stream', run: () => this.#toggle() }];
  }

  /** Called before the stage changes. */
  leave() {
    this.#viewport = this.#around.staged()?.view.viewport ?? null;
  }

  /** Called when the stage has changed, or the streams have. */
  stage() {
    const staged = this.#around.staged();
    const views = this.#around.tiles().map(({ view }) => view);
    const inGrid = this.#on && staged === null;
    document.body.classList.toggle('linked', inGrid);
    if (inGrid) for (const view of views) view.toggleAttribute('zoomable', true);
    this.#link.views = inGrid ? views : [];
    const viewport = this.#viewport;
    if (!this.#on || !staged || !viewport) return;
    const { view } = staged;
    // A view that has not been seen yet has no place to be zoomed at.
    if (view.zoom === null) view.addEventListener('zoom', () => { view.viewport = viewport; }, { once: true });
    else view.viewport = viewport;
  }

  #toggle() {
    this.#on = !this.#on;
    this.#viewport = null;
    if (!this.#on && !this.#around.staged()) {
      for (const { view } of this.#around.tiles()) {
        view.viewport = null;
        view.toggleAttribute('zoomable', false);
      }
    }
    this.stage();
    this.#around.changed();
  }
}
