// What a pipeline's graph says in words: on its boxes and lines, and for whoever does not see them.
// It must not know the DOM, nor where anything is drawn.

/** @typedef {import('../../view/pipelines.js').Graph} Graph */
/** @typedef {import('../../view/pipelines.js').Element} Element */
/** @typedef {import('../../view/pipelines.js').Link} Link */

/** Characters on a box or beside a line; the whole is said on focus. */
const LINE_MAX = 26;

/** @param {string} text */
function short(text) {
  return text.length > LINE_MAX ? `${text.slice(0, LINE_MAX - 1)}…` : text;
}

/** The two lines on a box, or the one above a bin. @param {Element} element @param {string} usual the pipeline's own state */
export function boxWords({ name, factory, state, stream }, usual) {
  const differs = state === usual ? '' : ` ${state}`;
  const what = stream === null ? '' : ` → ${stream}`;
  return [short((factory || name) + what), short((factory && factory !== name ? name : '') + differs)];
}

/**
 * Caps in at most two lines: the media type and what of it people look for.
 * @param {string | null} caps
 */
export function shortCaps(caps) {
  if (caps === null) return ['not negotiated'];
  const media = caps.split(/[,;(]/, 1)[0].trim();
  const field = (/** @type {string} */ name) => new RegExp(`(?:^|[,;]) *${name}=(?:\\([^)]*\\))?("[^"]*"|[^,;]*)`).exec(caps)?.[1].trim() ?? '';
  const size = field('width') && field('height') ? `${field('width')}x${field('height')}` : '';
  const rate = field('framerate') || (field('rate') && `${field('rate')} Hz`);
  const rest = [field('format') || field('stream-format'), size, rate].filter(Boolean).join(' ');
  return [media, rest].filter(Boolean).map(short);
}

/** @param {Graph} graph @param {number} position */
export function pathOf({ elements }, position) {
  const names = [];
  for (let at = /** @type {number | null} */ (position); at !== null; at = elements[at].parent) names.unshift(elements[at].name);
  return names.join('/');
}

/** @param {Element} element */
function stateOf({ state, pending }) {
  return pending ? `${state}, on its way to ${pending}` : state;
}

/** Caps with a field on each line. @param {string | null} caps */
function linesOf(caps) {
  return caps?.replace(/([,;]) (?=[\w-]+=|[\w-]+\/)/g, '$1\n') ?? 'not negotiated';
}

/** An element in a sentence. @param {Graph} graph @param {number} position */
export function sayElement({ elements, links }, position) {
  const element = elements[position];
  const to = links.filter(({ from }) => from === position).map((link) => elements[link.to].name);
  const inside = element.parent !== null && elements[element.parent].parent !== null ? `, in ${elements[element.parent].name}` : '';
  return [
    `${element.name}, ${element.is_bin ? 'bin ' : ''}${element.factory || 'made by no factory'}${inside}, ${stateOf(element)}`,
    element.stream !== null && `stream ${element.stream}`,
    to.length > 0 && `to ${to.join(' and ')}`,
  ].filter(Boolean).join('; ');
}

/** A link in a sentence. @param {Graph} graph @param {Link} link */
export function sayLink({ elements }, { from, from_pad, to, to_pad, caps }) {
  return `${elements[from].name}.${from_pad} to ${elements[to].name}.${to_pad}: ${caps ?? 'not negotiated'}`;
}

/**
 * All there is to say of an element, as names and values.
 * @param {Graph} graph @param {number} position
 */
export function factsOfElement(graph, position) {
  const element = graph.elements[position];
  const other = (/** @type {number} */ at, /** @type {string} */ pad) => `${graph.elements[at].name}.${pad}`;
  return /** @type {[string, string][]} */ ([
    ['path', pathOf(graph, position)],
    ['factory', element.factory || 'none'],
    ['state', stateOf(element)],
    ...(element.stream === null ? [] : [['stream', element.stream]]),
    ...element.properties.map(({ name, value }) => [name, value]),
    ...graph.links.filter(({ to }) => to === position).map(({ from, from_pad, to_pad, caps }) =>
      [`${to_pad} ← ${other(from, from_pad)}`, linesOf(caps)]),
    ...graph.links.filter(({ from }) => from === position).map(({ from_pad, to, to_pad, caps }) =>
      [`${from_pad} → ${other(to, to_pad)}`, linesOf(caps)]),
    ...element.unlinked.map((pad) => [pad, 'not linked']),
  ]);
}

/** @param {Graph} graph @param {Link} link @returns {[string, string][]} */
export function factsOfLink({ elements }, { from, from_pad, to, to_pad, caps }) {
  return [
    ['from', `${elements[from].name}.${from_pad}`],
    ['to', `${elements[to].name}.${to_pad}`],
    ['caps', linesOf(caps)],
  ];
}
