// What files of frames are called: stream, sequence and PTS, as the server's files are.
// It must not know what the files hold.

/** @typedef {{ sequence: number, pts_nanos: bigint | null }} Numbered */

/** Letters, digits and -_. stay; everything else is percent-encoded. @param {string} stream */
export function plain(stream) {
  return encodeURIComponent(stream).replace(/[!~*'()]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {string} stream @param {Numbered} frame @param {string} ending with its dot */
export function fileName(stream, frame, ending) {
  return `${plain(stream)}_${number(frame)}${ending}`;
}

/** A recording is named by its first frame. @param {string} stream @param {Numbered} first @param {string} ending with its dot */
export function recordingName(stream, first, ending) {
  return `${plain(stream)}_from_${number(first)}${ending}`;
}

/** @param {Numbered} frame */
function number({ sequence, pts_nanos }) {
  return `${sequence}${pts_nanos === null ? '' : `_pts${pts_nanos}`}`;
}
