// CRC-32 as zip and PNG have it (ISO 3309, polynomial 0xEDB88320), eight bytes a step.
// It must not know what is checked.

const STEP = 8;
/** Of each byte value, what it does when so many bytes follow it: 256 entries for each of the places. */
const TABLE = new Int32Array(STEP * 256);
for (let value = 0; value < 256; value++) {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  TABLE[value] = crc;
}
for (let at = 256; at < TABLE.length; at++) TABLE[at] = (TABLE[at - 256] >>> 8) ^ TABLE[TABLE[at - 256] & 255];

/**
 * The check sum of some bytes, or of these behind others.
 * @param {Uint8Array} bytes
 * @param {number} [before] the check sum of what comes before
 * @returns {number} 32 bits, not negative
 */
export function crc32(bytes, before = 0) {
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - (bytes.length % STEP); at < end; at += STEP) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = TABLE[1792 + (crc & 255)] ^ TABLE[1536 + ((crc >>> 8) & 255)] ^ TABLE[1280 + ((crc >>> 16) & 255)] ^ TABLE[1024 + (crc >>> 24)]
      ^ TABLE[768 + bytes[at + 4]] ^ TABLE[512 + bytes[at + 5]] ^ TABLE[256 + bytes[at + 6]] ^ TABLE[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]) & 255];
  return ~crc >>> 0;
}
