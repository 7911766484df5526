// Which stream has the stage, as the address says it: `#left`, or nothing for the grid; behind a `?`, how it is shown.
// It must not know which streams there are.

/** @param {string} name */
export function hashOf(name) {
  return `#${encodeURIComponent(name)}`;
}

/** The stream the address names; empty for none. */
export function routed() {
  const [hash] = parts();
  try {
    return decodeURIComponent(hash);
  } catch {
    // A lone % is no encoding: taken as it stands.
    return hash;
  }
}

/** How the stream is shown, as the address says it; empty where it says nothing. */
export function queried() {
  return parts()[1];
}

/** Names have their own question marks encoded. */
function parts() {
  const [name, ...query] = location.hash.slice(1).split('?');
  return [name, query.join('?')];
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
