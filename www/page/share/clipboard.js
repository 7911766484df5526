// Text into the clipboard. On plain http browsers hide it from pages; what is selected may be copied even there.
// It must not know what the text is.

import { make } from '../dom.js';
import { pushButton } from '../fields.js';

/**
 * Copies a text; where the browser lets nobody do that, shows it, selected.
 * @param {string} text
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export async function copyText(text) {
  if (navigator.clipboard) {
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (done) return true;
  }
  if (copySelected(text)) return true;
  show(text);
  return false;
}

/** @param {string} text */
function copySelected(text) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const area = /** @type {HTMLTextAreaElement} */ (make('textarea', { class: 'unseen', readonly: true, 'aria-hidden': 'true' }));
  area.value = text;
  document.body.append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand('copy');
  } catch {
    // Forbidden: as if it had said no.
  }
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

/** @param {string} text */
function show(text) {
  const area = /** @type {HTMLTextAreaElement} */ (make('textarea', { class: 'verbatim', readonly: true, rows: '4', 'aria-label': 'Text to copy' }));
  area.value = text;
  const close = pushButton('Close', () => dialog.close());
  const dialog = /** @type {HTMLDialogElement} */ (make('dialog', { class: 'to-copy', 'aria-labelledby': 'copying-title' },
    make('h2', { id: 'copying-title' }, 'Copy this'), make('p', { class: 'quiet' }, 'The browser does not let this page copy.'), area, close));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  area.select();
}
