// The page: puts streams, stage, status line, panel and keys together.
// It must not know how any of them is drawn, nor anything of frames beyond the events of <sink-view>.

import { Address } from './page/share/address.js';
import { BusSection } from './page/panel/bus.js';
import { CapsSection } from './page/panel/caps.js';
import { Compare } from './page/compare/compare.js';
import { DoctorSection } from './page/panel/doctor.js';
import { byId, make, setAttribute, setText, stateShape } from './page/dom.js';
import { GraphDialog } from './page/graph/graph.js';
import { keepColumns } from './page/streams/grid.js';
import { Hint } from './page/hint.js';
import { HistogramSection } from './page/panel/histogram.js';
import { listKeys, startKeys } from './page/keys.js';
import { Linked } from './page/compare/linked.js';
import { MetasSection } from './page/panel/metas.js';
import { darkness } from './page/notes.js';
import { Panel } from './page/panel/panel.js';
import { Measures } from './page/measures.js';
import { PictureSection } from './page/panel/picture.js';
import { PixelSection } from './page/panel/pixel.js';
import { ProfileSection } from './page/panel/profile.js';
import { go, hashOf, routed } from './page/streams/route.js';
import { SaveSection } from './page/panel/save.js';
import { Saying } from './page/saying.js';
import { shareCommands } from './page/share/share.js';
import { Status } from './page/status/status.js';
import { askStreams } from './page/streams/streams.js';
import { nextTheme, startTheme } from './page/theme.js';
import { ARROWS, zoomWords } from './page/steer.js';
import { Tile } from './page/streams/tile.js';
import { Timeline } from './page/status/timeline.js';
import { TimingSection } from './page/panel/timing.js';
import { Badge } from './page/verify.js';
import { count } from './page/words.js';
import { ATTRIBUTES } from './view/picture.js';

/** Numbers change this often: more cannot be read. */
const UPDATE_MILLIS = 250;
/** A press of a zoom key, and CSS pixels of an arrow key. */
const ZOOM_TIMES = 2;
const PAN_PIXELS = 64;

const grid = byId('grid');
const nav = byId('streams');
const complaint = make('p', { class: 'complaint', role: 'alert', hidden: true });
const timeline = new Timeline(() => update());
const status = new Status(byId('status'), timeline.element);
const hint = new Hint('range: observed', 'r', () => toggleRange());
const pixel = new PixelSection();
const saying = new Saying();
const say = (/** @type {string} */ text) => saying.say(text);
const save = new SaveSection(say);
const metas = new MetasSection();
const badge = new Badge(button('verify'), () => (staged ? [staged] : [...streams.values()].map(({ tile }) => tile)));
const graph = new GraphDialog(plumbing);
const bus = new BusSection((pipeline) => graph.open(pipeline));
const doctor = new DoctorSection();
const panel = new Panel(byId('panel'), button('panel'), [
  pixel,
  metas,
  new HistogramSection(),
  new ProfileSection(),
  new PictureSection(),
  new CapsSection(),
  doctor,
  new TimingSection(),
  bus,
  save,
]);
const address = new Address(pixel, panel, say);
const around = {
  tiles: () => [...streams.values()].map(({ tile }) => tile),
  staged: () => staged,
  go,
  changed: () => update(),
};
const compare = new Compare(byId('compare'), around);
const linked = new Linked(around);
const keysDialog = /** @type {HTMLDialogElement} */ (byId('keys'));
const arrangeGrid = keepColumns(grid);

/** By name, in the server's order. @type {Map<string, { tile: Tile, link: HTMLElement, shape: HTMLElement }>} */
const streams = new Map();
/** How streams that went were shown: one that comes back is shown so again. @type {Map<string, [string, string][]>} */
const kept = new Map();
/** The stream on the stage. @type {Tile | null} */
let staged = null;
let server = '';
let asking = false;
let announced = '';
/** Whether a crosshair was put down on the stage. */
let held = false;

const measures = new Measures(() => staged?.view ?? null, (title) => {
  // A section that has had nothing to show until now is there then.
  update();
  panel.reveal(title);
  update();
});

grid.before(complaint, doctor.banner, hint.element, saying.element, measures.spoken);

// --- Streams ------------------------------------------------------------------------------------------------------

/** @param {import('./page/streams/streams.js').StreamList} list */
function take(list) {
  server = [list.server, list.policy && `policy ${list.policy}`].filter(Boolean).join(' · ');
  const names = new Set(list.streams.map(({ name }) => name));
  for (const [name, { tile, link }] of streams) {
    if (names.has(name)) continue;
    kept.set(name, ATTRIBUTES.flatMap((attribute) => {
      const text = tile.view.getAttribute(attribute);
      return text === null ? [] : [[attribute, text]];
    }));
    tile.element.remove();
    link.remove();
    streams.delete(name);
  }
  for (const { name, caps, pipeline } of list.streams) {
    if (!streams.has(name)) add(name);
    const model = streams.get(name)?.tile.model;
    if (!model) continue;
    model.listedCaps = caps;
    model.pipeline = pipeline;
  }
  route();
  if (names.size === 0) ask();
}

/** @param {string} name */
function add(name) {
  const tile = new Tile(name);
  for (const [attribute, text] of kept.get(name) ?? []) tile.view.setAttribute(attribute, text);
  const shape = stateShape();
  const link = make('a', { href: hashOf(name) }, shape, name);
  streams.set(name, { tile, link, shape });
  bus.listen(tile.view, name);
  measures.listen(tile.view);
  graph.listen(tile.view);
  tile.view.addEventListener('zoom', () => tile === staged && showZoom());
  tile.view.addEventListener('probe', (event) => hold(/** @type {CustomEvent} */ (event).detail?.held === true));
  tile.view.addEventListener('history', () => tile === staged && update());
  tile.view.addEventListener('streams', (event) => take(/** @type {CustomEvent} */ (event).detail));
  grid.append(tile.element);
  nav.append(link);
}

async function ask() {
  if (asking) return;
  asking = true;
  await askStreams(take, complain);
  asking = false;
}

/** @param {string} sentence empty for none */
function complain(sentence) {
  setText(complaint, sentence);
  complaint.hidden = sentence === '';
}

// --- Stage --------------------------------------------------------------------------------------------------------

/** Shows what the address asks for; one stream alone has the stage anyway. */
function route() {
  const wanted = routed();
  const all = [...streams.values()].map(({ tile }) => tile);
  const before = staged;
  linked.leave();
  staged = streams.get(wanted)?.tile ?? (all.length === 1 && !wanted ? all[0] : null);
  if (all.length === 0) complain('no streams yet: the server has no pipeline with an appsink running');
  else if (wanted && !staged) complain(`no stream is named ${wanted}`);
  else complain('');
  document.body.classList.toggle('staging', staged !== null);
  document.body.classList.toggle('alone', all.length === 1);
  for (const { tile, link } of streams.values()) {
    tile.element.hidden = staged !== null && tile !== staged;
    tile.element.classList.toggle('staged', tile === staged);
    if (tile === staged) {
      link.setAttribute('aria-current', 'true');
      link.scrollIntoView({ inline: 'center', block: 'nearest' });
    } else link.removeAttribute('aria-current');
    tile.view.toggleAttribute('zoomable', tile === staged);
    if (tile !== staged) {
      tile.view.scale = 'fit';
      tile.view.removeAttribute('probing');
    }
  }
  compare.stage();
  linked.stage();
  if (before && !staged) before.element.querySelector('a')?.focus();
  arrangeGrid();
  // Before the address follows what is on the stage.
  address.restore(staged?.view ?? null);
  update();
}

function views() {
  if (staged) return compare.other ? [staged.view, compare.other] : [staged.view];
  return [...streams.values()].map(({ tile }) => tile.view);
}

/** Whose server is asked for pipelines, and which pipeline and stream are looked at. */
function plumbing() {
  const tile = staged ?? streams.values().next().value?.tile;
  return tile ? { view: tile.view, pipeline: tile.model.pipeline, stream: tile.name } : null;
}

function freeze() {
  const all = views();
  const stop = all.some((view) => !view.paused);
  // A viewer that did not start has said so in its place.
  for (const view of all) (stop ? view.pause() : view.play()).catch(() => {});
  update();
}

function isActual() {
  return staged !== null && !staged.view.fitted && staged.view.zoom === 1;
}

function toggleActual() {
  if (isActual()) staged?.view.fit();
  else staged?.view.zoomTo(1);
}

function showZoom() {
  setText(byId('zoom'), [staged ? zoomWords(staged.view) : '', linked.on ? 'linked' : ''].filter(Boolean).join(' '));
  press('actual', isActual());
}

/** With a point, moves it by a pixel; else, or with shift, the picture. @param {KeyboardEvent | undefined} event */
function steer(event) {
  const [right, down] = ARROWS[event?.key ?? ''];
  const view = staged?.view;
  if (measures.steer(right, down, event?.shiftKey === true)) return;
  if (view?.point && !event?.shiftKey) view.movePoint(right, down);
  else view?.pan(-right * PAN_PIXELS, -down * PAN_PIXELS);
}

/** Pins the pixel that is looked at; where none is, puts the crosshair in the middle. */
function pin() {
  if (!staged) return;
  panel.reveal('Pixel');
  update();
  if (staged.view.point) pixel.pin();
  else staged.view.point = staged.view.middle;
}

/** A crosshair was put down, or taken away: what it is on is said in the panel. @param {boolean} now */
function hold(now) {
  if (now && !held) panel.reveal('Pixel');
  held = now;
}

/** Takes what is drawn away, then the crosshair, ends a trial, or leaves the stage. */
function back() {
  if (measures.back()) return;
  if (held && staged) staged.view.point = null;
  else if (compare.active) compare.close();
  else if (!doctor.goBack()) go('');
}

/** Black and white where the codes are, and back to where the caps have them. */
function toggleRange() {
  if (staged) staged.view.levels = staged.view.levels === 'full' ? 'observed' : 'full';
  update();
}

function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

// --- Numbers ------------------------------------------------------------------------------------------------------

function update() {
  const now = performance.now();
  for (const { tile, shape } of streams.values()) {
    tile.update(now);
    setAttribute(shape, 'data-state', tile.model.state.state);
  }
  timeline.update(staged?.view ?? null);
  if (staged) status.show(staged.model, now);
  else status.summarise(summary());
  const name = staged?.name ?? '';
  const dark = darkness(staged?.model.picture, hint.says(name));
  hint.show(name, dark ? `codes reach ${dark.reach} of ${dark.full}: shown dark` : '');
  compare.update(now);
  badge.update();
  panel.update({ view: staged?.view ?? null, model: staged?.model ?? null, now });
  const all = views();
  press('freeze', all.length > 0 && all.every((view) => view.paused));
  showZoom();
  button('actual').hidden = !staged;
  address.follow(staged?.view ?? null);
  press('compare', compare.active);
  measures.update();
  announce(now);
}

function summary() {
  const live = [...streams.values()].filter(({ tile }) => tile.model.state.state === 'live').length;
  return [`${count(streams.size)} streams`, `${count(live)} live`, server].filter(Boolean).join(' · ');
}

/** The state for whoever does not see it, once for each change, and in the title. @param {number} now */
function announce(now) {
  const state = staged?.model.state.state;
  const title = staged ? `${staged.name} · ${state} – Sinkview` : `${streams.size} streams – Sinkview`;
  if (document.title !== title) document.title = title;
  const noted = (staged?.model.notes ?? []).map(({ text }) => text);
  if (staged && hint.says(staged.name)) noted.push('shown dark');
  const notes = noted.map((text) => `, ${text}`).join('');
  const said = staged ? `${staged.name}: ${state}${notes}` : '';
  if (said === announced) return;
  announced = said;
  setText(byId('spoken'), staged ? `${staged.name}: ${staged.model.stateWords(now)}${notes}` : '');
}

/** @param {string} name @returns {HTMLElement} */
function button(name) {
  return /** @type {HTMLElement} */ (document.querySelector(`[data-command="${name}"]`));
}

/** @param {string} name @param {boolean} pressed */
function press(name, pressed) {
  setAttribute(button(name), 'aria-pressed', String(pressed));
}

// --- Commands -----------------------------------------------------------------------------------------------------

/** @type {import('./page/keys.js').Command[]} */
const commands = [
  { name: 'freeze', key: ' ', shown: 'Space', does: 'freeze, and go on', run: freeze },
  ...timeline.commands,
  { name: 'fit', key: '0', does: 'fit the picture into the window', run: () => staged?.view.fit() },
  { name: 'actual', key: '1', does: 'one sample a device pixel, and back', run: toggleActual },
  { name: 'in', key: '+', also: ['='], does: 'zoom in; from 32x, values in the pixels', repeats: true, run: () => staged?.view.zoomBy(ZOOM_TIMES) },
  { name: 'out', key: '-', does: 'zoom out', repeats: true, run: () => staged?.view.zoomBy(1 / ZOOM_TIMES) },
  { name: 'steer', key: 'ArrowLeft', also: Object.keys(ARROWS), shown: '← → ↑ ↓', does: 'move the picture; with a pixel shown, to the next one (shift: the picture)', repeats: true,
    when: (event) => staged !== null && event?.target !== byId('panel'), run: steer },
  { name: 'pin', key: 'p', does: 'pin the pixel; first, a crosshair', run: pin },
  ...compare.commands,
  ...linked.commands,
  { name: 'panel', key: 'i', does: 'side panel', run: () => { panel.toggle(); update(); } },
  { name: 'histogram', key: 'h', does: 'histogram: how often each code is there, and statistics', run: () => { panel.enter('Histogram'); update(); } },
  ...measures.commands,
  { name: 'picture', key: 'o', does: 'picture: colour, overrides, display range', run: () => { panel.enter('Picture'); update(); } },
  ...metas.commands((title) => panel.reveal(title), () => update()),
  ...doctor.commands((title) => { panel.enter(title); update(); }),
  { name: 'range', key: 'r', does: 'display range: observed, and back to full', run: toggleRange },
  ...shareCommands({ view: () => staged?.view ?? null, address, pixel, section: save, say, open: () => { panel.enter('Save'); update(); } }),
  ...badge.commands,
  { name: 'graph', key: 'g', does: 'graph of the pipeline', run: () => graph.open() },
  { name: 'fullscreen', key: 'f', does: 'full screen', run: toggleFullscreen },
  { name: 'theme', key: 't', does: 'theme: auto, dark, light', run: () => nextTheme(button('theme')) },
  { name: 'grid', key: 'Escape', does: 'region, line or crosshair away; as the caps say; back to all streams', run: back },
  { name: 'keys', key: '?', does: 'this list', run: () => keysDialog.showModal() },
];

nav.append(make('a', { class: 'all', href: './', 'aria-label': 'All streams', title: 'All streams (Escape)' }, 'all'));
nav.firstElementChild?.addEventListener('click', (event) => {
  event.preventDefault();
  go('');
});
if (!document.fullscreenEnabled) {
  button('fullscreen').hidden = true;
  commands.splice(commands.findIndex(({ name }) => name === 'fullscreen'), 1);
}
startTheme(button('theme'));
listKeys(keysDialog, commands);
startKeys(commands, (position) => go([...streams.keys()][position] ?? routed()));
addEventListener('hashchange', route);
setInterval(() => {
  if (!document.hidden) update();
}, UPDATE_MILLIS);
update();
ask();
