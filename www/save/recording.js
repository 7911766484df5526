// Recorded frames as one file to download: raw bytes and their description in a zip archive, or y4m.
// It must not know formats: what a frame can be, the viewer says.

import { arrayOf } from './file.js';
import { exactJson } from './json.js';
import { recordingName } from './name.js';
import { zipOf } from './zip.js';

/** @typedef {'raw' | 'y4m'} RecordingKind */
/** @typedef {import('./file.js').FrameDescription} FrameDescription */

/** Numbers of frames that were not received: all between two that were. @typedef {{ after: number, before: number, frames: number }} Gap */

/**
 * @typedef {object} SavedRecording
 * @property {string} name
 * @property {Blob} blob
 * @property {number} frames
 * @property {Gap[]} gaps
 */

const FRAME = new TextEncoder().encode('FRAME\n');

/**
 * Takes what was recorded; the viewer forgets it then.
 * @param {any} viewer
 * @param {number} count frames
 * @param {RecordingKind} kind
 * @returns {() => Promise<SavedRecording>}
 */
export function saveRecording(viewer, count, kind) {
  /** @type {FrameDescription[]} */
  const frames = Array.from({ length: count }, (_, n) => viewer.describeFrame(n));
  if (frames.length === 0) throw Object.assign(new Error('no frame was recorded'), { name: 'NoFrame' });
  const finish = kind === 'y4m' ? y4m(viewer, frames) : raw(viewer, frames);
  return async () => {
    try {
      return { ...await finish(), frames: count, gaps: gapsOf(frames) };
    } finally {
      viewer.forgetRecording();
    }
  };
}

/** @param {any} viewer @param {FrameDescription[]} frames */
function raw(viewer, frames) {
  const parts = frames.map((_, n) => viewer.frameBytes(n));
  const file = nameOf(frames, '.raw');
  const layouts = new Map(frames.map(({ layout }) => [layout.id, layout]));
  let offset = 0;
  const listed = frames.map(({ header, layout, length }) => {
    const at = { ...header, layout: layout.id, at: offset, length };
    offset += length;
    return at;
  });
  const [first] = frames;
  const isEven = layouts.size === 1 && frames.every(({ length }) => length === first.length);
  const text = exactJson({
    stream: first.layout.stream, file, frames: listed, layouts: [...layouts.values()],
    missing: gapsOf(frames), command: isEven ? first.commandForSeveral?.replace('FILE', file) ?? null : null,
  });
  const json = new TextEncoder().encode(text);
  return async () => ({
    name: nameOf(frames, '.zip'),
    blob: await zipOf([{ name: file, parts }, { name: nameOf(frames, '.json'), parts: [json] }]),
  });
}

/** @param {any} viewer @param {FrameDescription[]} frames */
function y4m(viewer, frames) {
  const [{ y4m: line, noY4m }] = frames;
  if (line === null) throw Object.assign(new Error(noY4m ?? 'no y4m'), { name: 'NotSupportedError' });
  const other = frames.find((frame) => frame.y4m !== line);
  if (other) {
    throw Object.assign(new Error(`the caps changed at frame ${other.header.sequence}, and y4m has one header for all; record raw`), { name: 'NotSupportedError' });
  }
  return async () => {
    /** @type {BlobPart[]} */
    const parts = [`${line}`];
    for (const [n, { npz, layout }] of frames.entries()) {
      parts.push(FRAME, ...npz.map((outline) => {
        // Interlaced frames may have a row more of chroma than the file.
        const rows = Math.ceil(layout.height / 2 ** layout.pixels.components.find((/** @type {any} */ { name }) => name === outline.name).h_sub);
        return arrayOf(viewer, { ...outline, shape: [rows, outline.shape[1]] }, n);
      }));
      await new Promise((resolve) => setTimeout(resolve));
    }
    return { name: nameOf(frames, '.y4m'), blob: new Blob(parts) };
  };
}

/** @param {FrameDescription[]} frames @param {string} ending */
function nameOf(frames, ending) {
  return recordingName(frames[0].layout.stream, frames[0].header, ending);
}

/** @param {FrameDescription[]} frames @returns {Gap[]} */
function gapsOf(frames) {
  return frames.slice(1).flatMap(({ header }, n) => {
    const [after, before] = [frames[n].header.sequence, header.sequence];
    return before > after + 1 ? [{ after, before, frames: before - after - 1 }] : [];
  });
}
