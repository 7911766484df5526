// Frames that the server holds while a view is frozen: which one a step goes to, and where one is among them, in words.
// It must not know the DOM, nor how frames are had.

/**
 * Null counts are not known. `missing` is the difference of the sequences, without the frame itself.
 * @typedef {{ sequence: number, arrivalMillis: number, ptsNanos: bigint | null, missing: number, dropped: number | null, notKept: number | null, sourceGap: number | null }} HeldFrame
 */
/** `reason` says why there are no more frames, where there might be. @typedef {{ frames: HeldFrame[], seconds: number | null, reason: string }} HeldList */
/** `back`: how many held frames are newer. @typedef {{ index: number, back: number, frame: HeldFrame }} Position */

/**
 * Where so many steps from a frame lead; the ends hold.
 * @param {HeldFrame[]} frames rising
 * @param {number} from its sequence; it may be none of them
 * @param {number} steps
 */
export function stepped(frames, from, steps) {
  const after = frames.findIndex(({ sequence }) => sequence >= from);
  const at = after < 0 ? frames.length : after;
  const beside = steps > 0 && frames[at]?.sequence !== from ? 1 : 0;
  return Math.min(frames.length - 1, Math.max(0, at + steps - beside));
}

/** @param {HeldFrame[]} frames @param {number} sequence @returns {Position | null} */
export function positionOf(frames, sequence) {
  const index = frames.findIndex((frame) => frame.sequence === sequence);
  return index < 0 ? null : { index, back: frames.length - 1 - index, frame: frames[index] };
}

/** Nothing at the newest frame, which is where a view is frozen. @param {Position | null} position */
export function positionWords(position) {
  return position && position.back > 0 ? `frame ${position.frame.sequence}, ${position.back} back` : '';
}
