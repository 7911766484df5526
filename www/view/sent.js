// What of a frame is seen, as the server is told, and what of it was sent, in words. Pure arithmetic.
// It must not know the DOM, nor how the server chooses.

import { seenSamples } from './zoom.js';

/** How frames may be encoded, by the attribute's word. @type {Record<string, string[]>} */
const ENCODINGS = { auto: ['raw', 'lz4', 'residual'] };

/**
 * The protocol's view, as JSON.
 * @param {{ view: string, encoding: string, rate: number | null }} wanted
 * @param {{ layout: any, place: import('./shape.js').Place | null, room: import('./shape.js').Room, scrolls: boolean }} shown
 *   `scrolls`: where the picture is larger than the room, nobody here knows which part of it is seen
 */
export function viewJson({ view, encoding, rate }, { layout, place, room, scrolls }) {
  const seen = layout && place && !scrolls ? around(seenSamples(layout, place, room), layout, place) : null;
  const whole = !seen || (seen.width === layout.width && seen.height === layout.height);
  const across = (/** @type {number} */ samples, /** @type {number} */ pixels, /** @type {number} */ side) =>
    Math.max(1, Math.floor((samples * pixels) / side));
  const { width, height } = seen ?? layout ?? {};
  return JSON.stringify({
    mode: view,
    visible: whole ? null : seen,
    // Before there is a layout, the picture has no more pixels than the room.
    pixels: place ? [across(width, place.width, layout.width), across(height, place.height, layout.height)]
      : room.width > 0 && room.height > 0 ? [room.width, room.height] : null,
    rate,
    encodings: ENCODINGS[encoding] ?? [encoding],
  });
}

/**
 * With what is next to it: the samples seen are those in the middle of a pixel, and at the edges there is more in it.
 * @param {{ x: number, y: number, width: number, height: number } | null} seen
 * @param {any} layout
 * @param {import('./shape.js').Place} place
 */
function around(seen, layout, place) {
  if (!seen) return null;
  const across = Math.ceil(Math.max(1, layout.width / place.width));
  const down = Math.ceil(Math.max(1, layout.height / place.height));
  const [x, y] = [Math.max(0, seen.x - across), Math.max(0, seen.y - down)];
  const width = Math.min(layout.width, seen.x + seen.width + across) - x;
  return { x, y, width, height: Math.min(layout.height, seen.y + seen.height + down) - y };
}

/** Whether two layouts are of the same picture, whatever part of it is sent. @param {any} a @param {any} b */
export function isSamePicture(a, b) {
  return Boolean(a && b) && PICTURE.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

/** The keys of a layout that say which picture it is. */
const PICTURE = ['stream', 'caps', 'format', 'width', 'height', 'orientation', 'pixel_aspect_ratio', 'interlace', 'converted'];

/** Whether all samples of frames are sent. @param {any} layout */
export function isWhole({ region, step, width, height }) {
  return step[0] === 1 && step[1] === 1 && region.width === width && region.height === height;
}

/**
 * What is sent of frames, in words; of whole ones as they are, nothing.
 * @param {any} layout
 * @param {{ bytes: number | null, decodedBytes: number | null } | undefined} perFrame
 * @returns {{ word: string, text: string, title: string }[]}
 */
export function sentWords(layout, perFrame) {
  const { region, step: [across, down], width, height, encoding } = layout;
  const words = [];
  if (region.width !== width || region.height !== height) {
    words.push({ word: 'region', text: `region ${region.width}x${region.height} of ${width}x${height}`,
      title: 'only what is seen is sent; freezing, saving and readFrame() have the whole frame' });
  }
  if (across > 1 || down > 1) {
    const text = across === down ? `1:${across} samples` : `1:${across} by 1:${down} samples`;
    words.push({ word: text.replace(' samples', ''), text,
      title: 'every so many samples are sent, as they are; freezing, saving and readFrame() have the whole frame' });
  }
  if (encoding !== 'raw') {
    const times = perFrame?.bytes && perFrame.decodedBytes ? ` ${(perFrame.decodedBytes / perFrame.bytes).toFixed(1)}x` : '';
    words.push({ word: encoding, text: encoding + times, title: `encoded without loss on the way${times && `, to one part in ${times.slice(1, -1)}`}` });
  }
  return words;
}

/**
 * Where the canvas is within the whole picture, in device pixels before it is turned.
 * @param {any} layout of the picture
 * @param {any} sent of the frame on the canvas
 * @param {import('./shape.js').Place} place
 * @returns {import('./shape.js').Part | null} null where it is all of the picture
 */
export function partOf(layout, { region, step }, place) {
  if (isWhole({ region, step, width: layout.width, height: layout.height })) return null;
  const across = place.width / layout.width;
  const down = place.height / layout.height;
  // The last sample stands for as many as the others; what is past the region is cut off.
  const columns = Math.ceil(region.width / step[0]) * step[0];
  const rows = Math.ceil(region.height / step[1]) * step[1];
  return {
    left: region.x * across,
    top: region.y * down,
    width: columns * across,
    height: rows * down,
    right: (columns - region.width) * across,
    bottom: (rows - region.height) * down,
    enlarged: place.factor * Math.min(...step) >= 1,
  };
}

/** Calls at once, or a while after the last time; the last call is never lost. */
export class Throttle {
  #act;
  #millis;
  #at = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} act @param {number} millis from one call to the next, at least */
  constructor(act, millis) {
    this.#act = act;
    this.#millis = millis;
  }

  ask() {
    if (this.#timer !== undefined) return;
    const wait = this.#at + this.#millis - performance.now();
    if (wait <= 0) return this.#run();
    this.#timer = setTimeout(() => this.#run(), wait);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #run() {
    this.stop();
    this.#at = performance.now();
    this.#act();
  }
}
