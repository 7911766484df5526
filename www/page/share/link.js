// What a link restores of the stage, as text behind the stream's name: `#left?zoom=8&x=412&y=87&probe=412,87&map=turbo`.
// Pure: it must not know the DOM, nor who follows the state.

import { ATTRIBUTES, faultOf } from '../../view/picture.js';

/** @typedef {{ x: number, y: number }} Point */

/**
 * @typedef {object} StageState
 * @property {{ factor: number, x: number, y: number } | null} zoom device pixels a sample, and the sample in the middle; null for fitted
 * @property {Point | null} probe where the crosshair is
 * @property {Point[]} pins
 * @property {boolean} panel whether the side panel is open
 * @property {[name: string, text: string][]} attributes of the view's picture
 */

/** More are a table, not a link. */
const MOST_PINS = 12;
/** Columns and rows are below this. */
const MOST_SIDE = 2 ** 20;
const MOST_FACTOR = 1024;

/** Empty where there is nothing but what everybody sees at first. @param {StageState} state */
export function queryOf({ zoom, probe, pins, panel, attributes }) {
  const pairs = [
    ...(zoom ? [['zoom', String(Number(zoom.factor.toFixed(4)))], ['x', String(zoom.x)], ['y', String(zoom.y)]] : []),
    ...(probe ? [['probe', spot(probe)]] : []),
    ...(pins.length > 0 ? [['pins', pins.map(spot).join(';')]] : []),
    ...(panel ? [['panel', 'open']] : []),
    ...attributes,
  ];
  // Commas and semicolons may stand in a fragment, and are easier to read.
  return pairs.map(([name, text]) => (text === '' ? name : `${name}=${encodeURIComponent(text).replace(/%2C/g, ',').replace(/%3B/g, ';')}`)).join('&');
}

/**
 * The state that a link asks for, and what of it cannot be followed, in words.
 * @param {string} query
 * @returns {{ state: StageState, faults: string[] }}
 */
export function stateOf(query) {
  /** @type {string[]} */
  const faults = [];
  /** @type {StageState} */
  const state = { zoom: null, probe: null, pins: [], panel: false, attributes: [] };
  const asked = new Map(new URLSearchParams(query.replace(/\+/g, '%2B')));
  const take = (/** @type {string} */ name) => {
    const text = asked.get(name);
    asked.delete(name);
    return text;
  };
  const fault = (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ wanted) => {
    faults.push(`${name}=${text} is not followed: it takes ${wanted}`);
  };
  const [zoom, x, y, probe, pins, panel] = ['zoom', 'x', 'y', 'probe', 'pins', 'panel'].map(take);
  if (zoom !== undefined) {
    const factor = zoom.trim() === '' ? NaN : Number(zoom);
    const middle = pointOf(`${x},${y}`);
    if (factor > 0 && factor <= MOST_FACTOR && middle) state.zoom = { factor, ...middle };
    else fault('zoom', zoom, 'device pixels a sample, with x and y of the sample in the middle');
  }
  if (probe !== undefined) {
    state.probe = pointOf(probe);
    if (!state.probe) fault('probe', probe, 'a column and a row');
  }
  if (pins !== undefined) {
    const all = pins.split(';').map(pointOf);
    state.pins = /** @type {Point[]} */ (all.filter((pin) => pin !== null)).slice(0, MOST_PINS);
    if (state.pins.length < all.length) fault('pins', pins, `at most ${MOST_PINS} places, as 412,87;3,4`);
  }
  if (panel === 'open') state.panel = true;
  else if (panel !== undefined) fault('panel', panel, 'open');
  for (const [name, text] of asked) {
    if (!ATTRIBUTES.includes(name)) faults.push(`${name} is nothing that a link restores`);
    else if (faultOf(name, text)) faults.push(faultOf(name, text));
    else state.attributes.push([name, text]);
  }
  return { state, faults };
}

/** @param {Point} point */
function spot({ x, y }) {
  return `${x},${y}`;
}

/** @param {string} text @returns {Point | null} */
function pointOf(text) {
  const [, x, y] = /^(\d{1,7}),(\d{1,7})$/.exec(text) ?? [];
  return x !== undefined && Number(x) < MOST_SIDE && Number(y) < MOST_SIDE ? { x: Number(x), y: Number(y) } : null;
}
