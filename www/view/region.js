// A region of the frame: a rectangle of samples as hands and keys draw, move and resize it. Pure arithmetic.
// It must not know the DOM, nor where the picture is.

/** @typedef {import('./zoom.js').Point} Point */
/** @typedef {{ x: number, y: number, width: number, height: number }} Region */
/** @typedef {{ width: number, height: number }} Size of a frame, samples */

/** The region from one sample to another, both in it. @param {Point} a @param {Point} b @returns {Region} */
export function between(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, width: Math.max(a.x, b.x) - x + 1, height: Math.max(a.y, b.y) - y + 1 };
}

/** First and last sample. @param {Region} region @returns {[Point, Point]} */
export function endsOf({ x, y, width, height }) {
  return [{ x, y }, { x: x + width - 1, y: y + height - 1 }];
}

/** Moved as far as the frame goes. @param {Region} region @param {number} dx @param {number} dy @param {Size} size @returns {Region} */
export function movedRegion({ x, y, width, height }, dx, dy, size) {
  return { x: bounded(x + dx, size.width - width), y: bounded(y + dy, size.height - height), width, height };
}

/**
 * With one corner moved, as far as the frame goes and until it meets the other.
 * @param {Region} region
 * @param {Point} by samples
 * @param {Point} corner the one that is moved: 1 where it is the far one of the axis, else -1
 * @param {Size} size
 * @returns {Region}
 */
export function resizedRegion({ x, y, width, height }, by, corner, size) {
  const along = (/** @type {number} */ start, /** @type {number} */ length, /** @type {number} */ step, /** @type {number} */ side, /** @type {number} */ end) => {
    if (side > 0) return [start, Math.min(end - start, Math.max(1, length + step))];
    const to = bounded(start + step, start + length - 1);
    return [to, start + length - to];
  };
  const [[left, wide], [top, high]] = [along(x, width, by.x, corner.x, size.width), along(y, height, by.y, corner.y, size.height)];
  return { x: left, y: top, width: wide, height: high };
}

/** Whether it is in a frame of that size. @param {Region} region @param {Size} size */
export function isRegionOf({ x, y, width, height }, size) {
  return x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= size.width && y + height <= size.height;
}

/** The nearest sample that the frame has. @param {Point} point @param {Size} size @returns {Point} */
export function within({ x, y }, { width, height }) {
  return { x: bounded(x, width - 1), y: bounded(y, height - 1) };
}

/** @param {Region} region */
export function regionWords({ x, y, width, height }) {
  return `${width}x${height} at ${x}, ${y}`;
}

/** @param {number} value @param {number} most */
function bounded(value, most) {
  return Math.min(most, Math.max(0, value));
}
