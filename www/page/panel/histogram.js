// The HISTOGRAM section: how often each code is in the frame on the stage, or in its region, component by component, and
// statistics of them.
// It must not know how codes are read, nor what a format is.

import { draw, make, setAttribute, setText } from '../dom.js';
import { toolButtons } from '../measures.js';
import { recall, remember } from '../stored.js';
import { regionWords } from '../../view/region.js';
import { count, NONE } from '../words.js';

/** @typedef {import('../../sink-view.js').SinkView} SinkView */
/** @typedef {import('../../view/inspectable.js').Measurement} Measurement */
/** @typedef {import('../../view/inspectable.js').Measured} Measured */

const HEIGHT = 48;
/** A bin with a single code among millions is still a line. */
const LEAST = 1;
/** Components whose letter says nothing. @type {Record<string, string>} */
const NAMES = { S: 'site', I: 'index' };
const LABELS = ['min', 'max', 'mean', 'σ', 'zero', 'saturated'];
const TITLES = ['least code', 'greatest code', 'mean of all codes', 'standard deviation of all codes',
  'codes that are 0', 'codes at full scale'];

export class HistogramSection {
  title = 'Histogram';
  #nothing = make('p', { class: 'quiet' }, 'no frame has been measured yet');
  #log = /** @type {HTMLInputElement} */ (make('input', { type: 'checkbox' }));
  #of = make('span', { class: 'quiet' });
  #where = make('p', { class: 'where' });
  #list = make('ol', { 'aria-label': 'Components' });
  #shown = make('div', { class: 'measured' },
    make('p', { class: 'head' }, make('label', {}, this.#log, 'logarithmic'), this.#of), this.#where, this.#list);
  element = make('div', { class: 'histogram' }, toolButtons(), this.#nothing, this.#shown);
  /** @type {SinkView | null} */
  #view = null;
  #seen = false;
  /** @type {Measurement | null} */
  #measurement = null;
  /** @type {Histogram[]} */
  #histograms = [];
  #measured = (/** @type {Event} */ event) => this.#show(/** @type {CustomEvent} */ (event).detail);
  #forget = () => this.#show(null);

  constructor() {
    this.#log.checked = recall('histogram') === 'log';
    this.#log.addEventListener('change', () => {
      remember('histogram', this.#log.checked ? 'log' : 'linear');
      this.#show(this.#measurement);
    });
    this.#show(null);
  }

  /** Only a view that can be seen is measured. @param {import('./panel.js').Shown} shown */
  update({ view, seen }) {
    if (view !== this.#view) {
      this.#view?.removeEventListener('measured', this.#measured);
      this.#view?.removeEventListener('layout', this.#forget);
      if (this.#view && this.#seen) this.#view.measuring = false;
      this.#view = view;
      this.#seen = false;
      view?.addEventListener('measured', this.#measured);
      view?.addEventListener('layout', this.#forget);
      this.#show(null);
    }
    // Scripts may have a view measured too: it is switched only when the section opens or folds.
    if (view && seen !== this.#seen) view.measuring = seen;
    this.#seen = seen;
  }

  /** @param {Measurement | null} measurement */
  #show(measurement) {
    this.#measurement = measurement;
    this.#nothing.hidden = measurement !== null;
    this.#shown.hidden = measurement === null;
    if (!measurement) return;
    const { components, sequence, rect, ofRegion } = measurement;
    setText(this.#of, `frame ${count(sequence)}`);
    setText(this.#where, ofRegion ? `region ${regionWords(rect)}` : `whole frame ${rect.width}x${rect.height}`);
    while (this.#histograms.length > components.length) this.#histograms.pop()?.element.remove();
    while (this.#histograms.length < components.length) {
      const histogram = new Histogram();
      this.#histograms.push(histogram);
      this.#list.append(histogram.element);
    }
    components.forEach((component, n) => this.#histograms[n].show(component, this.#log.checked));
  }
}

/** One component: its bins, and its numbers below. */
class Histogram {
  #name = make('span');
  #used = make('span', { title: 'from the lowest to the highest bit that any code has set' });
  #bars = draw('path');
  #picture = draw('svg', { preserveAspectRatio: 'none', role: 'img' }, this.#bars);
  #values = LABELS.map(() => make('span'));
  #shares = LABELS.map(() => make('span', { class: 'quiet' }));
  element = make('li', {}, make('p', {}, this.#name, this.#used), this.#picture, make('dl', {},
    ...LABELS.map((label, n) => make('div', { title: TITLES[n] }, make('dt', {}, label), make('dd', {}, this.#values[n], this.#shares[n])))));

  /** @param {Measured} measured @param {boolean} log */
  show(measured, log) {
    const { name, depth, bins, usedBits } = measured;
    const named = NAMES[name] ?? name;
    setText(this.#name, named);
    setText(this.#used, `${usedBits} of ${depth} bits used`);
    textsOf(measured).forEach(([text, share = ''], n) => {
      setText(this.#values[n], text);
      setText(this.#shares[n], share);
    });
    setAttribute(this.#picture, 'viewBox', `0 0 ${bins.length} ${HEIGHT}`);
    setAttribute(this.#picture, 'aria-label', `histogram of ${named}, codes 0 to ${2 ** depth - 1}`);
    setAttribute(this.#bars, 'd', bars(bins, log));
  }
}

/** In the order of the labels; behind numbers of codes, their share. @param {Measured} measured */
function textsOf({ count: codes, min, max, mean, deviation, zeros, saturated }) {
  const shared = (/** @type {number} */ part) => [count(part), part > 0 ? ` ${percent(part, codes)}` : ''];
  return [[whole(min)], [whole(max)], [fraction(mean)], [fraction(deviation)], shared(zeros), shared(saturated)];
}

/** A code, as it is written everywhere: in one word. @param {number | null} code */
function whole(code) {
  return code === null ? NONE : String(code);
}

/** @param {number | null} value */
function fraction(value) {
  return value === null ? NONE : value.toFixed(2);
}

/** A few are never none, and not all of them never all. @param {number} part @param {number} all */
function percent(part, all) {
  const share = (100 * part) / all;
  if (share < 1) return '<1 %';
  if (part < all && share > 99) return '>99 %';
  return `${Math.round(share)} %`;
}

/** An area over the bins. @param {Uint32Array} bins @param {boolean} log */
function bars(bins, log) {
  const scale = (/** @type {number} */ value) => (log ? Math.log1p(value) : value);
  const most = scale(bins.reduce((most, bin) => Math.max(most, bin), 1));
  let path = '';
  for (let bin = 0; bin < bins.length; bin++) {
    if (bins[bin] === 0) continue;
    const height = Math.max(LEAST, (scale(bins[bin]) / most) * HEIGHT);
    path += `M${bin} ${HEIGHT}v${-height.toFixed(1)}h1v${height.toFixed(1)}z`;
  }
  return path;
}
