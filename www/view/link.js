// Zoom and pan of several views as one: what moves one of them moves all.
// It must not know why they are linked, nor where they are.

/** @typedef {import('./comparable.js').Comparable} View */

export class Link {
  /** @type {Set<View>} */
  #views = new Set();
  #moving = false;
  #follow = (/** @type {Event} */ event) => {
    const moved = /** @type {View} */ (event.currentTarget);
    // What comes of a move here is no move of its own.
    if (this.#moving) return;
    this.#moving = true;
    for (const view of this.#views) {
      if (view !== moved) view.viewport = moved.viewport;
    }
    this.#moving = false;
  };

  /** Moves these views as one from now on, and no others. @param {Iterable<View>} views */
  set views(views) {
    const wanted = new Set(views);
    for (const view of this.#views) {
      if (!wanted.has(view)) view.removeEventListener('zoom', this.#follow);
    }
    for (const view of wanted) {
      if (!this.#views.has(view)) view.addEventListener('zoom', this.#follow);
    }
    this.#views = wanted;
  }
}
