"""A figure together with the words that stand in for it, and the look that all figures share.

JupyterLab gives the image of a bare matplotlib figure no alt text, so a screen reader says
nothing. A `Picture` shows itself as an `<img>` with one.
"""

from __future__ import annotations

import base64
import io
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

# From Okabe and Ito's palette, which people with any common colour blindness can tell apart.
BLUE, ORANGE, GREEN, VERMILION, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9"
INK, MUTED, FAINT = "#1a1c1e", "#50575e", "#d5d9dd"

_STYLE: dict[Any, Any] = {
    # white in both themes: a figure is a printed page, and stays readable when it is copied
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlepad": 12,
    "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "font.size": 10,
    "legend.frameon": False,
    "savefig.dpi": 160,
}


@dataclass(frozen=True)
class Picture:
    """A figure and its alt text.

    Attributes:
        figure: the matplotlib figure, closed for pyplot, still usable.
        alt: what the figure says, for somebody who does not see it.
    """

    figure: Figure
    alt: str

    def png(self) -> bytes:
        """Return the figure as a PNG file."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.15)
        return buffer.getvalue()

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png()).decode()
        width = self.figure.get_size_inches()[0] * 100
        return (
            f'<img alt="{escape(self.alt)}" src="data:image/png;base64,{data}" '
            f'style="width:{width:.0f}px;max-width:100%;height:auto;border-radius:6px">'
        )


@contextmanager
def drawing(width: float, height: float, **subplots: Any) -> Iterator[tuple[Figure, Any]]:
    """Give a figure of `width` by `height` inches in the shared look; pyplot forgets it after.

    The second value is one `Axes`, or an array of them for several panels.
    """
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(width, height), layout="constrained", **subplots)
        try:
            yield figure, axes
            # fonts and layout follow the style only while it is in force
            figure.canvas.draw()
        finally:
            plt.close(figure)
