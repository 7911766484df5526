// A control with its label, and a word beside it where there is something to say of the value.
// It must not know what is controlled. Values are text; what a person is typing is left alone.

import { make, setText } from './dom.js';

export class Field {
  #note = make('span', { class: 'note' });
  /** @type {(HTMLInputElement | HTMLSelectElement | HTMLOutputElement)[]} */
  #valued;

  /**
   * @param {string} label
   * @param {...HTMLElement} controls the label is the first one's
   */
  constructor(label, ...controls) {
    this.#valued = /** @type {any} */ (controls.filter((control) => 'value' in control));
    const [first] = controls;
    first.id ||= `field-${label.replace(/\W+/g, '-')}`;
    this.#note.id = `${first.id}-note`;
    first.setAttribute('aria-describedby', this.#note.id);
    this.element = make('div', { class: 'field', hidden: true }, make('label', { for: first.id }, label),
      make('span', { class: 'controls' }, ...controls), this.#note);
  }

  focus() {
    this.#valued[0].focus();
  }

  /** @param {boolean} applies whether the control does anything */
  set shown(applies) {
    this.element.hidden = !applies;
  }

  /** @param {string} text @param {boolean} [strong] */
  note(text, strong = false) {
    setText(this.#note, text);
    this.element.classList.toggle('marked', strong);
  }

  /** What the first choice of a list says. @param {string} text */
  first(text) {
    setText(/** @type {HTMLSelectElement} */ (this.#valued[0]).options[0], text);
  }

  /** @param {...string} values of the controls */
  values(...values) {
    values.forEach((value, n) => {
      const control = this.#valued[n];
      if (control instanceof HTMLInputElement && control.type === 'checkbox') control.checked = value !== '';
      else if (control.value !== value && !control.matches('input:focus')) control.value = value;
    });
  }
}

/**
 * @param {[value: string, text: string][]} options
 * @param {(value: string) => void} choose
 * @returns {HTMLSelectElement}
 */
export function select(options, choose) {
  const control = /** @type {HTMLSelectElement} */ (make('select', {},
    ...options.map(([value, text]) => make('option', { value }, text))));
  control.addEventListener('change', () => choose(control.value));
  return control;
}

/**
 * @param {Record<string, string>} attributes of the input: its type, and more
 * @param {(value: string) => void} change hears of values that are in range; of a checkbox "on", or nothing
 * @returns {HTMLInputElement}
 */
export function input(attributes, change) {
  const control = /** @type {HTMLInputElement} */ (make('input', attributes));
  control.addEventListener('input', () => {
    if (control.type === 'checkbox') change(control.checked ? 'on' : '');
    else if (control.value !== '' && !control.validity.rangeOverflow && !control.validity.rangeUnderflow) change(control.value);
  });
  return control;
}

/** @param {string} text @param {() => void} run */
export function pushButton(text, run) {
  const button = make('button', { type: 'button' }, text);
  button.addEventListener('click', run);
  return button;
}
