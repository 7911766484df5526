// The look of <sink-view> inside its shadow root. Colours come from its surroundings, by `color` and two properties:
// `--sink-view-line` (the line around the picture) and `--sink-view-panel` (the ground of longer notices).

const TEXT = `
:host { display: block; position: relative; overflow: hidden; min-inline-size: 0; min-block-size: 0; }
:host([hidden]) { display: none; }
.frame { position: absolute; inset: 0; container-type: size; }
.box { position: absolute; inset: 0; overflow: hidden; }
.box.actual { overflow: auto; }
:host([zoomable]) .frame { touch-action: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
:host([zoomable][probing]) .frame, :host([zoomable]) .frame.drawing { cursor: crosshair; }
.overlay { position: absolute; inset: 0 auto auto 0; outline: 0; pointer-events: none; }
.overlay[hidden] { display: none; }
canvas { position: absolute; transform-origin: 0 0; outline: 1px solid var(--sink-view-line, #8885); }
canvas.enlarged { image-rendering: pixelated; }
canvas.empty { visibility: hidden; }
canvas.old { filter: brightness(.82); }
.notice { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 8px;
  padding: 16px; box-sizing: border-box; overflow: auto; text-align: center; pointer-events: none;
  font-size: clamp(13px, 2.4cqi, 22px); line-height: 1.4; overflow-wrap: anywhere; }
.notice[hidden] { display: none; }
.notice > * { margin: 0; max-inline-size: 64ch; }
.notice .title { font-weight: 600; }
.notice .title:empty, .notice .text:empty, .notice .caps:empty { display: none; }
.notice .text { white-space: pre-line; }
.notice .caps { font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; opacity: .85; }
.notice.over { place-content: end center; padding: 8px; font-size: 13px; }
.notice.over .title, .notice.sheet { color: #fff; background: #1b1b1be0; }
.notice.over .title { padding: 4px 8px; font-weight: 400; font-variant-numeric: tabular-nums; }
`;

/** One sheet for all elements of the page. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(TEXT);
