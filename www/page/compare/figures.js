// How far two frames are apart, in numbers: the greatest difference and the PSNR of each component, and which frames they are.
// It must not know which views they are of.

import { make, setAttribute, setText } from '../dom.js';
import { count, NONE } from '../words.js';

/** @typedef {import('../../view/comparable.js').Compared} Compared */
/** @typedef {import('../../view/comparable.js').Apart} Apart */

/** Components whose letter says nothing. @type {Record<string, string>} */
const NAMES = { S: 'site' };

export class Figures {
  #list = make('ul', { 'aria-label': 'Differences' });
  #pair = make('p', { class: 'pair' });
  element = make('div', { class: 'figures' }, this.#list, this.#pair);
  #go;
  /** @type {Compared | null} */
  #compared = null;
  #fault = '';
  /** @type {Figure[]} */
  #figures = [];

  /** @param {(at: { x: number, y: number }) => void} go to a pixel */
  constructor(go) {
    this.#go = go;
  }

  /** @param {Compared | null} compared null for nothing yet */
  take(compared) {
    this.#compared = compared;
    this.#fault = '';
  }

  /** @param {string} fault why there is nothing to compare */
  say(fault) {
    this.#fault = fault;
  }

  update() {
    const { components = [], kind = null } = this.#compared ?? {};
    while (this.#figures.length > components.length) this.#figures.pop()?.element.remove();
    while (this.#figures.length < components.length) {
      const figure = new Figure(this.#go);
      this.#figures.push(figure);
      this.#list.append(figure.element);
    }
    components.forEach((component, n) => this.#figures[n].show(component));
    setText(this.#pair, this.#fault || (this.#compared ? pairWords(this.#compared) : 'waiting for two frames'));
    setAttribute(this.#list, 'data-kind', kind ?? '');
  }
}

/** One component: pressed, it goes to the pixel that is farthest apart. */
class Figure {
  #name = make('b');
  #max = make('span', { class: 'number' });
  #psnr = make('span', { class: 'number' });
  #button = /** @type {HTMLButtonElement} */ (make('button', { type: 'button' }, this.#name, make('span', { class: 'label' }, 'max'), this.#max, make('span', { class: 'label' }, 'PSNR'), this.#psnr));
  element = make('li', {}, this.#button);
  /** @type {{ x: number, y: number } | null} */
  #at = null;

  /** @param {(at: { x: number, y: number }) => void} go */
  constructor(go) {
    this.#button.addEventListener('click', () => this.#at && go(this.#at));
  }

  /** @param {Apart} apart */
  show({ name, depth, max, at, psnr }) {
    this.#at = at;
    setText(this.#name, NAMES[name] ?? name);
    setText(this.#max, String(max));
    setText(this.#psnr, psnrWords(psnr));
    this.#button.disabled = at === null;
    const place = at ? `; first at x ${at.x}, y ${at.y}: go there` : '';
    setAttribute(this.#button, 'title', `${name}: greatest difference ${max} of ${2 ** depth - 1}${place}`);
  }
}

/** @param {number} psnr dB */
function psnrWords(psnr) {
  return psnr === Infinity ? '∞ dB' : `${psnr.toFixed(2)} dB`;
}

/** Which frames, and why these two. @param {Compared} compared */
function pairWords({ sequence, otherSequence, pairing, runningTimeDifferenceNanos, identical, text }) {
  const apart = typeof runningTimeDifferenceNanos === 'bigint' ? `${signed(Number(runningTimeDifferenceNanos) / 1e6)} ms apart` : '';
  const paired = { 'running-time': 'paired by running time', newest: '', held: 'with the held frame', none: '' }[pairing];
  const frames = sequence === null ? '' : `frames ${count(sequence)} and ${count(otherSequence ?? NaN)}`;
  return [identical ? 'identical' : '', paired, apart, frames, text].filter(Boolean).join(' · ') || NONE;
}

/** @param {number} millis */
function signed(millis) {
  return `${millis < 0 ? '−' : ''}${Math.abs(millis).toFixed(1)}`;
}
