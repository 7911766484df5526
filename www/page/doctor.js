// The DOCTOR section: where the bytes of a frame are, and what they look like read as something else.
// It must not know any format: names, layouts and guesses come from the server, pictures from the view.

import { choices } from '../view/picture.js';
import { Copying } from './copying.js';
import { make, setText } from './dom.js';
import { Field, pushButton, select } from './fields.js';
import { listFormats, makeLayout } from './layouts.js';
import { trialWords } from './notes.js';
import { Plan } from './plan.js';
import { Trial, withStrides } from './trial.js';
import { count } from './words.js';

/** @typedef {import('../sink-view.js').SinkView} SinkView */
/** @typedef {import('./layouts.js').Changes} Changes */
/** What the server made of a stream's own caps, and what else its length may be. @typedef {{ key: string, made: import('./layouts.js').Made | null, fits: import('./layouts.js').Fit[] }} Known */

const TITLE = 'Doctor';
const CAPS_SAY = 'as the caps say';
/** Planes that a frame can have. */
const PLANES = [0, 1, 2, 3];
/** Bytes are shown as gray: every one is a code. */
const BYTES = 'GRAY8';

export class DoctorSection {
  title = TITLE;
  folded = true;
  #none = make('p', { class: 'quiet' });
  #told = make('p', { class: 'told', role: 'status' });
  #length = make('p', { class: 'quiet' });
  #plan = new Plan();
  #bytes = new Field('show bytes', select([['', 'off']], (value) => this.#showBytes(value)));
  #format = new Field('format', select([['', CAPS_SAY]], (value) => this.#change({ format: value || undefined, strides: [], offsets: [] })));
  #width = number('width, in samples', (value) => this.#change({ width: value ?? undefined, strides: [], offsets: [] }));
  #height = number('height, in rows', (value) => this.#change({ height: value ?? undefined, strides: [], offsets: [] }));
  #size = new Field('size', this.#width, make('span', { class: 'quiet' }, 'x'), this.#height);
  #matrix = new Field('try matrix', select([['', CAPS_SAY], ...same(choices('matrix'))], (value) => this.#change({ matrix: value || undefined })));
  #range = new Field('try range', select([['', CAPS_SAY], ...same(choices('range'))], (value) => this.#change({ range: value || undefined })));
  #planes = PLANES.map((n) => {
    const stride = number(`stride of plane ${n}, in bytes`, (value) => this.#changePlane('strides', n, value));
    const offset = number(`offset of plane ${n}, in bytes`, (value) => this.#changePlane('offsets', n, value));
    return { stride, offset, field: new Field(`stride ${n}`, stride, make('span', { class: 'quiet' }, 'from'), offset) };
  });
  #back = pushButton('As the caps say ', () => this.goBack());
  #caps = new Copying('the caps');
  #parser = new Copying('the element');
  #right = make('div', { class: 'right', hidden: true }, make('h3', {}, 'caps that would say so'), this.#caps.element);
  #beyond = make('div', { class: 'right', hidden: true }, make('p', { class: 'quiet' }, 'caps cannot say strides and offsets; of bare bytes, this does'), this.#parser.element);
  #fits = make('ul', { class: 'fits' });
  #guesses = make('div', { class: 'guesses', hidden: true }, make('h3', {}), this.#fits);
  #controls = make('div', {}, this.#told, this.#length, this.#plan.element, this.#bytes.element,
    make('h3', {}, 'try as'), this.#format.element, this.#size.element, ...this.#planes.map(({ field }) => field.element),
    this.#matrix.element, this.#range.element, this.#back, this.#right, this.#beyond, this.#guesses);
  element = make('div', { class: 'doctor fields' }, this.#none, this.#controls);

  /** What the stage says while something is tried. */
  banner = make('div', { class: 'hint tried', role: 'group', 'aria-label': 'Trial', hidden: true });
  #bannerText = make('span');

  /** @type {SinkView | null} */
  #view = null;
  /** @type {import('./model.js').StreamModel | null} */
  #model = null;
  /** @type {WeakMap<SinkView, Trial>} */
  #trials = new WeakMap();
  /** Which plane's bytes are shown, by view. @type {WeakMap<SinkView, string>} */
  #shownBytes = new WeakMap();
  /** @type {Known | null} */
  #known = null;
  #listed = false;
  /** Somebody asked for this section, and it has not been there yet. */
  #awaited = false;

  constructor() {
    this.#back.append(make('kbd', {}, 'Esc'));
    const leave = pushButton(CAPS_SAY, () => this.goBack());
    leave.append(' ', make('kbd', {}, 'Esc'));
    this.banner.append(this.#bannerText, leave);
    this.#controls.className = 'fields';
    this.element.addEventListener('keydown', (event) => {
      const { target } = event;
      // Escape leaves a control, not the trial.
      if (event.key !== 'Escape' || !(target instanceof HTMLElement) || !target.matches('select, input')) return;
      event.preventDefault();
      target.blur();
    });
  }

  /**
   * @param {(title: string) => void} enter opens the panel at a section
   * @returns {import('./keys.js').Command[]}
   */
  commands(enter) {
    return [{ name: 'doctor', key: 'd', does: 'doctor: strides and padding; try the bytes as something else', run: () => {
      this.#awaited = true;
      enter(TITLE);
    } }];
  }

  /** Ends the trial on the stage; false where there is none. */
  goBack() {
    const view = this.#view;
    if (!view?.tried) return false;
    this.#shownBytes.delete(view);
    this.#trial(view).end().then(() => this.#show());
    return true;
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view, model, seen }) {
    this.#view = view;
    this.#model = model;
    const words = view?.tried ? `${trialWords(view.tried)}, not what the caps say` : '';
    setText(this.#bannerText, words);
    this.banner.hidden = words === '';
    if (view && !view.tried && this.#trials.get(view)?.made) {
      this.#trial(view).ended();
      this.#shownBytes.delete(view);
    }
    if (!seen) return;
    this.#learn();
    this.#show();
  }

  /** @param {SinkView} view */
  #trial(view) {
    const trial = this.#trials.get(view) ?? new Trial(view);
    this.#trials.set(view, trial);
    return trial;
  }

  /** Asks once for each layout what the server knows of it. */
  async #learn() {
    const layout = this.#view?.layout;
    const length = this.#model?.byteLength ?? NaN;
    if (!layout || Number.isNaN(length)) return;
    const key = `${layout.id} ${layout.stream} ${length}`;
    if (this.#known?.key === key) return;
    const known = /** @type {Known} */ ({ key, made: null, fits: [] });
    this.#known = known;
    const { format, width, height, caps } = layout;
    // What the server does not answer is not shown; a trial says why it fails.
    const formats = await listFormats({ length, format, width, height }).catch(() => null);
    known.made = await makeLayout(caps, withStrides({}, layout), length).catch(() => null);
    if (this.#known !== known) return;
    known.fits = formats?.fits ?? [];
    if (formats && !this.#listed) this.#list(formats);
    this.#guess(known, length);
    this.#show();
    // What is above has grown meanwhile.
    if (this.#awaited) this.element.closest('details')?.scrollIntoView({ block: 'start' });
    this.#awaited = false;
  }

  /** @param {import('./layouts.js').Formats} formats */
  #list({ raw, bayer }) {
    this.#listed = true;
    const group = (/** @type {string} */ label, /** @type {string[]} */ names) =>
      make('optgroup', { label }, ...names.map((name) => make('option', { value: name }, name)));
    this.#format.element.querySelector('select')?.append(group('video/x-raw', raw), group('video/x-bayer', bayer));
  }

  /** @param {Known} known @param {number} length */
  #guess({ fits }, length) {
    this.#guesses.hidden = fits.length === 0;
    setText(/** @type {Element} */ (this.#guesses.firstElementChild), `${count(length)} bytes would also be`);
    this.#fits.replaceChildren(...fits.map((fit) => {
      const { format, width, height, padded, strides, offsets } = fit;
      const beside = padded ? `, rows as of ${padded.join('x')}` : '';
      return make('li', {}, pushButton(`${format} ${width}x${height}${beside}`, () => {
        const layout = this.#view?.layout;
        if (layout) this.#set({ format: format === layout.format ? undefined : format, ...sizeChanges(layout, width, height), strides, offsets });
      }));
    }));
  }

  // --- Trying -----------------------------------------------------------------------------------------------------

  /** @param {Partial<Changes>} more */
  #change(more) {
    const view = this.#view;
    if (!view) return;
    const before = this.#shownBytes.has(view) ? {} : this.#trial(view).changes;
    const changes = { ...before, ...more };
    const { layout } = view;
    this.#set({ ...changes, ...sizeChanges(layout, changes.width ?? layout.width, changes.height ?? layout.height) });
  }

  /** @param {'strides' | 'offsets'} which @param {number} n @param {number | null} value */
  #changePlane(which, n, value) {
    const view = this.#view;
    if (!view) return;
    const before = this.#shownBytes.has(view) ? [] : this.#trial(view).changes[which] ?? [];
    this.#change({ [which]: PLANES.slice(0, Math.max(before.length, n + 1)).map((at) => (at === n ? value : before[at] ?? null)) });
  }

  /** @param {Changes} changes @param {string} [caps] */
  async #set(changes, caps) {
    const view = this.#view;
    if (!view) return;
    if (caps === undefined) this.#shownBytes.delete(view);
    await this.#trial(view).change(changes, this.#model?.byteLength ?? NaN, caps);
    this.#show();
  }

  /** Shows a plane's rows in full, each byte a code. @param {string} which index of the plane, or "all" */
  #showBytes(which) {
    const view = this.#view;
    const planes = view && !view.layout?.converted ? view.layout?.planes : this.#known?.made?.layout.planes;
    if (!view || !planes) return;
    if (which === '') return void this.goBack();
    const length = this.#model?.byteLength ?? NaN;
    const { stride, offset, length: long } = which === 'all' ? { stride: planes[0].stride, offset: 0, length } : planes[Number(which)];
    const rows = Math.max(1, Math.floor(long / stride));
    this.#shownBytes.set(view, which);
    this.#set({ format: BYTES, width: Math.min(stride, long), height: rows, strides: [stride], offsets: [offset] }, '');
  }

  // --- What is seen -----------------------------------------------------------------------------------------------

  #show() {
    const view = this.#view;
    const layout = view?.layout;
    const none = !view ? 'no stream is on the stage' : layout ? '' : 'no frame yet';
    setText(this.#none, none);
    this.#none.hidden = none === '';
    this.#controls.hidden = none !== '';
    if (!view || none) return;
    const trial = this.#trial(view);
    const { tried } = view;
    const made = tried ? trial.made : this.#known?.made ?? null;
    const length = this.#model?.byteLength ?? NaN;
    const bytes = this.#shownBytes.get(view);
    setText(this.#told, [trial.refused && `not tried: ${trial.refused}`, tried && (bytes === undefined
      ? `${trialWords(tried)}, not what the caps say` : byteWords(bytes, tried)), !tried && trial.over].filter(Boolean).join('; '));
    this.#told.hidden = this.#told.textContent === '';
    const own = this.#known?.made;
    setText(this.#length, own ? lengthWords(layout, own.size, length) : '');
    this.#length.hidden = !own;
    // Bytes shown as gray are still those of the planes.
    const planned = bytes === undefined ? made : own;
    this.#plan.element.hidden = !planned;
    if (planned) this.#plan.show(bytes === undefined && tried ? tried : layout.converted ? planned.layout : layout, planned.rows, length, planned.is_tiled);
    this.#showFields(view, layout, trial, bytes);
    this.#showRight(trial, tried !== null && bytes === undefined);
    view.outlines = bytes === undefined ? [] : outlinesOf(bytes, tried, own?.rows ?? []);
  }

  /** @param {SinkView} view @param {any} layout @param {Trial} trial @param {string | undefined} bytes */
  #showFields(view, layout, trial, bytes) {
    const changes = bytes === undefined ? trial.changes : {};
    const own = this.#known?.made;
    const planes = layout.converted ? own?.layout.planes ?? [] : layout.planes;
    this.#bytes.shown = planes.length > 0;
    this.#offer(planes.length, own?.is_tiled === true);
    this.#bytes.values(bytes ?? '');
    this.#format.shown = true;
    this.#format.first(`${CAPS_SAY}: ${layout.format}`);
    this.#format.values(changes.format ?? '');
    this.#format.note('', changes.format !== undefined);
    this.#size.shown = true;
    this.#size.values(String(changes.width ?? layout.width), String(changes.height ?? layout.height));
    this.#size.note('', changes.width !== undefined || changes.height !== undefined);
    const { matrix, range } = layout.color;
    this.#matrix.shown = matrix !== 'rgb' || changes.format !== undefined;
    this.#matrix.first(`${CAPS_SAY}: ${matrix}`);
    this.#matrix.values(changes.matrix ?? '');
    this.#matrix.note('', changes.matrix !== undefined);
    this.#range.shown = true;
    this.#range.first(`${CAPS_SAY}: ${range}`);
    this.#range.values(changes.range ?? '');
    this.#range.note('', changes.range !== undefined);
    const read = bytes === undefined && view.tried ? view.tried.planes : planes;
    const isTiled = (bytes === undefined && view.tried ? trial.made?.is_tiled : own?.is_tiled) === true;
    this.#planes.forEach(({ stride, field }, n) => {
      field.shown = n < read.length;
      if (n >= read.length) return;
      const has = (/** @type {(number | null)[] | undefined} */ list) => (list?.[n] ?? null) !== null;
      stride.disabled = isTiled;
      field.values(String(changes.strides?.[n] ?? read[n].stride), String(changes.offsets?.[n] ?? read[n].offset));
      field.note('', has(changes.strides) || has(changes.offsets));
    });
    this.#back.hidden = !view.tried;
  }

  /** What would make it right. @param {Trial} trial @param {boolean} applies */
  #showRight({ made }, applies) {
    this.#right.hidden = !applies || !made;
    this.#beyond.hidden = this.#right.hidden || !made?.rawvideoparse || made.is_plain;
    this.#caps.show(made?.layout.caps ?? '');
    this.#parser.show(made?.rawvideoparse ?? '');
  }

  /** The planes whose bytes can be shown. @param {number} planes @param {boolean} isTiled */
  #offer(planes, isTiled) {
    const control = /** @type {HTMLSelectElement} */ (this.#bytes.element.querySelector('select'));
    const wanted = ['', ...PLANES.slice(0, isTiled ? 0 : planes).map(String), 'all'];
    if (wanted.length === control.options.length) return;
    control.replaceChildren(...wanted.map((value) => make('option', { value },
      value === '' ? 'off' : value === 'all' ? 'the whole buffer' : `plane ${value}, padding and all`)));
  }
}

/** A side that is the caps' own is no change. @param {any} layout @param {number} width @param {number} height */
function sizeChanges(layout, width, height) {
  return { width: width === layout.width ? undefined : width, height: height === layout.height ? undefined : height };
}

/** @param {any} layout @param {number} size @param {number} length */
function lengthWords({ format, width, height }, size, length) {
  const said = `${format} ${width}x${height} by itself has ${count(size)} bytes, the buffer ${count(length)}`;
  return length === size ? said : `${said}: ${count(Math.abs(length - size))} ${length > size ? 'more' : 'fewer'}`;
}

/** @param {string} which @param {any} tried */
function byteWords(which, { width, height }) {
  return `${which === 'all' ? 'the whole buffer' : `plane ${which}`} as ${count(width)}x${count(height)} bytes, gray${which === 'all' ? '' : '; padding is outlined'}`;
}

/** Padding, where the rows shown are those of a plane. @param {string} which @param {any} tried @param {(import('./layouts.js').Rows | null)[]} rows */
function outlinesOf(which, tried, rows) {
  const here = rows[Number(which)];
  if (!tried || !here || here.bytes === null || here.bytes >= tried.width) return [];
  return [{ x: here.bytes, y: 0, width: tried.width - here.bytes, height: tried.height }];
}

/** @param {string} label @param {(value: number | null) => void} set hears null of what is left empty */
function number(label, set) {
  const control = /** @type {HTMLInputElement} */ (make('input', { type: 'number', min: '0', step: '1', 'aria-label': label }));
  // When it is done, not at each digit: half a number is a wrong one.
  control.addEventListener('change', () => control.validity.valid && set(control.value === '' ? null : Number(control.value)));
  return control;
}

/** @param {string[]} words @returns {[string, string][]} */
function same(words) {
  return words.map((word) => [word, word]);
}
