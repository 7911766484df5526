// The worker that receives for one <sink-view>: it owns the sockets, and hands each message on, whole and without a copy,
// to the worker that paints, so that receiving and painting use two cores.
// It must not know what any message means.

/** The worker that paints asks for connections, each with a port of its own. */
self.onmessage = ({ data: { painter } }) => {
  painter.onmessage = (/** @type {MessageEvent} */ { data }) => connect(data);
  self.postMessage('there');
};

/** @param {{ url: string, protocol: string, port: MessagePort }} wanted */
function connect({ url, protocol, port }) {
  /** @param {number} code @param {string} reason */
  const closed = (code, reason) => port.postMessage({ code, reason });
  /** @type {WebSocket} */
  let socket;
  try {
    socket = new WebSocket(url, protocol);
  } catch (error) {
    closed(1006, String(error));
    return;
  }
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => port.postMessage(null);
  socket.onmessage = ({ data }) => port.postMessage(data, typeof data === 'string' ? [] : [data]);
  socket.onclose = ({ code, reason }) => closed(code, reason);
  port.onmessage = (/** @type {MessageEvent} */ { data }) => {
    if (data !== null) {
      // What comes for a socket that is closing is lost, as the close event is about to tell.
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
      return;
    }
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    port.close();
  };
}
