// The list of streams, asked from the server when the page starts and whenever no view is there to be told of changes.
// It must not know what is done with it.

import { messageOf } from '../../view/words.js';

/** Time between two attempts: doubled after each failure, up to the last. */
const FIRST_WAIT_MILLIS = 1000;
const LAST_WAIT_MILLIS = 10_000;
/** Answers that another attempt will not change. */
const FINAL = [401, 403];

/** @typedef {{ name: string, phase: string, failure: string | null, caps: string | null, pipeline: number }} StreamState */
/** @typedef {{ server: string, policy: string, streams: StreamState[] }} StreamList */

/**
 * Asks until there is a stream.
 * @param {(list: StreamList) => void} take
 * @param {(sentence: string) => void} complain
 */
export async function askStreams(take, complain) {
  for (let wait = FIRST_WAIT_MILLIS; ; wait = Math.min(wait * 2, LAST_WAIT_MILLIS)) {
    try {
      const response = await fetch(new URL('streams', document.baseURI), { cache: 'no-store' });
      if (FINAL.includes(response.status)) return complain(await refusal(response));
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const list = await response.json();
      take(list);
      if (list.streams.length > 0) return;
      wait = FIRST_WAIT_MILLIS;
    } catch (error) {
      complain(`no list of streams: ${messageOf(error)}. Trying again.`);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** @param {Response} response */
async function refusal(response) {
  const text = (await response.text()).trim();
  return text || `the server refuses this page: ${response.status} ${response.statusText}`;
}
