// The properties of <sink-view> that say how frames are shown, and how they are sent; each is its attribute, read.
// It must not know who follows them.

import { textOf, valueOf } from './picture.js';

export class Adjustable extends HTMLElement {
  /** How codes become colour: "itu" as the standards say, or "gst" bit for bit as GStreamer's videoconvert does. @returns {'itu' | 'gst'} */
  get color() {
    return this.#get('color');
  }
  set color(value) {
    this.#set('color', value);
  }

  /** The matrix to use whatever the caps say; null for theirs. @returns {string | null} */
  get matrix() {
    return this.#get('matrix');
  }
  set matrix(value) {
    this.#set('matrix', value);
  }

  /** The range to use whatever the caps say, "0-255" or "16-235"; null for theirs. @returns {string | null} */
  get range() {
    return this.#get('range');
  }
  set range(value) {
    this.#set('range', value);
  }

  /** Where chroma samples stand, whatever the caps say; null for what they say. @returns {string | null} */
  get chromaSite() {
    return this.#get('chroma-site');
  }
  set chromaSite(value) {
    this.#set('chroma-site', value);
  }

  /** Which codes are black and white: "full", "auto", "observed", or two of them. @returns {import('./picture.js').Levels} */
  get levels() {
    return this.#get('levels');
  }
  set levels(value) {
    this.#set('levels', value);
  }

  /** Exponent of the display; more brightens the dark. @returns {number} */
  get gamma() {
    return this.#get('gamma');
  }
  set gamma(value) {
    this.#set('gamma', value);
  }

  /** Colours of single-channel frames. @returns {string} */
  get map() {
    return this.#get('map');
  }
  set map(value) {
    this.#set('map', value);
  }

  /** Colour of code 0 of single-channel frames, "#rrggbb"; null for none of its own. @returns {string | null} */
  get zero() {
    return this.#get('zero');
  }
  set zero(value) {
    this.#set('zero', value);
  }

  /** Whether PQ and HLG are mapped to standard dynamic range. @returns {boolean} */
  get toneMap() {
    return this.#get('tone-map');
  }
  set toneMap(value) {
    this.#set('tone-map', Boolean(value));
  }

  /** How a Bayer mosaic is shown: "bilinear", "mosaic" or "gray". @returns {string} */
  get bayer() {
    return this.#get('bayer');
  }
  set bayer(value) {
    this.#set('bayer', value);
  }

  /**
   * What of each frame is sent: "full", whole frames; "fit", every n-th sample of every n-th row, so that there is still one
   * for each device pixel; "region", what is seen of it; "auto", whole frames while the link keeps up. Freezing, saving and
   * `readFrame()` have the whole frame, whatever it is.
   * @returns {'auto' | 'full' | 'fit' | 'region'}
   */
  get view() {
    return this.#get('view');
  }
  set view(value) {
    this.#set('view', value);
  }

  /** How frames are encoded on the way, without loss: "raw" not at all, "auto" where it raises the rate. @returns {'auto' | 'raw' | 'lz4' | 'residual'} */
  get encoding() {
    return this.#get('encoding');
  }
  set encoding(value) {
    this.#set('encoding', value);
  }

  /** Frames a second that are wanted: what "auto" tries to reach; null for as many as there are. @returns {number | null} */
  get rate() {
    return this.#get('rate');
  }
  set rate(value) {
    this.#set('rate', value);
  }

  /** @param {string} attribute */
  #get(attribute) {
    return valueOf(attribute, this.getAttribute(attribute));
  }

  /** @param {string} attribute @param {unknown} value */
  #set(attribute, value) {
    const text = textOf(value);
    if (text === null) this.removeAttribute(attribute);
    else this.setAttribute(attribute, text);
  }
}
