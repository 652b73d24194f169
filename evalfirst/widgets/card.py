"""A card as plain HTML: it stays readable in a saved notebook, without a running kernel."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from evalfirst.widgets.theme import CARD_CSS

if TYPE_CHECKING:
    from evalfirst.curriculum import Resource

# On whatever takes the focus: JupyterLab's command mode then leaves its keys alone. On an
# element around it the attribute has no effect.
OWN_KEYS = 'data-lm-suppress-shortcuts="true"'


@dataclass(frozen=True)
class Card:
    """Something to look at in a notebook.

    Attributes:
        title: the heading; also what assistive technology calls the card.
        body: trusted HTML; escape what goes into it.
        plain: the same in words, where no HTML is shown.
    """

    title: str
    body: str
    plain: str

    def html(self) -> str:
        """Return the card with its styles."""
        return (
            f"<style>{CARD_CSS}</style>"
            f'<section class="ef-card" aria-label="{escape(self.title)}">'
            f'<h2 class="ef-heading">{escape(self.title)}</h2>{self.body}</section>'
        )

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        """Return the card in words."""
        return f"{self.title}\n\n{self.plain}"


def resource_item(resource: Resource) -> str:
    """Return a list item with a link that opens in a browser tab of its own."""
    return (
        f'<li><a {OWN_KEYS} href="{escape(resource.url)}" target="_blank" rel="noopener">'
        f"{escape(resource.name)}</a>: {escape(resource.use)}.</li>"
    )
