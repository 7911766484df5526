// The PIXEL section: the pixel under the pointer, and those that were pinned, in native codes.
// It must not know how codes are read, nor what a format is.

import { make, setAttribute, setText } from '../dom.js';
import { Turns } from '../../view/turns.js';
import { count } from '../words.js';

/** @typedef {import('../../sink-view.js').SinkView} SinkView */
/** @typedef {import('../../view/inspectable.js').Probe} Probe */

/** Pinned pixels are read this often, at most: faster numbers cannot be read. */
const PINNED_MILLIS = 100;
/** More than these are a table, not a glance. */
const MOST_PINS = 12;
const NOTHING = 'point at a pixel, or hold a finger on it';
const HEADS = ['', 'decimal', 'hex', 'sample', 'byte'];
const TITLES = ['component', 'code', 'code in base 16', 'column and row of the sample in its component', 'offset in the appsink\'s buffer'];

/** @typedef {{ x: number, y: number, label: string, reading: Reading }} Pin */

export class PixelSection {
  title = 'Pixel';
  #current = new Reading();
  #nothing = make('p', { class: 'quiet' }, NOTHING);
  #pin = make('button', { type: 'button', 'aria-keyshortcuts': 'p' }, 'Pin ', make('kbd', {}, 'p'));
  #list = make('ol', { class: 'pins', 'aria-label': 'Pinned pixels' });
  /** For whoever does not see it: once for each pixel that keys or a finger go to, not for each frame. */
  #spoken = make('p', { class: 'unseen', role: 'status' });
  #spokenAt = '';
  element = make('div', { class: 'pixel' }, this.#nothing, this.#current.element, this.#pin, this.#list, this.#spoken);
  /** @type {SinkView | null} */
  #view = null;
  /** @type {Probe & { held?: boolean } | null} */
  #probe = null;
  /** By stream: a pin stays where it was put. @type {Map<string, Pin[]>} */
  #pins = new Map();
  #pinned = 0;
  #turns = new Turns(() => this.#readPins());
  #drawn = () => {
    if (this.#pinsHere.length > 0) this.#turns.ask();
  };
  #probed = (/** @type {Event} */ event) => this.#show(/** @type {CustomEvent} */ (event).detail);

  constructor() {
    this.#pin.addEventListener('click', () => this.pin());
    this.#show(null);
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view, seen }) {
    this.#follow(view);
    view?.toggleAttribute('probing', seen);
  }

  /** The view on the stage is another one, or none. @param {SinkView | null} view */
  #follow(view) {
    if (view === this.#view) return;
    this.#view?.removeEventListener('probe', this.#probed);
    this.#view?.removeEventListener('frame', this.#drawn);
    if (this.#view) this.#view.marks = [];
    this.#view = view;
    view?.addEventListener('probe', this.#probed);
    view?.addEventListener('frame', this.#drawn);
    this.#show(null);
    this.#arrange();
  }

  /** Pins the pixel that is looked at. */
  pin() {
    const view = this.#view;
    const point = view?.point;
    const pins = this.#pinsHere;
    if (!view || !point || pins.length >= MOST_PINS || pins.some(({ x, y }) => x === point.x && y === point.y)) return;
    this.#pins.set(view.stream, [...pins, this.#newPin(point)]);
    this.#arrange();
  }

  /** Pixels that are pinned in the view on the stage. */
  get pinned() {
    return this.#pinsHere.map(({ x, y }) => ({ x, y }));
  }

  /** The pixel that a crosshair was put on; null while only the pointer is somewhere. */
  get crosshair() {
    return this.#probe?.held ? { x: this.#probe.x, y: this.#probe.y } : null;
  }

  /** What is said of the pixel that is looked at; null where none is. */
  get probe() {
    return this.#probe;
  }

  /** Pins these pixels of a view, and no others. @param {SinkView} view @param {{ x: number, y: number }[]} places */
  pinAt(view, places) {
    this.#pins.set(view.stream, places.map((place) => this.#newPin(place)));
    if (view === this.#view) this.#arrange();
  }

  /** @param {{ x: number, y: number }} place @returns {Pin} */
  #newPin({ x, y }) {
    const label = String(++this.#pinned);
    return { x, y, label, reading: new Reading(label, () => this.#remove(label)) };
  }

  get #pinsHere() {
    return this.#pins.get(this.#view?.stream ?? '') ?? [];
  }

  /** @param {string} label */
  #remove(label) {
    if (!this.#view) return;
    this.#pins.set(this.#view.stream, this.#pinsHere.filter((pin) => pin.label !== label));
    this.#arrange();
    this.#pin.focus();
  }

  #arrange() {
    const pins = this.#pinsHere;
    this.#list.replaceChildren(...pins.map(({ reading }) => make('li', {}, reading.element)));
    this.#list.hidden = pins.length === 0;
    if (this.#view) this.#view.marks = pins.map(({ x, y, label }) => ({ x, y, label }));
    if (pins.length > 0) this.#turns.ask();
  }

  async #readPins() {
    const view = this.#view;
    if (!view) return 0;
    for (const { x, y, reading } of this.#pinsHere) {
      // Outside of a frame that has become smaller there is nothing to read.
      reading.show(await view.probe(x, y, { fetch: false }).catch(() => null), { x, y });
    }
    return PINNED_MILLIS;
  }

  /** @param {Probe & { held?: boolean } | null} probe */
  #show(probe) {
    this.#probe = probe;
    const at = probe?.held ? `x ${probe.x}, y ${probe.y}` : '';
    if (at !== this.#spokenAt) {
      this.#spokenAt = at;
      const codes = probe?.components.map((component) => cells(component, probe).slice(0, 2).join(' ')) ?? [];
      setText(this.#spoken, at && `${at}: ${codes.join(', ')}`);
    }
    this.#nothing.hidden = probe !== null;
    this.#current.element.hidden = probe === null;
    /** @type {HTMLButtonElement} */ (this.#pin).disabled = probe === null;
    if (probe) this.#current.show(probe, probe);
  }
}

/** One pixel: where it is, its colour as drawn, and a row for each component. */
class Reading {
  #place = make('span', { class: 'place' });
  #swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
  #rgb = make('span', { class: 'rgb' });
  #rows = make('tbody');
  element;

  /** @param {string} [label] of a pinned one @param {() => void} [remove] */
  constructor(label, remove) {
    const head = make('p', { class: 'head' }, this.#place, this.#swatch, this.#rgb);
    if (label && remove) {
      head.prepend(make('span', { class: 'pin' }, label));
      const away = make('button', { type: 'button', 'aria-label': `Remove pin ${label}`, title: `Remove pin ${label}` }, '×');
      away.addEventListener('click', remove);
      head.append(away);
    }
    const heads = HEADS.map((text, n) => make('th', { scope: 'col', title: TITLES[n] }, text || make('span', { class: 'unseen' }, 'component')));
    this.element = make('div', { class: 'reading-of-pixel' }, head, make('table', { 'aria-label': 'Components' }, make('thead', {}, make('tr', {}, ...heads)), this.#rows));
  }

  /** @param {Probe | null} probe null where the frame has no such pixel @param {{ x: number, y: number }} at */
  show(probe, { x, y }) {
    setText(this.#place, `x ${x}  y ${y}`);
    this.#swatch.style.background = probe ? `rgb(${probe.rgb.join(' ')})` : 'none';
    setText(this.#rgb, probe ? `#${probe.rgb.map((code) => hex(code, 8)).join('')}` : 'not in this frame');
    setAttribute(this.#rgb, 'title', probe ? `drawn as R ${probe.rgb[0]}, G ${probe.rgb[1]}, B ${probe.rgb[2]}` : '');
    const rows = probe ? probe.components.map((component) => cells(component, probe)) : [];
    const { children } = this.#rows;
    while (children.length > rows.length) children[children.length - 1].remove();
    while (children.length < rows.length) {
      this.#rows.append(make('tr', {}, make('th', { scope: 'row' }), ...HEADS.slice(1).map(() => make('td'))));
    }
    rows.forEach((texts, n) => texts.forEach((text, column) => setText(children[n].children[column], text)));
    rows.forEach((_, n) => setAttribute(children[n], 'title', probe ? titleOf(probe.components[n]) : ''));
  }
}

/** What a pixel holds, in a line. @param {Probe} probe */
export function valueOf(probe) {
  const codes = probe.components.map((component) => cells(component, probe).slice(0, 2).join(' '));
  return `x ${probe.x} y ${probe.y}  ${codes.join(' ')}  seq ${probe.sequence}`;
}

/** @param {import('../../view/inspectable.js').Component} component @param {Probe} probe */
function cells({ name, code, depth, byteOffset, column, row }, { site, index, whole }) {
  const named = site ?? (index !== null ? 'index' : name);
  return [named, String(code), hex(code, depth), `${column}, ${row}`, byteOffset === null ? (whole ? 'converted' : 'a part') : count(byteOffset)];
}

/** @param {import('../../view/inspectable.js').Component} component */
function titleOf({ depth, plane }) {
  return `${depth} bits, in plane ${plane}`;
}

/** As many digits as the depth has. @param {number} code @param {number} depth */
function hex(code, depth) {
  return code.toString(16).padStart(Math.ceil(depth / 4), '0');
}
