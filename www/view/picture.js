// How frames are shown, and how they are sent: what the attributes of <sink-view> mean, and the JSON of the former. Pure.
// It must not know the DOM, nor what any of it does to a pixel.

/** @typedef {'full' | 'auto' | 'observed' | [min: number, max: number]} Levels */

/**
 * @typedef {object} Setting
 * @property {string} key in the JSON; empty for what is no part of the picture
 * @property {unknown} otherwise the value where the attribute is absent or cannot be read
 * @property {(text: string) => unknown} read undefined for what it cannot read
 * @property {string} wanted what it can read, in words
 * @property {string[]} [known] all that it can read, where that is a list
 */

/** Codes have 16 bits at the most. */
const GREATEST_CODE = 65535;
/** A greater exponent leaves black and white; the viewer takes no more. */
const GREATEST_GAMMA = 100;
/** Frames a second that can be asked for. */
const GREATEST_RATE = 1000;

/** By attribute. @type {Record<string, Setting>} */
const SETTINGS = {
  'color': words('color', 'itu', ['itu', 'gst']),
  'matrix': words('matrix', null, ['bt601', 'bt709', 'bt2020', 'smpte240m', 'fcc']),
  'range': words('range', null, ['0-255', '16-235']),
  'chroma-site': words('chromaSite', null, ['jpeg', 'mpeg2', 'cosited', 'v-cosited']),
  'levels': { key: 'levels', otherwise: 'full', read: levels, wanted: `full, auto, observed, or MIN-MAX of 0 to ${GREATEST_CODE}` },
  'gamma': { key: 'gamma', otherwise: 1, read: gamma, wanted: `a number greater than 0, at most ${GREATEST_GAMMA}` },
  'map': words('map', 'gray', ['gray', 'viridis', 'turbo', 'inferno', 'magma']),
  'zero': { key: 'zero', otherwise: null, read: color, wanted: 'a colour as #rrggbb' },
  'tone-map': { key: 'toneMap', otherwise: false, read: () => true, wanted: 'nothing' },
  'bayer': words('bayer', 'bilinear', ['bilinear', 'mosaic', 'gray']),
  'view': words('', 'auto', ['auto', 'full', 'fit', 'region']),
  'encoding': words('', 'auto', ['auto', 'raw', 'lz4', 'residual']),
  'rate': { key: '', otherwise: null, read: rate, wanted: `frames a second, 1 to ${GREATEST_RATE}` },
};

/** The attributes that say what of frames is sent, and how. */
export const SENDING = ['view', 'encoding', 'rate'];
/** The attributes that say how frames are shown, and how they are sent. */
export const ATTRIBUTES = Object.keys(SETTINGS);
/** Those of them that contradict the caps. */
export const OVERRIDES = ['matrix', 'range', 'chroma-site'];

/** The words an attribute takes, in the order to offer them. @param {string} attribute */
export function choices(attribute) {
  return SETTINGS[attribute].known ?? [];
}

/**
 * What an attribute says; the default where it is absent or cannot be read.
 * @param {string} attribute
 * @param {string | null} text
 * @returns {any}
 */
export function valueOf(attribute, text) {
  const { read, otherwise } = SETTINGS[attribute];
  return text === null ? otherwise : read(text) ?? otherwise;
}

/**
 * Why an attribute is not followed, as a sentence; empty where it is.
 * @param {string} attribute
 * @param {string | null} text
 */
export function faultOf(attribute, text) {
  const { read, wanted } = SETTINGS[attribute];
  return text === null || read(text) !== undefined ? '' : `${attribute}="${text}" is not followed: it takes ${wanted}`;
}

/** What the viewer is told. @param {(attribute: string) => string | null} textOf */
export function pictureJson(textOf) {
  return JSON.stringify(Object.fromEntries(
    Object.entries(SETTINGS).filter(([, { key }]) => key).map(([attribute, { key }]) => [key, valueOf(attribute, textOf(attribute))])));
}

/** A value as its attribute has it; null for no attribute. @param {unknown} value @returns {string | null} */
export function textOf(value) {
  if (value === null || value === undefined || value === false) return null;
  if (value === true) return '';
  return Array.isArray(value) ? value.join('-') : String(value);
}

/**
 * @param {string} key
 * @param {string | null} otherwise
 * @param {string[]} known
 * @returns {Setting}
 */
function words(key, otherwise, known) {
  return { key, otherwise, read: (text) => (known.includes(text) ? text : undefined), wanted: known.join(', '), known };
}

/** @param {string} text @returns {Levels | undefined} */
function levels(text) {
  if (text === 'full' || text === 'auto' || text === 'observed') return text;
  const [, min, max] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  if (min === undefined || Number(min) > GREATEST_CODE || Number(max) > GREATEST_CODE) return undefined;
  return [Number(min), Number(max)];
}

/** @param {string} text */
function gamma(text) {
  const value = text.trim() === '' ? NaN : Number(text);
  return value > 0 && value <= GREATEST_GAMMA ? value : undefined;
}

/** @param {string} text */
function rate(text) {
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= GREATEST_RATE ? Number(text) : undefined;
}

/** @param {string} text */
function color(text) {
  return /^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : undefined;
}
