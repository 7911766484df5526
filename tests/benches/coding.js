// Times how the viewer's own wasm decodes a payload of the encoding `residual`, beside a plain copy of the picture; the
// figures are left in `window.figure`: for every round, milliseconds to decode a payload, to convert it, to do both tile
// after tile, and to copy the picture.

// As in `convert.js`: short turns, so that whatever else the machine does falls on all.
const TURNS = 6;
const TURN_MILLIS = 6;
const WARM_UP_MILLIS = 100;

/** Calls for a while; how many calls, and how long they took. */
function time(call, millis) {
  const began = performance.now();
  let calls = 0;
  let now = began;
  while (now - began < millis) {
    call();
    calls += 1;
    now = performance.now();
  }
  return { calls, took: now - began };
}

/** Milliseconds of one call of each, in turns. */
function round(...all) {
  const sums = all.map(() => ({ calls: 0, took: 0 }));
  for (let turn = 0; turn < TURNS; turn++) {
    all.forEach((call, index) => {
      const { calls, took } = time(call, TURN_MILLIS);
      sums[index].calls += calls;
      sums[index].took += took;
    });
  }
  return sums.map(({ calls, took }) => took / calls);
}

const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** The digest of bytes. */
const digest = async (of) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', of))];

window.measure = async ({ layout, coded, rounds }) => {
  window.figure = null;
  const { default: init, Converter } = await import('/viewer.js');
  await init();
  const converter = new Converter(layout, '{}', false);
  converter.loadCoded(bytes(coded));
  const all = [
    () => converter.unpack(),
    () => converter.convert(),
    () => converter.unpackAndConvert(),
    () => converter.copy(),
  ];
  for (const call of all) time(call, WARM_UP_MILLIS);
  const figure = [];
  while (figure.length < rounds) figure.push(round(...all));
  const sha256 = await digest(converter.payload());
  converter.free();
  window.figure = { rounds: figure, sha256 };
};
