// Messages that come in the body of an HTTP answer instead of by a WebSocket, framed alike: browsers read a body about three
// times as fast. It must not know what any message means.

const OPCODES = { continuation: 0, text: 1, binary: 2, ping: 9 };
const FINAL = 0x80;
/** Of a frame's first two bytes: its length is in the next two, or eight. */
const MEDIUM = 126;
const LONG = 127;
/** Bytes of a frame's header, at most. */
const HEADER_MAX = 10;
/** How long the first byte may take: something on the way may keep it back until there are more. */
const FIRST_MILLIS = 2000;

/** What a viewer holds of a stream at a time. */
const SPARE_MAX = 3;
/** So much longer than a message its room may be. */
const LARGER = 2;

/** What ends before its end. */
const CUT = new Error('the body ended within a message');

export class Body {
  /** @type {ReadableStreamBYOBReader} */
  #reader;
  #header = new Uint8Array(HEADER_MAX);
  /** Room for the next binary message: what the last ones took. */
  #room = 0;
  /** Room of messages that nobody reads any more: new one has to be cleared, page by page. @type {ArrayBuffer[]} */
  #spare = [];

  /** @param {ReadableStreamBYOBReader} reader */
  constructor(reader) {
    this.#reader = reader;
  }

  /**
   * Asks for a body, and waits until bytes of it come.
   * @param {URL} url
   * @param {AbortSignal} signal
   * @returns {Promise<Body>} rejects where there is none
   */
  static async open(url, signal) {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), FIRST_MILLIS);
    signal.addEventListener('abort', () => late.abort(), { once: true });
    const answer = await fetch(url, { cache: 'no-store', signal: late.signal });
    if (!answer.ok || !answer.body) {
      clearTimeout(timer);
      late.abort();
      throw new Error(`no body: ${answer.status}`);
    }
    const body = new Body(answer.body.getReader({ mode: 'byob' }));
    // Every body begins with a ping.
    await body.#frame();
    clearTimeout(timer);
    return body;
  }

  /**
   * The next message, whole.
   * @returns {Promise<string | Uint8Array | null>} null at the end
   */
  async next() {
    let message = new Uint8Array();
    let length = 0;
    let opcode = OPCODES.continuation;
    for (;;) {
      const frame = await this.#frame();
      if (!frame) return null;
      if (frame.opcode === OPCODES.ping) continue;
      if (frame.opcode !== OPCODES.continuation) opcode = frame.opcode;
      const end = length + frame.length;
      if (end > message.length) {
        const larger = this.#find(Math.max(end, opcode === OPCODES.binary ? this.#room : 0));
        larger.set(message.subarray(0, length));
        message = larger;
      }
      message = await this.#fill(message, length, end);
      length = end;
      if (frame.isFinal) break;
    }
    const whole = message.subarray(0, length);
    if (opcode === OPCODES.text) return new TextDecoder().decode(whole);
    // Messages of about the same length find room; after long ones it gets less again.
    this.#room = Math.max(length, this.#room - (this.#room >> 4));
    return whole;
  }

  /** Takes the room of a message back. @param {ArrayBuffer} room */
  reuse(room) {
    this.#spare.push(room);
    if (this.#spare.length > SPARE_MAX) this.#spare.shift();
  }

  /** Room for so many bytes. @param {number} length */
  #find(length) {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength >= length && byteLength <= length * LARGER);
    return new Uint8Array(at < 0 ? length : this.#spare.splice(at, 1)[0]);
  }

  /** The header of the next frame; null at the end. */
  async #frame() {
    const header = await this.#fill(this.#header, 0, 2, true);
    if (!header) return null;
    this.#header = header;
    const [first, short] = header;
    const end = short === LONG ? HEADER_MAX : short === MEDIUM ? 4 : 2;
    this.#header = await this.#fill(header, 2, end);
    const view = new DataView(this.#header.buffer);
    const length = short === LONG ? Number(view.getBigUint64(2)) : short === MEDIUM ? view.getUint16(2) : short;
    return { opcode: first & 0x0f, isFinal: (first & FINAL) !== 0, length };
  }

  /**
   * Reads bytes from `start` up to `end` of an array, which moves.
   * @overload
   * @param {Uint8Array} array @param {number} start @param {number} end
   * @returns {Promise<Uint8Array>} the array
   */
  /**
   * @overload
   * @param {Uint8Array} array @param {number} start @param {number} end @param {true} mayEnd
   * @returns {Promise<Uint8Array | null>} null where the body ends before the first of them
   */
  /** @param {Uint8Array} array @param {number} start @param {number} end @param {boolean} [mayEnd] */
  async #fill(array, start, end, mayEnd) {
    let at = start;
    let { buffer } = array;
    while (at < end) {
      const { done, value } = await this.#reader.read(new Uint8Array(buffer, at, end - at));
      if (done || !value) {
        if (mayEnd && at === start) return null;
        throw CUT;
      }
      ({ buffer } = value);
      at += value.length;
    }
    return new Uint8Array(buffer);
  }
}
