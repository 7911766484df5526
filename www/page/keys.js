// Commands by key and by button, and the list of keys: it holds what works, and nothing else.
// It must not know what a command does.

import { make } from './dom.js';

/**
 * @typedef {object} Command
 * @property {string} name as `data-command` of its button has it
 * @property {string} key as `KeyboardEvent.key` has it
 * @property {string[]} [also] further keys that do it
 * @property {string} [shown] the key's name, where that is not the key
 * @property {string} does in the list of keys
 * @property {boolean} [repeats] whether a key that stays down does it again
 * @property {(event?: KeyboardEvent) => boolean} [when] whether there is anything to do; else the key is the browser's
 * @property {(event?: KeyboardEvent) => void} run
 */

/**
 * @param {Command[]} commands
 * @param {(position: number) => void} choose a stream by its position, from 0
 */
export function startKeys(commands, choose) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    if (document.querySelector('dialog[open]')) return;
    // By its place on the keyboard: with Alt, some layouts give a digit's key another letter.
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (event.altKey) {
      if (!digit) return;
      event.preventDefault();
      choose(Number(digit[1]) - 1);
      return;
    }
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName)) return;
    // Space on a button or a fold is a press of it.
    if (event.key === ' ' && target.closest('button, summary')) return;
    const command = commands.find(({ key, also = [] }) => key === event.key || also.includes(event.key));
    if (!command || (event.repeat && !command.repeats) || command.when?.(event) === false) return;
    event.preventDefault();
    command.run(event);
  });
  for (const button of document.querySelectorAll('[data-command]')) {
    const command = commands.find(({ name }) => name === /** @type {HTMLElement} */ (button).dataset.command);
    button.addEventListener('click', (event) => {
      command?.run();
      // After a press by pointer the space bar is for freezing again; by keyboard the focus stays.
      if (/** @type {MouseEvent} */ (event).detail > 0) /** @type {HTMLElement} */ (button).blur();
    });
  }
}

/**
 * Fills the dialog with the list of keys.
 * @param {HTMLDialogElement} dialog
 * @param {Command[]} commands
 */
export function listKeys(dialog, commands) {
  const rows = [
    ...commands.map(({ key, shown, does }) => [shown ?? key, does]),
    ['Alt 1…9', 'stream by its position'],
    ['Enter', 'give the stream in focus the stage'],
  ];
  const close = make('button', { type: 'button' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.append(
    make('h2', { id: 'keys-title' }, 'Keys'),
    make('dl', { class: 'facts' }, ...rows.flatMap(([key, does]) => [make('dt', {}, make('kbd', {}, key)), make('dd', {}, does)])),
    close);
  // A click outside the list is a click on the dialog's own backdrop.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}
