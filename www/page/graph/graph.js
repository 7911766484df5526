// The graph of a pipeline over the page: got from the server, drawn, read out, and refreshed when the pipeline changes.
// It must not know how boxes are placed, nor how a stream is shown.

import { besides } from '../../view/pipelines.js';
import { Camera } from './camera.js';
import { draw, make, setText } from '../dom.js';
import { Facts } from '../facts.js';
import { drawGraph } from './drawing.js';
import { factsOfElement, factsOfLink, pathOf, sayElement, sayLink } from './words.js';

/** Messages after which the graph may be another one; several come together. */
const CHANGING = ['state_changed', 'error', 'end_of_stream', 'latency'];
const SETTLE_MILLIS = 250;
/** Letters of nine pixels. */
const READABLE = 0.8;
const ZOOM_TIMES = 1.3;
const PAN_PIXELS = 64;

/** @typedef {import('../../sink-view.js').SinkView} SinkView */
/** @typedef {import('../../view/pipelines.js').Graph} Graph */
/** @typedef {import('./drawing.js').Chosen} Chosen */

export class GraphDialog {
  #group = draw('g');
  #picture = draw('svg', { role: 'group', tabindex: '-1', 'aria-label': 'graph of the pipeline' }, this.#group);
  #camera = new Camera(this.#picture, this.#group);
  #pipelines = /** @type {HTMLSelectElement} */ (make('select', { 'aria-label': 'Pipeline' }));
  #state = make('span', { class: 'quiet', role: 'status' });
  #dot = make('a', { class: 'dot', download: '', title: 'for Graphviz: dot -Tsvg' }, '.dot');
  #named = make('h3');
  #facts = new Facts();
  #go = make('a', { class: 'go', hidden: true });
  #list = make('ol', { class: 'listed' });
  #listed = make('details', { class: 'as-list' }, make('summary', {}, 'as a list'), this.#list);
  #element;
  /** @type {() => { view: SinkView, pipeline: number, stream: string } | null} */
  #asked;
  /** @type {Graph | null} */
  #graph = null;
  #drawn = '';
  /** What is read out, by its path. */
  #chosen = '';
  #timer = 0;
  #turn = 0;

  /** @param {() => { view: SinkView, pipeline: number, stream: string } | null} asked whose server, and which pipeline and stream first */
  constructor(asked) {
    this.#asked = asked;
    const button = (/** @type {string} */ text, /** @type {string} */ name, /** @type {() => void} */ run) => {
      const made = make('button', { type: 'button', 'aria-label': name, title: name }, text);
      made.addEventListener('click', run);
      return made;
    };
    this.#element = /** @type {HTMLDialogElement} */ (make('dialog', { class: 'graph', 'aria-labelledby': 'graph-title' },
      make('header', {},
        make('h2', { id: 'graph-title' }, 'Graph'), this.#pipelines, this.#state,
        make('span', { class: 'tools' },
          button('–', 'Zoom out (-)', () => this.#camera.zoom(1 / ZOOM_TIMES)),
          button('+', 'Zoom in (+)', () => this.#camera.zoom(ZOOM_TIMES)),
          button('fit', 'Fit (0)', () => this.#fit()),
          button('refresh', 'Refresh (r)', () => this.#refresh()),
          this.#dot,
          button('×', 'Close (g)', () => this.#element.close()))),
      this.#picture,
      make('section', { class: 'read', 'aria-label': 'Details' }, this.#named, this.#go, this.#facts.element, this.#listed)));
    this.#pipelines.addEventListener('change', () => this.#refresh(true));
    this.#go.addEventListener('click', () => this.#element.close());
    this.#element.addEventListener('keydown', (event) => this.#key(event));
    this.#element.addEventListener('close', () => {
      clearTimeout(this.#timer);
      this.#timer = 0;
    });
    document.body.append(this.#element);
  }

  /** Follows a view's events: they tell when the graph may have changed. @param {SinkView} view */
  listen(view) {
    const later = () => {
      if (!this.#element.open || this.#timer) return;
      this.#timer = window.setTimeout(() => this.#refresh(), SETTLE_MILLIS);
    };
    view.addEventListener('bus', (event) => {
      if (CHANGING.includes(/** @type {CustomEvent} */ (event).detail.message?.kind)) later();
    });
    view.addEventListener('streams', later);
    view.addEventListener('layout', later);
  }

  /** Opens it with a pipeline, or that of the stream that is looked at. @param {number} [pipeline] its index */
  async open(pipeline) {
    const looked = this.#asked();
    if (!looked || this.#element.open) return;
    const asked = { ...looked, pipeline: pipeline ?? looked.pipeline };
    this.#element.showModal();
    this.#picture.focus();
    this.#chosen = '';
    this.#drawn = '';
    await this.#choices(asked);
    await this.#refresh(true);
  }

  /** @param {{ view: SinkView, pipeline: number }} asked */
  async #choices({ view, pipeline }) {
    try {
      const { pipelines } = await view.pipelines();
      this.#pipelines.replaceChildren(...pipelines.map(({ index, description }) =>
        make('option', { value: String(index) }, `${index}: ${description}`)));
      this.#pipelines.hidden = pipelines.length < 2;
      this.#pipelines.value = String(pipeline);
    } catch {
      // Asking for the graph fails the same way, and is what says so.
      this.#pipelines.replaceChildren(make('option', { value: String(pipeline) }, String(pipeline)));
      this.#pipelines.hidden = true;
    }
  }

  /** @param {boolean} [anew] whether all of it is to be seen */
  async #refresh(anew = false) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const view = this.#asked()?.view;
    if (!view || !this.#element.open) return;
    const turn = ++this.#turn;
    const index = Number(this.#pipelines.value);
    try {
      const graph = await view.graph(index);
      if (turn === this.#turn) this.#show(graph, anew, besides(view.src, `pipelines/${index}/graph.dot`).href);
    } catch (error) {
      if (turn === this.#turn) setText(this.#state, `no graph: ${/** @type {Error} */ (error).message}`);
    }
  }

  /** @param {Graph} graph @param {boolean} anew @param {string} dot */
  #show(graph, anew, dot) {
    const [whole] = graph.elements;
    const more = graph.left_out > 0 ? `, ${graph.left_out} more are left out` : '';
    setText(this.#state, `${whole.state}${whole.pending ? ` → ${whole.pending}` : ''} · ${graph.elements.length - 1} elements${more}`);
    this.#dot.setAttribute('href', dot);
    this.#dot.setAttribute('download', `pipeline${graph.pipeline}.dot`);
    const text = JSON.stringify(graph);
    if (text === this.#drawn) return;
    this.#drawn = text;
    const focused = this.#group.contains(document.activeElement);
    this.#graph = graph;
    const layout = drawGraph(this.#group, graph, (chosen) => this.#choose(chosen));
    this.#camera.resize(layout.width, layout.height);
    this.#size = layout;
    this.#list.replaceChildren(...layout.order.map((position) => make('li', {}, sayElement(graph, position),
      ...this.#said(graph, position))));
    const again = graph.elements.findIndex((_, position) => pathOf(graph, position) === this.#chosen);
    const wanted = this.#asked()?.stream;
    const sinks = graph.elements.flatMap(({ stream }, position) => (stream === null ? [] : [{ stream, position }]));
    const first = (sinks.find(({ stream }) => stream === wanted) ?? sinks[0])?.position ?? 0;
    this.#choose({ kind: 'element', position: again >= 0 ? again : first }, false);
    if (anew) this.#begin(layout.places[again >= 0 ? again : first]);
    if (focused) /** @type {SVGElement | null} */ (this.#group.querySelector(`.node[data-position="${again}"]`))?.focus();
  }

  #size = { width: 1, height: 1 };

  /** All of it where that can be read; else a part, with what is read out. @param {import('./layout.js').Place} place */
  #begin(place) {
    this.#camera.fit(this.#size.width, this.#size.height, READABLE);
    this.#camera.reveal(place);
  }

  #fit() {
    this.#camera.fit(this.#size.width, this.#size.height);
  }

  /** What an element gives, below it in the list. @param {Graph} graph @param {number} position */
  #said(graph, position) {
    const links = graph.links.filter(({ from }) => from === position);
    return links.length > 0 ? [make('ul', {}, ...links.map((link) => make('li', {}, sayLink(graph, link))))] : [];
  }

  /** Reads out an element or a link. @param {Chosen} chosen @param {boolean} [moves] the picture, to have it in sight */
  #choose({ kind, position }, moves = true) {
    const graph = this.#graph;
    if (!graph) return;
    for (const one of this.#group.querySelectorAll('.chosen')) one.classList.remove('chosen');
    const shape = this.#group.querySelector(`.${kind === 'link' ? 'edge' : 'node'}[data-position="${position}"]`);
    shape?.classList.add('chosen');
    const stream = kind === 'element' ? graph.elements[position].stream : null;
    this.#go.hidden = stream === null;
    if (stream !== null) {
      this.#go.setAttribute('href', `#${encodeURIComponent(stream)}`);
      setText(this.#go, `show stream ${stream}`);
    }
    if (kind === 'link') {
      setText(this.#named, 'link');
      this.#facts.show(factsOfLink(graph, graph.links[position]));
    } else {
      this.#chosen = pathOf(graph, position);
      setText(this.#named, graph.elements[position].name);
      this.#facts.show(factsOfElement(graph, position));
    }
    if (moves && shape === document.activeElement) {
      const box = /** @type {SVGGraphicsElement} */ (shape).getBBox();
      this.#camera.reveal(box);
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    // Just closed, it still has the focus until the next frame: the key is the page's.
    if (!this.#element.open) return;
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === 'SELECT') return;
    /** @type {Record<string, () => void>} */
    const keys = {
      g: () => this.#element.close(),
      r: () => this.#refresh(),
      0: () => this.#fit(),
      '+': () => this.#camera.zoom(ZOOM_TIMES),
      '=': () => this.#camera.zoom(ZOOM_TIMES),
      '-': () => this.#camera.zoom(1 / ZOOM_TIMES),
    };
    if (this.#picture.contains(target) || target === this.#element) {
      keys.ArrowLeft = () => this.#camera.pan(PAN_PIXELS, 0);
      keys.ArrowRight = () => this.#camera.pan(-PAN_PIXELS, 0);
      keys.ArrowUp = () => this.#camera.pan(0, PAN_PIXELS);
      keys.ArrowDown = () => this.#camera.pan(0, -PAN_PIXELS);
    }
    if (event.key === 'Enter' && target.closest('.sink') && !this.#go.hidden) keys.Enter = () => this.#go.click();
    const run = keys[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }
}
