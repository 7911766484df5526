// Which stream has the stage, as the address says it: `#left`, or nothing for the grid.
// It must not know which streams there are.

/** @param {string} name */
export function hashOf(name) {
  return `#${encodeURIComponent(name)}`;
}

/** The stream the address names; empty for none. */
export function routed() {
  const hash = location.hash.slice(1);
  try {
    return decodeURIComponent(hash);
  } catch {
    // A lone % is no encoding: taken as it stands.
    return hash;
  }
}

/** @param {string} name empty for the grid */
export function go(name) {
  if (name === routed()) return;
  if (name) {
    location.hash = hashOf(name);
    return;
  }
  // Setting an empty hash would leave a lone # behind.
  history.pushState(null, '', location.pathname + location.search);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
