"""The look of all cards, built on JupyterLab's theme variables, so that it follows the theme.

Classes: `ef-card`; `ef-heading`, `ef-subheading`, `ef-lead`, `ef-muted`; `ef-row`; `ef-button` with
`ef-button-primary` or `ef-button-quiet`; `ef-fieldset`, `ef-legend`, `ef-options`, `ef-option`;
`ef-progress` (with one child whose width is the share done); `ef-badge` with `ef-badge-good`,
`-warn` or `-bad`; `ef-callout`; `ef-table`; `ef-details`; `ef-list`; `ef-visually-hidden`.
"""

from __future__ import annotations

from pathlib import Path

_STATIC = Path(__file__).resolve().parent / "static"
_CARD = (_STATIC / "card.css").read_text(encoding="utf-8")
_PARTS = (_STATIC / "card_parts.css").read_text(encoding="utf-8")

# In an HTML output JupyterLab styles headings, tables and links as in Markdown, and more
# specifically than a class does; the second copy is more specific than that.
CARD_CSS = f"{_CARD}{_PARTS}.jp-RenderedHTMLCommon {{{_PARTS}}}\n"
