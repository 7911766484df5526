// The tools of one <sink-view>: a region and a line that hands, keys and scripts draw on the frame, and the viewer reads.
// It must not know what is read of them, nor how the picture is moved.

import { endsOfLine, isLineOf, lineBetween, movedLine, pointOf, pointsOf, stretchedLine } from './line.js';
import { between, endsOf, isRegionOf, movedRegion, resizedRegion, within } from './region.js';
import { shapeOf } from './shape.js';
import { drawLine, drawRegion } from './traces.js';
import { cellOf, sampleAt, seenSamples } from './zoom.js';

/** @typedef {import('./zoom.js').Point} Point */
/** @typedef {import('./region.js').Region} Region */
/** @typedef {import('./line.js').Line} Line */
/** @typedef {'region' | 'line'} Tool */

/** CSS pixels around a corner or an end from which it is dragged, by mouse and by finger. */
const GRAB = 8;
const GRAB_TOUCH = 24;
/** CSS pixels that a press may shake by without drawing anything. */
const SHAKE = 3;
/** Of what is seen, this part is the region that keys put down, on either side. */
const PUT = 4;

/** A press that goes on: what it makes of the sample it is at. @typedef {{ tool: Tool, from: Point, before: any, began: boolean, shape: (sample: Point) => any }} Drag */

export class Tools {
  #frame;
  #fitting;
  #call;
  #tell;
  #redraw;
  /** @type {Tool | null} */
  #tool = null;
  /** @type {{ region: Region | null, line: Line | null }} */
  #shapes = { region: null, line: null };
  /** Index of the line's point that is marked. @type {number | null} */
  #position = null;
  /** What the viewer has not been told yet. @type {Set<Tool>} */
  #untold = new Set();
  /** @type {Drag | null} */
  #drag = null;
  /** What a hand was drawing when it was told of last. @type {Tool | null} */
  #handled = null;

  /**
   * @param {HTMLElement} frame that shows which pointer there is
   * @param {import('./fitting.js').Fitting} fitting
   * @param {(method: string, ...args: number[]) => Promise<any>} call of the viewer
   * @param {(type: 'region' | 'line' | 'tool' | 'position', detail: any) => void} tell
   * @param {() => void} redraw
   */
  constructor(frame, fitting, call, tell, redraw) {
    this.#frame = frame;
    this.#fitting = fitting;
    this.#call = call;
    this.#tell = tell;
    this.#redraw = redraw;
  }

  // --- What scripts see -------------------------------------------------------------------------------------------

  get tool() {
    return this.#tool;
  }
  set tool(tool) {
    if (tool === this.#tool) return;
    this.end(false);
    this.#tool = tool;
    this.#frame.classList.toggle('drawing', tool !== null);
    this.#redraw();
    this.#tell('tool', tool);
  }

  get region() {
    return this.#shapes.region;
  }
  set region(region) {
    const { layout } = this.#fitting;
    if (region) {
      const { x, y, width, height } = region;
      region = { x, y, width, height };
      if (!Object.values(region).every(Number.isInteger) || !isRegionOf(region, layout ?? UNBOUNDED)) throw outside('region', region, layout);
    }
    this.end(false);
    this.#set('region', region, true);
  }

  get line() {
    return this.#shapes.line;
  }
  set line(line) {
    const { layout } = this.#fitting;
    if (line) {
      const { x1, y1, x2, y2 } = line;
      line = { x1, y1, x2, y2 };
      if (!Object.values(line).every(Number.isInteger) || !isLineOf(line, layout ?? UNBOUNDED)) throw outside('line', line, layout);
    }
    this.end(false);
    this.#set('line', line, true);
  }

  get position() {
    return this.#position;
  }
  set position(position) {
    const { line } = this.#shapes;
    const bounded = line && position !== null ? Math.min(pointsOf(line) - 1, Math.max(0, Math.round(position))) : null;
    if (bounded === this.#position) return;
    this.#position = bounded;
    this.#redraw();
    this.#tell('position', bounded);
  }

  // --- Hands ------------------------------------------------------------------------------------------------------

  /**
   * A press, at a point of the room in device pixels; whether it draws. With Shift or Alt it draws anew; with a tool it
   * takes hold of what is there.
   * @param {Point} point @param {PointerEvent} event
   */
  press(point, event) {
    const tool = event.altKey ? 'line' : event.shiftKey ? 'region' : this.#tool;
    if (!tool || !this.#fitting.place || event.button !== 0) return false;
    const from = this.#sampleAt(point);
    const near = (event.pointerType === 'mouse' ? GRAB : GRAB_TOUCH) * devicePixelRatio;
    const isNew = event.altKey || event.shiftKey;
    const shape = (!isNew && (tool === 'region' ? this.#grabRegion(point, from, near) : this.#grabLine(point, from, near))) ||
      ((/** @type {Point} */ to) => (tool === 'region' ? between(from, to) : lineBetween(from, to)));
    this.#drag = { tool, from: point, before: this.#shapes[tool], began: false, shape };
    return true;
  }

  /** The press goes on. @param {Point} point */
  move(point) {
    const drag = this.#drag;
    if (!drag || !this.#fitting.place) return;
    if (!drag.began && Math.hypot(point.x - drag.from.x, point.y - drag.from.y) < SHAKE * devicePixelRatio) return;
    drag.began = true;
    this.#set(drag.tool, drag.shape(this.#sampleAt(point)), false);
  }

  /** The press is over; or it was none, and everything is as before. @param {boolean} holds */
  end(holds) {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.began) this.#set(drag.tool, holds ? this.#shapes[drag.tool] : drag.before, true);
  }

  /** @param {Point} point @param {Point} from @param {number} near */
  #grabRegion(point, from, near) {
    const { region } = this.#shapes;
    if (!region) return null;
    const { layout } = this.#fitting;
    const [first, last] = endsOf(region);
    for (const [x, far] of [[first.x, last.x], [last.x, first.x]]) {
      for (const [y, other] of [[first.y, last.y], [last.y, first.y]]) {
        // A corner is where the sides cross, seen from the opposite one.
        const corner = this.#cornerOf({ x, y }, { x: far, y: other });
        if (Math.hypot(point.x - corner.x, point.y - corner.y) <= near) return (/** @type {Point} */ to) => between({ x: far, y: other }, to);
      }
    }
    const isIn = from.x >= first.x && from.y >= first.y && from.x <= last.x && from.y <= last.y;
    return isIn ? (/** @type {Point} */ to) => movedRegion(region, to.x - from.x, to.y - from.y, layout) : null;
  }

  /** @param {Point} point @param {Point} from @param {number} near */
  #grabLine(point, from, near) {
    const { line } = this.#shapes;
    if (!line) return null;
    const { layout } = this.#fitting;
    const [first, last] = endsOfLine(line);
    const [a, b] = [this.#centreOf(first), this.#centreOf(last)];
    const apart = (/** @type {Point} */ { x, y }) => Math.hypot(point.x - x, point.y - y);
    if (apart(b) <= near) return (/** @type {Point} */ to) => lineBetween(first, to);
    if (apart(a) <= near) return (/** @type {Point} */ to) => lineBetween(to, last);
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const along = length === 0 ? 0 : ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length ** 2;
    const part = Math.min(1, Math.max(0, along));
    const isOn = apart({ x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y) }) <= near;
    return isOn ? (/** @type {Point} */ to) => movedLine(line, to.x - from.x, to.y - from.y, layout) : null;
  }

  // --- Keys -------------------------------------------------------------------------------------------------------

  /**
   * With a tool, moves what it has drawn by samples as they are seen, or its right lower corner, or the line's last
   * point; where there is nothing yet, puts it in the middle.
   * @param {number} right @param {number} down @param {boolean} resizes
   * @returns {boolean} whether there is a tool
   */
  step(right, down, resizes) {
    const { layout, place } = this.#fitting;
    if (!this.#tool) return false;
    if (!layout || !place) return true;
    const [a, b, c, d] = shapeOf(layout).turn;
    const [dx, dy] = [a * right + b * down, c * right + d * down];
    const { region, line } = this.#shapes;
    this.end(false);
    if (this.#tool === 'region') {
      // Which corner is at the right below depends on how the picture is turned.
      const next = !region ? this.#middle() : !resizes ? movedRegion(region, dx, dy, layout)
        : resizedRegion(region, { x: dx, y: dy }, { x: a + b, y: c + d }, layout);
      this.#set('region', next, true);
    } else if (line) this.#set('line', resizes ? stretchedLine(line, dx, dy, layout) : movedLine(line, dx, dy, layout), true);
    else {
      const middle = this.#middle();
      if (!middle) return true;
      const y = middle.y + Math.floor(middle.height / 2);
      this.#set('line', { x1: middle.x, y1: y, x2: middle.x + middle.width - 1, y2: y }, true);
    }
    return true;
  }

  /** Takes away the tool and what it has drawn, or else what is there; whether there was anything. */
  back() {
    const tool = this.#tool ?? (this.#shapes.region ? 'region' : this.#shapes.line ? 'line' : null);
    if (!tool) return false;
    this.tool = null;
    this.#set(tool, null, true);
    return true;
  }

  #middle() {
    const { layout, place, room } = this.#fitting;
    const seen = place && seenSamples(layout, place, room);
    if (!seen) return null;
    const [width, height] = [Math.ceil(seen.width / PUT), Math.ceil(seen.height / PUT)];
    return { x: seen.x + Math.floor((seen.width - width) / 2), y: seen.y + Math.floor((seen.height - height) / 2), width, height };
  }

  // --- Frames -----------------------------------------------------------------------------------------------------

  /** Nothing is drawn any more. */
  clear() {
    this.tool = null;
    this.#drag = null;
    this.#set('region', null, true);
    this.#set('line', null, true);
  }

  /** A frame has been drawn: the viewer can be told what it could not be told before. */
  drawn() {
    for (const tool of this.#untold) this.#say(tool);
  }

  /** The picture has another place, and may have another size. */
  arranged() {
    const { layout } = this.#fitting;
    const { region, line } = this.#shapes;
    if (!layout) return;
    if (region && !isRegionOf(region, layout)) this.#drop('region');
    if (line && !isLineOf(line, layout)) this.#drop('line');
  }

  /** Whether nothing is to be drawn. */
  get isEmpty() {
    return this.#shapes.region === null && this.#shapes.line === null;
  }

  /** @param {CanvasRenderingContext2D} context of the room @param {number} ratio device pixels a CSS pixel */
  draw(context, ratio) {
    const { layout, place, room } = this.#fitting;
    if (!place) return;
    const { region, line } = this.#shapes;
    if (region) drawRegion(context, cellOf(layout, place, ...endsOf(region)), region, { ratio, room, isHeld: this.#tool === 'region' });
    if (!line) return;
    const position = this.#position === null ? null : cellOf(layout, place, pointOf(line, this.#position));
    const [first, last] = endsOfLine(line).map((end) => this.#centreOf(end));
    drawLine(context, first, last, pointsOf(line), position, { ratio, room, isHeld: this.#tool === 'line' });
  }

  /** @param {Tool} tool */
  #drop(tool) {
    if (this.#drag?.tool === tool) this.#drag = null;
    this.#set(tool, null, true);
  }

  /** @param {Tool} tool @param {any} shape @param {boolean} done whether no hand holds it any more */
  #set(tool, shape, done) {
    const before = this.#shapes[tool];
    const same = JSON.stringify(before) === JSON.stringify(shape);
    // That a hand lets go is news too.
    if (same && !(done && shape && this.#handled === tool)) return;
    this.#handled = done ? null : tool;
    this.#shapes[tool] = shape;
    if (!same && tool === 'line') this.position = shape && this.#position;
    if (!same) this.#say(tool);
    this.#redraw();
    this.#tell(tool, shape && { ...shape, done });
  }

  /** @param {Tool} tool */
  #say(tool) {
    this.#untold.delete(tool);
    const method = tool === 'region' ? 'setRegion' : 'setLine';
    // Before the first frame there is nobody to tell.
    this.#call(method, ...Object.values(this.#shapes[tool] ?? {})).catch(() => this.#untold.add(tool));
  }

  /** @param {Point} point device pixels of the room */
  #sampleAt(point) {
    const { layout, place } = this.#fitting;
    return place ? within(sampleAt(layout, place, point), layout) : { x: 0, y: 0 };
  }

  /** Middle of a sample, in device pixels of the room. @param {Point} sample */
  #centreOf(sample) {
    const { layout, place } = this.#fitting;
    if (!place) return { x: NaN, y: NaN };
    const { left, top, width, height } = cellOf(layout, place, sample);
    return { x: left + width / 2, y: top + height / 2 };
  }

  /** The corner of a region at one of its samples, as seen. @param {Point} at @param {Point} opposite */
  #cornerOf(at, opposite) {
    const { layout, place } = this.#fitting;
    if (!place) return { x: NaN, y: NaN };
    const { left, top, width, height } = cellOf(layout, place, ...endsOf(between(at, opposite)));
    const [mine, other] = [this.#centreOf(at), this.#centreOf(opposite)];
    return { x: mine.x < other.x ? left : left + width, y: mine.y < other.y ? top : top + height };
  }
}

/** The frame's size before it is known. */
const UNBOUNDED = { width: Infinity, height: Infinity };

/** @param {string} what @param {object} shape @param {any} layout */
function outside(what, shape, layout) {
  const size = layout ? ` a frame of ${layout.width}x${layout.height}` : ' a frame';
  return new RangeError(`no ${what} in${size}: ${JSON.stringify(shape)}`);
}
