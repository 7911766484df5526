// A strip of all gray codes from black to white, drawn by the viewer's own converter, so that it cannot differ from the picture.
// It must not know what any colour map looks like.

import { make } from '../dom.js';

const CODES = 256;

/** One row of one-byte gray, as a server would describe it. */
const LAYOUT = JSON.stringify({
  id: 0, stream: '', caps: '', format: 'GRAY8', width: CODES, height: 1,
  pixels: {
    model: 'components', family: 'gray', byte_order: 'little',
    components: [{ name: 'Y', plane: 0, offset: 0, pixel_stride: 1, depth: 8, shift: 0, w_sub: 0, h_sub: 0 }],
  },
  planes: [{ stride: CODES, offset: 0, length: CODES }],
  color: { range: '0-255', matrix: 'bt601', transfer: 'unknown', primaries: 'unknown', chroma_site: 'unknown' },
  pixel_aspect_ratio: [1, 1], orientation: 'rotate-0', framerate: [0, 1],
  interlace: { mode: 'progressive', field_order: 'unknown' },
  region: { x: 0, y: 0, width: CODES, height: 1 }, step: [1, 1], encoding: 'raw', converted: null,
});

/** The viewer's module, loaded when the first strip is drawn. @type {Promise<any> | undefined} */
let loading;

export class Wedge {
  element = /** @type {HTMLCanvasElement} */ (make('canvas', { class: 'wedge', role: 'img', width: String(CODES), height: '1' }));
  #shown = '';

  /** @param {{ map: string, gamma: number }} picture */
  show({ map, gamma }) {
    const picture = JSON.stringify({ map, gamma });
    if (picture === this.#shown) return;
    this.#shown = picture;
    this.element.setAttribute('aria-label', `${map}, from black to white`);
    // Without a viewer there is no picture either, and that has been said.
    this.#draw(picture).catch(() => {
      this.element.hidden = true;
    });
  }

  /** @param {string} picture */
  async #draw(picture) {
    loading ??= import('../../viewer.js').then(async (module) => {
      await module.default();
      return module;
    });
    const { Converter } = await loading;
    if (picture !== this.#shown) return;
    const converter = new Converter(LAYOUT, picture, false);
    converter.load(Uint8Array.from({ length: CODES }, (_, code) => code));
    converter.convert();
    this.element.getContext('2d')?.putImageData(new ImageData(converter.rgba(), CODES, 1), 0, 0);
    converter.free();
  }
}
