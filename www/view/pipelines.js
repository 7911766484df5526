// What a server says of its pipelines, over plain HTTP beside the socket: their state, their graphs.
// It must not know what is shown of it.

/** @typedef {{ min_nanos: number, max_nanos: number | null }} Latency */
/** @typedef {{ index: number, name: string, description: string, state: string, pending: string | null, life: string, failure: string | null, restarts: number, left_behind: number, last_failure: string | null, live: boolean | null, latency: Latency | null, position_nanos: number | null, duration_nanos: number | null, streams: string[] }} Pipeline */
/** @typedef {{ pipeline: number, at_nanos: number, kind: string, source: string, text: string, debug: string | null }} BusMessage */
/** @typedef {{ server: string, now_nanos: number, pipelines: Pipeline[], messages: BusMessage[] }} Pipelines */
/** @typedef {{ name: string, factory: string, parent: number | null, is_bin: boolean, state: string, pending: string | null, properties: { name: string, value: string }[], unlinked: string[], stream: string | null }} Element */
/** @typedef {{ from: number, from_pad: string, to: number, to_pad: string, caps: string | null }} Link */
/** @typedef {{ pipeline: number, elements: Element[], links: Link[], left_out: number }} Graph */

/**
 * The address of a path beside `/ws`.
 * @param {string} src of the socket @param {string} path
 */
export function besides(src, path) {
  const url = new URL(path, src);
  url.protocol = url.protocol === 'wss:' ? 'https:' : url.protocol === 'ws:' ? 'http:' : url.protocol;
  return url;
}

/**
 * Asks for a JSON text; rejects with the server's sentence where it refuses.
 * @param {string} src of the socket @param {string} path @returns {Promise<any>}
 */
export async function ask(src, path) {
  const response = await fetch(besides(src, path), { cache: 'no-store' });
  if (!response.ok) {
    const sentence = (await response.text()).trim();
    throw new Error(sentence || `the server answered ${response.status}`);
  }
  return response.json();
}
