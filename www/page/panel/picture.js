// The PICTURE section: how the frames on the stage are shown, and the controls that change it.
// It must not know what a setting does to a pixel: it sets the view's attributes and repeats what the viewer tells.

import { choices, OVERRIDES, SENDING, valueOf } from '../../view/picture.js';
import { make, setText } from '../dom.js';
import { Field, input, pushButton, select } from '../fields.js';
import { bitsWords, conversion, isHighRange, sentNotes, transferWords } from '../notes.js';
import { Wedge } from './wedge.js';

/** @typedef {import('../../sink-view.js').SinkView} SinkView */

/** Choosing a colour of its own for code 0 begins with this one: it is in none of the maps. */
const ZERO_COLOR = '#ff00ff';
/** Components whose letter says nothing. @type {Record<string, string>} */
const NAMES = { S: 'site', I: 'index' };
/** What an override replaces: its label, the layout's key of it, the key in the `picture` event. */
const OVERRIDDEN = [['matrix', 'matrix', 'matrix'], ['range', 'range', 'range'], ['chroma site', 'chroma_site', 'chromaSite']];

export class PictureSection {
  title = 'Picture';
  folded = true;
  /** @type {SinkView | null} */
  #view = null;
  #none = make('p', { class: 'quiet' });
  #converted = make('p', { class: 'said' });
  #color = new Field('colour', select([['itu', 'itu, the standards'], ['gst', 'gst, as videoconvert']], this.#setter('color')));
  #overrides = OVERRIDES.map((attribute, n) => new Field(OVERRIDDEN[n][0],
    select([['', 'as the caps say'], ...same(choices(attribute))], this.#setter(attribute))));
  #transfer = new Field('transfer', make('output', { class: 'said' }));
  #tone = new Field('tone map', input({ type: 'checkbox' }, (value) => this.#set('tone-map', value ? '' : null)),
    make('span', { class: 'quiet' }, 'to SDR'));
  #clear = pushButton('Clear overrides', () => this.#clearOverrides());
  #levels = new Field('display range', select([['full', 'full'], ['auto', 'auto, 0.5 to 99.5 %'],
    ['observed', 'observed, min to max'], ['manual', 'manual']], (mode) => this.#setLevels(mode)));
  #black = input({ type: 'number', id: 'field-black', step: '1', min: '0', max: '65535' }, () => this.#setEnds());
  #white = input({ type: 'number', step: '1', min: '0', max: '65535', 'aria-label': 'white, in codes' }, () => this.#setEnds());
  #ends = new Field('codes from', this.#black, make('span', { class: 'quiet' }, 'to'), this.#white);
  #gamma = new Field('gamma', input({ type: 'number', step: '0.1', min: '0.1', max: '100' }, this.#setter('gamma')));
  #map = new Field('colour map', select(same(choices('map')), this.#setter('map')));
  #wedge = new Wedge();
  #zeroColor = input({ type: 'color', 'aria-label': 'colour for code 0' }, this.#setter('zero'));
  #zero = new Field('colour for 0', input({ type: 'checkbox' }, (value) => this.#set('zero', value ? ZERO_COLOR : null)), this.#zeroColor);
  #bayer = new Field('Bayer view', select(same(choices('bayer')), this.#setter('bayer')));
  #sent = new Field('sent', select([['auto', 'auto, what the link takes'], ['full', 'whole frames'],
    ['fit', 'samples for the size seen'], ['region', 'the part seen']], this.#setter('view')));
  #encoding = new Field('encoding', select([['auto', 'auto, where it is faster'], ['raw', 'raw'], ['lz4', 'lz4'],
    ['residual', 'residual']], this.#setter('encoding')));
  #observing = make('h3');
  #observed = make('ul', { class: 'observed' });
  #controls = make('div', { class: 'fields' },
    this.#converted, this.#color.element, ...this.#overrides.map(({ element }) => element), this.#clear,
    this.#transfer.element, this.#tone.element, this.#bayer.element,
    this.#levels.element, this.#ends.element, this.#gamma.element, this.#map.element, this.#wedge.element, this.#zero.element,
    this.#sent.element, this.#encoding.element,
    this.#observing, this.#observed);
  element = make('div', { class: 'picture' }, this.#none, this.#controls);

  constructor() {
    let byPointer = false;
    this.element.addEventListener('pointerdown', () => {
      byPointer = true;
    });
    this.element.addEventListener('keydown', (event) => {
      byPointer = false;
      const { target } = event;
      // Escape leaves a control, not the stage.
      if (event.key !== 'Escape' || !(target instanceof HTMLElement) || !target.matches('select, input')) return;
      event.preventDefault();
      target.blur();
    });
    this.element.addEventListener('change', ({ target }) => {
      // After a choice by pointer the keys are for the page again; by keyboard the focus stays.
      if (byPointer && target instanceof HTMLElement && target.matches('select, [type="checkbox"]')) target.blur();
    });
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view, open }) {
    if (open) this.#show(view);
  }

  /** @param {SinkView | null} view on the stage */
  #show(view) {
    this.#view = view;
    const layout = view?.readBy;
    const picture = view?.picture;
    const none = !view ? 'no stream is on the stage' : layout && picture ? '' : 'no picture';
    setText(this.#none, none);
    this.#none.hidden = none === '';
    this.#controls.hidden = none !== '';
    if (!view || none) return;
    this.#showCaps(view, layout, picture);
    this.#showDisplay(view, picture);
    for (const [field, value] of /** @type {const} */ ([[this.#sent, view.view], [this.#encoding, view.encoding]])) {
      field.shown = true;
      field.values(value);
    }
    const sent = sentNotes(view.layout, view.statistics).map(({ text }) => text);
    const cut = sent.filter((text) => !text.startsWith(view.layout.encoding)).join(', ');
    // The viewer asks for all samples where something reads them.
    const isRead = view.measuring || view.verifying || view.line !== null || view.comparison !== null || view.tried !== null;
    this.#sent.note(cut || (isRead && view.view !== 'full' ? 'whole frames while they are measured or compared' : ''));
    this.#encoding.note(sent.find((text) => text.startsWith(view.layout.encoding)) ?? '');
    setText(this.#observing, view.zero && picture.singleChannel ? 'observed codes, without 0' : 'observed codes');
    this.#showObserved(picture.observed ?? []);
  }

  /** @param {SinkView} view @param {any} layout @param {any} picture */
  #showCaps(view, layout, picture) {
    setText(this.#converted, layout.converted ? conversion(layout) : '');
    this.#converted.hidden = !layout.converted;
    // A mosaic becomes colour by one rule, a palette holds colours, and of a converted frame the server chose them.
    const coded = picture.phase === null && !isPalette(picture) && !layout.converted;
    this.#color.shown = coded;
    this.#color.values(view.color);
    this.#color.note(view.color !== picture.color ? 'adjusted: drawn by itu' : '');
    const applies = [picture.matrix !== '', coded, picture.chromaSite !== null];
    OVERRIDES.forEach((attribute, n) => {
      const [, inLayout, inPicture] = OVERRIDDEN[n];
      const field = this.#overrides[n];
      const caps = layout.color[inLayout];
      const own = view.getAttribute(attribute);
      const used = picture[inPicture];
      // One that does nothing here is still to be seen, and to be cleared.
      field.shown = applies[n] || own !== null;
      field.values(own ?? '');
      const says = view.tried ? 'as tried' : 'as the caps say';
      field.first(own === null && used !== caps ? `${view.tried ? 'tried' : 'caps'}: ${caps}, so ${used}` : `${says}: ${caps}`);
      field.note(own === null ? '' : `override; ${view.tried ? 'tried' : 'caps say'} ${caps}`, own !== null);
    });
    this.#clear.hidden = !OVERRIDES.some((attribute) => view.hasAttribute(attribute));
    this.#transfer.shown = true;
    this.#transfer.values(transferWords(layout, picture));
    this.#tone.shown = isHighRange(layout);
    this.#tone.values(view.toneMap ? 'on' : '');
    this.#bayer.shown = picture.phase !== null;
    this.#bayer.values(view.bayer);
    this.#bayer.note(`phase ${picture.phase}`);
  }

  /** @param {SinkView} view @param {any} picture */
  #showDisplay(view, picture) {
    const { levels } = view;
    const manual = typeof levels !== 'string';
    const adjustable = !isPalette(picture);
    const { min, max } = picture.levels;
    this.#levels.shown = adjustable;
    this.#levels.values(manual ? 'manual' : levels);
    this.#levels.note(`black ${Math.round(min)}, white ${Math.round(max)}`);
    this.#ends.shown = adjustable && manual;
    if (manual) this.#ends.values(String(levels[0]), String(levels[1]));
    this.#gamma.shown = adjustable;
    this.#gamma.values(String(view.gamma));
    this.#map.shown = picture.singleChannel;
    this.#map.values(view.map);
    this.#wedge.element.hidden = !picture.singleChannel;
    if (picture.singleChannel) this.#wedge.show(view);
    this.#zero.shown = picture.singleChannel;
    this.#zero.values(view.zero ? 'on' : '', view.zero ?? ZERO_COLOR);
    this.#zeroColor.hidden = view.zero === null;
  }

  /** @param {import('../notes.js').Observed[]} components */
  #showObserved(components) {
    const list = this.#observed;
    while (list.childElementCount > components.length) list.lastElementChild?.remove();
    while (list.childElementCount < components.length) {
      list.append(make('li', {}, make('span'), make('span'), make('span'), make('span')));
    }
    components.forEach((component, n) => {
      const { name, min, max } = component;
      const cells = [NAMES[name] ?? name, `min ${min}`, `max ${max}`, bitsWords(component)];
      cells.forEach((text, cell) => setText(list.children[n].children[cell], text));
    });
  }

  #clearOverrides() {
    OVERRIDES.forEach((attribute) => this.#set(attribute, null));
    // The button goes; whoever came by keyboard goes on from here.
    this.#color.focus();
    this.#show(this.#view);
  }

  /** @param {string} mode */
  #setLevels(mode) {
    const levels = this.#view?.picture?.levels;
    // By hand one goes on from what is seen.
    this.#set('levels', mode === 'manual' ? `${Math.round(levels?.min ?? 0)}-${Math.round(levels?.max ?? 0)}` : mode);
    this.#show(this.#view);
  }

  #setEnds() {
    if (this.#black.value && this.#white.value) this.#set('levels', `${Number(this.#black.value)}-${Number(this.#white.value)}`);
  }

  /** @param {string} attribute */
  #setter(attribute) {
    // What is so without an attribute needs none.
    return (/** @type {string} */ value) => this.#set(attribute, value === valueOf(attribute, null) && SENDING.includes(attribute) ? null : value || null);
  }

  /** @param {string} attribute @param {string | null} value null for the default */
  #set(attribute, value) {
    if (value === null) this.#view?.removeAttribute(attribute);
    else this.#view?.setAttribute(attribute, value);
  }
}

/** Codes of a palette are no measure. @param {any} picture */
function isPalette(picture) {
  return picture.observed?.[0]?.name === 'I';
}

/** @param {string[]} words @returns {[string, string][]} */
function same(words) {
  return words.map((word) => [word, word]);
}
