// Bus messages, newest first: the same one is kept once, however many views hear it, and one that comes again and again
// is one entry with a count. It must not know the DOM.

/** Entries kept; older ones go. */
const KEPT = 200;
/** Kinds whose words differ each time, by numbers: the newest stands for all of a source. */
const BY_SOURCE = ['qos', 'buffering'];
/** Kinds that tell a story: folded only where nothing came between. */
const IN_ORDER = ['state_changed', 'end_of_stream', 'restarting'];
/** What somebody should look after. */
export const PROBLEMS = ['error', 'missing_plugin', 'warning', 'stalled', 'restarting'];

/** @typedef {import('../../view/pipelines.js').BusMessage} BusMessage */

/**
 * @typedef {object} Entry
 * @property {number | null} pipeline none for a viewer's own complaint
 * @property {string} kind
 * @property {string} source
 * @property {string} text
 * @property {string | null} debug
 * @property {number} count how often it came
 * @property {number} first milliseconds of the wall clock
 * @property {number} last
 */

export class Messages {
  /** Newest first. @type {Entry[]} */
  entries = [];
  /** Changes with every entry. */
  version = 0;
  /** @type {Set<string>} */
  #known = new Set();

  /** @param {BusMessage} message @param {number} at milliseconds of the wall clock */
  hear(message, at) {
    const key = `${message.pipeline} ${message.at_nanos} ${message.kind} ${message.source} ${message.text}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    // Twice as many: of folded ones, each is known by itself.
    if (this.#known.size > 2 * KEPT) this.#known.delete(/** @type {string} */ (this.#known.values().next().value));
    const { pipeline, kind, source, text, debug } = message;
    this.add({ pipeline, kind, source, text, debug }, at);
  }

  /** @param {Omit<Entry, 'count' | 'first' | 'last'>} message @param {number} at milliseconds of the wall clock */
  add(message, at) {
    this.version += 1;
    const same = this.#same(message, at);
    if (same) {
      same.count += 1;
      same.first = Math.min(same.first, at);
      // The newest words, where these differ.
      if (at >= same.last) Object.assign(same, { last: at, text: message.text, debug: message.debug });
    } else {
      this.entries.push({ ...message, count: 1, first: at, last: at });
    }
    // What the server said before this page was there may come after what it said since.
    this.entries.sort((a, b) => b.last - a.last);
    this.entries.length = Math.min(this.entries.length, KEPT);
  }

  /** @param {Omit<Entry, 'count' | 'first' | 'last'>} message @param {number} at */
  #same(message, at) {
    const alike = (/** @type {Entry} */ entry) => entry.pipeline === message.pipeline && entry.kind === message.kind &&
      entry.source === message.source &&
      (BY_SOURCE.includes(message.kind) || (entry.text === message.text && entry.debug === message.debug));
    if (!IN_ORDER.includes(message.kind)) return this.entries.find(alike);
    const before = this.entries.find(({ last }) => last <= at);
    return before && alike(before) ? before : undefined;
  }

  /** @param {string} wanted a kind, `problems`, or empty for all */
  of(wanted) {
    if (wanted === '') return this.entries;
    return this.entries.filter(({ kind }) => (wanted === 'problems' ? PROBLEMS.includes(kind) : kind === wanted));
  }

  /** Kinds there are, in the order of the alphabet. */
  get kinds() {
    return [...new Set(this.entries.map(({ kind }) => kind))].sort();
  }
}
