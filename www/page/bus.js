// The BUS section: messages of the pipelines' buses, and the viewers' own complaints, newest first.
// It must not know what an element is; every view hears every message, so the same one is shown once.

import { make } from './dom.js';

/** Messages kept; older ones go. */
const KEPT = 200;

/** @typedef {{ pipeline: number, at_nanos: number, kind: string, source: string, text: string, debug: string | null }} BusMessage */

export class BusSection {
  title = 'Bus';
  #list = make('ol', { class: 'bus' });
  #none = make('p', { class: 'quiet' }, 'no messages yet');
  element = make('div', {}, this.#none, this.#list);
  /** @type {Set<string>} */
  #known = new Set();

  /** @param {HTMLElement} view whose messages are to be listed @param {string} name of its stream */
  listen(view, name) {
    view.addEventListener('bus', (event) => this.#take(/** @type {CustomEvent} */ (event).detail.message));
    view.addEventListener('error', (event) => {
      const { code, text } = /** @type {any} */ (event).detail;
      this.#add({ kind: 'error', source: `viewer of ${name}`, text, debug: code });
    });
  }

  /** @param {BusMessage} message */
  #take(message) {
    const key = `${message.pipeline} ${message.at_nanos} ${message.kind} ${message.source} ${message.text}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    if (this.#known.size > KEPT) this.#known.delete(/** @type {string} */ (this.#known.values().next().value));
    this.#add(message);
  }

  /** @param {{ kind: string, source: string, text: string, debug: string | null }} message */
  #add({ kind, source, text, debug }) {
    const item = make('li', { 'data-kind': kind },
      make('p', { class: 'origin' },
        make('time', {}, new Date().toTimeString().slice(0, 8)), ' ',
        make('strong', {}, kind.replaceAll('_', ' ')), ' ', source),
      make('p', {}, text));
    if (debug) item.append(make('details', {}, make('summary', {}, 'debug'), make('p', { class: 'verbatim' }, debug)));
    this.#list.prepend(item);
    if (this.#list.childElementCount > KEPT) this.#list.lastElementChild?.remove();
    this.#none.hidden = true;
  }
}
