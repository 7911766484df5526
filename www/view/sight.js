// Whether anybody can see an element, and when there is reason to believe that connecting works again.
// It must not know what either is for.

export class Sight {
  #element;
  #visible;
  #hopeful;
  #inSight = true;
  #crossings = new IntersectionObserver((entries) => {
    this.#inSight = entries[entries.length - 1].isIntersecting;
    this.#visible(this.now);
  });

  /**
   * @param {HTMLElement} element
   * @param {(visible: boolean) => void} visible
   * @param {() => void} hopeful called when the network or the page is back
   */
  constructor(element, visible, hopeful) {
    this.#element = element;
    this.#visible = visible;
    this.#hopeful = hopeful;
  }

  /** Whether anybody can see it. */
  get now() {
    return this.#inSight && !document.hidden;
  }

  start() {
    this.#crossings.observe(this.#element);
    document.addEventListener('visibilitychange', this.#changed);
    window.addEventListener('online', this.#online);
  }

  stop() {
    this.#crossings.disconnect();
    document.removeEventListener('visibilitychange', this.#changed);
    window.removeEventListener('online', this.#online);
  }

  #changed = () => {
    this.#visible(this.now);
    if (!document.hidden) this.#hopeful();
  };

  #online = () => this.#hopeful();
}
