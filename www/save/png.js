// Pictures as PNG, of 8 or 16 bits a channel, with a comment that says what they are.
// It must not know where the pixels come from.

import { crc32 } from './crc.js';
import { ascii, bytes } from './zip.js';

/** Colour types by the number of channels. @type {Record<number, number>} */
const COLOR_TYPES = { 1: 0, 3: 2, 4: 6 };

/**
 * @typedef {object} Pixels
 * @property {number} width
 * @property {number} height
 * @property {number} channels 1, 3 or 4
 * @property {8 | 16} bits
 * @property {Uint8Array<ArrayBuffer>} rows each begins with its filter type; words are big-endian
 * @property {string} comment
 */

/** @param {Pixels} pixels @returns {Promise<Blob>} */
export async function pngOf({ width, height, channels, bits, rows, comment }) {
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const data = new Uint8Array(await new Response(packed).arrayBuffer());
  const header = bytes(long(width), long(height), [bits, COLOR_TYPES[channels], 0, 0, 0]);
  // Text chunks are Latin-1.
  const latin = comment.replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
  return new Blob([
    bytes([0x89], ascii('PNG\r\n\x1a\n')),
    ...chunk('IHDR', header),
    ...chunk('tEXt', bytes(ascii('Software\0sinkview'))),
    ...chunk('tEXt', bytes(ascii(`Comment\0${latin}`))),
    ...chunk('IDAT', data),
    ...chunk('IEND', bytes()),
  ], { type: 'image/png' });
}

/** Rows of opaque RGBA as rows of RGB. @param {Uint8Array} rgba @param {number} width @param {number} height */
export function rgbRows(rgba, width, height) {
  const rows = new Uint8Array((1 + width * 3) * height);
  let from = 0;
  let to = 0;
  for (let y = 0; y < height; y++) {
    to++;
    for (let x = 0; x < width; x++, from += 4) {
      rows[to++] = rgba[from];
      rows[to++] = rgba[from + 1];
      rows[to++] = rgba[from + 2];
    }
  }
  return rows;
}

/** Little-endian words as rows of big-endian ones. @param {Uint8Array} words @param {number} rowBytes @param {number} height */
export function wordRows(words, rowBytes, height) {
  const rows = new Uint8Array((1 + rowBytes) * height);
  let from = 0;
  let to = 0;
  for (let y = 0; y < height; y++) {
    to++;
    for (let at = 0; at < rowBytes; at += 2, from += 2) {
      rows[to++] = words[from + 1];
      rows[to++] = words[from];
    }
  }
  return rows;
}

/** @param {string} type @param {Uint8Array<ArrayBuffer>} data */
function chunk(type, data) {
  const named = bytes(ascii(type));
  return [bytes(long(data.length)), named, data, bytes(long(crc32(data, crc32(named))))];
}

/** @param {number} value big-endian, of four bytes */
function long(value) {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
