// The BUS section: the state of the pipelines by now, the messages of their buses, and the viewers' own complaints.
// It must not know what an element is, nor how messages are folded.

import { make, setAttribute, setText } from '../dom.js';
import { Facts } from '../facts.js';
import { Messages, PROBLEMS } from './messages.js';
import { age, streamTime } from '../words.js';

/** The state is asked for again this often while it can be read, and after a message of these kinds at once. */
const ASK_MILLIS = 1000;
const CHANGING = ['state_changed', 'end_of_stream', 'error', 'latency', 'stalled', 'restarting'];

/** @typedef {import('../../view/pipelines.js').Pipeline} Pipeline */
/** @typedef {import('./messages.js').Entry} Entry */

export class BusSection {
  title = 'Bus';
  folded = true;
  #messages = new Messages();
  #pipelines = make('div', { class: 'pipelines' });
  #filter = /** @type {HTMLSelectElement} */ (make('select', { 'aria-label': 'Messages shown' }));
  #hidden = make('span', { class: 'quiet', role: 'status' });
  #list = make('ol', { class: 'bus' });
  #none = make('p', { class: 'quiet' }, 'no messages yet');
  element = make('div', {}, this.#pipelines, make('p', { class: 'filter' }, this.#filter, this.#hidden), this.#none, this.#list);
  /** @type {WeakMap<Entry, HTMLElement>} */
  #items = new WeakMap();
  /** The wall clock, in milliseconds, when the server's was 0. */
  #epoch = NaN;
  #shown = '';
  #askedAt = -Infinity;
  #asking = false;
  #openGraph;

  /** @param {(pipeline: number) => void} openGraph */
  constructor(openGraph) {
    this.#openGraph = openGraph;
    this.#filter.addEventListener('change', () => this.#showList());
  }

  /** @param {HTMLElement} view whose messages are to be listed @param {string} name of its stream */
  listen(view, name) {
    view.addEventListener('bus', (event) => {
      const { message } = /** @type {CustomEvent} */ (event).detail;
      if (CHANGING.includes(message.kind)) this.#askedAt = -Infinity;
      this.#messages.hear(message, this.#wall(message.at_nanos));
    });
    view.addEventListener('error', (event) => {
      const { code, text } = /** @type {any} */ (event).detail;
      this.#messages.add({ pipeline: null, kind: 'error', source: `viewer of ${name}`, text, debug: code }, Date.now());
    });
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ view, now, seen }) {
    if (!seen) return;
    // With no stream on the stage, any view knows the server.
    const asked = view ?? document.querySelector('sink-view');
    if (asked && !this.#asking && now - this.#askedAt >= ASK_MILLIS) {
      this.#askedAt = now;
      this.#ask(/** @type {import('../../sink-view.js').SinkView} */ (asked));
    }
    const shown = `${this.#messages.version} ${this.#filter.value}`;
    if (shown !== this.#shown) this.#showList();
  }

  /** @param {import('../../sink-view.js').SinkView} view */
  async #ask(view) {
    this.#asking = true;
    try {
      const { now_nanos, pipelines, messages } = await view.pipelines();
      if (Number.isNaN(this.#epoch)) this.#epoch = Date.now() - now_nanos / 1e6;
      for (const message of messages) this.#messages.hear(message, this.#wall(message.at_nanos));
      this.#showPipelines(pipelines);
    } catch (error) {
      // The view itself says that the server is gone; what was known of its pipelines holds no more.
      this.#pipelines.replaceChildren(make('p', { class: 'quiet' }, `state unknown: ${/** @type {Error} */ (error).message}`));
      this.#epoch = NaN;
    }
    this.#asking = false;
  }

  /** @param {number} nanos of the server's clock */
  #wall(nanos) {
    return Number.isNaN(this.#epoch) ? Date.now() : this.#epoch + nanos / 1e6;
  }

  /** @param {Pipeline[]} pipelines */
  #showPipelines(pipelines) {
    const parts = this.#pipelines.children;
    while (parts.length > pipelines.length || (parts.length > 0 && !this.#states.has(parts[0]))) parts[parts.length - 1].remove();
    while (parts.length < pipelines.length) this.#pipelines.append(this.#newState(parts.length));
    pipelines.forEach((pipeline, n) => this.#states.get(parts[n])?.(pipeline));
  }

  /** @type {WeakMap<Element, (pipeline: Pipeline) => void>} */
  #states = new WeakMap();

  /** @param {number} index */
  #newState(index) {
    const shape = make('span', { class: 'shape', 'aria-hidden': 'true' });
    const word = make('strong', { class: 'word' });
    const facts = new Facts();
    const text = make('p', { class: 'verbatim' });
    const graph = make('button', { type: 'button', title: 'Graph (g)' }, 'graph');
    graph.addEventListener('click', () => this.#openGraph(index));
    const element = make('section', { class: 'pipeline', 'aria-label': `pipeline ${index}` },
      make('p', { class: 'state-line' }, shape, word, make('span', { class: 'quiet' }, `pipeline ${index}`), graph),
      facts.element, make('details', {}, make('summary', {}, 'description'), text));
    this.#states.set(element, (pipeline) => {
      setAttribute(shape, 'data-state', shapeOf(pipeline));
      setText(word, pipeline.state + (pipeline.pending ? ` → ${pipeline.pending}` : ''));
      facts.show(factsOf(pipeline));
      setText(text, pipeline.description);
    });
    return element;
  }

  #showList() {
    this.#showFilter();
    this.#shown = `${this.#messages.version} ${this.#filter.value}`;
    const entries = this.#messages.of(this.#filter.value);
    entries.forEach((entry, n) => {
      const item = this.#items.get(entry) ?? newItem();
      this.#items.set(entry, item);
      showEntry(item, entry, this.#epoch);
      // Only what stands elsewhere is moved: what is open or in focus stays so.
      if (this.#list.children[n] !== item) this.#list.insertBefore(item, this.#list.children[n] ?? null);
    });
    while (this.#list.childElementCount > entries.length) this.#list.lastElementChild?.remove();
    const left = this.#messages.entries.length - entries.length;
    setText(this.#hidden, left > 0 ? `${left} not shown` : '');
    this.#none.hidden = entries.length > 0;
    setText(this.#none, left > 0 ? 'none of these' : 'no messages yet');
  }

  #showFilter() {
    const { value } = this.#filter;
    const kinds = ['', 'problems', ...new Set([...this.#messages.kinds, ...(value && value !== 'problems' ? [value] : [])])];
    if ([...this.#filter.options].map((option) => option.value).join() === kinds.join()) return;
    this.#filter.replaceChildren(...kinds.map((kind) =>
      make('option', { value: kind }, kind === '' ? 'all messages' : kind === 'problems' ? 'errors and warnings' : words(kind))));
    this.#filter.value = value;
  }
}

/** A state of streams that looks as the pipeline's is. @param {Pipeline} pipeline */
function shapeOf({ state, pending, life }) {
  if (['failed', 'ended', 'stalled', 'restarting'].includes(life)) return life;
  if (pending || life === 'starting') return 'connecting';
  return state === 'PLAYING' ? 'live' : state === 'PAUSED' ? 'paused' : 'disconnected';
}

/** @param {Pipeline} pipeline */
function factsOf({ life, failure, restarts, last_failure, live, latency, position_nanos, duration_nanos, streams }) {
  const time = (/** @type {number | null} */ nanos) => streamTime(nanos === null ? null : BigInt(Math.round(nanos)));
  const most = latency?.max_nanos == null ? 'no upper bound' : `at most ${age(latency.max_nanos / 1e6)}`;
  return /** @type {[string, string, string?][]} */ ([
    ['life', failure ? `${life}: ${failure}` : life],
    ...(restarts > 0 ? [['restarts', String(restarts), `the last one because of this: ${last_failure}`]] : []),
    ...(live === null ? [] : [['live', live ? 'yes' : 'no', 'whether frames come when they come']]),
    ...(latency ? [['latency', `${age(latency.min_nanos / 1e6)}, ${most}`, 'by the elements\' own account']] : []),
    ...(position_nanos === null ? [] : [['position', time(position_nanos)]]),
    ...(duration_nanos === null ? [] : [['duration', time(duration_nanos)]]),
    ['streams', streams.join(', ') || 'none'],
  ]);
}

/** @param {string} kind */
function words(kind) {
  return kind.replaceAll('_', ' ');
}

/** Error and warning have a shape of their own; all else is for information. @param {string} kind */
function severity(kind) {
  if (['warning', 'stalled', 'restarting'].includes(kind)) return 'warning';
  return PROBLEMS.includes(kind) ? 'error' : 'note';
}

function newItem() {
  return make('li', {},
    make('p', { class: 'origin' }, make('span', { class: 'mark', 'aria-hidden': 'true' }), make('time'), make('strong'),
      make('span', { class: 'times' }), make('span', { class: 'source' })),
    make('p', { class: 'text' }),
    make('details', { class: 'debug' }, make('summary', {}, 'debug'), make('p', { class: 'verbatim' })));
}

/** @param {HTMLElement} item @param {Entry} entry @param {number} epoch */
function showEntry(item, { kind, source, text, debug, count, first, last }, epoch) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (item.querySelector(name));
  const clock = (/** @type {number} */ at) => {
    const date = new Date(at);
    return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  };
  setAttribute(item, 'data-kind', kind);
  setAttribute(part('.mark'), 'data-severity', severity(kind));
  setText(part('time'), clock(last));
  const since = Number.isNaN(epoch) ? '' : `${((last - epoch) / 1000).toFixed(3)} s after the server began`;
  setAttribute(part('time'), 'title', count > 1 ? `${since}; first at ${clock(first)}` : since);
  setText(part('strong'), words(kind));
  setText(part('.times'), count > 1 ? `${count} times` : '');
  setText(part('.source'), source.split('/').at(-1)?.replace(/^[A-Za-z0-9]+:/, '') || source);
  setAttribute(part('.source'), 'title', source);
  setText(part('.text'), text);
  part('.debug').hidden = !debug;
  setText(part('.debug .verbatim'), debug ?? '');
}
