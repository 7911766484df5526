// Where the boxes and lines of a pipeline's graph are: layers by longest path, ordered by barycentre, bins around what is
// in them. Every line goes from left to right. Pure: it must not know the DOM, nor what the boxes mean.

/** @typedef {{ parent: number | null, isBin: boolean, width: number, height: number }} Box what is to be placed; a bin's size is made here */
/** @typedef {{ from: number, to: number, room: number }} Line of two boxes that are no bins; `room` for its words, in pixels */
/** @typedef {{ x: number, y: number, width: number, height: number }} Place */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ width: number, height: number, places: Place[], routes: Point[][], order: number[] }} Layout `order` is that of reading */

/** Between layers, at least; beside the words of its lines. */
const GAP_X = 36;
const GAP_Y = 16;
/** Inside a bin's outline; above, its name. */
const PAD = 14;
const HEAD = 22;
/** Room for a line that passes. */
const PASSING = 12;
const SWEEPS = 8;

/**
 * A box at one level, a point where a line passes a layer, or where it passes the wall of the bin.
 * @typedef {object} Item
 * @property {number} box -1 for a point
 * @property {number} layer
 * @property {number} width
 * @property {number} height
 * @property {number} x
 * @property {number} y
 * @property {Item[]} before
 * @property {Item[]} after
 * @property {number} rank its place in the order of its layer
 */

/**
 * Places all boxes; the first is the outermost bin.
 * @param {Box[]} boxes a bin before what is in it @param {Line[]} lines
 * @returns {Layout}
 */
export function layOut(boxes, lines) {
  const children = boxes.map(() => /** @type {number[]} */ ([]));
  boxes.forEach(({ parent }, box) => parent !== null && children[parent].push(box));
  /** @type {Place[]} */
  const places = boxes.map(({ width, height }) => ({ x: 0, y: 0, width, height }));
  /** Points of the lines, by the bin whose level they are on. @type {{ line: number, bin: number, item: Item }[]} */
  const points = [];
  // What is in a bin is placed before the bin is.
  for (let bin = boxes.length - 1; bin >= 0; bin--) {
    if (boxes[bin].isBin) arrange(bin, boxes, lines, children, places, points);
  }
  boxes.forEach(({ parent }, box) => {
    if (parent === null) return;
    places[box].x += places[parent].x;
    places[box].y += places[parent].y;
  });
  const routes = route(boxes, lines, places, points);
  const order = boxes.map((_, box) => box).sort((a, b) => places[a].x - places[b].x || places[a].y - places[b].y);
  return { width: places[0]?.width ?? 0, height: places[0]?.height ?? 0, places, routes, order };
}

/**
 * Places the children of one bin, by its own corner.
 * @param {number} bin @param {Box[]} boxes @param {Line[]} lines @param {number[][]} children @param {Place[]} places
 * @param {{ line: number, bin: number, item: Item }[]} points
 */
function arrange(bin, boxes, lines, children, places, points) {
  /** The child that holds a box; -1 for one outside. */
  const holder = (/** @type {number} */ box) => {
    let at = /** @type {number | null} */ (box);
    while (at !== null && boxes[at].parent !== bin) at = boxes[at].parent;
    return at ?? -1;
  };
  /** @type {Map<number, Item>} */
  const items = new Map(children[bin].map((box) => [box, newItem(box, places[box].width, places[box].height)]));
  /** The levels' own lines: each is a line, or the part of one that is in here. @type {{ line: number, from: number, to: number }[]} */
  const parts = [];
  lines.forEach(({ from, to }, line) => {
    const [a, b] = [holder(from), holder(to)];
    if (a !== b && (a >= 0 || b >= 0)) parts.push({ line, from: a, to: b });
  });
  const inner = withoutCycles(parts.filter(({ from, to }) => from >= 0 && to >= 0), children[bin]);
  const last = intoLayers(items, inner);
  const enters = parts.some(({ from }) => from < 0);
  if (enters) for (const item of items.values()) item.layer += 1;
  const end = last + (enters ? 1 : 0) + 1;

  const all = [...items.values()];
  const point = (/** @type {number} */ line, /** @type {number} */ layer) => {
    const item = newItem(-1, 0, PASSING);
    item.layer = layer;
    points.push({ line, bin, item });
    all.push(item);
    return item;
  };
  for (const { line, from, to } of parts) {
    const first = items.get(from) ?? point(line, 0);
    const target = items.get(to) ?? point(line, end);
    // What goes back, in a cycle, is drawn straight.
    if (target.layer <= first.layer) continue;
    let before = first;
    for (let layer = first.layer + 1; layer < target.layer; layer++) before = join(before, point(line, layer));
    join(before, target);
  }
  const layers = /** @type {Item[][]} */ ([]);
  for (const item of all) (layers[item.layer] ??= []).push(item);
  for (let layer = 0; layer < layers.length; layer++) layers[layer] ??= [];
  order(layers);
  const height = settle(layers);

  let x = PAD;
  layers.forEach((layer, at) => {
    const wide = layer.reduce((most, item) => Math.max(most, item.width), 0);
    const room = lines.reduce((most, line) => (items.get(line.from)?.layer === at ? Math.max(most, line.room) : most), 0);
    for (const item of layer) item.x = x + (item.box < 0 ? 0 : (wide - item.width) / 2);
    if (at + 1 < layers.length) x += wide + (at === 0 && enters ? PAD : GAP_X + room);
    else x += wide;
  });
  for (const item of items.values()) Object.assign(places[item.box], { x: item.x, y: item.y + HEAD });
  Object.assign(places[bin], { width: x + PAD, height: height + HEAD + PAD });
}

/** @param {number} box @param {number} width @param {number} height @returns {Item} */
function newItem(box, width, height) {
  return { box, width, height, layer: 0, x: 0, y: 0, before: [], after: [], rank: 0 };
}

/** @param {Item} a @param {Item} b */
function join(a, b) {
  a.after.push(b);
  b.before.push(a);
  return b;
}

/**
 * Leaves out lines that lead back to where a path came from.
 * @template {{ from: number, to: number }} T
 * @param {T[]} parts @param {number[]} boxes
 */
function withoutCycles(parts, boxes) {
  /** @type {Map<number, 'open' | 'done'>} */
  const seen = new Map();
  /** @type {Set<T>} */
  const back = new Set();
  const visit = (/** @type {number} */ box) => {
    seen.set(box, 'open');
    for (const part of parts) {
      if (part.from !== box) continue;
      if (seen.get(part.to) === 'open') back.add(part);
      else if (!seen.has(part.to)) visit(part.to);
    }
    seen.set(box, 'done');
  };
  for (const box of boxes) if (!seen.has(box)) visit(box);
  return parts.filter((part) => !back.has(part));
}

/**
 * Longest paths: each box stands right of all that lead to it. Returns the last layer.
 * @param {Map<number, Item>} items @param {{ from: number, to: number }[]} parts
 */
function intoLayers(items, parts) {
  let last = 0;
  // As many rounds as the longest path is long; there are no cycles.
  for (let moved = true; moved;) {
    moved = false;
    for (const { from, to } of parts) {
      const [a, b] = [items.get(from), items.get(to)];
      if (!a || !b || b.layer > a.layer) continue;
      b.layer = a.layer + 1;
      last = Math.max(last, b.layer);
      moved = true;
    }
  }
  return last;
}

/** Orders each layer by where its neighbours are. @param {Item[][]} layers */
function order(layers) {
  const renumber = (/** @type {Item[]} */ layer) => layer.forEach((item, rank) => (item.rank = rank));
  layers.forEach(renumber);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forth = sweep % 2 === 0;
    for (const layer of forth ? layers : [...layers].reverse()) {
      const weight = new Map(layer.map((item) => [item, mean(forth ? item.before : item.after, ({ rank }) => rank) ?? item.rank]));
      layer.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0) || a.rank - b.rank);
      renumber(layer);
    }
  }
}

/** Draws boxes to the height of their neighbours; returns the height of all. @param {Item[][]} layers */
function settle(layers) {
  for (const layer of layers) stack(layer, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      const wanted = new Map(layer.map((item) => {
        const middle = mean(sweep % 2 === 0 ? item.before : item.after, ({ y, height }) => y + height / 2);
        return [item, middle === null ? item.y : middle - item.height / 2];
      }));
      stack(layer, (item) => wanted.get(item) ?? 0);
      // Pushing down alone would let everything sink.
      const lift = mean(layer, (item) => (wanted.get(item) ?? item.y) - item.y) ?? 0;
      for (const item of layer) item.y += lift;
    }
  }
  const all = layers.flat();
  const least = all.reduce((top, { y }) => Math.min(top, y), Infinity);
  for (const item of all) item.y -= least;
  return all.reduce((bottom, { y, height }) => Math.max(bottom, y + height), 0);
}

/** Places a layer from top to bottom, each box where it wants to be or below the one before. @param {Item[]} layer @param {(item: Item) => number} wanted */
function stack(layer, wanted) {
  let least = -Infinity;
  for (const item of layer) {
    item.y = Math.max(least, wanted(item));
    least = item.y + item.height + GAP_Y;
  }
}

/** @template T @param {T[]} all @param {(one: T) => number} value */
function mean(all, value) {
  return all.length > 0 ? all.reduce((sum, one) => sum + value(one), 0) / all.length : null;
}

/**
 * The lines' points, from box to box, from left to right.
 * @param {Box[]} boxes @param {Line[]} lines @param {Place[]} places @param {{ line: number, bin: number, item: Item }[]} points
 */
function route(boxes, lines, places, points) {
  const routes = lines.map(() => /** @type {Point[]} */ ([]));
  for (const { line, bin, item } of points) {
    const { x, y } = places[bin];
    routes[line].push({ x: x + item.x, y: y + HEAD + item.y + PASSING / 2 });
  }
  for (const points of routes) points.sort((a, b) => a.x - b.x);
  /** Shares a side out to the lines that leave or reach it there. */
  const share = (/** @type {'from' | 'to'} */ side) => {
    boxes.forEach((_, box) => {
      const own = lines.flatMap((line, at) => (line[side] === box ? [at] : []));
      const far = (/** @type {number} */ at) => {
        const next = side === 'from' ? routes[at][0] : routes[at].at(-1);
        const other = places[side === 'from' ? lines[at].to : lines[at].from];
        return next?.y ?? other.y + other.height / 2;
      };
      const { x, y, width, height } = places[box];
      const heights = new Map(own.map((at) => [at, far(at)]));
      own.sort((a, b) => (heights.get(a) ?? 0) - (heights.get(b) ?? 0));
      own.forEach((at, nth) => {
        const point = { x: side === 'from' ? x + width : x, y: y + (height * (nth + 0.5)) / own.length };
        ends[at][side] = point;
      });
    });
  };
  const ends = lines.map(() => /** @type {{ from: Point, to: Point }} */ ({}));
  share('from');
  share('to');
  return routes.map((points, line) => [ends[line].from, ...points, ends[line].to]);
}
