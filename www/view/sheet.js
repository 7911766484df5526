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
[hidden] { display: none; }
.other { position: absolute; inline-size: 100%; block-size: 100%; overflow: hidden; pointer-events: none; }
[data-split="columns"] .other { inset-block: 0; inset-inline-end: 0; inline-size: auto; outline: 2px solid var(--sink-view-line, #8885); }
[data-split="rows"] .other { inset-inline: 0; inset-block-end: 0; block-size: auto; outline: 2px solid var(--sink-view-line, #8885); }
[data-compare] .overlay { z-index: 1; }
.tag { position: absolute; inset: 8px auto auto 8px; max-inline-size: calc(50% - 24px); box-sizing: border-box; padding: 0 8px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  color: #fff; background: #1b1b1b; font: 12px/20px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; pointer-events: none; }
.tag + .tag { inset: 8px 8px auto auto; }
[data-split="rows"] .tag + .tag { inset: calc(50% + 8px) auto auto 8px; }
[data-split="columns"] .tag + .tag { inset: 8px auto auto calc(50% + 8px); }
[data-compare="blink"] .tag + .tag { inset: 8px auto auto 8px; }
.divider { position: absolute; inset-block: 0; inline-size: 24px; margin-inline-start: -12px; cursor: ew-resize; touch-action: none; outline: 0; }
.divider::before { content: ""; position: absolute; inset: 0 auto 0 11px; inline-size: 2px; background: #fff; outline: 1px solid #000; }
.divider::after { content: "‹ ›"; position: absolute; inset: calc(50% - 16px) auto auto 0; inline-size: 24px; block-size: 32px; box-sizing: border-box;
  display: grid; place-content: center; color: #fff; background: #1b1b1b; border: 1px solid #fff; font: 12px/1 system-ui, sans-serif; }
.divider:focus-visible::after { outline: 2px solid var(--accent, #8ab4d8); outline-offset: 1px; }
canvas.enlarged { image-rendering: pixelated; }
canvas.empty { visibility: hidden; }
canvas.old { filter: brightness(.82); }
.notice { position: absolute; inset: 0; z-index: 2; display: grid; place-content: center; justify-items: center; gap: 8px;
  padding: 16px; box-sizing: border-box; overflow: auto; text-align: center; pointer-events: none;
  font-size: clamp(13px, 2.4cqi, 22px); line-height: 1.4; overflow-wrap: anywhere; }
.notice[hidden] { display: none; }
.notice > * { margin: 0; max-inline-size: 64ch; }
.notice .title { font-weight: 600; }
.notice .title:empty, .notice .text:empty, .notice .caps:empty { display: none; }
.notice .text { white-space: pre-line; }
.notice .caps { font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; opacity: .85; }
.notice.over { place-content: end center; padding: 8px; font-size: 13px; }
.notice.over .title, .notice.sheet { color: #fff; background: #1b1b1b; }
.notice.over .title { padding: 4px 8px; font-weight: 400; font-variant-numeric: tabular-nums; }
`;

/** One sheet for all elements of the page. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(TEXT);
