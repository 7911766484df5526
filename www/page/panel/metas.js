// The METAS section: regions of interest, crop and time code of the frame on the stage, and the command that draws them.
// It must not know how they are drawn, nor how they travel.

import { fieldsOf } from './caps.js';
import { make, setAttribute, setText } from '../dom.js';
import { Facts } from '../facts.js';
import { recall, remember } from '../stored.js';
import { count } from '../words.js';
import { nameOf } from '../../view/metas.js';

/** @typedef {import('../../sink-view.js').SinkView} SinkView */
/** @typedef {import('../../view/metas.js').Metas} Metas */
/** @typedef {import('../../view/metas.js').Which} Which */
/** @typedef {{ which: Which, name: string, box: import('../../view/metas.js').Box, parameters: string[], more: number }} Entry */

export class MetasSection {
  title = 'Metas';
  #button = make('button', { type: 'button', 'data-command': 'metas', 'aria-keyshortcuts': 'm', 'aria-pressed': 'false' },
    'Draw over the picture ', make('kbd', {}, 'm'));
  #nothing = make('p', { class: 'quiet' });
  #facts = new Facts();
  #list = make('ol', { 'aria-label': 'Regions' });
  #more = make('p', { class: 'quiet' });
  element = make('div', { class: 'metas' }, this.#button, this.#nothing, this.#facts.element, this.#list, this.#more);
  /** @type {SinkView | null} */
  #view = null;
  /** @type {Row[]} */
  #rows = [];
  #on = recall('metas') === 'drawn';
  /** Whether the stream on the stage ever had any, or its user asked for them. */
  #wanted = false;
  #drawn = (/** @type {Event} */ event) => {
    if (/** @type {CustomEvent} */ (event).detail.metas) this.#wanted = true;
  };

  /** Where there is nothing to tell, the section is not there. */
  get hidden() {
    return !this.#wanted;
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view, seen }) {
    this.#follow(view);
    view?.toggleAttribute('metas', this.#on);
    setAttribute(this.#button, 'aria-pressed', String(this.#on));
    if (seen && this.#wanted) this.#show(view?.frameMetas ?? null);
  }

  /** Commands of the page. @param {(title: string) => void} reveal opens the panel at a section @param {() => void} update @returns {import('../keys.js').Command[]} */
  commands(reveal, update) {
    const run = () => {
      this.#on = !this.#on;
      remember('metas', this.#on ? 'drawn' : 'listed');
      // Where there is nothing to draw, that is said.
      const tell = this.#on && !this.#view?.frameMetas;
      this.#wanted ||= this.#on;
      update();
      if (tell) reveal(this.title);
    };
    return [{ name: 'metas', key: 'm', does: 'metas over the picture: regions, crop, time code', when: () => this.#view !== null, run }];
  }

  /** @param {SinkView | null} view */
  #follow(view) {
    if (view === this.#view) return;
    this.#view?.removeEventListener('frame', this.#drawn);
    if (this.#view) {
      this.#view.metas = false;
      this.#view.highlightedMeta = null;
    }
    this.#view = view;
    this.#wanted = Boolean(view?.frameMetas);
    view?.addEventListener('frame', this.#drawn);
  }

  /** @param {Metas | null} metas */
  #show(metas) {
    const { timecode, others = [], more_others = 0, more_regions = 0 } = metas ?? {};
    setText(this.#nothing, metas ? '' : 'the frame has no regions of interest, no crop and no time code');
    this.#nothing.hidden = metas !== null;
    this.#facts.show([
      ...(timecode ? [/** @type {const} */ (['time code', timecode.text, timecodeTitle(timecode)])] : []),
      ...others.map(({ name, count: times }) => /** @type {const} */ ([name, count(times), 'attached to the frame; not read here'])),
      ...(more_others ? [/** @type {const} */ (['further metas', count(more_others)])] : []),
    ]);
    const entries = entriesOf(metas);
    while (this.#rows.length > entries.length) this.#rows.pop()?.element.remove();
    while (this.#rows.length < entries.length) {
      const row = new Row((which) => { if (this.#view) this.#view.highlightedMeta = which; }, (box) => this.#view?.zoomToBox(box));
      this.#rows.push(row);
      this.#list.append(row.element);
    }
    entries.forEach((entry, n) => this.#rows[n].show(entry));
    this.#list.hidden = entries.length === 0;
    setText(this.#more, more_regions ? `and ${count(more_regions)} more` : '');
    this.#more.hidden = more_regions === 0;
  }
}

/** A region or the crop: a press zooms to it, and what is pointed at is bolder in the picture. */
class Row {
  #name = make('span', { class: 'name-of-meta' });
  #place = make('span', { class: 'place' });
  #button = make('button', { type: 'button', title: 'zoom to it' }, this.#name, ' ', this.#place);
  #parameters = make('ul');
  element = make('li', {}, this.#button, this.#parameters);
  /** @type {Entry | null} */
  #entry = null;

  /** @param {(which: Which | null) => void} highlight @param {(box: Entry['box']) => void} zoom */
  constructor(highlight, zoom) {
    const on = () => highlight(this.#entry?.which ?? null);
    const off = () => highlight(document.activeElement === this.#button ? this.#entry?.which ?? null : null);
    this.element.addEventListener('pointerenter', on);
    this.element.addEventListener('pointerleave', off);
    this.#button.addEventListener('focus', on);
    this.#button.addEventListener('blur', () => highlight(null));
    this.#button.addEventListener('click', () => this.#entry && zoom(this.#entry.box));
  }

  /** @param {Entry} entry */
  show(entry) {
    const { name, box: { x, y, width, height }, parameters, more } = entry;
    this.#entry = entry;
    setText(this.#name, name);
    setText(this.#place, `x ${x}  y ${y}  ${width}x${height}`);
    const texts = [...parameters.map(parameterWords), ...(more ? [`and ${count(more)} more`] : [])];
    const { children } = this.#parameters;
    while (children.length > texts.length) children[children.length - 1].remove();
    while (children.length < texts.length) this.#parameters.append(make('li'));
    texts.forEach((text, n) => {
      setText(children[n], text);
      setAttribute(children[n], 'title', parameters[n] ?? '');
    });
    this.#parameters.hidden = texts.length === 0;
  }
}

/** @param {Metas | null} metas @returns {Entry[]} */
function entriesOf(metas) {
  const regions = (metas?.regions ?? []).map((region, n) => {
    const of = region.parent_id > 0 ? ` of #${region.parent_id}` : '';
    return { which: /** @type {Which} */ (n), name: nameOf(region, n) + of, box: region.box, parameters: region.parameters, more: region.more_parameters };
  });
  return metas?.crop ? [{ which: 'crop', name: 'crop', box: metas.crop, parameters: [], more: 0 }, ...regions] : regions;
}

/** A structure without the types of its fields. @param {string} structure */
function parameterWords(structure) {
  const [[, name] = ['', structure], ...fields] = fieldsOf(structure.replace(/;\s*$/, ''));
  return [name, ...fields.map(([key, value]) => `${key} ${unquoted(value)}`)].join(' · ');
}

/** A string as it was before GStreamer quoted it: its bytes that are no plain letters are octal numbers. @param {string} value */
function unquoted(value) {
  if (!/^".*"$/s.test(value)) return value;
  const bytes = [...value.slice(1, -1).matchAll(/\\([0-7]{3})|\\?([^])/gu)].flatMap(([, octal, letter]) =>
    octal ? [parseInt(octal, 8)] : [...new TextEncoder().encode(letter)]);
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** @param {import('../../view/metas.js').Timecode} timecode */
function timecodeTitle({ framerate: [frames, seconds], daily_jam }) {
  return [`${frames}/${seconds} frames a second`, daily_jam && `counted from ${daily_jam}`].filter(Boolean).join(', ');
}
