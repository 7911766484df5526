// Messages that come in the body of an HTTP answer instead of by a WebSocket, framed alike: browsers read a body about three
// times as fast. It must not know what any message means.

const OPCODES = { continuation: 0, text: 1, binary: 2, ping: 9 };
const FINAL = 0x80;
/** Of a frame's first two bytes: its length is in the next two, or eight. */
const MEDIUM = 126;
const LONG = 127;
/** Bytes that are read at a time, at most. */
const READ_MAX = 256 * 1024;
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
  /**
   * What was read and is not looked at yet. Each read moves the memory it reads to: with that of whole messages, the browser
   * would look for garbage all the time.
   */
  #read = new Uint8Array();
  #room = new ArrayBuffer(READ_MAX);
  /** Bytes of the next binary message: what the last ones took. */
  #length = 0;
  /** Memory of messages that nobody reads any more: new memory has to be cleared, page by page. @type {ArrayBuffer[]} */
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
        const larger = this.#find(Math.max(end, opcode === OPCODES.binary ? this.#length : 0));
        larger.set(message.subarray(0, length));
        message = larger;
      }
      while (length < end) {
        if (this.#read.length === 0 && !await this.#more()) throw CUT;
        const piece = this.#take(Math.min(this.#read.length, end - length));
        message.set(piece, length);
        length += piece.length;
      }
      if (frame.isFinal) break;
    }
    const whole = message.subarray(0, length);
    if (opcode === OPCODES.text) return new TextDecoder().decode(whole);
    // Messages of about the same length find room; after long ones it gets less again.
    this.#length = Math.max(length, this.#length - (this.#length >> 4));
    return whole;
  }

  /** Takes the memory of a message back. @param {ArrayBuffer} memory */
  reuse(memory) {
    this.#spare.push(memory);
    if (this.#spare.length > SPARE_MAX) this.#spare.shift();
  }

  /** Memory for so many bytes. @param {number} length */
  #find(length) {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength >= length && byteLength <= length * LARGER);
    return at < 0 ? new Uint8Array(length) : new Uint8Array(this.#spare.splice(at, 1)[0]);
  }

  /** The header of the next frame; null at the end. */
  async #frame() {
    if (this.#read.length === 0 && !await this.#more()) return null;
    const [first, short] = await this.#bytes(2);
    const bytes = await this.#bytes(short === LONG ? 8 : short === MEDIUM ? 2 : 0);
    const length = bytes.length === 0 ? short : bytes.reduce((high, low) => high * 256 + low, 0);
    return { opcode: first & 0x0f, isFinal: (first & FINAL) !== 0, length };
  }

  /** So many bytes, few, wherever one read ends and the next begins. @param {number} count */
  async #bytes(count) {
    const bytes = [];
    while (bytes.length < count) {
      if (this.#read.length === 0 && !await this.#more()) throw CUT;
      bytes.push(...this.#take(Math.min(this.#read.length, count - bytes.length)));
    }
    return bytes;
  }

  /** @param {number} count as many as were read, at most */
  #take(count) {
    const taken = this.#read.subarray(0, count);
    this.#read = this.#read.subarray(count);
    return taken;
  }

  /** Reads what there is, once all that was read before is taken; false at the end. */
  async #more() {
    const { done, value } = await this.#reader.read(new Uint8Array(this.#room));
    if (done || !value) return false;
    this.#room = value.buffer;
    this.#read = value;
    return true;
  }
}
