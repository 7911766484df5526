// Commands that save and share: what their keys do.
// It must not know how files or links are made.

import { copyText } from './clipboard.js';
import { valueOf } from '../panel/pixel.js';

/**
 * @param {object} page
 * @param {() => import('../../sink-view.js').SinkView | null} page.view on the stage
 * @param {import('./address.js').Address} page.address
 * @param {import('../panel/pixel.js').PixelSection} page.pixel
 * @param {() => void} page.open the section
 * @param {(text: string) => void} page.say
 * @param {import('../panel/save.js').SaveSection} page.section
 * @returns {import('../keys.js').Command[]}
 */
export function shareCommands({ view, address, pixel, section, open, say }) {
  const copy = async (/** @type {string} */ text) => {
    if (await copyText(text)) say(`copied: ${text}`);
  };
  const value = () => (pixel.probe ? copy(valueOf(pixel.probe)) : say('no pixel is looked at: point at one with the panel open (i), or put a crosshair down (p)'));
  const link = () => {
    const staged = view();
    if (staged) copy(address.link(staged));
    else copy(location.origin + location.pathname);
  };
  section.offer([{ label: 'Copy link', key: 'u', run: link }, { label: 'Copy value', key: 'y', run: value }]);
  return [
    { name: 'save', key: 's', does: 'save the frame, or record the next ones', run: open },
    { name: 'value', key: 'y', does: 'copy the value of the pixel that is looked at', run: value },
    { name: 'link', key: 'u', does: 'copy a link to what is seen', run: link },
  ];
}
