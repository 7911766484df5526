// The worker of one <sink-view>: starts the viewer and passes calls in and events out.
// It must not know what any call or event means, and touches neither socket nor canvas itself.

import { loadViewer, perform, startViewer } from './view/start.js';
import { messageOf, nameOf } from './view/words.js';

// Meanwhile the page may find out what to show. Who starts the viewer is told what is wrong with it.
loadViewer().catch(() => {});

/** @type {Promise<any>} */
let viewer;

/** The last call; each waits for the one before, so that its events and answers come in order. */
let turn = Promise.resolve();

self.onmessage = ({ data: { canvas, receiver, id, method, args } }) => {
  if (canvas) {
    viewer = startViewer(canvas, (type, detail) => self.postMessage({ type, detail }), receiver);
    viewer.catch((error) => self.postMessage({ broken: error.message }));
  } else {
    turn = turn.then(() => answer(id, method, args));
  }
};

/** @param {number} id @param {string} method @param {unknown[]} args */
async function answer(id, method, args) {
  const fail = (/** @type {unknown} */ error) => self.postMessage({ id, error: { name: nameOf(error), message: messageOf(error) } });
  // A copy of a frame is moved, not copied once more.
  const say = (/** @type {any} */ value) => self.postMessage({ id, value }, { transfer: value?.data?.buffer ? [value.data.buffer] : [] });
  try {
    const { value } = await perform(await viewer, method, args);
    // What takes long is answered when it is there; other calls have their turn meanwhile.
    if (value instanceof Promise) value.then(say).catch(fail);
    else say(value);
  } catch (error) {
    fail(error);
  }
}
