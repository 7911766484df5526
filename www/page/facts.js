// A list of names and values that touches only what changed.
// It must not know what they mean.

import { make, setAttribute, setText } from './dom.js';

export class Facts {
  element = make('dl', { class: 'facts' });

  /** @param {(readonly [name: string, value: string, title?: string])[]} facts */
  show(facts) {
    const { children } = this.element;
    while (children.length > facts.length * 2) children[children.length - 1].remove();
    while (children.length < facts.length * 2) this.element.append(make('dt'), make('dd'));
    facts.forEach(([name, value, title = ''], n) => {
      setText(children[n * 2], name);
      setText(children[n * 2 + 1], value);
      setAttribute(children[n * 2], 'title', title);
    });
  }
}
