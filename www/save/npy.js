// One numpy array as a file: the format of `numpy.lib.format`, version 1.0.
// It must not know what the array holds.

import { ascii, bytes, words } from './zip.js';

/** The samples begin at a multiple of this, so that they can be mapped. */
const ALIGN = 64;
/** Magic, version and the length of what follows. */
const HEAD = 10;

/** @typedef {{ name: string, shape: number[], dtype: string, channels: string[] }} Outline */

/** What stands before the samples. @param {Outline} outline */
export function npyHead({ shape, dtype }) {
  // A tuple of one needs its comma.
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const described = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((HEAD + described.length + 1) / ALIGN) * ALIGN - HEAD;
  return bytes([0x93], ascii('NUMPY\x01\x00'), words(length), ascii(`${described.padEnd(length - 1)}\n`));
}
