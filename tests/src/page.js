// Put into a page by the tests: what they ask of a <sink-view> in it.
// It uses what any page may use, the element's own methods, properties and events.

globalThis.e2e = {
  /** Frames and states since `watch`. */
  frames: [],
  states: [],
  errors: [],
  /** Frames read by `readPaused`, whole. */
  kept: [],

  /** The view of a stream, or the first one, once it is there. */
  async view(stream) {
    const find = () => [...document.querySelectorAll('sink-view')].find((view) => !stream || view.stream === stream);
    while (!find()) await new Promise(requestAnimationFrame);
    return find();
  },

  /** Notes what the view tells from now on, and resolves once it has drawn a frame or said why not. */
  async watch(stream) {
    const view = await this.view(stream);
    view.addEventListener('frame', ({ detail }) => this.frames.push(plain(detail)));
    view.addEventListener('state', ({ detail }) => this.states.push(plain(detail)));
    view.addEventListener('error', ({ detail }) => this.errors.push(plain(detail)));
    return this.now(stream);
  },

  /** What the view says of itself. */
  async now(stream) {
    const view = await this.view(stream);
    return { state: plain(view.state), layout: view.layout, statistics: plain(view.statistics), shown: shown(view) };
  },

  /** What was noted, counted; frames from `first` on. */
  noted(first = 0) {
    const { frames, states, errors } = this;
    return { count: frames.length, frames: frames.slice(first), states, errors };
  },

  /** Reads the frame that is on the canvas: digests of its pixels and its bytes. */
  async read(stream) {
    const view = await this.view(stream);
    const { sequence, ptsNanos, caps, data } = await view.readFrame();
    const rgba = pixels(view.canvas);
    this.kept.push({ sequence, rgba, data });
    const { width, height } = view.canvas;
    return { sequence, ptsNanos: `${ptsNanos}`, caps, width, height, rgba: await digest(rgba), data: await digest(data) };
  },

  /** Reads the bytes of the frame that is on the canvas, or would be there. */
  async bytes(stream) {
    const { sequence, caps, data } = await (await this.view(stream)).readFrame();
    return { sequence, caps, data: await digest(data) };
  },

  /** The words a person sees in the first view; empty for none. */
  shown() {
    const view = document.querySelector('sink-view');
    return view ? shown(view) : '';
  },

  /** Stops at one frame after the other and reads each, until there are `wanted` or no further one comes. */
  async readPaused(wanted, waitMillis) {
    const view = await this.view();
    view.color = 'gst';
    const read = [];
    while (read.length < wanted) {
      const drawn = new Promise((resolve) => {
        setTimeout(() => resolve(false), waitMillis);
        view.addEventListener('frame', () => resolve(true), { once: true });
      });
      await view.play();
      if (!(await drawn)) break;
      await view.pause();
      read.push(await this.read());
    }
    return read;
  },

  /** A frame that was read, whole, as base64: its `rgba` or its `data`. */
  whole(index, part) {
    return base64(this.kept[index][part]);
  },

  /**
   * Puts views in place of the page, one for each of `wanted` (a stream, and attributes), stops each at a frame it has
   * drawn and reads that: what it says of its picture, and pixels and bytes as base64; or why there is none.
   */
  async draw(wanted, waitMillis) {
    await import('/sink-view.js');
    const views = wanted.map((one) => prepared(one, waitMillis));
    document.body.replaceChildren(...views.map(({ view }) => view));
    return Promise.all(views.map(({ view, drawn, told }) => drawn.then(() => stopped(view, told), (error) => ({
      problem: error.message, notice: shown(view), layout: view.layout,
    }))));
  },

  /**
   * Puts one view in place of the page, of 300 by 200 pixels, zoomed where that is wanted, and reads what it shows once its
   * frames come in part; then stops it, and reads the whole frame. The source's frames are all the same.
   */
  async part(stream, attributes, zoom) {
    await import('/sink-view.js');
    const view = document.createElement('sink-view');
    view.stream = stream;
    for (const [name, value] of Object.entries({ zoomable: '', ...attributes })) view.setAttribute(name, value);
    view.style.cssText = 'display: block; width: 300px; height: 200px';
    const errors = [];
    view.addEventListener('error', ({ detail }) => errors.push(detail.text));
    document.body.replaceChildren(view);
    const drawn = () => new Promise((resolve) => view.addEventListener('frame', ({ detail }) => resolve(detail), { once: true }));
    await drawn();
    if (zoom) view.zoomTo(...zoom);
    const wanted = ({ region, step, width, encoding }) => (step[0] > 1 || region.width < width) && (!attributes.encoding || attributes.encoding === encoding);
    while (!wanted(view.layout)) await drawn();
    // What comes after this is of the view as it is now, and has reached the canvas.
    for (let n = 0; n < 15; n++) await drawn();
    const { layout, canvas } = view;
    const cut = { layout, width: canvas.width, height: canvas.height, rgba: base64(pixels(canvas)), box: plain(canvas.getBoundingClientRect()) };
    const [x, y] = [layout.region.x + 2 * layout.step[0] + 1, layout.region.y + layout.step[1]];
    const probe = await view.probe(x, y, { fetch: false });
    await view.pause();
    const { sequence, data } = await view.readFrame();
    const whole = { layout: view.layout, width: view.canvas.width, height: view.canvas.height };
    const exact = await view.probe(probe.x, probe.y);
    return { cut, whole, sequence, data: base64(data), asked: [x, y], probe, exact, errors };
  },

  /** Sets attributes of the first view, and reads it when it has told the picture they make. */
  async change(attributes) {
    const view = await this.view();
    const told = {};
    view.addEventListener('picture', ({ detail }) => (told.picture = plain(detail)));
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) view.removeAttribute(name);
      else view.setAttribute(name, value);
    }
    while (!told.picture) await new Promise(requestAnimationFrame);
    // Calls are answered in turn: this one waits until all of them are on the canvas.
    return stopped(view, told);
  },

  /**
   * Converts frames by the viewer's own wasm: each payload (base64) of a layout for each of its pictures, by the path a
   * viewer takes and by the general one. All as base64, or why not.
   */
  async convert(cases) {
    const { Converter } = await wasm();
    return cases.map(({ layout, payload, pictures, interlaced = false }) => {
      try {
        const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
        const rgba = [];
        for (const picture of pictures) {
          for (const general of [false, true]) {
            const converter = new Converter(layout, picture, interlaced, general);
            converter.load(bytes);
            converter.convert();
            rgba.push(base64(converter.rgba()));
            converter.free();
          }
        }
        return { rgba };
      } catch (error) {
        return { rgba: [], error: error.message };
      }
    });
  },
};

/** A view that is not in the page yet, what it tells, and a promise of its first frame. */
function prepared({ stream, attributes = {} }, waitMillis) {
  const view = document.createElement('sink-view');
  view.stream = stream;
  for (const [name, value] of Object.entries(attributes)) view.setAttribute(name, value);
  // All of them have to be in sight: what nobody sees is not drawn.
  view.style.cssText = 'display: inline-block; width: 9rem; height: 6rem; overflow: hidden';
  const told = {};
  view.addEventListener('picture', ({ detail }) => (told.picture = plain(detail)));
  const drawn = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no frame within ${waitMillis} ms`)), waitMillis);
    view.addEventListener('frame', resolve, { once: true });
    view.addEventListener('error', ({ detail }) => reject(new Error(`${detail.code}: ${detail.text}`)));
    view.addEventListener('layout', ({ detail }) => detail.decodable || reject(new Error(detail.reason)));
  });
  return { view, drawn, told };
}

/** What a view shows, once it stands still. */
async function stopped(view, told) {
  await view.pause();
  const { sequence, caps, data } = await view.readFrame();
  // It is told with the frame, and once more when the frame's codes have been looked at.
  while (!told.picture?.observed) await new Promise(requestAnimationFrame);
  const { width, height } = view.canvas;
  return {
    sequence, caps, width, height, picture: told.picture, layout: view.layout, notice: shown(view),
    rgba: base64(pixels(view.canvas)), data: base64(data),
  };
}

let viewer;

/** The viewer's module, started once. */
function wasm() {
  viewer ??= import('/viewer.js').then(async (module) => {
    await module.default();
    return module;
  });
  return viewer;
}

function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** A detail as JSON can carry it. */
function plain(detail) {
  return JSON.parse(JSON.stringify(detail, (_, value) => (typeof value === 'bigint' ? `${value}` : value)) ?? 'null');
}

/** The words a person sees in the view. */
function shown(view) {
  const notice = view.shadowRoot.querySelector('.notice');
  return notice && !notice.hidden ? notice.textContent : '';
}

/** What the main thread sees on a canvas. */
function pixels(canvas) {
  const own = document.createElement('canvas');
  own.width = canvas.width;
  own.height = canvas.height;
  const context = own.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, own.width, own.height).data;
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
