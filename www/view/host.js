// Where a viewer runs: in a worker, or on the main thread where the browser cannot give a worker a canvas.
// Both are the same to the element: calls go in, events come out. It must not know what they mean.

import { COMMITTING, committed, perform, startViewer } from './start.js';

/**
 * @typedef {object} Host
 * @property {(method: string, ...args: unknown[]) => Promise<any>} call calls a method of the viewer, in order
 * @property {() => void} stop ends the viewer; no event comes after it
 */

/** @typedef {(type: string, detail: any) => void} OnEvent */

/** A worker that has not closed its socket and itself by then is ended. */
const FAREWELL_MILLIS = 1000;

/** @typedef {{ painter: Worker, receiver: Worker }} Workers the one that has the viewer, and the one that receives for it */

/** Workers that start while it is not known yet for which canvas. @type {Workers | null} */
let spare = null;

/** Has workers load what the first viewer needs. It is never needed, and saves time where it is known that there will be one. */
export function prepare() {
  if (spare || !isCapable()) return;
  const workers = newWorkers();
  spare = workers;
  for (const worker of [workers.painter, workers.receiver]) {
    // The next one fails where somebody is told.
    worker.onerror = (event) => {
      event.preventDefault();
      if (spare === workers) spare = null;
    };
  }
}

/** @returns {Workers} */
function newWorkers() {
  return { painter: newWorker('worker.js'), receiver: newWorker('receiver.js') };
}

/** Whether the browser can give a worker a canvas. */
function isCapable() {
  return typeof Worker === 'function' && typeof OffscreenCanvas === 'function' &&
    typeof HTMLCanvasElement.prototype.transferControlToOffscreen === 'function';
}

/**
 * Starts a viewer for a canvas that has no context yet.
 * @param {HTMLCanvasElement} canvas
 * @param {OnEvent} onevent
 * @returns {Host}
 */
export function startHost(canvas, onevent) {
  return isCapable() ? workerHost(canvas, onevent) : mainHost(canvas, onevent);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {OnEvent} onevent
 * @returns {Host}
 */
function workerHost(canvas, onevent) {
  const { painter: worker, receiver } = spare ?? newWorkers();
  spare = null;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let calls = 0;
  /** @type {Error | null} */
  let broken = null;
  let stopped = false;

  /** @param {string} text */
  const fail = (text) => {
    if (broken) return;
    broken = new Error(text);
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
    if (!stopped) onevent('state', { state: 'failed', text });
  };
  worker.onmessage = ({ data: { type, detail, id, value, error, broken: text } }) => {
    if (text !== undefined) return fail(text);
    if (type !== undefined) return stopped || onevent(type, detail);
    const call = waiting.get(id);
    waiting.delete(id);
    if (error) call?.reject(named(error));
    else call?.resolve(value);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(event.message || `the viewer's worker did not start: ${urlOf('worker.js')} could not be loaded`);
  };
  receiver.onerror = (event) => {
    event.preventDefault();
    fail(event.message || `the viewer's receiver did not start: ${urlOf('receiver.js')} could not be loaded`);
  };
  const offscreen = canvas.transferControlToOffscreen();
  const { port1, port2 } = new MessageChannel();
  receiver.postMessage({ painter: port1 }, [port1]);
  worker.postMessage({ canvas: offscreen, receiver: port2 }, [offscreen, port2]);

  const call = (/** @type {string} */ method, /** @type {unknown[]} */ ...args) => new Promise((resolve, reject) => {
    if (broken) return reject(broken);
    const id = ++calls;
    waiting.set(id, { resolve, reject });
    const sent = args.map((arg) => (arg instanceof HTMLCanvasElement ? arg.transferControlToOffscreen() : arg));
    worker.postMessage({ id, method, args: sent }, sent.filter(isMoved));
  }).then(async (value) => {
    // The worker has handed its drawing over; this thread takes it at its own next frame.
    if (COMMITTING.has(method)) await committed();
    return value;
  });
  const stop = () => {
    stopped = true;
    const end = () => {
      worker.terminate();
      // It may still have to say that the connection ends.
      setTimeout(() => receiver.terminate(), FAREWELL_MILLIS);
    };
    setTimeout(end, FAREWELL_MILLIS);
    call('close').then(end, end);
  };
  return { call, stop };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {OnEvent} onevent
 * @returns {Host}
 */
function mainHost(canvas, onevent) {
  let stopped = false;
  const viewer = startViewer(canvas, (type, detail) => {
    if (!stopped) onevent(type, detail);
  }, null);
  viewer.catch((error) => {
    if (!stopped) onevent('state', { state: 'failed', text: error.message });
  });
  /** The last call; each waits for the one before. @type {Promise<unknown>} */
  let turn = Promise.resolve();
  const call = (/** @type {string} */ method, /** @type {unknown[]} */ ...args) => {
    const answer = turn.then(async () => perform(await viewer, method, args));
    turn = answer.catch(() => {});
    return answer.then(({ value }) => value);
  };
  const stop = () => {
    stopped = true;
    call('close').catch(() => {});
  };
  return { call, stop };
}

/** Whether it has one place only. @param {unknown} value @returns {value is Transferable} */
function isMoved(value) {
  return value instanceof MessagePort || value instanceof OffscreenCanvas;
}

/** @param {string} name of a worker's module */
function urlOf(name) {
  return new URL(`../${name}`, import.meta.url);
}

/** A worker of this module's server; a page of another origin may only start one that it made itself. @param {string} name */
function newWorker(name) {
  const url = urlOf(name);
  if (url.origin === location.origin) return new Worker(url, { type: 'module', name: 'sink-view' });
  const text = `import ${JSON.stringify(url.href)};`;
  const blob = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(blob, { type: 'module', name: 'sink-view' });
  // The worker fetches the Blob on its own time; by the first message it has.
  worker.addEventListener('message', () => URL.revokeObjectURL(blob), { once: true });
  return worker;
}

/** @param {{ name: string, message: string }} error */
function named({ name, message }) {
  return Object.assign(new Error(message), { name });
}
