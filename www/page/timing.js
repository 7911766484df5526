// The TIMING section: the times of the frame on the canvas, and where every other frame went.
// It must not know how the counts come about.

import { make } from './dom.js';
import { Facts } from './facts.js';
import { age, bytes, count, fps, streamTime } from './words.js';

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

export class TimingSection {
  title = 'Timing';
  #times = new Facts();
  #ledger = new Facts();
  #viewer = new Facts();
  element = make('div', {}, this.#times.element,
    make('h3', {}, 'at the server'), this.#ledger.element,
    make('h3', {}, 'at this viewer'), this.#viewer.element);

  /** @param {import('./panel.js').Shown} shown */
  update({ model, now, open }) {
    if (!open) return;
    const frame = model?.frame;
    const statistics = model?.statistics;
    const exact = typeof frame?.uncertaintyMillis === 'number' ? ` ± ${frame.uncertaintyMillis.toFixed(1)} ms` : '';
    this.#times.show(!model ? [] : [
      ['PTS', streamTime(frame?.ptsNanos)],
      ['running time', streamTime(frame?.runningTimeNanos)],
      ['sequence', count(frame?.sequence)],
      ['age', age(model.age(now)) + exact, 'from the appsink to the canvas, by the aligned clock'],
      ['fps drawn', fps(statistics?.fps)],
      ['fps of the source', fps(statistics?.sourceFps)],
    ]);
    this.#ledger.show(statistics?.ledger ? ledger(statistics.ledger) : []);
    this.#viewer.show(statistics ? viewer(statistics) : []);
  }
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
