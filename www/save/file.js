// The frame on the canvas as a file. What is needed of the frame is read at once, so that it is one and the same frame;
// what takes its time afterwards is handed back as a function.
// It must not know formats: what can be a file, and how, the viewer says.

import { exactJson } from './json.js';
import { fileName } from './name.js';
import { npyHead } from './npy.js';
import { pngOf, rgbRows, wordRows } from './png.js';
import { zipOf } from './zip.js';

/** @typedef {'png' | 'png16' | 'npy' | 'npz' | 'raw' | 'json' | 'zip'} Kind */
/** @typedef {{ name: string, blob: Blob }} SavedFile */
/** @typedef {import('./npy.js').Outline} Outline */

/**
 * What is known of a frame, and which files it can be.
 * @typedef {object} FrameDescription
 * @property {{ sequence: number, pts_nanos: bigint | null, dts_nanos: bigint | null, duration_nanos: bigint | null, offset: bigint | null, running_time_nanos: bigint | null, arrival_nanos: bigint, flags: number }} header
 * @property {any} layout as it travelled
 * @property {number} length of the appsink's buffer, in bytes
 * @property {boolean} tried whether it is drawn as something else than its caps say; files of codes go by the caps
 * @property {boolean} readable whether its codes can be read here
 * @property {boolean} converted by the server, because viewers cannot read it
 * @property {{ name: string, depth: number }[]} components
 * @property {Outline | null} npy the one array that it is
 * @property {Outline[]} npz an array for each component, or for each plane
 * @property {string | null} command that shows its raw bytes again; FILE stands for their file
 * @property {string | null} commandForSeveral the same for a file of several
 * @property {string | null} y4m the header line, where there is such a file
 * @property {string | null} noY4m why there is none
 */

/** By kind. @type {Record<Kind, string>} */
const ENDINGS = { png: '.png', png16: '_16.png', npy: '.npy', npz: '.npz', raw: '.raw', json: '.json', zip: '.zip' };

/**
 * @param {any} viewer
 * @param {Kind} kind
 * @returns {() => Promise<SavedFile>}
 */
export function saveFrame(viewer, kind) {
  const make = MAKERS[kind];
  if (!make) throw new RangeError(`${kind} is no kind of file; there are ${Object.keys(MAKERS).join(', ')}`);
  /** @type {FrameDescription} */
  const description = viewer.describeFrame();
  const name = nameOf(description, kind);
  const finish = make(viewer, description);
  return async () => ({ name, blob: await finish() });
}

/** @type {Record<Kind, (viewer: any, description: FrameDescription) => () => Blob | Promise<Blob>>} */
const MAKERS = {
  png(viewer, description) {
    const { width, height, rgba } = viewer.readDrawn();
    const tried = description.tried ? ', its bytes read as something else than the caps say' : '';
    return () => pngOf({ width, height, channels: 3, bits: 8, rows: rgbRows(rgba, width, height),
      comment: `as drawn by Sinkview in 8 bits a channel${tried}; ${words(description)}` });
  },
  png16(viewer, description) {
    const channels = deepChannels(description);
    if (!channels) throw notSupported(noDeepPng(description));
    const { width, height } = description.layout;
    const codes = viewer.readSamples(undefined, channels, height, width, true);
    return () => pngOf({ width, height, channels: channels.length, bits: 16, rows: wordRows(codes, width * channels.length * 2, height),
      comment: `native codes of ${depthOf(description)} bits, not scaled; ${words(description)}` });
  },
  npy(viewer, description) {
    const outline = description.npy;
    if (!outline) throw notSupported(noArray(description));
    const samples = arrayOf(viewer, outline);
    return () => new Blob([npyHead(outline), samples]);
  },
  npz(viewer, description) {
    if (description.npz.length === 0) throw notSupported(noArray(description));
    const entries = description.npz.map((outline, n) => ({ name: `${outline.name}.npy`, parts: [npyHead(outline),
      outline.channels.length > 0 ? arrayOf(viewer, outline) : planeOf(viewer, description, n)] }));
    return () => zipOf(entries);
  },
  raw(viewer) {
    const blob = new Blob([viewer.frameBytes()]);
    return () => blob;
  },
  json(_, description) {
    const text = descriptionJson(description);
    return () => new Blob([text], { type: 'application/json' });
  },
  zip(viewer, description) {
    const parts = [viewer.frameBytes()];
    const json = new TextEncoder().encode(descriptionJson(description));
    return () => zipOf([{ name: nameOf(description, 'raw'), parts }, { name: nameOf(description, 'json'), parts: [json] }]);
  },
};

/**
 * The samples of an array.
 * @param {any} viewer
 * @param {Outline} outline
 * @param {number} [recorded] index of a recorded frame
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function arrayOf(viewer, { shape: [rows, columns], dtype, channels }, recorded) {
  // A mosaic has no channels but its sites.
  return viewer.readSamples(recorded, channels.join('') || 'S', rows, columns, dtype !== '|u1');
}

/** The bytes of a plane. @param {any} viewer @param {FrameDescription} description @param {number} index */
function planeOf(viewer, { layout }, index) {
  const { offset, length } = layout.planes[index];
  return viewer.frameBytes().slice(offset, offset + length);
}

/** @param {FrameDescription} description @param {Kind} kind */
function nameOf({ layout, header }, kind) {
  return fileName(layout.stream, header, ENDINGS[kind]);
}

/** What `frame.json` of the server says, too. @param {FrameDescription} description */
function descriptionJson(description) {
  const { header, layout, length, npy, npz, command } = description;
  const name = (/** @type {Kind} */ kind) => nameOf(description, kind);
  return exactJson({
    stream: layout.stream, ...header, length, layout, converted: layout.converted, npy, npz,
    files: { npy: name('npy'), npz: name('npz'), png: name('png'), raw: name('raw') },
    command: command?.replace('FILE', name('raw')) ?? null,
  });
}

/** The channels of a 16-bit PNG; null where it has none. @param {FrameDescription} description */
export function deepChannels(description) {
  const names = description.components.map(({ name }) => name);
  const found = ['Y', 'S', 'RGB', 'RGBA'].find((channels) => channels.length === names.length && [...channels].every((name) => names.includes(name)));
  return depthOf(description) > 8 ? found : undefined;
}

/** Why there is no PNG of 16 bits. @param {FrameDescription} description */
export function noDeepPng(description) {
  const { layout, converted, readable } = description;
  if (converted || !readable) return unreadable(layout.format, converted);
  if (depthOf(description) <= 8) return `${layout.format} has no more than 8 bits`;
  return `${layout.format} is neither gray nor RGB: PNG has no such pixels; .npy and .npz have`;
}

/** Why there is no array, or not one. @param {FrameDescription} description */
export function noArray({ layout, converted, readable }) {
  if (converted || !readable) return unreadable(layout.format, converted);
  return `${layout.format} is not one array (its components differ in size, or are packed); .npz has an array for each`;
}

/** @param {string} format @param {boolean} converted */
function unreadable(format, converted) {
  return converted ? `the server converted ${format}: its codes are in the server's files, below` : `${format} cannot be read here; .raw has its bytes`;
}

/** @param {FrameDescription} description */
function depthOf({ components }) {
  return Math.max(0, ...components.map(({ depth }) => depth));
}

/** Where a picture comes from. @param {FrameDescription} description */
function words({ header, layout }) {
  const pts = header.pts_nanos === null ? 'no PTS' : `PTS ${header.pts_nanos} ns`;
  return `stream ${layout.stream}, sequence ${header.sequence}, ${pts}; caps ${layout.caps}`;
}

/** @param {string} text */
function notSupported(text) {
  return Object.assign(new Error(text), { name: 'NotSupportedError' });
}
