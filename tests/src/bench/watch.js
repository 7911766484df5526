// What a bench puts into a page that shows frames: it counts them and stamps them, as stamp.rs says.
// It must not know what is measured, nor how frames travel.

window.bench = (() => {
  const WARM_UP_MILLIS = 700;
  const BOX = 'display: block; width: 1200px; height: 700px';

  /** @type {{ captured: number, at: number }[]} times in milliseconds, `captured` on the server's clock */
  let stamps = [];
  let drawn = 0;
  /** From the clock that stamps are on to the page's, at most. */
  let slack = 0;

  // A worker that receives frames and gives their credits back, and nothing else.
  const RECEIVER = `
    onmessage = ({ data: url }) => {
      const socket = new WebSocket(url, 'sinkview.v1');
      socket.binaryType = 'arraybuffer';
      socket.onmessage = ({ data }) => {
        if (typeof data === 'string') {
          if (JSON.parse(data).type !== 'hello') return;
          socket.send(JSON.stringify({ type: 'subscribe', stream: 's', credits: 2 }));
          return;
        }
        const sequence = Number(new DataView(data).getBigUint64(8, true));
        socket.send(JSON.stringify({ type: 'credit', stream: 's', sequence, outcome: 'undrawn' }));
        postMessage(sequence);
      };
    };`;

  /** Frames are received and thrown away. */
  function receive() {
    const worker = new Worker(URL.createObjectURL(new Blob([RECEIVER], { type: 'text/javascript' })));
    worker.onmessage = () => (drawn += 1);
    worker.postMessage(new URL('/ws', location.href.replace(/^http/, 'ws')).href);
  }

  /** Frames are received by the element's own worker and thrown away: by its WebSocket, and then in a body. */
  function receiveAlone() {
    const worker = new Worker('/receiver.js', { type: 'module' });
    const { port1: painter, port2 } = new MessageChannel();
    const { port1: frames, port2: port } = new MessageChannel();
    frames.onmessage = ({ data }) => {
      if (typeof data === 'string') {
        if (JSON.parse(data).type !== 'hello') return;
        frames.postMessage(JSON.stringify({ type: 'subscribe', stream: 's', credits: 2 }));
      } else if (data) {
        const sequence = Number(new DataView(data.buffer ?? data).getBigUint64(8, true));
        if (data.buffer) frames.postMessage(data.buffer, [data.buffer]);
        frames.postMessage(JSON.stringify({ type: 'credit', stream: 's', sequence, outcome: 'undrawn' }));
        drawn += 1;
      }
    };
    worker.postMessage({ painter: port2 }, [port2]);
    const url = new URL('/ws', location.href.replace(/^http/, 'ws')).href;
    painter.postMessage({ url, protocol: 'sinkview.v1', port }, [port]);
  }

  /** Frames are shown by the element. Each `frame` event is of a frame that was drawn within an animation frame. */
  async function view({ unpaced, attributes }) {
    await import('/sink-view.js');
    const element = document.createElement('sink-view');
    element.stream = 's';
    element.unpaced = unpaced;
    for (const [name, value] of Object.entries({ style: BOX, ...attributes })) element.setAttribute(name, value);
    slack = Infinity;
    element.addEventListener('frame', ({ detail: { arrivalMillis, drawnMillis } }) => {
      drawn += 1;
      slack = Math.min(slack, performance.now() - drawnMillis);
      stamps.push({ captured: arrivalMillis, at: drawnMillis });
    });
    document.body.replaceChildren(element);
  }

  /** The page draws by itself and calls `drawn` with the time of capture after each frame. */
  function follow() {
    let last = null;
    globalThis.drawn = (captured) => {
      drawn += 1;
      last = captured;
    };
    const stamp = () => {
      // Not the time that the callback is given: that is of the screen's pulse, and the picture leaves after it.
      const at = performance.now();
      globalThis.look?.();
      if (last !== null) stamps.push({ captured: last, at });
      last = null;
      requestAnimationFrame(stamp);
    };
    requestAnimationFrame(stamp);
  }

  const wait = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

  return {
    /** Whether frames come, and have come for a while. */
    ready: false,

    async begin({ kind, ...rest }) {
      // Else the stamps would be of two clocks.
      const apart = performance.timeOrigin + performance.now() - Date.now();
      if (Math.abs(apart) > 5) throw new Error(`the page's clock is ${apart} ms from the machine's`);
      if (kind === 'receiver') receive();
      else if (kind === 'receiver alone') receiveAlone();
      else if (kind === 'sink-view') await view(rest);
      else follow();
      while (drawn === 0) await wait(5);
      await wait(WARM_UP_MILLIS);
      this.ready = true;
    },

    /** Frames of so many seconds: how many were drawn and presented, and the stamps, on the machine's clock. */
    async measure(seconds) {
      drawn = 0;
      stamps = [];
      const began = performance.now();
      await wait(seconds * 1000);
      const taken = stamps;
      const origin = performance.timeOrigin + slack;
      return {
        seconds: (performance.now() - began) / 1000,
        drawn,
        stamps: taken.map(({ captured, at }) => [captured, origin + at]),
      };
    },
  };
})();
