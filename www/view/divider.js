// The divider of a wipe: a line with a handle that is dragged, or moved with arrow keys.
// It must not know what it divides.

/** Parts of the width that a key moves it by. */
const STEP = 0.01;
const LEAP = 0.1;

export class Divider {
  element = document.createElement('div');
  #part = 0.5;

  /** @param {(part: number) => void} move asks for it to be elsewhere, 0 to 1 */
  constructor(move) {
    const { element } = this;
    element.className = 'divider';
    element.tabIndex = 0;
    for (const [name, value] of Object.entries({ role: 'slider', 'aria-label': 'Divider', 'aria-orientation': 'horizontal', 'aria-valuemin': '0', 'aria-valuemax': '100' })) {
      element.setAttribute(name, value);
    }
    const to = (/** @type {number} */ part) => move(Math.min(1, Math.max(0, part)));
    element.addEventListener('pointerdown', (event) => {
      event.stopPropagation();
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener('pointermove', (event) => {
      event.stopPropagation();
      const around = element.parentElement?.getBoundingClientRect();
      if (!element.hasPointerCapture(event.pointerId) || !around?.width) return;
      to((event.clientX - around.left) / around.width);
    });
    element.addEventListener('pointerup', (event) => event.stopPropagation());
    element.addEventListener('keydown', (event) => {
      const step = event.shiftKey ? LEAP : STEP;
      /** @type {Record<string, number>} */
      const places = { ArrowLeft: this.#part - step, ArrowRight: this.#part + step, Home: 0, End: 1 };
      if (!(event.key in places) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      to(places[event.key]);
    });
  }

  get part() {
    return this.#part;
  }
  set part(part) {
    this.#part = part;
    this.element.style.left = `${part * 100}%`;
    this.element.setAttribute('aria-valuenow', String(Math.round(part * 100)));
  }
}
