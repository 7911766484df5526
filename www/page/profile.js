// The PROFILE section: the codes along the line on the stage, a curve for each component, and what is at a place of it.
// It must not know how codes are read, nor what a format is.

import { lineWords } from '../view/line.js';
import { draw, make, setAttribute, setText } from './dom.js';
import { recall, remember } from './stored.js';
import { count } from './words.js';

/** @typedef {import('../sink-view.js').SinkView} SinkView */
/** @typedef {import('../view/measurable.js').Profile} Profile */

const HEIGHT = 64;
/** Points that have a place of their own in a curve; of more, a column shows the least and the greatest. */
const COLUMNS = 400;
/** Components whose letter says nothing. @type {Record<string, string>} */
const NAMES = { S: 'site', I: 'index' };
const LABELS = ['min', 'max', 'mean'];

export class ProfileSection {
  title = 'Profile';
  #full = /** @type {HTMLInputElement} */ (make('input', { type: 'checkbox' }));
  #line = make('span');
  #of = make('span', { class: 'quiet' });
  #position = /** @type {HTMLInputElement} */ (make('input', { type: 'range', min: '0', step: '1', 'aria-label': 'Position on the line' }));
  #at = make('span', { class: 'at' });
  #list = make('ol', { 'aria-label': 'Components' });
  element = make('div', { class: 'profile' },
    make('p', { class: 'head' }, make('label', {}, this.#full, 'full scale'), this.#of),
    make('p', { class: 'where' }, this.#line),
    make('p', { class: 'head' }, this.#position, this.#at),
    this.#list);
  /** @type {SinkView | null} */
  #view = null;
  /** @type {Profile | null} */
  #profile = null;
  /** @type {Curve[]} */
  #curves = [];
  #profiled = (/** @type {Event} */ event) => this.#show(/** @type {CustomEvent} */ (event).detail);
  #moved = () => this.#arrange();

  constructor() {
    this.#full.checked = recall('profile') === 'full';
    this.#full.addEventListener('change', () => {
      remember('profile', this.#full.checked ? 'full' : 'spread');
      this.#show(this.#profile);
    });
    this.#position.addEventListener('input', () => {
      if (this.#view) this.#view.position = Number(this.#position.value);
    });
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view }) {
    if (view !== this.#view) {
      for (const [type, listener] of /** @type {const} */ ([['profiled', this.#profiled], ['line', this.#moved], ['position', this.#moved]])) {
        this.#view?.removeEventListener(type, listener);
        view?.addEventListener(type, listener);
      }
      this.#view = view;
      this.#profile = null;
    }
    this.#arrange();
  }

  /** Without a line there is nothing to tell. */
  get hidden() {
    return !this.#view?.line;
  }

  /** There is a line or none, and a place on it. */
  #arrange() {
    const line = this.#view?.line ?? null;
    if (!line) this.#profile = null;
    if (!line) return;
    setText(this.#line, lineWords(line));
    this.#mark();
  }

  /** @param {Profile | null} profile */
  #show(profile) {
    this.#profile = profile;
    if (!profile) return;
    const { components, sequence } = profile;
    setText(this.#of, `frame ${count(sequence)}`);
    while (this.#curves.length > components.length) this.#curves.pop()?.element.remove();
    while (this.#curves.length < components.length) {
      const curve = new Curve((position) => {
        if (this.#view) this.#view.position = position;
      });
      this.#curves.push(curve);
      this.#list.append(curve.element);
    }
    components.forEach((component, n) => this.#curves[n].show(component, this.#full.checked));
    this.#mark();
  }

  /** What is at the place that is marked. */
  #mark() {
    const profile = this.#profile;
    const position = this.#view?.position ?? null;
    if (!profile) return;
    const last = profile.points.length / 2 - 1;
    setAttribute(this.#position, 'max', String(last));
    const at = position === null ? null : Math.min(last, position);
    this.#position.value = String(at ?? 0);
    const [x, y] = [profile.points[2 * (at ?? 0)], profile.points[2 * (at ?? 0) + 1]];
    setText(this.#at, at === null ? '' : `${at}  x ${x}  y ${y}`);
    const codes = profile.components.map(({ name, codes }) => `${NAMES[name] ?? name} ${codes[at ?? 0]}`).join(', ');
    setAttribute(this.#position, 'aria-valuetext', at === null ? 'nothing marked' : `${at}, x ${x}, y ${y}: ${codes}`);
    for (const curve of this.#curves) curve.mark(at);
  }
}

/** One component: its curve, and its numbers. */
class Curve {
  #name = make('span');
  #code = make('span', { class: 'code' });
  #path = draw('path', { 'vector-effect': 'non-scaling-stroke' });
  #mark = draw('line', { class: 'mark', y1: '0', y2: String(HEIGHT), 'vector-effect': 'non-scaling-stroke' });
  #picture = draw('svg', { preserveAspectRatio: 'none', role: 'img' }, this.#path, this.#mark);
  #values = LABELS.map(() => make('dd'));
  element = make('li', {}, make('p', {}, this.#name, this.#code), this.#picture,
    make('dl', {}, ...LABELS.map((label, n) => make('div', {}, make('dt', {}, label), this.#values[n]))));
  /** @type {Uint16Array} */
  #codes = new Uint16Array();

  /** @param {(position: number) => void} point */
  constructor(point) {
    const pointed = (/** @type {PointerEvent} */ { clientX }) => {
      const { left, width } = this.#picture.getBoundingClientRect();
      if (width > 0) point(Math.min(this.#codes.length - 1, Math.max(0, Math.floor(((clientX - left) / width) * this.#codes.length))));
    };
    this.#picture.addEventListener('pointermove', pointed);
    this.#picture.addEventListener('pointerdown', pointed);
  }

  /** @param {Profile['components'][number]} component @param {boolean} isFull whether all codes there can be have a place */
  show({ name, depth, codes }, isFull) {
    this.#codes = codes;
    const named = NAMES[name] ?? name;
    setText(this.#name, named);
    let [min, max, sum] = [codes[0], codes[0], 0];
    for (const code of codes) {
      if (code < min) min = code;
      if (code > max) max = code;
      sum += code;
    }
    [String(min), String(max), (sum / codes.length).toFixed(2)].forEach((text, n) => setText(this.#values[n], text));
    const [from, to] = isFull ? [0, 2 ** depth - 1] : [min, max];
    setAttribute(this.#picture, 'viewBox', `0 0 ${codes.length} ${HEIGHT}`);
    setAttribute(this.#picture, 'aria-label', `profile of ${named}: ${codes.length} codes from ${min} to ${max}, drawn from ${from} to ${to}`);
    // One code all along is in the middle.
    setAttribute(this.#path, 'd', from < to ? curve(codes, from, to) : curve(codes, from - 1, to + 1));
  }

  /** @param {number | null} position */
  mark(position) {
    setText(this.#code, position === null ? '' : String(this.#codes[position] ?? ''));
    const x = String((position ?? 0) + 0.5);
    setAttribute(this.#mark, 'x1', x);
    setAttribute(this.#mark, 'x2', x);
    setAttribute(this.#mark, 'visibility', position === null ? 'hidden' : 'visible');
  }
}

/** A step for each code, or a line from the least to the greatest of several. @param {Uint16Array} codes @param {number} from @param {number} to */
function curve(codes, from, to) {
  // A line as thick as the edge of the plot is not cut by it.
  const y = (/** @type {number} */ code) => (HEIGHT - 2 - ((code - from) / (to - from)) * (HEIGHT - 4)).toFixed(1);
  const wide = Math.ceil(codes.length / COLUMNS);
  let path = '';
  for (let at = 0; at < codes.length; at += wide) {
    let [min, max] = [codes[at], codes[at]];
    const end = Math.min(codes.length, at + wide);
    for (let next = at + 1; next < end; next++) {
      if (codes[next] < min) min = codes[next];
      if (codes[next] > max) max = codes[next];
    }
    if (wide === 1) path += `${at === 0 ? 'M0 ' : 'V'}${y(min)}H${end}`;
    else path += `${at === 0 ? 'M0 ' : `L${at} `}${y(min)}L${at} ${y(max)}`;
  }
  return path;
}
