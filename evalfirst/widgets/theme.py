"""The look that all cards share, built on JupyterLab's theme variables, so that it follows the theme.

Classes: `ef-card`; `ef-heading`, `ef-subheading`, `ef-lead`, `ef-muted`; `ef-row`; `ef-button` with
`ef-button-primary` or `ef-button-quiet`; `ef-fieldset`, `ef-legend`, `ef-options`, `ef-option`;
`ef-progress` (with one child whose width is the share done); `ef-badge` with `ef-badge-good`,
`-warn` or `-bad`; `ef-callout`; `ef-table`; `ef-details`; `ef-list`; `ef-visually-hidden`.
"""

from __future__ import annotations

# Colours for light and dark are set apart because JupyterLab's own brand colour on its dark
# background, and white on it, are both too faint to read (under 4.5:1).
_CARD = """
.ef-card {
  --ef-ink: var(--jp-content-font-color0, #1a1c1e);
  --ef-paper: var(--jp-layout-color1, #fff);
  --ef-soft: color-mix(in srgb, var(--ef-ink) 5%, var(--ef-paper));
  --ef-muted: color-mix(in srgb, var(--ef-ink) 72%, var(--ef-paper));
  --ef-line: color-mix(in srgb, var(--ef-ink) 16%, var(--ef-paper));
  --ef-control: color-mix(in srgb, var(--ef-ink) 52%, var(--ef-paper));
  --ef-accent: #155aa8;
  --ef-on-accent: #fff;
  --ef-good: #1b6b3a;
  --ef-warn: #8a4b00;
  --ef-bad: #b3261e;
  --ef-tint: color-mix(in srgb, var(--ef-accent) 9%, var(--ef-paper));
  box-sizing: border-box;
  max-width: 780px;
  margin: 4px 0 12px;
  padding: 24px 28px;
  border: 1px solid var(--ef-line);
  border-radius: 10px;
  background: var(--ef-paper);
  color: var(--ef-ink);
  color-scheme: light;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  font-size: 15px;
  line-height: 1.5;
  overflow-wrap: break-word;
}
body[data-jp-theme-light='false'] .ef-card {
  --ef-accent: #8fbdf5;
  --ef-on-accent: #0c1b2c;
  --ef-good: #7fd39b;
  --ef-warn: #f2bb6c;
  --ef-bad: #ff9d94;
  color-scheme: dark;
}
"""

_PARTS = """
.ef-card *, .ef-card *::before, .ef-card *::after { box-sizing: border-box; }
.ef-card p { margin: 0 0 10px; }
.ef-card a { color: var(--ef-accent); text-decoration: underline; text-underline-offset: 2px; }
.ef-card code { font-family: var(--jp-code-font-family, monospace); font-size: .92em; }
.ef-card kbd {
  padding: 0 5px;
  border: 1px solid var(--ef-control);
  border-bottom-width: 2px;
  border-radius: 4px;
  background: var(--ef-soft);
  font-family: inherit;
  font-size: .88em;
}

.ef-card .ef-heading { margin: 0 0 6px; font-size: 22px; font-weight: 650; line-height: 1.25; }
.ef-card .ef-subheading { margin: 26px 0 8px; font-size: 16px; font-weight: 650; line-height: 1.3; }
.ef-lead { font-size: 16px; }
.ef-muted { color: var(--ef-muted); font-size: 14px; }
.ef-row { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 14px; }

.ef-button {
  min-height: 38px;
  padding: 7px 16px;
  border: 1px solid var(--ef-control);
  border-radius: 7px;
  background: transparent;
  color: var(--ef-ink);
  font: inherit;
  font-weight: 550;
  line-height: 1.4;
  text-align: center;
  cursor: pointer;
  transition: background-color .12s ease, border-color .12s ease;
}
/* JupyterLab squares the corners of every button */
.ef-card .ef-button { border-radius: 7px; }
.ef-button:hover:not(:disabled) { background: var(--ef-soft); }
.ef-button:disabled { cursor: default; border-style: dashed; color: var(--ef-muted); }
.ef-button-primary { border-color: var(--ef-accent); background: var(--ef-accent); color: var(--ef-on-accent); }
.ef-button-primary:hover:not(:disabled) {
  background: color-mix(in srgb, var(--ef-accent) 86%, var(--ef-ink));
}
.ef-button-primary:disabled { border-color: var(--ef-control); background: transparent; }
.ef-card a.ef-button { display: inline-block; color: var(--ef-ink); text-decoration: none; }
.ef-card a.ef-button-primary { color: var(--ef-on-accent); }
.ef-button-quiet { border-color: transparent; color: var(--ef-accent); padding: 7px 8px; }

.ef-fieldset { min-width: 0; margin: 0 0 20px; padding: 0; border: 0; }
.ef-legend { width: 100%; margin: 0 0 8px; padding: 0; font-weight: 600; }
.ef-options { display: flex; flex-wrap: wrap; gap: 8px; }
.ef-option {
  display: inline-flex;
  align-items: center;
  gap: 8px;
  min-height: 38px;
  padding: 6px 14px 6px 11px;
  border: 1px solid var(--ef-line);
  border-radius: 7px;
  cursor: pointer;
  transition: background-color .12s ease, border-color .12s ease;
}
.ef-option:hover { border-color: var(--ef-control); background: var(--ef-soft); }
.ef-option:has(:checked) { border-color: var(--ef-accent); background: var(--ef-tint); }
.ef-option input { flex: none; width: 16px; height: 16px; margin: 0; accent-color: var(--ef-accent); }
.ef-card textarea, .ef-card input[type='text'], .ef-card select {
  min-height: 38px;
  max-width: 100%;
  padding: 7px 10px;
  border: 1px solid var(--ef-control);
  border-radius: 7px;
  background: var(--ef-paper);
  color: var(--ef-ink);
  font: inherit;
}

.ef-card :is(button, a, input, textarea, select, summary, [tabindex]):focus-visible {
  outline: 3px solid var(--ef-accent);
  outline-offset: 2px;
}
.ef-option:has(:focus-visible) { outline: 3px solid var(--ef-accent); outline-offset: 2px; }
.ef-card .ef-option input:focus-visible { outline: none; }

.ef-progress { height: 6px; border-radius: 3px; background: var(--ef-line); overflow: hidden; }
.ef-progress > * {
  display: block;
  height: 100%;
  border-radius: 3px;
  background: var(--ef-accent);
  transition: width .2s ease;
}

.ef-badge {
  display: inline-block;
  padding: 1px 9px;
  border: 1px solid currentcolor;
  border-radius: 999px;
  font-size: 13px;
  font-weight: 600;
  white-space: nowrap;
}
.ef-badge-good { color: var(--ef-good); }
.ef-badge-warn { color: var(--ef-warn); }
.ef-badge-bad { color: var(--ef-bad); }

.ef-callout {
  margin: 0 0 12px;
  padding: 12px 16px;
  border-left: 4px solid var(--ef-accent);
  border-radius: 0 7px 7px 0;
  background: var(--ef-soft);
}
.ef-callout > :last-child { margin-bottom: 0; }
.ef-list { margin: 0 0 12px; padding-left: 22px; }
.ef-list li { margin: 0 0 8px; }

.ef-scroll { overflow-x: auto; }
.ef-table {
  width: 100%;
  margin: 0;
  border-collapse: collapse;
  table-layout: auto;
  font-size: 14px;
}
.ef-table tr, .ef-table tbody tr:nth-child(n), .ef-table tbody tr:hover { background: none; }
.ef-table caption { padding: 0 0 10px; text-align: left; color: var(--ef-muted); }
.ef-table th, .ef-table td {
  padding: 9px 14px 9px 0;
  border-bottom: 1px solid var(--ef-line);
  line-height: 1.4;
  text-align: left;
  vertical-align: top;
}
.ef-table thead th { color: var(--ef-muted); font-weight: 600; }
.ef-table tbody tr:last-child > * { border-bottom: 0; }

.ef-details { border-bottom: 1px solid var(--ef-line); }
.ef-details > summary { padding: 11px 4px; font-weight: 600; cursor: pointer; }
.ef-details > :not(summary) { padding: 0 4px 0 20px; }

.ef-visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

@media (max-width: 560px) { .ef-card { padding: 18px 16px; } }
@media (forced-colors: active) {
  .ef-option:has(:checked) { outline: 2px solid Highlight; }
  .ef-progress { border: 1px solid CanvasText; }
  .ef-progress > * { background: Highlight; forced-color-adjust: none; }
}
@media (prefers-reduced-motion: reduce) {
  .ef-card *, .ef-card *::before, .ef-card *::after { transition: none; animation: none; }
}
"""

# In an HTML output JupyterLab styles headings, tables and links as in Markdown, and more
# specifically than a class does; the second copy is more specific than that.
CARD_CSS = f"{_CARD}{_PARTS}.jp-RenderedHTMLCommon {{{_PARTS}}}\n"
