// The exactness badge in the bar: whether the frames that come are those that the appsinks got; and, when one is not, the
// line that says which, with both hashes.
// It must not know how frames are hashed or compared.

import { make, setAttribute, setText } from './dom.js';
import { pushButton } from './fields.js';
import { count } from './words.js';

/** @typedef {import('../view/verifiable.js').Verification} Verification */
/** @typedef {{ name: string, view: import('../sink-view.js').SinkView }} Named */

/** Word and shape of each state. */
const STATES = {
  off: ['verify', ''],
  waiting: ['verifying', '…'],
  verified: ['verified', '✓'],
  partial: ['partial: not verified', '◐'],
  unverified: ['not verified', '◐'],
  mismatch: ['mismatch', '✗'],
};

export class Badge {
  #button;
  #views;
  #word = make('span');
  #shape = make('span', { 'aria-hidden': 'true' });
  #count = make('span', { class: 'count' });
  #spoken = make('span', { class: 'unseen', role: 'status' });
  #text = make('span');
  #line;
  /** As the list of keys wants it. @type {import('./keys.js').Command[]} */
  commands = [{ name: 'verify', key: 'v', does: 'verify: compare each frame that comes with the appsink\'s buffer', run: () => this.#toggle() }];

  /**
   * @param {HTMLElement} button of the command `verify`
   * @param {() => Named[]} views those that it speaks for
   */
  constructor(button, views) {
    this.#button = button;
    this.#views = views;
    const away = pushButton('×', () => this.#set(false));
    away.setAttribute('aria-label', 'Put this away, and stop verifying');
    this.#line = make('div', { class: 'mismatch', role: 'alert', hidden: true }, this.#text,
      make('span', { class: 'remedies' }, pushButton('verify again', () => this.#again()), away));
    button.append(this.#word, ' ', this.#shape, this.#count);
    const bar = button.closest('.bar');
    bar?.append(this.#line, this.#spoken);
  }

  /** Says how things are. */
  update() {
    // What a view that has just been told to stop still says is of no interest.
    const all = this.#views().filter(({ view }) => view.verifying).map(({ name, view }) => ({ name, ...view.verification }));
    const state = stateOf(all);
    const [word, shape] = STATES[state];
    const wrong = all.find(({ mismatch }) => mismatch);
    const unverified = all.reduce((sum, one) => sum + uncompared(one), 0);
    const compared = count(all.reduce((sum, one) => sum + one.count, 0));
    const counted = { off: '', waiting: '', verified: compared, partial: compared, unverified: count(unverified), mismatch: `frame ${count(wrong?.mismatch?.sequence)}` };
    setAttribute(this.#button, 'data-state', state);
    setAttribute(this.#button, 'aria-pressed', String(state !== 'off'));
    setText(this.#word, word);
    setText(this.#shape, shape);
    setText(this.#count, counted[state] && ` ${counted[state]}`);
    const sentences = all.map((one) => [mismatched(one), unhashed(one)].filter(Boolean).join(' ')).filter(Boolean);
    setText(this.#text, sentences.join(' '));
    setAttribute(this.#line, 'data-state', state);
    this.#line.hidden = sentences.length === 0;
    // The count is left out: whoever listens would hear nothing else.
    setText(this.#spoken, state === 'off' ? '' : `Frames: ${word}`);
  }

  #toggle() {
    this.#set(this.#views().some(({ view }) => !view.verifying));
  }

  #again() {
    this.#set(false);
    this.#set(true);
  }

  /** @param {boolean} now */
  #set(now) {
    for (const { view } of this.#views()) view.verifying = now;
    this.update();
  }
}

/** The worst of all; nothing has come of views that have just been asked. @param {Verification[]} asked @returns {keyof typeof STATES} */
function stateOf(asked) {
  if (asked.length === 0) return 'off';
  const states = asked.map(({ state }) => state);
  return (/** @type {const} */ (['mismatch', 'unverified', 'partial', 'verified'])).find((state) => states.includes(state)) ?? 'waiting';
}

/** @param {Verification & { name: string }} verification */
function mismatched({ name, mismatch, mismatches }) {
  if (!mismatch) return '';
  const { sequence, hash, server, viewer } = mismatch;
  const more = mismatches > 1 ? `, and ${count(mismatches - 1)} more` : '';
  return `${name}: frame ${count(sequence)} is not what the appsink got${more}. Hash of the ${hash}: ${server ?? 'none'} at the server, ${viewer ?? 'none'} here.`;
}

/** Frames that could not be compared. @param {Verification} verification */
function uncompared({ unannounced, unread }) {
  return unannounced + unread;
}

/** @param {Verification & { name: string }} verification */
function unhashed({ name, unannounced, unread }) {
  const reasons = [[unannounced, 'no hash came'], [unread, 'no memory to hash them here']].filter(([frames]) => frames);
  return reasons.map(([frames, why]) => `${name}: ${count(Number(frames))} ${frames === 1 ? 'frame' : 'frames'} not verified: ${why}.`).join(' ');
}
