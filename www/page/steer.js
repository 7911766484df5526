// What zoom and arrow keys mean, and how a zoom is said.
// It must not know the DOM.

/** Right and down, by key. @type {Record<string, [number, number]>} */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Device pixels a sample, short. @param {{ zoom: number | null, fitted: boolean }} view */
export function zoomWords({ zoom, fitted }) {
  if (zoom === null) return '';
  const factor = zoom >= 10 || Number.isInteger(zoom) ? zoom.toFixed(0) : zoom.toFixed(2);
  return `${fitted ? 'fit ' : ''}${factor}x`;
}
