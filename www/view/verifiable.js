// Whether frames arrive as they left the appsink, as scripts ask it of a <sink-view>.
// It must not know how frames are hashed.

import { Zoomable } from './zoomable.js';

/** `server` and `viewer` are 16 hexadecimal digits, or null where there is no such hash. @typedef {{ sequence: number, hash: 'buffer' | 'rows', server: string | null, viewer: string | null }} Mismatch */

/**
 * What came of it since `verifying` was set: `count` frames were as the server hashed them, `partial` were sent in part
 * and say nothing, `mismatches` were not, the first of which is `mismatch`; of `unannounced` no hash came, and for `unread`
 * there was no memory to take one. `sequence` is the frame this tells of.
 * @typedef {{ state: 'off' | 'waiting' | 'verified' | 'partial' | 'unverified' | 'mismatch', sequence: number | null, count: number, partial: number, mismatches: number, mismatch: Mismatch | null, unannounced: number, unread: number }} Verification
 */

/** @type {Verification} */
export const UNVERIFIED = { state: 'off', sequence: null, count: 0, partial: 0, mismatches: 0, mismatch: null, unannounced: 0, unread: 0 };

/** Hands in the newest `verified` detail. */
export const VERIFIED = Symbol('verified');

export class Verifiable extends Zoomable {
  /** @type {Verification} */
  [VERIFIED] = UNVERIFIED;

  /**
   * Whether every frame that is received is hashed and compared with the hashes that the server took of the appsink's
   * buffer; the event `verified` tells of each. Without it, and with it again, counting begins anew.
   */
  get verifying() {
    return this.hasAttribute('verifying');
  }
  set verifying(value) {
    this.toggleAttribute('verifying', Boolean(value));
  }

  /** The newest `verified` detail. */
  get verification() {
    return this[VERIFIED];
  }
}
