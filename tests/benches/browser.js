// Measures one viewer in this page for a while; what it counted is left in `window.figure`.
// `mode` is what is counted: messages that are only received, frames decoded unpaced, or frames presented.

const WARM_UP_MILLIS = 700;

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

window.measure = async (mode, seconds) => {
  window.figure = null;
  let count = 0;
  let last = -1;
  const note = (sequence) => {
    if (sequence !== last) count += 1;
    last = sequence;
  };
  if (mode === 'received') {
    const worker = new Worker(URL.createObjectURL(new Blob([RECEIVER], { type: 'text/javascript' })));
    worker.onmessage = ({ data }) => note(data);
    worker.postMessage(new URL('/ws', location.href.replace(/^http/, 'ws')).href);
  } else {
    await import('/sink-view.js');
    const view = document.createElement('sink-view');
    view.stream = 's';
    view.unpaced = mode === 'decoded';
    view.style.cssText = 'display: block; width: 1200px; height: 700px';
    view.addEventListener('frame', ({ detail }) => note(detail.sequence));
    document.body.replaceChildren(view);
  }
  while (count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MILLIS));
  const [before, began] = [count, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  window.figure = ((count - before) * 1000) / (performance.now() - began);
};
