// The address follows what is on the stage, and what an address asks for is put there: stream, zoom, crosshair, pins, how
// frames are shown. What this browser remembers for itself (theme, folds) is no part of it.
// It must not know how any of it is drawn.

import { ATTRIBUTES } from '../../view/picture.js';
import { queryOf, stateOf } from './link.js';
import { hashOf, queried } from '../streams/route.js';

/** @typedef {import('../../sink-view.js').SinkView} SinkView */

export class Address {
  #pixel;
  #panel;
  #say;
  /** What the address has been made to say last, or asked for. */
  #known = '';
  /** The state a moment ago: only one that stays is written down. */
  #before = '';
  /** Whether what was asked for is still waiting for a frame. @type {AbortController | null} */
  #waiting = null;

  /**
   * @param {import('../panel/pixel.js').PixelSection} pixel
   * @param {import('../panel/panel.js').Panel} panel
   * @param {(text: string) => void} say
   */
  constructor(pixel, panel, say) {
    this.#pixel = pixel;
    this.#panel = panel;
    this.#say = say;
  }

  /** Puts on the stage what the address asks for beside the stream. @param {SinkView | null} view of the stage */
  restore(view) {
    const query = queried();
    if (!view || query === '' || location.hash === this.#known) return;
    this.#known = location.hash;
    this.#waiting?.abort();
    const { state, faults } = stateOf(query);
    if (faults.length > 0) this.#say(`in the link, ${faults.join('; ')}`);
    for (const name of ATTRIBUTES) view.removeAttribute(name);
    for (const [name, text] of state.attributes) view.setAttribute(name, text);
    if (state.panel && !this.#panel.open) this.#panel.toggle();
    this.#pixel.pinAt(view, state.pins);
    const waiting = new AbortController();
    const place = () => {
      this.#waiting = null;
      if (state.zoom) view.zoomTo(state.zoom.factor, state.zoom.x, state.zoom.y);
      else view.fit();
      const { layout } = view;
      if (state.probe && state.probe.x < layout.width && state.probe.y < layout.height) view.point = state.probe;
      else if (state.probe) this.#say(`in the link, probe=${state.probe.x},${state.probe.y} is outside of the frame`);
    };
    if (view.zoom !== null) place();
    else {
      this.#waiting = waiting;
      view.addEventListener('frame', place, { once: true, signal: waiting.signal });
    }
  }

  /** The address says what is on the stage now, once that has stayed for a while. @param {SinkView | null} view */
  follow(view) {
    if (!view || this.#waiting) return;
    const query = this.#query(view);
    const hash = query === '' ? hashOf(view.stream) : `${hashOf(view.stream)}?${query}`;
    const stays = hash === this.#before;
    this.#before = hash;
    // What is on the stage without a name gets one only when there is something to say of it.
    if (!stays || query === queried()) return;
    this.#known = hash;
    history.replaceState(history.state, '', hash);
  }

  /** A link to what is on the stage, without what only this browser may know. @param {SinkView} view */
  link(view) {
    const query = this.#query(view);
    return `${location.origin}${location.pathname}${hashOf(view.stream)}${query && '?'}${query}`;
  }

  /** @param {SinkView} view */
  #query(view) {
    const { middle, zoom } = view;
    return queryOf({
      zoom: view.fitted || zoom === null || !middle ? null : { factor: zoom, ...middle },
      probe: this.#pixel.crosshair,
      pins: this.#pixel.pinned,
      panel: this.#panel.open,
      attributes: ATTRIBUTES.flatMap((name) => {
        const text = view.getAttribute(name);
        return text === null ? [] : [/** @type {[string, string]} */ ([name, text])];
      }),
    });
  }
}
