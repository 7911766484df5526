// Layouts to read bytes by, and what a buffer of a length may be: the server makes both, for the page has no formats.
// It must not know what they are for.

/** Bytes that hold samples in each of a plane's rows; null where packed bits do not tell. @typedef {{ rows: number, bytes: number | null }} Rows */
/** @typedef {{ layout: any, size: number, is_plain: boolean, is_tiled: boolean, rows: (Rows | null)[], rawvideoparse: string | null }} Made */
/** @typedef {{ format: string, width: number, height: number, padded: [number, number] | null, strides: number[], offsets: number[] }} Fit */
/** @typedef {{ raw: string[], bayer: string[], fits: Fit[] }} Formats */

/** What is to be otherwise than the caps say; of strides and offsets, null is as it follows. @typedef {{ format?: string, width?: number, height?: number, matrix?: string, range?: string, strides?: (number | null)[], offsets?: (number | null)[] }} Changes */

/**
 * The layout of these caps with these changes, for a buffer of that length. Rejects with a sentence.
 * @param {string} caps @param {Changes} changes @param {number} [length] bytes
 * @returns {Promise<Made>}
 */
export async function makeLayout(caps, changes, length) {
  const made = await ask('layout', { caps, ...changes, length, quiet: true });
  if (made.refused) throw new Error(made.refused);
  return made;
}

/**
 * The names of formats; with the length of a buffer and what it is said to be, also what else it may be.
 * @param {{ length: number, format: string, width: number, height: number }} [said]
 * @returns {Promise<Formats>}
 */
export function listFormats(said) {
  return ask('formats', said ?? {});
}

/** @param {string} path @param {Record<string, any>} parameters @returns {Promise<any>} */
async function ask(path, parameters) {
  const url = new URL(path, document.baseURI);
  url.search = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '' && !Number.isNaN(value))
    .map(([name, value]) => (value === true ? name : `${name}=${encodeURIComponent(Array.isArray(value) ? value.map((one) => one ?? '').join(',') : value)}`))
    .join('&');
  const response = await fetch(url, { cache: 'no-store' });
  if (response.ok) return response.json();
  throw new Error((await response.text()).trim() || `the server answered ${response.status}`);
}
