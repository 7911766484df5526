// One stream of the grid: its <sink-view> with name, state and numbers below. On the stage the caption goes, the view stays.
// It must not know the other streams.

import { make, setAttribute, setText, stateShape } from '../dom.js';
import { hashOf } from './route.js';
import { StreamModel } from './model.js';
import { Cell } from '../status/numbers.js';
import { age, count, fps } from '../words.js';
import '../../sink-view.js';

export class Tile {
  #shape = stateShape();
  #state = make('span', { class: 'state' });
  #caps = make('p', { class: 'caps' });
  #fps = new Cell('', 9, { title: 'frames drawn per second' });
  #age = new Cell('', 7, { title: 'frame age' });
  #cells = {
    received: new Cell('received', 6, { title: 'frames received by this viewer' }),
    drawn: new Cell('drawn', 6, { title: 'frames put on the canvas' }),
    skipped: new Cell('skipped', 5, { title: 'frames overtaken by a newer one before this viewer was free' }),
  };

  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.view = /** @type {import('../../sink-view.js').SinkView} */ (make('sink-view', { stream: name }));
    this.model = new StreamModel(name, this.view);
    // The link covers the whole tile, so that a click anywhere and Enter do the same.
    const link = make('a', { class: 'name', href: hashOf(name) }, name);
    const cells = this.#cells;
    this.element = make('article', { class: 'tile', 'aria-label': name },
      this.view,
      make('div', { class: 'caption' },
        make('p', { class: 'title' }, this.#shape, link, this.#state, this.#fps.element, this.#age.element),
        this.#caps,
        make('p', { class: 'counts' }, ...Object.values(cells).map((cell) => cell.element))));
  }

  /** @param {number} now */
  update(now) {
    const { model } = this;
    setAttribute(this.#shape, 'data-state', model.state.state);
    const { notes } = model;
    setText(this.#state, [model.stateWords(now), ...notes.map(({ word }) => word)].join(' · '));
    setAttribute(this.#state, 'title', [model.stateWords(now), ...notes.map(({ text }) => text)].join(' · '));
    setText(this.#caps, model.caps);
    setAttribute(this.#caps, 'title', model.caps);
    const statistics = model.statistics;
    const cells = this.#cells;
    this.#fps.show(`${fps(statistics?.fps)} fps`);
    this.#age.show(age(model.age(now)));
    cells.received.show(count(statistics?.received));
    cells.drawn.show(count(statistics?.drawn));
    cells.skipped.show(count(statistics?.ledger?.skipped));
  }
}
