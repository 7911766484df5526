// The SAVE section: the frame on the canvas as a file, its address for scripts, and a recording of the next frames.
// It must not know how files are made, nor any format: which files there are, and why not, is said to it.

import { deepChannels, noArray, noDeepPng } from '../save/file.js';
import { fileName, plain } from '../save/name.js';
import { messageOf } from '../view/words.js';
import { Copying } from './copying.js';
import { make, setText } from './dom.js';
import { download } from './download.js';
import { input, pushButton, select } from './fields.js';
import { bytes, count } from './words.js';

/** @typedef {import('../sink-view.js').SinkView} SinkView */
/** @typedef {import('../save/file.js').FrameDescription} FrameDescription */
/** @typedef {import('../save/file.js').Kind} Kind */

const NOTHING = 'no frame to save yet';
/** Frames that a recording has at first. */
const FRAMES = 100;
const MOST_FRAMES = 100_000;
/** A recording stays in the browser's memory until it is saved. */
const MOST_BYTES = 512 * 1024 * 1024;

/** In the order of the list. @type {{ kind: Kind, label: string }[]} */
const KINDS = [
  { kind: 'png', label: 'PNG' },
  { kind: 'png16', label: 'PNG 16 bit' },
  { kind: 'npy', label: '.npy' },
  { kind: 'npz', label: '.npz' },
  { kind: 'raw', label: '.raw' },
  { kind: 'json', label: '.json' },
  { kind: 'zip', label: '.raw + .json' },
];

export class SaveSection {
  title = 'Save';
  folded = true;
  #say;
  #nothing = make('p', { class: 'quiet' }, NOTHING);
  #of = make('p', { class: 'number of' });
  /** @type {Map<Kind, { button: HTMLButtonElement, words: HTMLElement }>} */
  #rows = new Map();
  #command = new Verbatim('the raw bytes again', 'the command');
  #url = new Verbatim('for scripts, from the server', 'the address');
  #recorder = new Recorder((text) => this.#say(text));
  #files = make('div', { class: 'files' });
  #share = make('p', { class: 'share' });
  element = make('div', { class: 'saving' }, this.#nothing, this.#of, this.#files, this.#share, this.#recorder.element, this.#url.element, this.#command.element);
  /** @type {SinkView | null} */
  #view = null;
  /** What is on the canvas, as far as asked. @type {FrameDescription | null} */
  #description = null;
  #asking = false;
  /** Name of the last raw file that was saved. */
  #raw = '';

  /** @param {(text: string) => void} say */
  constructor(say) {
    this.#say = say;
    for (const { kind, label } of KINDS) {
      const button = /** @type {HTMLButtonElement} */ (pushButton(label, () => this.save(kind)));
      const words = make('span', { class: 'quiet', id: `save-${kind}` });
      button.setAttribute('aria-describedby', words.id);
      button.setAttribute('aria-label', `Save ${label}`);
      this.#rows.set(kind, { button, words });
      this.#files.append(button, words);
    }
    this.#show();
  }

  /** Buttons for whoever has no keys. @param {{ label: string, key: string, run: () => void }[]} commands */
  offer(commands) {
    this.#share.append(...commands.map(({ label, key, run }) => {
      const button = pushButton(label, run);
      button.append(' ', make('kbd', {}, key));
      button.setAttribute('aria-keyshortcuts', key);
      return button;
    }));
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view, model, seen }) {
    if (view !== this.#view) {
      this.#view = view;
      this.#description = null;
      this.#raw = '';
      this.#show();
    }
    this.#recorder.follow(view);
    const drawn = model?.frame?.sequence;
    if (view && seen && drawn !== undefined && drawn !== this.#description?.header.sequence) this.#ask(view);
    else if (seen) this.#show();
  }

  /** Saves the frame that is on the canvas now. @param {Kind} kind */
  async save(kind) {
    const view = this.#view;
    if (!view) return;
    try {
      const file = await view.save(kind);
      if (kind === 'raw') this.#raw = file.name;
      download(file);
      this.#say(`saved ${file.name}, ${bytes(file.blob.size)}`);
    } catch (error) {
      this.#say(messageOf(error));
    }
    this.#show();
  }

  /** @param {SinkView} view */
  async #ask(view) {
    if (this.#asking) return;
    this.#asking = true;
    // Without a frame there is nothing to save; why, its place says.
    const description = await view.describeFrame().catch(() => null);
    this.#asking = false;
    if (view !== this.#view) return;
    this.#description = description;
    this.#show();
  }

  #show() {
    const description = this.#description;
    this.#nothing.hidden = description !== null;
    for (const part of [this.#of, this.#files, this.#url.element, this.#command.element, this.#recorder.element]) part.hidden = description === null;
    if (!description || !this.#view) return;
    const { header, layout, command, length } = description;
    const stays = this.#view.paused || this.#view.state.state === 'ended';
    setText(this.#of, `frame ${count(header.sequence)}${stays ? '' : ', and those that follow'}`);
    for (const [kind, { button, words }] of this.#rows) {
      const [text, is] = wordsOf(kind, description);
      setText(words, text);
      button.disabled = !is;
    }
    const url = new URL(`streams/${encodeURIComponent(layout.stream)}/frame.${description.npy ? 'npy' : description.npz.length > 0 ? 'npz' : 'raw'}`, this.#view.src.replace(/^ws/, 'http'));
    // While frames come, the text would change before anybody has read it.
    if (stays) url.search = `sequence=${header.sequence}`;
    this.#url.show(url.href, stays ? 'there while it is the newest, or --history holds it' : 'the newest frame');
    const raw = stays ? fileName(layout.stream, header, '.raw') : this.#raw || `${plain(layout.stream)}.raw`;
    this.#command.show(command?.replace('FILE', raw) ?? '', command ? `of ${raw}, ${count(length)} bytes` : `GStreamer has no element that reads ${layout.format} from a file`);
    this.#recorder.offers(description.y4m !== null, description.noY4m ?? '');
  }
}

/** What a file of that kind holds, or why there is none. @param {Kind} kind @param {FrameDescription} description @returns {[text: string, is: boolean]} */
function wordsOf(kind, description) {
  const { npy, npz, readable, length, components } = description;
  const shape = (/** @type {number[]} */ lengths) => `(${lengths.join(', ')})`;
  const type = (/** @type {string} */ dtype) => (dtype === '|u1' ? 'uint8' : 'uint16');
  switch (kind) {
    case 'png': return ['as it is drawn, 8 bit', readable || description.converted];
    case 'png16': {
      const channels = deepChannels(description);
      if (!channels) return [noDeepPng(description), false];
      return [`codes of ${Math.max(...components.map(({ depth }) => depth))} bits as they are${channels === 'S' ? ', the mosaic' : ''}`, true];
    }
    case 'npy': return npy ? [`${shape(npy.shape)} ${type(npy.dtype)}${npy.channels.length > 1 ? `, ${npy.channels.join(' ')}` : ''}`, true] : [noArray(description), false];
    case 'npz': return npz.length > 0 ? [npz.map(({ name, shape: lengths }) => `${name} ${shape(lengths)}`).join(', '), true] : [noArray(description), false];
    case 'raw': return [`${count(length)} bytes as they left the appsink`, true];
    case 'json': return ['layout, times, caps, the command below', true];
    case 'zip': return ['both of one frame, in a zip archive', true];
  }
}

/** A text to copy, with what it is. */
class Verbatim {
  #note = make('p', { class: 'quiet' });
  #copying;
  element;

  /** @param {string} title @param {string} what */
  constructor(title, what) {
    this.#copying = new Copying(what);
    this.element = make('div', { class: 'copied' }, make('h3', {}, title), this.#copying.element, this.#note);
  }

  /** @param {string} text empty for none @param {string} note */
  show(text, note) {
    this.#copying.show(text);
    this.#copying.element.hidden = text === '';
    setText(this.#note, note);
  }
}

/** The next frames of the view on the stage, as one file. */
class Recorder {
  #say;
  #frames = input({ type: 'number', min: '1', max: String(MOST_FRAMES), value: String(FRAMES), 'aria-label': 'Frames to record' }, () => {});
  #kind = select([['raw', 'raw + JSON'], ['y4m', 'y4m']], () => this.#showNote());
  #button = /** @type {HTMLButtonElement} */ (pushButton('Record', () => this.#press()));
  #progress = make('p', { class: 'number progress' });
  #note = make('p', { class: 'quiet' });
  element;
  /** @type {SinkView | null} */
  #view = null;
  /** The view that is recorded. @type {SinkView | null} */
  #recorded = null;
  #noY4m = '';

  /** @param {(text: string) => void} say */
  constructor(say) {
    this.#say = say;
    this.#kind.setAttribute('aria-label', 'Recorded as');
    this.element = make('div', { class: 'recorder' }, make('h3', {}, 'record the next frames'),
      make('p', { class: 'controls' }, this.#frames, this.#kind, this.#button), this.#progress, this.#note);
    this.#showNote();
  }

  /** @param {SinkView | null} view on the stage */
  follow(view) {
    this.#view = view;
  }

  /** @param {boolean} y4m whether there is such a file @param {string} why not */
  offers(y4m, why) {
    this.#noY4m = y4m ? '' : why;
    this.#showNote();
  }

  #showNote() {
    const y4m = this.#kind.value === 'y4m';
    setText(this.#note, y4m && this.#noY4m ? this.#noY4m : `as they are received, at most 512 MiB of them; frames skipped in between are named`);
    this.#button.disabled = this.#recorded === null && y4m && this.#noY4m !== '';
  }

  #press() {
    if (this.#recorded) this.#recorded.stopRecording().catch(() => {});
    else this.#record();
  }

  async #record() {
    const view = this.#view;
    if (!view || !this.#frames.reportValidity()) return;
    const { length } = this.#frames.value;
    if (length === 0) return;
    const tell = (/** @type {Event} */ event) => {
      const { frames, wanted, bytes: size, missing } = /** @type {CustomEvent} */ (event).detail;
      const gaps = missing > 0 ? `, ${count(missing)} missing` : '';
      setText(this.#progress, `${count(frames)} of ${count(wanted)}, ${bytes(size)}${gaps}${view.paused ? ', frozen: nothing comes' : ''}`);
    };
    this.#recorded = view;
    setText(this.#button, 'Stop');
    view.addEventListener('recording', tell);
    try {
      const file = await view.record(Number(this.#frames.value), { as: /** @type {any} */ (this.#kind.value), bytes: MOST_BYTES });
      download(file);
      const missing = file.gaps.reduce((sum, gap) => sum + gap.frames, 0);
      this.#say(`saved ${file.name}: ${count(file.frames)} frames, ${missing === 0 ? 'none missing' : `${count(missing)} missing in between`}`);
    } catch (error) {
      this.#say(messageOf(error));
    } finally {
      view.removeEventListener('recording', tell);
      this.#recorded = null;
      setText(this.#button, 'Record');
      this.#showNote();
    }
  }
}
