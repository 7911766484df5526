// The worker that receives for one <sink-view>: it owns the sockets, and hands each message on, whole and without a copy,
// to the worker that paints, so that receiving and painting use two cores.
// It must not know what any message means, but for the two that have them come in another way.

import { Body } from './view/body.js';

/** Bytes within a second from which a body is worth it: it takes one of the few connections that a browser has to a server. */
const BYTES_A_SECOND = 32e6;
const SECOND_MILLIS = 1000;
/** How long one of the two ends may come after the other. */
const END_MILLIS = 1000;
/** The last message by the socket. */
const IN_BODY = '{"type":"body"}';

/** A body that is cut off before it has lasted so long was not for this network. */
const LASTING_MILLIS = 60_000;
/** So many of these in a row, and no more are asked for. */
const CUTS_MAX = 2;

let cuts = 0;

/** The worker that paints asks for connections, each with a port of its own. */
self.onmessage = ({ data: { painter } }) => {
  painter.onmessage = (/** @type {MessageEvent} */ { data }) => connect(data);
  self.postMessage('there');
};

/** @param {{ url: string, protocol: string, port: MessagePort }} wanted */
function connect({ url, protocol, port }) {
  /** @param {number} code @param {string} reason */
  const closed = (code, reason) => port.postMessage({ code, reason });
  /** @param {any} message */
  const pass = (message) => port.postMessage(message, typeof message === 'string' ? [] : [message.buffer ?? message]);
  /** @type {WebSocket} */
  let socket;
  try {
    socket = new WebSocket(url, protocol);
  } catch (error) {
    closed(1006, String(error));
    return;
  }
  const ending = new AbortController();
  const address = cuts < CUTS_MAX ? bodyAddress(url) : null;
  /** @type {Promise<Body | null> | null} */
  let body = address ? null : Promise.resolve(null);
  /** Resolves when the body is over. @type {Promise<void> | null} */
  let following = null;
  let received = 0;
  let since = 0;

  /** Asks for a body once there is so much to receive that it pays. @param {ArrayBuffer} message */
  const count = (message) => {
    const now = performance.now();
    if (now - since > SECOND_MILLIS) {
      since = now;
      received = 0;
    }
    received += message.byteLength;
    if (received < BYTES_A_SECOND || !address) return;
    const key = randomKey();
    address.searchParams.set('key', key);
    body = Body.open(address, ending.signal).catch(() => null);
    body.then((opened) => {
      if (opened && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'body', key }));
    });
  };
  const follow = async () => {
    const began = performance.now();
    const opened = await body;
    try {
      for (let message = await opened?.next(); message; message = await opened?.next()) pass(message);
    } catch {
      if (!ending.signal.aborted) cuts = performance.now() - began < LASTING_MILLIS ? cuts + 1 : 0;
    }
    // The server ends the body, and then the socket.
    setTimeout(() => socket.close(), END_MILLIS);
  };

  socket.binaryType = 'arraybuffer';
  socket.onopen = () => port.postMessage(null);
  socket.onmessage = ({ data }) => {
    if (data === IN_BODY) following ??= follow();
    // Its length is gone when it has been moved.
    else if (!body && typeof data !== 'string') count(data);
    pass(data);
  };
  socket.onclose = async ({ code, reason }) => {
    // What the server said last is in the body.
    if (following) await Promise.race([following, new Promise((resolve) => setTimeout(resolve, END_MILLIS))]);
    ending.abort();
    closed(code, reason);
  };
  port.onmessage = (/** @type {MessageEvent} */ { data }) => {
    if (data instanceof ArrayBuffer) {
      body?.then((opened) => opened?.reuse(data));
      return;
    }
    if (data !== null) {
      // What comes for a socket that is closing is lost, as the close event is about to tell.
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
      return;
    }
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    ending.abort();
    port.close();
  };
}

/** Where a body is asked for: at the server of the socket, where this worker is from there too. @param {string} url @returns {URL | null} */
function bodyAddress(url) {
  const address = new URL('body', url.replace(/^ws/, 'http'));
  return address.origin === new URL(self.location.href).origin ? address : null;
}

function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
