// Times conversions by the viewer's own wasm, each beside a plain copy of its output; figures are left in
// `window.figure`: milliseconds of one conversion, of one copy and of taking its hashes.

// A round is so many turns of converting and copying: short ones, so that whatever else the machine does falls on both.
const TURNS = 6;
const TURN_MILLIS = 6;
const WARM_UP_MILLIS = 60;

/** Noise: no path may be quick because its codes are all alike. */
function noise(length) {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

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

window.measure = async ({ layout, length, picture, general }) => {
  window.figure = null;
  const { default: init, Converter } = await import('/viewer.js');
  await init();
  const converter = new Converter(layout, picture, false, general);
  const payload = noise(length);
  converter.load(payload);
  const convert = () => converter.convert();
  const copy = () => converter.copy();
  const hash = () => converter.hash(payload);
  time(hash, WARM_UP_MILLIS);
  time(convert, WARM_UP_MILLIS);
  time(copy, WARM_UP_MILLIS);
  const [converting, copying, hashing] = round(convert, copy, hash);
  converter.free();
  window.figure = { convert: converting, copy: copying, hash: hashing };
};
