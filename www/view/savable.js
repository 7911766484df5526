// A <sink-view>'s frames as files, and the recording of frames as they come.
// It must not know how frames travel, nor where the viewer runs; files are written in save/.

import { ASK } from './inspectable.js';
import { Steppable } from './steppable.js';

/** @typedef {import('../save/file.js').Kind} Kind */
/** @typedef {import('../save/file.js').SavedFile} SavedFile */
/** @typedef {import('../save/file.js').FrameDescription} FrameDescription */
/** @typedef {import('../save/recording.js').SavedRecording} SavedRecording */
/** `ended` is null while it goes on; then "complete", "full" (no room for more), "stream" (no more come), "restarted" or "stopped". @typedef {{ frames: number, wanted: number, bytes: number, missing: number, ended: string | null }} Recording */

/** Bytes that a recording keeps, unless said. */
const MOST_BYTES = 512 * 1024 * 1024;

export class Savable extends Steppable {
  /** Whether a recording goes on. */
  #recording = false;

  /**
   * What is known of the frame on the canvas, and which files it can be. Rejects as `readFrame()`.
   * @returns {Promise<FrameDescription>}
   */
  async describeFrame() {
    return this[ASK]('describeFrame');
  }

  /**
   * The frame on the canvas as a file: "png" as it is drawn, "png16" and "npy" in native codes, "npz" with an array for
   * each component, "raw" as it left the appsink, "json" with all that is known of it, "zip" with both. Rejects with
   * `NotSupportedError` where the format has no such file, and as `readFrame()`.
   * @param {Kind} kind
   * @returns {Promise<SavedFile>}
   */
  async save(kind) {
    return this[ASK]('saveFrame', kind);
  }

  /**
   * Records the next frames that are received, and makes one file of them: "raw" (with a description, in a zip archive) or
   * "y4m". It ends early where the stream does, at `stopRecording()`, or at so many bytes; the event `recording` tells of
   * each frame. What was not received in between is named.
   * @param {number} frames
   * @param {{ as?: import('../save/recording.js').RecordingKind, bytes?: number }} [options]
   * @returns {Promise<SavedRecording>}
   */
  async record(frames, { as = 'raw', bytes = MOST_BYTES } = {}) {
    if (this.#recording) throw Object.assign(new Error('a recording goes on already'), { name: 'InvalidStateError' });
    this.#recording = true;
    try {
      /** @type {Promise<Recording>} */
      const ended = new Promise((resolve) => {
        const listen = (/** @type {Event} */ event) => {
          const { detail } = /** @type {CustomEvent} */ (event);
          if (detail.ended === null) return;
          this.removeEventListener('recording', listen);
          resolve(detail);
        };
        this.addEventListener('recording', listen);
      });
      await this[ASK]('record', frames, bytes);
      const { frames: count } = await ended;
      return await this[ASK]('saveRecording', count, as);
    } finally {
      this.#recording = false;
    }
  }

  /** Ends a recording with the frames that it has. */
  async stopRecording() {
    await this[ASK]('stopRecording');
  }
}
