// What the page remembers in this browser. Where storage is forbidden it forgets, without a word.
// It must not know what is remembered.

const PREFIX = 'sinkview.';

/** @param {string} name @returns {string | null} */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // A private window, or storage turned off: this visit goes on without.
  }
}
