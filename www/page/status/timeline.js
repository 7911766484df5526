// The time line: in the status line, while the stage is frozen, the frames that the server holds for it: when each
// arrived, what is missing between them, and which one is looked at. A click, a drag or a key on it goes there.
// It must not know how frames are had.

import { draw, make, setAttribute, setText } from '../dom.js';
import { count } from '../words.js';

/** @typedef {import('../../sink-view.js').SinkView} SinkView */
/** @typedef {import('../../view/past.js').HeldFrame} HeldFrame */

const WIDTH = 1000;
const HEIGHT = 20;
/** Frames of a page key on the line. */
const PAGE = 10;
/** What the keys of a slider do, in frames. @type {Record<string, number>} */
const STEPS = {
  ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -PAGE, PageUp: PAGE, Home: -Infinity, End: Infinity,
};

/** Counts of a gap, and how each is called. */
const CAUSES = /** @type {const} */ ([
  ['dropped', 'dropped at the appsink'],
  ['notKept', 'not kept'],
  ['sourceGap', 'missed by the source'],
]);

export class Timeline {
  #arrivals = draw('path', { class: 'arrivals' });
  #dropped = draw('path', { class: 'dropped' });
  #missed = draw('path', { class: 'missed' });
  #cursor = draw('path', { class: 'cursor' });
  #track = make('div', { class: 'track', role: 'slider', tabindex: '0', 'aria-label': 'Held frames', 'aria-valuemin': '0' },
    draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      this.#missed, this.#arrivals, this.#dropped, this.#cursor));
  #words = make('span', { class: 'words' });
  /** What a step did, for whoever does not see it. */
  #spoken = make('span', { class: 'unseen', role: 'status' });
  #earlier = button('Earlier frame', 'Earlier (,)', 'M10 3 5 8l5 5', () => this.step(-1));
  #later = button('Later frame', 'Later (.)', 'M6 3l5 5-5 5', () => this.step(1));
  element = make('div', { class: 'timeline', role: 'group', 'aria-label': 'Time line', hidden: true },
    this.#earlier, this.#track, this.#later, this.#words, this.#spoken);

  /** @type {SinkView | null} */
  #view = null;
  /** The list that is drawn, and where its frames are, from 0 to 1. @type {HeldFrame[]} */
  #frames = [];
  /** @type {number[]} */
  #places = [];
  /** Why a step led nowhere; until the view goes on. */
  #refusal = '';
  /** @type {() => void} */
  #changed;

  /** @param {() => void} changed something is to be shown anew */
  constructor(changed) {
    this.#changed = changed;
    this.#track.addEventListener('keydown', (event) => this.#key(event));
    this.#track.addEventListener('pointerdown', (event) => {
      this.#track.setPointerCapture(event.pointerId);
      this.#point(event);
    });
    this.#track.addEventListener('pointermove', (event) => {
      if (this.#track.hasPointerCapture(event.pointerId)) this.#point(event);
    });
  }

  /**
   * Steps through the held frames of the view on the stage; freezes it first.
   * @param {number} steps
   */
  step(steps) {
    const view = this.#view;
    if (!view) return;
    this.#follow(view, view.step(steps));
    this.#changed();
  }

  /** The commands of the time line. @returns {import('../keys.js').Command[]} */
  get commands() {
    const staged = () => this.#view !== null;
    const frozen = () => this.#view?.paused === true;
    return [
      { name: 'earlier', key: ',', does: 'freeze, and a frame back in what the server holds', repeats: true, when: staged, run: () => this.step(-1) },
      { name: 'later', key: '.', does: 'a frame on', repeats: true, when: staged, run: () => this.step(1) },
      { name: 'oldest', key: 'Home', does: 'the oldest held frame', when: frozen, run: () => this.step(-Infinity) },
      { name: 'newest', key: 'End', does: 'the newest held frame', when: frozen, run: () => this.step(Infinity) },
    ];
  }

  /** Whether there is anything to see of it. */
  get shown() {
    return !this.element.hidden;
  }

  /** @param {SinkView | null} view on the stage */
  update(view) {
    if (view !== this.#view || !view?.paused) this.#refusal = '';
    this.#view = view;
    const { frames, reason, position } = view?.held ?? { frames: [], reason: '', position: null };
    const several = frames.length > 1;
    const refusal = several ? '' : this.#refusal && (reason || this.#refusal);
    this.element.hidden = !view?.paused || !(several || refusal);
    if (this.element.hidden) return;
    for (const part of [this.#earlier, this.#track, this.#later]) part.hidden = !several;
    if (!several) return this.#say(refusal);
    this.#draw(frames);
    const index = position?.index ?? frames.length - 1;
    const x = (this.#places[index] * WIDTH).toFixed(1);
    setAttribute(this.#cursor, 'd', position ? `M${x} 0v${HEIGHT}` : '');
    const [which, where] = position ? wordsOf(frames, position) : ['', 'the frame on the canvas is not held any more'];
    const words = [which, where].filter(Boolean).join(' · ');
    setAttribute(this.#track, 'aria-valuemax', String(frames.length - 1));
    setAttribute(this.#track, 'aria-valuenow', String(index));
    setAttribute(this.#track, 'aria-valuetext', words);
    setAttribute(this.#track, 'title', summary(frames));
    // Which one it is stands with the state.
    this.#say(where, words);
  }

  /** @param {string} shown @param {string} [words] */
  #say(shown, words = shown) {
    setText(this.#words, shown);
    setAttribute(this.#words, 'title', words);
    // The line itself is read out while it has the focus.
    if (document.activeElement !== this.#track) setText(this.#spoken, words);
  }

  /** @param {HeldFrame[]} frames */
  #draw(frames) {
    if (frames === this.#frames) return;
    this.#frames = frames;
    const first = frames[0].arrivalMillis;
    const span = Math.max(frames[frames.length - 1].arrivalMillis - first, Number.MIN_VALUE);
    // The ends of the line are seen whole.
    this.#places = frames.map(({ arrivalMillis }) => 0.004 + ((arrivalMillis - first) / span) * 0.992);
    const paths = { arrivals: '', dropped: '', missed: '' };
    frames.forEach((frame, index) => {
      const x = this.#places[index] * WIDTH;
      paths.arrivals += `M${x.toFixed(1)} 6v8`;
      if (index === 0) return;
      const before = this.#places[index - 1] * WIDTH;
      const middle = ((x + before) / 2).toFixed(1);
      // Frames that follow one another are joined; what is missing leaves a gap.
      if (frame.missing === 0) paths.arrivals += `M${before.toFixed(1)} 14H${x.toFixed(1)}`;
      if (frame.dropped) paths.dropped += `M${middle} 14v6`;
      if (frame.sourceGap) paths.missed += `M${middle} 0v6`;
    });
    setAttribute(this.#arrivals, 'd', paths.arrivals);
    setAttribute(this.#dropped, 'd', paths.dropped);
    setAttribute(this.#missed, 'd', paths.missed);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = STEPS[event.key];
    if (steps === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.step(steps);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const view = this.#view;
    const { left, width } = this.#track.getBoundingClientRect();
    const wanted = (event.clientX - left) / Math.max(1, width);
    const nearest = this.#places.reduce((best, place, index) =>
      (Math.abs(place - wanted) < Math.abs(this.#places[best] - wanted) ? index : best), 0);
    const frame = this.#frames[nearest];
    if (!view || !frame || view.held.position?.index === nearest) return;
    this.#follow(view, view.show(frame.sequence));
  }

  /** @param {SinkView} view @param {Promise<number>} shown */
  #follow(view, shown) {
    shown.catch((error) => {
      if (view === this.#view && view.paused) this.#refusal = error.message;
    }).finally(this.#changed);
  }
}

/**
 * Which frame it is, and where it is among the others.
 * @param {HeldFrame[]} frames
 * @param {import('../../view/past.js').Position} position
 */
function wordsOf(frames, { frame, back }) {
  const newest = frames[frames.length - 1];
  const earlier = ((newest.arrivalMillis - frame.arrivalMillis) / 1000).toFixed(2);
  const gap = gapWords(frame);
  const which = `frame ${count(frame.sequence)}${back > 0 ? `, ${count(back)} back` : ''}`;
  return [which, [back > 0 ? `${earlier} s earlier` : 'the newest held', gap && `before it ${gap}`].filter(Boolean).join(' · ')];
}

/** @param {HeldFrame} frame */
function gapWords(frame) {
  const known = CAUSES.flatMap(([key, words]) => (frame[key] ? [`${count(frame[key])} ${words}`] : []));
  return known.join(', ') || (frame.missing > 0 ? `${count(frame.missing)} not held` : '');
}

/** @param {HeldFrame[]} frames */
function summary(frames) {
  const span = ((frames[frames.length - 1].arrivalMillis - frames[0].arrivalMillis) / 1000).toFixed(2);
  const sums = CAUSES.map(([key, words]) => `${count(frames.reduce((sum, frame) => sum + (frame[key] ?? 0), 0))} ${words}`);
  return `${count(frames.length)} frames held, over ${span} s; between them ${sums.join(', ')}`;
}

/** @param {string} name @param {string} title @param {string} path @param {() => void} run */
function button(name, title, path, run) {
  const made = make('button', { type: 'button', 'aria-label': name, title },
    draw('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, draw('path', { d: path })));
  made.addEventListener('click', run);
  return made;
}
