// Starts the WebAssembly viewer and performs calls on it; runs the same in a worker and on the main thread.
// It must not know the page, the element or the protocol.

import { saveFrame } from '../save/file.js';
import { saveRecording } from '../save/recording.js';
import { connector } from './socket.js';
import { messageOf } from './words.js';

/** A module whose one function uses a SIMD instruction: valid exactly where SIMD128 is. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, // magic, version 1
  1, 5, 1, 96, 0, 1, 123, // one type: () -> v128
  3, 2, 1, 0, // one function of it
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11, // i32.const 0, i8x16.splat, i8x16.popcnt
]);

/** Calls that are over when what they drew has left for the screen. */
export const COMMITTING = new Set(['pause', 'commit']);

/** A frame drawn before a call is on the element's canvas this many animation frames later at the most. */
const FRAMES_TO_COMMIT = 2;

/** Where no animation frames run (a hidden tab), nothing waits for them longer than this. */
const COMMIT_MILLIS = 200;

/**
 * Loads the viewer and gives it a canvas.
 * @param {OffscreenCanvas | HTMLCanvasElement} canvas
 * @param {(type: string, detail: object) => void} onevent
 * @param {MessagePort | null} receiver the worker that receives; null where this thread does
 * @returns {Promise<any>} the viewer; rejects with a sentence for a person
 */
export async function startViewer(canvas, onevent, receiver) {
  if (typeof WebAssembly !== 'object') throw new Error('this browser has no WebAssembly, which the viewer needs');
  if (!WebAssembly.validate(SIMD_MODULE)) {
    throw new Error('this browser has no WebAssembly SIMD, which the viewer needs: update it, or try another one');
  }
  try {
    const Viewer = await loadViewer();
    return new Viewer(canvas, onevent, connector(receiver));
  } catch (error) {
    throw new Error(`the viewer did not load: ${messageOf(error)}`);
  }
}

/** The viewer's class, loaded once. @type {Promise<any> | null} */
let loading = null;

/** Loads the viewer, if it is not loaded yet. @returns {Promise<any>} its class */
export function loadViewer() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  // Asked for beside the module that wants it, which would do so only when it is there itself.
  const wasm = fetch(new URL('../viewer_bg.wasm', import.meta.url));
  // The import's failure is the one that is told.
  wasm.catch(() => {});
  const { default: init, Viewer } = await import('../viewer.js');
  await init({ module_or_path: wasm });
  return Viewer;
}

/** Methods that make files of what the viewer gives. @type {Record<string, (viewer: any, ...args: any[]) => unknown>} */
const FILES = {
  saveFrame: (viewer, kind) => saveFrame(viewer, kind)(),
  saveRecording: (viewer, count, kind) => saveRecording(viewer, count, kind)(),
};

/**
 * Methods that want samples of the frame on the canvas: where that was sent in part, the whole of it is there first. Each
 * gives the arguments of `whole`: nothing for all samples.
 * @type {Record<string, (...args: any[]) => unknown[]>}
 */
const WHOLE = {
  readFrame: () => [],
  describeFrame: () => [],
  saveFrame: () => [],
  measure: () => [],
  profile: () => [],
  hold: () => [],
  tryAs: () => [],
  probeAnywhere: (x, y) => [x, y, 1, 1, true],
  readCodesAnywhere: (x, y, width, height) => [x, y, width, height],
};

/** Methods by another name than the viewer has. @type {Record<string, string>} */
const NAMES = { probeAnywhere: 'probe', readCodesAnywhere: 'readCodes' };

/**
 * Calls a method of the viewer. `pause` is over when the frame it stopped at has reached the element's canvas, and
 * `commit`, which is no method, when what was drawn before has.
 * @param {any} viewer
 * @param {string} method
 * @param {unknown[]} args
 * @returns {Promise<{ value: any }>} what the method returns: a promise where that takes long, which other calls need not wait for
 */
export async function perform(viewer, method, args) {
  const act = FILES[method] ?? ((_, ...own) => viewer[NAMES[method] ?? method](...own));
  const whole = WHOLE[method] && viewer.whole(...WHOLE[method](...args));
  if (whole) return { value: whole.then(() => act(viewer, ...args)) };
  const value = method === 'commit' ? undefined : act(viewer, ...args);
  if (!COMMITTING.has(method)) return { value };
  // Where the frame it stopped at is still to come, other calls have their turn meanwhile.
  if (value instanceof Promise) return { value: value.then(committed) };
  await committed();
  return { value };
}

/** Resolves when everything drawn by now has left for the screen. */
export async function committed() {
  for (let n = 0; n < FRAMES_TO_COMMIT; n++) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, COMMIT_MILLIS);
      requestAnimationFrame(() => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
}
