// What is known of one stream, gathered from the events of its <sink-view>; what shows it reads it four times a second.
// It must not know how it is shown.

import { positionWords } from '../../view/past.js';
import { stateWords } from '../../view/words.js';
import { Minute } from './minute.js';
import { notesOf, sentNotes, trialNote } from '../notes.js';
import { Recent } from './recent.js';

/** Counts of the ledger that are frames lost on the way, as marks on the spark line. */
const LOST = /** @type {const} */ (['source_gap', 'dropped', 'skipped', 'abandoned']);

/** States in which frames come, or should. */
const COMING = ['live', 'stalled'];

export class StreamModel {
  /** @type {import('../../view/words.js').State} */
  state = { state: 'connecting' };
  stateAt = performance.now();
  /** @type {any} */
  layout = null;
  /** What frames are read by instead, while somebody tries that. @type {any} */
  tried = null;
  /** Of the appsink's buffer; NaN before the first. */
  byteLength = NaN;
  /** How the newest frame is shown. @type {any} */
  picture = null;
  /** Of the newest frame drawn. @type {any} */
  frame = null;
  /** When the newest frame was drawn, milliseconds of this page. */
  frameAt = NaN;
  /** @type {any} */
  statistics = null;
  minute = new Minute();
  recent = new Recent();
  /** As the server's list has it, until a layout says more. @type {string | null} */
  listedCaps = null;
  /** Index of its pipeline on the command line. */
  pipeline = 0;
  #lost = 0;
  #view;

  /** @param {string} name @param {import('../../sink-view.js').SinkView} view its element */
  constructor(name, view) {
    this.name = name;
    this.#view = view;
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ take) =>
      view.addEventListener(type, (event) => take(/** @type {CustomEvent} */ (event).detail));
    on('state', (detail) => {
      this.state = detail;
      this.stateAt = performance.now();
      if (!COMING.includes(detail.state)) this.recent.interrupt();
    });
    on('layout', (detail) => {
      // Of a part nobody knows it; frames of the same caps had it.
      if (detail.byteLength !== null || this.layout?.caps !== detail.layout.caps) this.byteLength = detail.byteLength ?? NaN;
      this.layout = detail.layout;
      this.tried = detail.tried;
      if (!detail.decodable) this.picture = null;
    });
    on('picture', (detail) => {
      this.picture = detail;
    });
    on('frame', (detail) => {
      this.frame = detail;
      this.frameAt = performance.now();
      // A frame of the past is as old as it is by choice.
      if (detail.held) return;
      this.minute.drawn(this.frameAt, detail.ageMillis);
      this.recent.take(this.frameAt, detail, this.layout?.framerate ?? null);
    });
    on('statistics', (detail) => this.#count(detail));
  }

  /** @param {number} now */
  stateWords(now) {
    const position = this.state.state === 'paused' ? positionWords(this.#view.held.position) : '';
    return [stateWords(this.state, now - this.stateAt), position].filter(Boolean).join(', ');
  }

  /** How old what is seen is, in milliseconds: when drawn while live, by now otherwise; null if unknown. @param {number} now */
  age(now) {
    const drawn = this.frame?.ageMillis;
    if (typeof drawn !== 'number') return null;
    return this.state.state === 'live' ? drawn : drawn + now - this.frameAt;
  }

  /** What there is to say of how it is shown. */
  get notes() {
    const notes = [...notesOf(this.picture, this.tried ?? this.layout, this.#view.bayer), ...sentNotes(this.layout, this.statistics)];
    return this.tried ? [trialNote(this.tried), ...notes] : notes;
  }

  /** @returns {string} */
  get caps() {
    return this.layout?.caps ?? this.listedCaps ?? '';
  }

  /** Size and format as the status line has them. */
  get format() {
    return this.layout ? `${this.layout.width}x${this.layout.height} ${this.layout.format}` : '';
  }

  /** @param {any} detail */
  #count(detail) {
    this.statistics = detail;
    this.recent.tell(performance.now(), detail.bytesPerSecond, detail.sourceFps);
    const ledger = detail.ledger;
    if (!ledger) return;
    const lost = LOST.reduce((sum, name) => sum + (ledger[name] ?? 0), 0);
    // A new connection counts from zero.
    const more = lost >= this.#lost ? lost - this.#lost : lost;
    this.#lost = lost;
    if (more > 0) this.minute.missing(performance.now(), more);
  }
}
