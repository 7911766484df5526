// States and times in words, the same on the element and on the page.
// It must not know the DOM.

/**
 * @typedef {object} State
 * @property {'connecting'|'live'|'paused'|'stalled'|'restarting'|'ended'|'failed'|'disconnected'} state
 * @property {string} [text] a sentence, of `failed`, `restarting` and `disconnected`, and of `stalled` where the server says why
 * @property {number} [sinceMillis] how long there was no frame, of `stalled`
 * @property {number} [retryInMillis] time to the next attempt, of `disconnected`
 */

/** What something thrown says; WebAssembly may throw anything. @param {unknown} thrown */
export function messageOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** @param {unknown} thrown */
export function nameOf(thrown) {
  return thrown instanceof Error ? thrown.name : 'Error';
}

/**
 * The state as PAGE.md words it.
 * @param {State} state
 * @param {number} elapsed milliseconds since it was said
 */
export function stateWords(state, elapsed) {
  switch (state.state) {
    case 'stalled': {
      const words = state.sinceMillis === undefined ? 'stalled' : `stalled ${span(state.sinceMillis + elapsed)}`;
      return state.text ? `${words}: ${state.text}` : words;
    }
    case 'failed':
    case 'restarting':
      return state.text ? `${state.state}: ${state.text}` : state.state;
    case 'disconnected':
      return state.retryInMillis === undefined ? 'disconnected' : `disconnected, ${again(state.retryInMillis - elapsed)}`;
    default:
      return state.state;
  }
}

/**
 * What a view says in words over, or in the place of, its picture.
 * @param {State} state
 * @param {number} elapsed milliseconds since it was said
 * @param {{ pictureMillis: number, undecodable: string, caps: string, position: string }} shown how old the picture is, NaN
 *   where there is none; why there will be none; which of the held frames it is
 * @returns {import('./notice.js').Words | null}
 */
export function noticeOf(state, elapsed, { pictureMillis, undecodable, caps, position }) {
  const empty = Number.isNaN(pictureMillis);
  const { text = '' } = state;
  const title = stateWords(state, elapsed);
  if (state.state === 'failed') return { title: 'failed', text, form: empty ? 'instead' : 'sheet' };
  if (['restarting', 'stalled'].includes(state.state) && empty) return { title: state.state, text, form: 'instead' };
  if (undecodable) return { title: undecodable, caps, form: 'instead' };
  if (empty) return { title: state.state === 'live' ? 'no frame yet' : title, text, form: 'instead' };
  return state.state === 'live' ? null  : { title: `${[title, position].filter(Boolean).join(', ')} · picture ${span(pictureMillis)} old`, form: 'over' };
}

/** @param {number} millis */
function again(millis) {
  return millis < 1000 ? 'again now' : `again in ${span(millis)}`;
}

/**
 * A length of time as short as it can be said.
 * @param {number} millis
 */
export function span(millis) {
  if (millis < 1000) return `${Math.max(0, Math.round(millis))} ms`;
  const seconds = Math.floor(millis / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
