// What there is to say of how a stream is shown, in words; of the default, nothing.
// It must not know the DOM.

import { sentWords } from '../view/sent.js';

/** @typedef {{ text: string, word: string, title: string, unspoken?: boolean }} Note `word` is what there is room for under a small picture; `unspoken`: it changes too often to be read out */
/** @typedef {{ name: string, depth: number, min: number, max: number, usedBits: number, unusedLow: number, unusedHigh: number }} Observed */

/** Transfers of high dynamic range, by GStreamer's names. @type {Record<string, string>} */
const HIGH_RANGE = { 'smpte2084': 'PQ', 'arib-std-b67': 'HLG' };

/** Codes that reach less than this part of the way to white look like none at all. */
const DARK = 1 / 4;
/** So far they come before a picture that was dark is no longer: between the two, a scene does not make the hint blink. */
const NO_LONGER_DARK = 1 / 3;
/** Fewer bits than these leave no room for codes that were meant for a narrower format. */
const DEEP = 8;
/** Components that are no light. */
const NO_LIGHT = ['U', 'V', 'A', 'I'];

/**
 * What the status line has to say, the weightiest first.
 * @param {any} picture the newest `picture` detail, or null
 * @param {any} layout
 * @param {string} bayer how a mosaic is to be shown
 * @returns {Note[]}
 */
export function notesOf(picture, layout, bayer) {
  /** @type {Note[]} */
  const notes = [];
  const note = (/** @type {string} */ word, text = word, title = text) => notes.push({ word, text, title });
  if (picture?.overrides.length) {
    note('override', `override: ${picture.overrides.map(withoutCaps).join(', ')}`, `drawn by ${picture.overrides.join(', ')}`);
  }
  if (layout?.converted) note('converted', conversion(layout), 'shown converted; readFrame() gives the appsink\'s own bytes');
  if (picture?.color === 'gst') note('gst', 'gst', 'bit for bit as GStreamer\'s videoconvert does it');
  if (picture?.phase && bayer !== 'bilinear') note(bayer, `Bayer as ${bayer}`);
  if (picture?.adjusted) note('adjusted', 'adjusted', 'not the colours the codes stand for: display range, gamma, colour map or tone map');
  if (layout && isHighRange(layout)) note(HIGH_RANGE[layout.color.transfer], transferWords(layout, picture));
  return notes;
}

/** What is sent of frames, where that is not all of them as they are. @param {any} layout @param {any} statistics @returns {Note[]} */
export function sentNotes(layout, statistics) {
  return layout ? sentWords(layout, statistics?.perFrame).map((words) => ({ ...words, unspoken: true })) : [];
}

/** What bytes are tried as. @param {any} layout */
export function trialWords({ format, width, height }) {
  return `tried as ${format} ${width}x${height}`;
}

/** @param {any} layout that is tried @returns {Note} */
export function trialNote(layout) {
  const text = `${trialWords(layout)}, not what the caps say`;
  return { word: 'tried', text, title: `${text}; readFrame() and saved bytes are the appsink's` };
}

/** @param {any} layout */
export function isHighRange(layout) {
  return layout.color.transfer in HIGH_RANGE;
}

/** The transfer, and what is made of it. @param {any} layout @param {any} picture */
export function transferWords(layout, picture) {
  const { transfer } = layout.color;
  if (!isHighRange(layout)) return transfer;
  return `${HIGH_RANGE[transfer]} (${transfer}), ${picture?.toneMapped ? 'mapped to SDR' : 'drawn by the matrix'}`;
}

/** What the server made of the frame. @param {any} layout */
export function conversion(layout) {
  return `${layout.format} converted to ${layout.converted.format} by the server`;
}

/**
 * How far the codes reach where that is too little to be seen; null where all is well, or the display range follows them.
 * @param {any} picture
 * @param {boolean} before whether it was too little until now
 * @returns {{ reach: number, full: number } | null}
 */
export function darkness(picture, before) {
  // Limited range is video, and video may be dark; where all codes count, a source left the upper ones empty.
  if (!picture?.observed || picture.levels.mode !== 'full' || picture.range !== '0-255') return null;
  const light = /** @type {Observed[]} */ (picture.observed).filter(({ name, depth }) => depth > DEEP && !NO_LIGHT.includes(name));
  const reach = Math.max(0, ...light.map(({ max }) => max));
  const full = 2 ** Math.max(0, ...light.map(({ depth }) => depth)) - 1;
  return reach > 0 && reach < full * (before ? NO_LONGER_DARK : DARK) ? { reach, full } : null;
}

/** The bits of a component that its codes use. @param {Observed} component */
export function bitsWords({ depth, usedBits, unusedLow }) {
  return `${usedBits} of ${depth} bits used${unusedLow > 0 ? `, lowest ${unusedLow} never` : ''}`;
}

/** @param {string} override `matrix bt709 (caps: bt601)` */
function withoutCaps(override) {
  return override.replace(/ \(caps: .*\)$/, '');
}
