// A WebSocket whose messages another worker receives, used like one of this thread's.
// It must not know what any message means.

export class FarSocket {
  binaryType = 'arraybuffer';
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((event: { data: any }) => void) | null} */
  onmessage = null;
  /** @type {((event: { code: number, reason: string }) => void) | null} */
  onclose = null;
  /** @type {MessagePort} */
  #port;

  /** @param {MessagePort} receiver the worker that receives @param {string} url @param {string} protocol */
  constructor(receiver, url, protocol) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => {
      if (data === null) this.onopen?.();
      else if (typeof data === 'string' || data instanceof ArrayBuffer || data instanceof Uint8Array) this.onmessage?.({ data });
      else this.onclose?.(data);
    };
    receiver.postMessage({ url, protocol, port: port2 }, [port2]);
  }

  /** Gives the room of a message back, for another one. @param {Uint8Array} message */
  giveBack = ({ buffer }) => this.#port.postMessage(buffer, [/** @type {ArrayBuffer} */ (buffer)]);

  /** @param {string} text */
  send(text) {
    this.#port.postMessage(text);
  }

  close() {
    this.#port.postMessage(null);
  }
}

/**
 * How a viewer connects.
 * @param {MessagePort | null} receiver the worker that receives; null where this thread does
 * @returns {(url: string, protocol: string) => WebSocket | FarSocket} throws what a `WebSocket` throws
 */
export function connector(receiver) {
  return (url, protocol) => {
    const { protocol: scheme, hash } = new URL(url);
    // What cannot be an address is refused here, in the browser's own words.
    const isFar = receiver && (scheme === 'ws:' || scheme === 'wss:') && hash === '';
    return isFar ? new FarSocket(receiver, url, protocol) : new WebSocket(url, protocol);
  };
}
