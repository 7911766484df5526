// How the tiles share the window: as many columns as make the pictures largest. Below a least size the grid scrolls.
// It must not know what is in a tile.

/** Narrower than this a tile's numbers do not fit. */
const LEAST_WIDTH = 260;
/** What a tile needs beside its picture: the caption below. */
const CAPTION_HEIGHT = 76;
/** Space between tiles, as page.css has it. */
const GAP = 8;
/** A picture's width over its height, about; most are between 4:3 and 16:9. */
const ASPECT = 1.5;

/**
 * @param {number} tiles
 * @param {number} width of the grid, CSS pixels
 * @param {number} height likewise
 */
export function columnsFor(tiles, width, height) {
  let best = 1;
  let bestSize = 0;
  for (let columns = 1; columns <= tiles; columns++) {
    const rows = Math.ceil(tiles / columns);
    const room = (width - (columns - 1) * GAP) / columns;
    if (columns > 1 && room < LEAST_WIDTH) break;
    const size = Math.min(room, ((height - (rows - 1) * GAP) / rows - CAPTION_HEIGHT) * ASPECT);
    if (size > bestSize) [best, bestSize] = [columns, size];
  }
  return best;
}

/**
 * Keeps the number of columns right while the window changes.
 * @param {HTMLElement} element
 * @returns {() => void} to be called when tiles came or went
 */
export function keepColumns(element) {
  const arrange = () => {
    const columns = columnsFor(element.childElementCount, element.clientWidth, element.clientHeight);
    element.style.setProperty('--columns', String(columns));
  };
  new ResizeObserver(arrange).observe(element);
  return arrange;
}
