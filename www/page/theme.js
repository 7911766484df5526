// Dark, light, or as the system has it. page.css holds the colours; this only says which.

import { recall, remember } from './stored.js';

const CHOICES = ['auto', 'dark', 'light'];
const system = matchMedia('(prefers-color-scheme: light)');
let choice = CHOICES.find((name) => name === recall('theme')) ?? 'auto';

/** @param {HTMLElement} button whose title says what is chosen */
export function startTheme(button) {
  system.addEventListener('change', () => apply(button));
  apply(button);
}

/** @param {HTMLElement} button */
export function nextTheme(button) {
  choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
  remember('theme', choice);
  apply(button);
}

/** @param {HTMLElement} button */
function apply(button) {
  document.documentElement.dataset.theme = choice === 'auto' ? (system.matches ? 'light' : 'dark') : choice;
  button.title = `Theme: ${choice} (t)`;
  button.setAttribute('aria-label', `Theme: ${choice}`);
}
