"""What a chart of a run claims: numbers by category, read from a figure's plain data."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Plain = dict[str, Any]
Cells = dict[tuple[str, str], float]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FEWEST_CELLS = 4


@dataclass(frozen=True)
class Series:
    """One value for each category.

    Attributes:
        values: category -> value as plotted.
        intervals: category -> `(low, high)` as plotted beside it.
        axes: number of the axes that it stands in.
        upright: whether values go up the y axis.
    """

    values: Mapping[str, float]
    intervals: Mapping[str, list[tuple[float, float]]]
    axes: int
    upright: bool


@dataclass(frozen=True)
class Matrix:
    """Numbers in rows and columns.

    Attributes:
        cells: (row name, column name) -> number.
        kind: `colours` of an image or mesh, `cells` for numbers written in place, `table`.
        axes: number of the axes that it stands in.
    """

    cells: Cells
    kind: str
    axes: int

    def turned(self) -> Matrix:
        """Return it with rows and columns exchanged."""
        return Matrix({(c, r): v for (r, c), v in self.cells.items()}, self.kind, self.axes)


@dataclass(frozen=True)
class Claims:
    """All that a figure claims about some categories."""

    series: Sequence[Series] = ()
    matrices: Sequence[Matrix] = ()
    words: Mapping[str, list[str]] = field(default_factory=dict)

    def numbers_beside(self, category: str) -> set[int]:
        """Return whole numbers that stand in texts and tick labels of a category."""
        return {
            int(number)
            for text in self.words.get(category, ())
            for number in re.findall(r"(?<![\d.])\d+(?![\d.%]|\s*%)", text)
        }


def claims(figure: Plain, categories: Sequence[str]) -> Claims:
    """Read a figure (`graders.figures.read_figure`) as claims about `categories`."""
    series: list[Series] = []
    matrices: list[Matrix] = []
    words: dict[str, list[str]] = defaultdict(list)
    for number, axes in enumerate(figure["axes"]):
        series += _series(axes, categories, number)
        matrices += _matrices(axes, categories, number)
        for text in _labels(axes):
            words[category_of(text, categories)].append(text)
        for text in axes["texts"]:
            for name in {category_of(text[side], categories) for side in ("xname", "yname")}:
                words[name].append(text["text"])
    return Claims(series, matrices, words)


def category_of(label: str, categories: Iterable[str]) -> str:
    """Return the one category that a label names, else the label itself."""
    text = label.casefold()
    named = [name for name in categories if re.search(rf"(?<![a-z]){name}(?![a-z])", text)]
    return named[0] if len(named) == 1 else label


def all_words(figure: Plain) -> Iterator[str]:
    """Return every text that a reader sees in a figure."""
    yield from (figure["title"], figure["xlabel"], figure["ylabel"])
    yield from (*figure["texts"], *figure["colorbars"])
    for axes in figure["axes"]:
        yield axes["title"]
        yield from axes["captions"]
        yield from axes["legend"]
        yield from (text["text"] for text in axes["texts"])
        yield from (cell for table in axes["tables"] for row in table for cell in row)
        if axes["visible"]:
            yield from (axes["xlabel"], axes["ylabel"], *_labels(axes))


def _labels(axes: Plain) -> list[str]:
    return [label for side in ("xticks", "yticks") for _, label in axes[side] if label]


def _series(axes: Plain, categories: Sequence[str], number: int) -> Iterator[Series]:
    for upright in (True, False):
        marks: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for bar in axes["bars"]:
            if bar["upright"] is upright:
                name = category_of(bar["name"], categories)
                if name not in categories:  # one bar for each legend entry, ticks unlabelled
                    name = category_of(bar["series"], categories)
                marks[f"bars {bar['series']}"].append((name, bar["value"]))
                marks["all bars"].append((name, bar["value"]))
        for point in axes["points"]:
            name, value = (point["xname"], point["y"]) if upright else (point["yname"], point["x"])
            for group in (f"points {point['series']}", "all points"):
                marks[group].append((category_of(name, categories), value))
        intervals: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for piece in axes["intervals"]:
            if piece["upright"] is upright:
                name = category_of(piece["name"], categories)
                intervals[name].append((piece["low"], piece["high"]))
        for marked in marks.values():
            named = [(name, value) for name, value in marked if name in categories]
            values = dict(named)
            if named and len(values) == len(named):
                yield Series(values, intervals, number, upright)


def _matrices(axes: Plain, categories: Sequence[str], number: int) -> Iterator[Matrix]:
    def named(rows: Iterable[tuple[str, str, float | None]], kind: str) -> Iterator[Matrix]:
        cells: Cells = {}
        for row, column, value in rows:
            key = (category_of(row, categories), category_of(column, categories))
            if value is not None and all(key) and key not in cells:
                cells[key] = value
        if len(cells) >= _FEWEST_CELLS and any(set(key) <= set(categories) for key in cells):
            yield Matrix(cells, kind, number)

    for matrix in axes["matrices"]:
        rows = (
            (row, column, value)
            for row, values in zip(matrix["rows"], matrix["values"], strict=True)
            for column, value in zip(matrix["columns"], values, strict=True)
        )
        yield from named(rows, "colours")
    written = ((t["yname"], t["xname"], _first_number(t["text"])) for t in axes["texts"])
    yield from named(written, "cells")
    for table in axes["tables"]:
        if table:
            head, *body = table
            yield from named(
                (
                    (row[0], column, _first_number(cell))
                    for row in body
                    for column, cell in zip(head[1:], row[1:], strict=True)
                ),
                "table",
            )


def _first_number(text: str) -> float | None:
    found = _NUMBER.search(text.replace(",", "."))
    return float(found.group()) if found else None
