// Zip archives whose entries are stored as they are: what `numpy.savez` writes, and a recording with its description.
// It must not know what the entries are.

import { crc32 } from './crc.js';

/** Version 2.0 is needed to read it. */
const VERSION = 20;
/** The first day that the format can tell: 1980-01-01. */
const DATE = (1 << 5) | 1;
/** Without the 64-bit sizes of later versions. */
const MOST_BYTES = 0xffff_ffff;

/** @typedef {{ name: string, parts: Uint8Array<ArrayBuffer>[] }} Entry a file, in pieces one after the other */

/**
 * The archive of these entries; rejects with a RangeError where it would be larger than the format allows.
 * @param {Entry[]} entries names are ASCII
 * @returns {Promise<Blob>}
 */
export async function zipOf(entries) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const file = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let offset = 0;
  for (const { name, parts } of entries) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (offset + length > MOST_BYTES) throw new RangeError(`${offset + length} bytes do not fit a zip file`);
    let crc = 0;
    for (const part of parts) {
      crc = crc32(part, crc);
      // A frame may take tens of milliseconds, and others are to be drawn meanwhile.
      await new Promise((resolve) => setTimeout(resolve));
    }
    const named = ascii(name);
    // Version, flags, stored, time, date; check sum and two sizes; lengths of the name and of extras.
    const head = [...words(VERSION, 0, 0, 0, DATE), ...longs(crc, length, length), ...words(named.length, 0)];
    file.push(bytes(ascii('PK\x03\x04'), head, named), ...parts);
    // Made by the same version; no comment, first disk, no attributes of either kind.
    directory.push(bytes(ascii('PK\x01\x02'), words(VERSION), head, words(0, 0, 0, 0, 0), longs(offset), named));
    offset += 30 + named.length + length;
  }
  const length = directory.reduce((sum, line) => sum + line.length, 0);
  const end = bytes(ascii('PK\x05\x06'), words(0, 0, entries.length, entries.length), longs(length, offset), words(0));
  return new Blob([...file, ...directory, end], { type: 'application/zip' });
}

/** @param {string} text */
export function ascii(text) {
  return [...text].map((letter) => letter.charCodeAt(0));
}

/** @param {...number} values little-endian, of two bytes each */
export function words(...values) {
  return values.flatMap((value) => [value & 255, value >>> 8]);
}

/** @param {...number} values little-endian, of four bytes each */
function longs(...values) {
  return values.flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
}

/** @param {...number[]} lists @returns {Uint8Array<ArrayBuffer>} */
export function bytes(...lists) {
  return Uint8Array.from(lists.flat());
}
