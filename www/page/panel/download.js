// A file that the page has made, given to the browser to keep.
// It must not know what is in it.

/** The browser reads a Blob's address on its own time; a minute is plenty. */
const READ_MILLIS = 60_000;

/** @param {{ name: string, blob: Blob }} file */
export function download({ name, blob }) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_MILLIS);
}
