// The CAPS section: the caps verbatim, their fields, and what the server made of them.
// It must not know any format: fields are shown as they are named.

import { make, setText } from './dom.js';
import { Facts } from './facts.js';
import { conversion, transferWords } from './notes.js';
import { count, ratio } from './words.js';

export class CapsSection {
  title = 'Caps';
  folded = true;
  #verbatim = make('p', { class: 'verbatim' });
  #fields = new Facts();
  #resolved = new Facts();
  element = make('div', {}, this.#verbatim, this.#fields.element, make('h3', {}, 'as sent'), this.#resolved.element);

  /** @param {import('./panel.js').Shown} shown */
  update({ model, open }) {
    if (!open) return;
    setText(this.#verbatim, model ? model.caps || 'no caps yet' : 'no stream is on the stage');
    this.#fields.show(fieldsOf(model?.caps ?? ''));
    this.#resolved.show(model?.layout ? resolved(model.layout, model.picture) : []);
  }
}

/**
 * The fields of a caps string, without their types.
 * @param {string} caps
 * @returns {[string, string][]}
 */
export function fieldsOf(caps) {
  const [media, ...fields] = split(caps);
  /** @type {[string, string][]} */
  const pairs = fields.map((field) => {
    const equals = field.indexOf('=');
    const value = field.slice(equals + 1).trim().replace(/^\([a-zA-Z0-9/_-]+\)\s*/, '');
    return equals < 0 ? [field, ''] : [field.slice(0, equals).trim(), value];
  });
  return media ? [['media type', media], ...pairs] : pairs;
}

/** At the commas that are in no quotes and no brackets. @param {string} caps */
function split(caps) {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (let n = 0; n < caps.length; n++) {
    const letter = caps[n];
    if (letter === '\\') {
      parts[parts.length - 1] += letter + (caps[++n] ?? '');
      continue;
    }
    if (letter === '"') quoted = !quoted;
    else if (!quoted && '([{<'.includes(letter)) depth++;
    else if (!quoted && ')]}>'.includes(letter)) depth--;
    if (letter === ',' && !quoted && depth <= 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** @param {any} layout @param {any} picture @returns {[string, string][]} */
function resolved(layout, picture) {
  const { color, interlace, planes } = layout;
  return [
    ...(layout.converted ? [/** @type {[string, string]} */ (['converted', conversion(layout)])] : []),
    ['layout', String(layout.id)],
    ['size', `${layout.width}x${layout.height}`],
    ['pixel aspect ratio', ratio(layout.pixel_aspect_ratio)],
    ['orientation', layout.orientation],
    ['framerate', layout.framerate[0] === 0 ? 'variable' : ratio(layout.framerate)],
    ['interlace mode', interlace.field_order === 'unknown' ? interlace.mode : `${interlace.mode}, ${interlace.field_order}`],
    ['range', color.range],
    ['matrix', color.matrix],
    ['transfer', transferWords(layout, picture)],
    ['primaries', color.primaries],
    ['chroma site', color.chroma_site],
    ...planes.flatMap((/** @type {any} */ plane, /** @type {number} */ n) => [
      [`plane ${n} stride`, count(plane.stride)],
      [`plane ${n} offset`, count(plane.offset)],
      [`plane ${n} length`, count(plane.length)],
    ]),
  ];
}
