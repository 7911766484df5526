// Comparing on the page: the bar with both sides, the ways to see them, and the numbers that tell them apart.
// It must not know how pictures are laid beside each other, nor how frames are compared.

import { make, setAttribute, setText, stateShape } from '../dom.js';
import { pushButton } from '../fields.js';
import { Figures } from './figures.js';
import { recall, remember } from '../stored.js';

/** @typedef {import('../streams/tile.js').Tile} Tile */
/** @typedef {import('../../view/comparable.js').Mode} Mode */

const HELD = 'held frame';
/** @type {[Mode, string, string][]} */
const MODES = [
  ['side', 'Side by side', 'both at the same place'],
  ['wipe', 'Wipe', 'a divider that is dragged, or moved with [ and ]'],
  ['blink', 'Blink', 'in turns; x by hand'],
  ['difference', 'Difference', 'of every sample, amplified; [ and ] change the gain'],
];
const GAINS = [1, 2, 4, 8, 16, 32, 64, 256, 1024, 4096];
/** Part of the width that a key moves the divider by. */
const STEP = 0.02;

/**
 * @typedef {object} Around
 * @property {() => Tile[]} tiles
 * @property {() => Tile | null} staged
 * @property {(name: string) => void} go to a stream
 * @property {() => void} changed
 */

export class Compare {
  #element;
  #around;
  /** The sides, while they are compared. @type {Tile | null} */
  #one = null;
  /** @type {Tile | null} */
  #lent = null;
  #other = '';
  #ofOne = this.#side('A', 'stream', (name) => this.#around.go(name));
  #ofOther = this.#side('B', 'compared with', (name) => this.#choose(name));
  #modes = MODES.map(([mode, name, title]) => {
    const button = pushButton(name, () => this.#show(mode));
    button.title = title;
    return button;
  });
  #gain = /** @type {HTMLSelectElement} */ (make('select', { 'aria-label': 'Gain', title: 'how many times as bright the difference is drawn' },
    ...GAINS.map((gain) => make('option', { value: String(gain) }, `× ${gain}`))));
  #flip = pushButton('Flip', () => this.#turn());
  #hold = pushButton('Hold anew', () => this.#begin(true));
  #figures = new Figures((at) => { if (this.#one) this.#one.view.point = at; });
  #compared = (/** @type {Event} */ event) => this.#figures.take(/** @type {CustomEvent} */ (event).detail);
  /** @type {Mode} */
  #mode = MODES.find(([mode]) => mode === recall('compare.mode'))?.[0] ?? 'side';

  /** @param {HTMLElement} element @param {Around} around */
  constructor(element, around) {
    this.#element = element;
    this.#around = around;
    this.#gain.value = recall('compare.gain') ?? '1';
    if (this.#gain.selectedIndex < 0) this.#gain.value = '1';
    this.#gain.addEventListener('change', () => {
      remember('compare.gain', this.#gain.value);
      this.#apply();
    });
    const close = pushButton('×', () => this.close());
    setAttribute(close, 'aria-label', 'Leave comparing');
    close.title = 'Leave (Escape)';
    this.#flip.title = 'Show the other (x)';
    element.append(
      make('div', { class: 'sides' }, this.#ofOne.element, this.#ofOther.element, this.#hold),
      make('div', { class: 'modes', role: 'group', 'aria-label': 'Way to compare' }, ...this.#modes, this.#gain, this.#flip),
      this.#figures.element,
      make('div', { class: 'away' }, close));
  }

  /** Whether two are compared. */
  get active() {
    return this.#one !== null;
  }

  /** The view of the other side, where it is a stream's. */
  get other() {
    return this.#lent?.view ?? null;
  }

  /** @returns {import('../keys.js').Command[]} */
  get commands() {
    const when = () => this.active;
    return [
      { name: 'compare', key: 'c', does: 'compare with another stream or a held frame; again: the next way to see both', run: () => this.#next() },
      { name: 'wipe', key: '[', also: [']'], shown: '[ ]', does: 'in compare: move the divider; less and more gain', repeats: true, when, run: (event) => this.#step(event?.key === ']' ? 1 : -1) },
      { name: 'flip', key: 'x', does: 'in compare: show the other side, by hand', when, run: () => this.#turn() },
    ];
  }

  /** The stage has changed, or the streams have. */
  stage() {
    const staged = this.#around.staged();
    if (!this.active) return;
    if (!staged) return this.close();
    if (staged !== this.#one) {
      const before = this.#one?.name ?? '';
      this.#leave();
      this.#one = staged;
      if (this.#other === staged.name) this.#other = before;
      this.#begin(true);
    }
    this.#lend();
  }

  close() {
    this.#leave();
    this.#one = null;
    this.#element.hidden = true;
    document.body.classList.remove('comparing');
    this.#around.changed();
  }

  /** @param {number} now */
  update(now) {
    const one = this.#one;
    if (!one) return;
    const names = this.#around.tiles().map(({ name }) => name);
    this.#ofOne.show(names, one.name, one.model, now);
    this.#ofOther.show([...names.filter((name) => name !== one.name), HELD], this.#other, this.#lent?.model ?? null, now);
    if (this.#other !== HELD && !names.includes(this.#other)) this.#choose(this.#fallback());
    MODES.forEach(([mode], n) => setAttribute(this.#modes[n], 'aria-pressed', String(mode === this.#mode)));
    this.#gain.hidden = this.#mode !== 'difference';
    this.#flip.hidden = this.#mode !== 'blink';
    this.#hold.hidden = this.#other !== HELD;
    this.#figures.update();
  }

  #next() {
    if (this.active) {
      const at = MODES.findIndex(([mode]) => mode === this.#mode);
      return this.#show(MODES[(at + 1) % MODES.length][0]);
    }
    const tiles = this.#around.tiles();
    if (tiles.length === 0) return;
    const focused = tiles.find(({ element }) => element.contains(document.activeElement));
    const one = this.#around.staged() ?? focused ?? tiles[0];
    this.#one = one;
    this.#other = this.#fallback();
    this.#element.hidden = false;
    document.body.classList.add('comparing');
    this.#around.go(one.name);
    this.#lend();
    this.#begin(true);
    this.#around.changed();
  }

  /** The stream after the first side's, or a frame of its own. */
  #fallback() {
    const tiles = this.#around.tiles();
    const at = tiles.findIndex((tile) => tile === this.#one);
    return tiles.length > 1 ? tiles[(at + 1) % tiles.length].name : HELD;
  }

  /** @param {string} name of a stream, or that of the held frame */
  #choose(name) {
    this.#other = name;
    this.#lend();
    this.#begin(true);
    this.#around.changed();
  }

  /** The other side's view stays in sight, below the first: what nobody sees is not received. */
  #lend() {
    const tile = this.#around.tiles().find(({ name }) => name === this.#other) ?? null;
    if (this.#lent !== tile) this.#return();
    this.#lent = tile;
    if (!tile) return;
    tile.element.hidden = false;
    tile.element.inert = true;
    tile.element.classList.add('lent');
  }

  #return() {
    const element = this.#lent?.element;
    this.#lent = null;
    if (!element) return;
    element.classList.remove('lent');
    element.inert = false;
    const staged = this.#around.staged();
    element.hidden = staged !== null && staged.element !== element;
  }

  #leave() {
    this.#return();
    this.#one?.view.removeEventListener('compared', this.#compared);
    this.#one?.view.compareWith(null).catch(() => {});
    this.#figures.take(null);
  }

  /** @param {boolean} anew with a frame that is held now, where it is one's own */
  async #begin(anew) {
    const one = this.#one;
    if (!one) return;
    one.view.addEventListener('compared', this.#compared);
    this.#figures.take(null);
    try {
      if (this.#other === HELD && anew) await one.view.hold();
      if (this.#one === one) await one.view.compareWith(this.other ?? 'held', this.#options);
    } catch (error) {
      this.#figures.say(/** @type {Error} */ (error).message);
    }
  }

  get #options() {
    return { mode: this.#mode, gain: Number(this.#gain.value) };
  }

  #apply() {
    const comparison = this.#one?.view.comparison;
    if (comparison) this.#one?.view.compareWith(comparison.other, this.#options).catch((error) => this.#figures.say(error.message));
  }

  /** @param {Mode} mode */
  #show(mode) {
    this.#mode = mode;
    remember('compare.mode', mode);
    this.#apply();
    this.#around.changed();
  }

  #turn() {
    if (this.#mode !== 'blink') this.#show('blink');
    this.#one?.view.flip();
  }

  /** @param {number} up */
  #step(up) {
    const comparison = this.#one?.view.comparison;
    if (!comparison) return;
    if (this.#mode === 'wipe') {
      this.#one?.view.compareWith(comparison.other, { divider: comparison.divider + up * STEP });
    } else if (this.#mode === 'difference') {
      const at = Math.min(GAINS.length - 1, Math.max(0, GAINS.indexOf(Number(this.#gain.value)) + up));
      this.#gain.value = String(GAINS[at]);
      this.#gain.dispatchEvent(new Event('change'));
    }
  }

  /** A side: its letter, its name to be chosen, its state. @param {string} letter @param {string} label @param {(name: string) => void} choose */
  #side(letter, label, choose) {
    const select = /** @type {HTMLSelectElement} */ (make('select', { 'aria-label': `${letter}: ${label}` }));
    select.addEventListener('change', () => choose(select.value));
    const shape = stateShape();
    const words = make('span', { class: 'state' });
    const element = make('div', { class: 'side' }, make('b', { 'aria-hidden': 'true' }, letter), select, shape, words);
    let listed = '';
    /** @param {string[]} names @param {string} chosen @param {import('../streams/model.js').StreamModel | null} model @param {number} now */
    const show = (names, chosen, model, now) => {
      const list = names.join('\n');
      if (list !== listed) select.replaceChildren(...names.map((name) => make('option', { value: name }, name)));
      listed = list;
      if (select.value !== chosen) select.value = chosen;
      shape.hidden = model === null;
      setAttribute(shape, 'data-state', model?.state.state ?? '');
      setText(words, model?.stateWords(now) ?? '');
    };
    return { element, show };
  }
}
