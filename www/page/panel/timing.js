// The TIMING section: the times of the frame on the canvas, those of the last minute as percentiles and plots, and where
// every other frame went. It must not know how the numbers come about.

import { make, setText } from '../dom.js';
import { Facts } from '../facts.js';
import { Plot } from './plot.js';
import { percentile, SECONDS } from '../streams/recent.js';
import { age, bytes, count, fps, NONE, streamTime } from '../words.js';

/** Every frame that reached the appsink has one of these causes; their sum is `arrived`. */
const CAUSES = /** @type {const} */ ([
  ['dropped', 'dropped', 'in the appsink\'s queue, or refused'],
  ['skipped', 'skipped', 'overtaken by a newer one before this viewer was free'],
  ['not_requested', 'not requested', 'passed while this viewer was paused or hidden'],
  ['abandoned', 'abandoned', 'their message was ended before its time'],
  ['sent', 'sent', 'sent whole'],
  ['pending', 'pending', 'the newest, or on the way'],
]);

/** What became of the frames received, as the viewer counts them. */
const OUTCOMES = /** @type {const} */ ([
  ['drawn', 'drawn', 'put on the canvas'],
  ['overtaken', 'overtaken', 'a newer one was there before they could be drawn'],
  ['late', 'late', 'too old on arrival, with a newer one due'],
  ['undrawn', 'undrawn', 'could not be drawn, or need not, being hidden'],
]);

/** What frames take on their way, as means over the last second, in milliseconds. */
const WAY = /** @type {const} */ ([
  ['workMillis', 'encode', 'cutting and encoding a frame at the server'],
  ['sendMillis', 'send', 'from the first byte of a frame to its last one in the server\'s socket'],
  ['receiveMillis', 'receive', 'from the first byte sent to the last one here, by the aligned clock'],
  ['decodeMillis', 'decode', 'from the bytes to pixels'],
  ['drawMillis', 'draw', 'from pixels to the canvas'],
]);

/** What is told of all frames of the last minute, in milliseconds. */
const SPREAD = /** @type {const} */ ([
  ['age', 'age', 'from the appsink to the canvas, by the aligned clock'],
  ['interval', 'interval', 'from one frame drawn to the next'],
  ['arrival', 'jitter, appsink', 'how far the interval of two arrivals at the appsink is from that of their PTS'],
  ['received', 'jitter, received', 'how far the interval of two arrivals at this viewer is from that of their PTS'],
  ['drawn', 'jitter, drawn', 'how far the interval of two frames drawn is from that of their PTS'],
]);
/** All frames of a minute are put in order for this: at 240 a second some 15 ms of work. */
const MINUTE_EVERY_MILLIS = 500;
/** 100 is the greatest. */
const PERCENTS = [50, 95, 99, 100];
/** Tops of quiet plots: milliseconds, milliseconds, frames a second, bytes a second. */
const LEAST = { age: 50, interval: 50, fps: 10, bytes: 1e6 };

/** @typedef {import('../streams/recent.js').Second} Second */

export class TimingSection {
  title = 'Timing';
  folded = true;
  #times = new Facts();
  #ledger = new Facts();
  #viewer = new Facts();
  /** @type {Second[]} */
  #seconds = [];
  #missing = /** @type {number[]} */ ([]);
  #plots = {
    age: new Plot('frame age', 1, (n) => `oldest ${millis(this.#seconds[n]?.age)}, ${lost(this.#missing[n])}`),
    interval: new Plot('interval between frames drawn', 1, (n) =>
      `longest ${millis(this.#seconds[n]?.interval)}, PTS lack ${count(this.#seconds[n]?.missing)}`),
    fps: new Plot('frames a second', 2, (n) => `${count(this.#seconds[n]?.frames)} drawn, source ${fps(this.#seconds[n]?.source)}`),
    bytes: new Plot('bytes a second', 1, (n) => `${bytes(Math.round(this.#seconds[n]?.bytes))} received`),
  };
  /** Whose minute is shown, and when it was. @type {import('../streams/model.js').StreamModel | null} */
  #shown = null;
  #turn = -1;
  #spread = make('tbody');
  #frames = make('caption', { class: 'quiet' });
  #perFrame = make('caption', { class: 'quiet' });
  #way = make('tr');
  element = make('div', { class: 'timing' }, this.#times.element,
    make('div', { class: 'plots' }, ...Object.values(this.#plots).map(({ element }) => element)),
    make('table', { class: 'spread' }, this.#frames,
      make('thead', {}, make('tr', {}, make('td'), ...PERCENTS.map((percent) =>
        make('th', { scope: 'col' }, percent === 100 ? 'max' : `p${percent}`)))),
      this.#spread),
    make('table', { class: 'spread way' }, this.#perFrame,
      make('thead', {}, make('tr', {}, ...WAY.map(([, name, title]) => make('th', { scope: 'col', title }, name)))),
      make('tbody', {}, this.#way)),
    make('h3', {}, 'at the server'), this.#ledger.element,
    make('h3', {}, 'at this viewer'), this.#viewer.element);

  constructor() {
    for (const [, name, title] of SPREAD) {
      this.#spread.append(make('tr', {}, make('th', { scope: 'row', title }, name), ...PERCENTS.map(() => make('td'))));
    }
    this.#way.append(...WAY.map(() => make('td')));
  }

  /** @param {import('./panel.js').Shown} shown */
  update({ model, now, open, seen }) {
    if (!open) return;
    const frame = model?.frame;
    const statistics = model?.statistics;
    const exact = typeof frame?.uncertaintyMillis === 'number' ? ` ± ${frame.uncertaintyMillis.toFixed(1)} ms` : '';
    this.#times.show(!model ? [] : [
      ['PTS', streamTime(frame?.ptsNanos)],
      ['running time', streamTime(frame?.runningTimeNanos)],
      ['sequence', count(frame?.sequence)],
      ['age', age(model.age(now)) + exact, 'from the appsink to the canvas, by the aligned clock'],
      ['fps of the source', fps(statistics?.sourceFps)],
      ['fps sent', fps(statistics?.sentFps), 'to this viewer'],
      ['fps drawn', fps(statistics?.fps)],
      ['received', `${bytes(statistics && Math.round(statistics.bytesPerSecond))}/s${carrier(statistics)}`],
      ['PTS gaps', gaps(model), 'steps of PTS longer than the framerate and the frames between explain, and the frames missing in them'],
    ]);
    this.#showWay(statistics?.perFrame ?? {});
    this.#ledger.show(statistics?.ledger ? ledger(statistics.ledger) : []);
    this.#viewer.show(statistics ? viewer(statistics) : []);
    const turn = Math.floor(now / MINUTE_EVERY_MILLIS);
    if (!seen || !model || (model === this.#shown && turn === this.#turn)) return;
    this.#shown = model;
    this.#turn = turn;
    this.#minute(model, now);
  }

  /** @param {any} perFrame */
  #showWay(perFrame) {
    WAY.forEach(([key], n) => setText(this.#way.children[n], spread(perFrame[key] ?? NaN)));
    const { bytes: sent, decodedBytes, bytesPerSecond } = perFrame;
    const of = sent && decodedBytes && sent < decodedBytes ? ` of ${bytes(Math.round(decodedBytes))}` : '';
    const link = bytesPerSecond ? `, the link takes ${bytes(Math.round(bytesPerSecond))}/s` : '';
    setText(this.#perFrame, `a frame: ${sent ? bytes(Math.round(sent)) + of : NONE}${link}; in ms`);
  }

  /** @param {import('../streams/model.js').StreamModel} model @param {number} now */
  #minute({ recent, minute, statistics }, now) {
    this.#seconds = recent.seconds(now);
    // That of this moment is not over yet.
    this.#missing = [NaN, ...minute.seconds(now).slice(0, SECONDS - 1).map(({ missing }) => missing)];
    const of = (/** @type {keyof Second} */ name) => this.#seconds.map((second) => second[name]);
    const sorted = SPREAD.map(([column]) => recent.sorted(column, now));
    sorted.forEach((values, n) => PERCENTS.forEach((percent, nth) =>
      setText(this.#spread.children[n].children[nth + 1], spread(percentile(values, percent)))));
    setText(this.#frames, `last minute, ${count(Math.max(...sorted.map(({ length }) => length)))} frames, in ms`);
    const [ages, intervals] = sorted;
    const { age, interval, fps: rate, bytes: flow } = this.#plots;
    age.show({ lines: [of('age')], marks: this.#missing, least: LEAST.age }, millis(percentile(ages, 50)));
    interval.show({ lines: [of('interval')], marks: of('missing'), least: LEAST.interval }, millis(percentile(intervals, 50)));
    rate.show({ lines: [of('frames'), of('source')], marks: [], least: LEAST.fps }, fps(statistics?.fps));
    flow.show({ lines: [of('bytes')], marks: [], least: LEAST.bytes }, `${bytes(statistics && Math.round(statistics.bytesPerSecond))}/s`);
  }
}

/** @param {number | undefined} value */
function millis(value) {
  return value === undefined || Number.isNaN(value) ? NONE : `${value.toFixed(1)} ms`;
}

/** @param {number} value */
function spread(value) {
  return Number.isNaN(value) ? NONE : value.toFixed(1);
}

/** @param {number | undefined} frames */
function lost(frames) {
  return `${count(frames)} missing`;
}

/** @param {import('../streams/model.js').StreamModel} model */
function gaps({ layout, recent }) {
  if (layout && !(layout.framerate[0] > 0)) return 'no framerate to tell';
  return `${count(recent.gaps)}, ${count(recent.missing)} frames`;
}

/** @param {any} statistics */
function carrier(statistics) {
  return statistics ? ` by ${statistics.carrier}` : '';
}

/** @param {any} counts */
function ledger(counts) {
  const sum = CAUSES.reduce((total, [key]) => total + counts[key], 0);
  const apart = counts.arrived - sum;
  return /** @type {[string, string, string][]} */ ([
    ['source gap', count(counts.source_gap), 'missed before the appsink, by offset or PTS'],
    ['arrived', count(counts.arrived), 'at the appsink\'s sink pad since this viewer subscribed'],
    ...CAUSES.map(([key, name, title]) => [`– ${name}`, count(counts[key]), title]),
    ['sum', apart === 0 ? 'all accounted for' : `${count(Math.abs(apart))} ${apart > 0 ? 'unaccounted for' : 'too many'}`, ''],
    ['sent', bytes(counts.bytes_sent), ''],
  ]);
}

/** @param {any} statistics */
function viewer(statistics) {
  return /** @type {[string, string, string][]} */ ([
    ['received', count(statistics.received), ''],
    ...OUTCOMES.map(([key, name, title]) => [`– ${name}`, count(statistics[key]), title]),
    ['abandoned', count(statistics.abandoned), 'came cut short'],
    ['bytes', bytes(statistics.bytes), ''],
  ]);
}
