// A pipeline's graph as SVG: boxes for elements, outlines for bins, lines with caps. Each can take the focus.
// It must not know how the graph is got, nor what is done when one is chosen.

import { draw } from '../dom.js';
import { layOut } from './layout.js';
import { boxWords, sayElement, sayLink, shortCaps } from './words.js';

/** The widest digit of a monospaced font of 11 pixels, and its lines. */
const LETTER = 6.9;
const LINE = 14;
const SIDE = 10;
const BOX_HEIGHT = 44;
/** Two lines of caps. */
const PORT_HEIGHT = 36;
/** From the words of a line to where it may turn. */
const STUB = 8;

/** @typedef {import('../../view/pipelines.js').Graph} Graph */
/** @typedef {{ kind: 'element' | 'link', position: number }} Chosen */

/**
 * Draws a graph anew.
 * @param {SVGElement} group that it fills @param {Graph} graph @param {(chosen: Chosen) => void} choose by focus, click or pointer
 */
export function drawGraph(group, graph, choose) {
  const { elements, links } = graph;
  const usual = elements[0]?.state ?? '';
  const words = elements.map((element) => boxWords(element, usual));
  const caps = links.map((link) => shortCaps(link.caps));
  const layout = layOut(elements.map(({ parent, is_bin }, position) => ({
    parent,
    isBin: is_bin,
    width: widest(words[position]) + 2 * SIDE,
    height: Math.max(BOX_HEIGHT, PORT_HEIGHT * ports(links, position)),
  })), links.map(({ from, to }, position) => ({ from, to, room: widest(caps[position]) + STUB })));

  /** @param {string} name @param {string} said @param {Chosen} chosen @param {Node[]} parts */
  const thing = (name, said, chosen, ...parts) => {
    const made = draw('g', { class: name, tabindex: '0', role: 'img', 'aria-label': said, 'data-position': String(chosen.position) }, ...parts);
    made.addEventListener('focus', () => choose(chosen));
    made.addEventListener('pointerenter', () => choose(chosen));
    return made;
  };
  const lines = links.map((link, position) => {
    const points = layout.routes[position];
    const room = widest(caps[position]) + STUB;
    const [first] = points;
    const label = caps[position].map((text, nth) =>
      write(text, first.x + 6, first.y + (nth === 0 ? -4 : LINE - 2)));
    const path = pathOf(points, room);
    return thing('edge', sayLink(graph, link), { kind: 'link', position },
      draw('path', { class: 'reach', d: path }), draw('path', { class: 'wire', d: path }), tip(points), ...label);
  });
  const boxes = elements.map((element, position) => {
    const { x, y, width, height } = layout.places[position];
    const texts = words[position].filter(Boolean);
    const label = element.is_bin
      ? [write(texts.join(' · '), x + 8, y + 15)]
      : texts.map((text, nth) => write(text, x + SIDE, y + height / 2 + 4 + (nth - (texts.length - 1) / 2) * LINE));
    label[0]?.classList.add('first');
    const kind = ['node', element.is_bin && 'bin', element.stream !== null && 'sink'].filter(Boolean).join(' ');
    return thing(kind, sayElement(graph, position), { kind: 'element', position },
      draw('rect', { x: String(x), y: String(y), width: String(width), height: String(height) }), ...label);
  });
  // By reading order for the keyboard: an element, then what it gives.
  const ordered = layout.order.flatMap((position) => [
    boxes[position],
    ...links.flatMap(({ from }, link) => (from === position ? [lines[link]] : [])),
  ]);
  group.replaceChildren(...ordered.sort((a, b) => Number(b.classList.contains('bin')) - Number(a.classList.contains('bin'))));
  return layout;
}

/** @param {string[]} texts */
function widest(texts) {
  return texts.reduce((most, text) => Math.max(most, text.length), 0) * LETTER;
}

/** Lines on the fuller side of a box. @param {import('../../view/pipelines.js').Link[]} links @param {number} position */
function ports(links, position) {
  const count = (/** @type {'from' | 'to'} */ side) => links.filter((link) => link[side] === position).length;
  return Math.max(count('from'), count('to'));
}

/** Level as long as its words are, and before its end. @param {import('./layout.js').Point[]} points @param {number} room */
function pathOf(points, room) {
  const [first, ...others] = points;
  let x = first.x + room;
  let path = `M${first.x} ${first.y}H${x}`;
  for (const point of others) {
    path += `L${Math.max(x, point.x - STUB)} ${point.y}H${point.x}`;
    x = point.x;
  }
  return path;
}

/** @param {import('./layout.js').Point[]} points */
function tip(points) {
  const { x, y } = points[points.length - 1];
  return draw('path', { class: 'tip', d: `M${x} ${y}l-7 -3.5v7z` });
}

/** @param {string} text @param {number} x @param {number} y */
function write(text, x, y) {
  const element = draw('text', { x: String(x), y: String(y) });
  element.textContent = text;
  return element;
}
