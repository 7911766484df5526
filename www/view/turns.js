// Asynchronous work that is asked for more often than it can be done: once at a time, and once more for all that came meanwhile.
// It must not know what the work is.

export class Turns {
  #work;
  #busy = false;
  #wanted = false;

  /** @param {() => Promise<number>} work gives the milliseconds to wait before it is done again */
  constructor(work) {
    this.#work = work;
  }

  ask() {
    if (this.#busy) this.#wanted = true;
    else this.#run();
  }

  async #run() {
    this.#busy = true;
    this.#wanted = false;
    const pause = await this.#work().catch(() => 0);
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    this.#busy = false;
    if (this.#wanted) this.#run();
  }
}
