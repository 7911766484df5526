// The status line: state, format and numbers of the stream on the stage in one line of steady width.
// It must not know where the numbers come from.

import { make, setAttribute, setText, stateShape } from '../dom.js';
import { Cell } from './numbers.js';
import { Spark } from './spark.js';
import { age, count, fps, streamTime } from '../words.js';

export class Status {
  #shape = stateShape();
  #word = make('span', { class: 'state' });
  #format = make('span', { class: 'format' });
  #notes = make('span', { class: 'notes' });
  #spark = new Spark();
  #cells = {
    fps: new Cell('fps', 6),
    age: new Cell('age', 7),
    received: new Cell('received', 7, { rank: '3', title: 'frames received by this viewer' }),
    drawn: new Cell('drawn', 7, { rank: '2', title: 'frames put on the canvas' }),
    skipped: new Cell('skipped', 5, { rank: '2', title: 'frames overtaken by a newer one before this viewer was free' }),
    dropped: new Cell('dropped', 5, { rank: '3', title: 'frames that reached the appsink but were dropped there' }),
    pts: new Cell('PTS', 12, { rank: '3' }),
  };
  #line;
  #summary = make('span', { class: 'summary' });

  /** @param {HTMLElement} element @param {HTMLElement} timeline what takes the place of the numbers while it is shown */
  constructor(element, timeline) {
    const { pts, ...numbers } = this.#cells;
    this.#line = make('div', { class: 'line' },
      make('span', { class: 'now' }, this.#shape, this.#word),
      this.#format,
      this.#notes,
      timeline,
      ...Object.values(numbers).map((cell) => cell.element),
      this.#spark.element,
      pts.element);
    element.append(this.#line, this.#summary);
  }

  /** @param {import('../streams/model.js').StreamModel} model @param {number} now */
  show(model, now) {
    this.#line.hidden = false;
    this.#summary.hidden = true;
    setAttribute(this.#shape, 'data-state', model.state.state);
    const words = model.stateWords(now);
    setText(this.#word, words);
    setAttribute(this.#word, 'title', words);
    setText(this.#format, model.format);
    setAttribute(this.#format, 'title', model.caps);
    this.#note(model.notes);
    const { frame, statistics } = model;
    const cells = this.#cells;
    cells.fps.show(fps(statistics?.fps), `drawn per second; the source gives ${fps(statistics?.sourceFps)}`);
    const exact = typeof frame?.uncertaintyMillis === 'number' ? `, ± ${frame.uncertaintyMillis.toFixed(1)} ms` : '';
    cells.age.show(age(model.age(now)), `from the appsink to the canvas${exact}`);
    cells.received.show(count(statistics?.received));
    cells.drawn.show(count(statistics?.drawn));
    cells.skipped.show(count(statistics?.ledger?.skipped));
    cells.dropped.show(count(statistics?.ledger?.dropped));
    cells.pts.show(streamTime(frame?.ptsNanos), `frame ${count(frame?.sequence)}`);
    this.#spark.show(model.minute.seconds(now));
  }

  /** What makes the picture differ from what the caps say; the counts make room for it. @param {import('../notes.js').Note[]} notes */
  #note(notes) {
    const { children } = this.#notes;
    while (children.length > notes.length) children[children.length - 1].remove();
    while (children.length < notes.length) this.#notes.append(make('span'));
    notes.forEach(({ text, title }, n) => {
      setText(children[n], text);
      setAttribute(children[n], 'title', title);
    });
    this.#line.classList.toggle('noted', notes.length > 0);
  }

  /** What there is to say of the grid. @param {string} text */
  summarise(text) {
    this.#line.hidden = true;
    this.#summary.hidden = false;
    setText(this.#summary, text);
  }
}
