"""What is plotted, as plain data: matplotlib figures read without looking at a pixel.

The same facts come out however a figure was drawn: bars upright or lying, error bars or separate
lines, an image, a mesh, or numbers written into cells.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.container import BarContainer, ErrorbarContainer
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text

    Plain = dict[str, Any]
    Tick = tuple[float, str]

# A mark belongs to a tick label if it lies nearer than half the distance of two labels.
_NEAR = 0.5
# Nobody reads more; a figure of a million points must not stall the judge.
_MOST_POINTS = 5000


class NoFigure(TypeError):
    """A drawing function returned no figure and drew on none; the message says what it returned."""


def drawn(draw: Callable[[], Any]) -> Plain:
    """Call a drawing function, read its figure and close it.

    It may return a figure, axes, anything that holds a figure, or nothing if it drew with pyplot;
    `plt.show()` does nothing meanwhile. Styles that it sets end with the call.

    Raises:
        NoFigure: there is no figure to read.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    with mpl.rc_context(), _deaf_show():
        before = set(plt.get_fignums())
        # what is drawn without a figure of its own must not land on an older one
        scratch = plt.figure()
        try:
            returned = draw()
            figure = _figure_of(returned)
            if figure is None and returned is None:
                figure = next((f for f in _newest(before, scratch.number) if f.axes), None)
            if figure is None:
                raise NoFigure(type(returned).__name__)
            return read_figure(figure)
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)


def read_figure(figure: Figure) -> Plain:
    """Return a figure as plain data.

    Returns:
        `title`, `xlabel`, `ylabel` of the whole figure, `texts` outside of axes, `colorbars`
        (their labels), and `axes`: for each `title`, `xlabel`, `ylabel`, `xlim`, `ylim`,
        `xticks` and `yticks` as `[position, label]`, `visible` (False without frame and labels),
        `legend`, `bars`, `intervals`, `points`, `lines`, `matrices`, `texts`, `captions` (texts
        that are fixed to the axes), `tables`. Positions are in data coordinates. `name`, `xname`
        and `yname` are the nearest tick label, or "".
    """
    # nothing is drawn: limits and ticks are computed on demand, and a layout takes longest
    main = [axes for axes in figure.axes if not _is_colorbar(axes)]
    return {
        "title": figure.get_suptitle(),
        "xlabel": figure.get_supxlabel(),
        "ylabel": figure.get_supylabel(),
        "texts": [text.get_text() for text in figure.texts if text.get_text().strip()],
        "colorbars": [
            axes.get_ylabel() or axes.get_xlabel() or axes.get_title()
            for axes in figure.axes
            if _is_colorbar(axes)
        ],
        "axes": [_read_axes(axes) for axes in main if axes.get_visible()],
    }


def _read_axes(axes: Axes) -> Plain:
    xticks, yticks = _ticks(axes.xaxis), _ticks(axes.yaxis)

    def named(x: float | None, y: float | None) -> Plain:
        return {"x": x, "y": y, "xname": _nearest(x, xticks), "yname": _nearest(y, yticks)}

    texts = [{**named(*_place(text, axes)), "text": text.get_text()} for text in _texts(axes)]
    legend = axes.get_legend()
    return {
        "title": " ".join(
            filter(None, (axes.get_title(loc=w) for w in ("left", "center", "right")))
        ),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "xlim": [float(bound) for bound in axes.get_xlim()],
        "ylim": [float(bound) for bound in axes.get_ylim()],
        "xticks": [list(tick) for tick in xticks],
        "yticks": [list(tick) for tick in yticks],
        "visible": bool(axes.axison),
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
        "bars": _bars(axes, xticks, yticks),
        "intervals": _intervals(axes, xticks, yticks),
        "points": [{**named(x, y), "series": s} for s, x, y in _points(axes)],
        "lines": _lines(axes),
        "matrices": _matrices(axes, xticks, yticks),
        "texts": [text for text in texts if text["x"] is not None or text["y"] is not None],
        "captions": [text["text"] for text in texts if text["x"] is None and text["y"] is None],
        "tables": [_table(table.get_celld()) for table in axes.tables],
    }


def _texts(axes: Axes) -> Iterator[Text]:
    return (text for text in axes.texts if text.get_text().strip())


def _place(text: Text, axes: Axes) -> tuple[float | None, float | None]:
    """Return where a text stands in data coordinates; None along an axis where it is fixed."""
    from matplotlib.text import Annotation

    if isinstance(text, Annotation):
        # an annotation belongs to what it points at
        if callable(text.xycoords):  # labels in the middle of bars
            box = text.get_window_extent()
            x, y = axes.transData.inverted().transform(
                ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            )
            return float(x), float(y)
        if text.xycoords != "data":
            return None, None
        return _unitless(axes.xaxis, text.xy[0]), _unitless(axes.yaxis, text.xy[1])
    x, y = text.get_unitless_position()
    along_x, along_y = text.get_transform().contains_branch_seperately(axes.transData)
    return (float(x) if along_x else None), (float(y) if along_y else None)


def _unitless(axis: Axis, place: Any) -> float:
    return float(axis.convert_units(place))  # type: ignore[no-untyped-call]  # matplotlib has none


def _bars(axes: Axes, xticks: Sequence[Tick], yticks: Sequence[Tick]) -> list[Plain]:
    found = []
    seen: set[int] = set()
    for container in _bar_containers(axes):
        upright = container.orientation != "horizontal"
        for patch in container.patches:
            seen.add(id(patch))
            found.append(_bar(patch, upright, str(container.get_label()), xticks, yticks))
    loose = [p for p in _rectangles(axes) if id(p) not in seen]
    upright = len({round(float(p.get_y()), 9) for p in loose}) <= 1
    found += [_bar(p, upright, str(p.get_label()), xticks, yticks) for p in loose]
    return [bar for bar in found if bar is not None][:_MOST_POINTS]


def _bar(
    patch: Rectangle, upright: bool, series: str, xticks: Sequence[Tick], yticks: Sequence[Tick]
) -> Plain | None:
    x, y, width, height = map(float, (*patch.get_xy(), patch.get_width(), patch.get_height()))
    if not all(map(math.isfinite, (x, y, width, height))):
        return None
    position, value, base = (x + width / 2, height, y) if upright else (y + height / 2, width, x)
    name = _nearest(position, xticks if upright else yticks)
    return {
        "name": name,
        "position": position,
        "value": value,
        "base": base,
        "series": "" if series.startswith("_") else series,
        "upright": upright,
    }


def _bar_containers(axes: Axes) -> Iterator[BarContainer]:
    from matplotlib.container import BarContainer

    return (c for c in axes.containers if isinstance(c, BarContainer))


def _errorbar_containers(axes: Axes) -> Iterator[ErrorbarContainer]:
    from matplotlib.container import ErrorbarContainer

    return (c for c in axes.containers if isinstance(c, ErrorbarContainer))


def _rectangles(axes: Axes) -> Iterator[Rectangle]:
    from matplotlib.patches import Rectangle

    return (p for p in axes.patches if type(p) is Rectangle and p.get_transform() != axes.transAxes)


def _intervals(axes: Axes, xticks: Sequence[Tick], yticks: Sequence[Tick]) -> list[Plain]:
    """Return all straight pieces along one axis: error bars, vlines, hlines, two-point lines."""
    found = []
    for upright, position, low, high in _pieces(axes):
        name = _nearest(position, xticks if upright else yticks)
        found.append(
            {"name": name, "position": position, "low": low, "high": high, "upright": upright}
        )
    return found[:_MOST_POINTS]


def _pieces(axes: Axes) -> Iterator[tuple[bool, float, float, float]]:
    from matplotlib.collections import LineCollection

    known: set[int] = set()
    for container in _errorbar_containers(axes):
        ways = [False] * container.has_xerr + [True] * container.has_yerr
        for upright, collection in zip(ways, container.lines[2], strict=False):
            known.add(id(collection))
            for segment in collection.get_segments():
                yield from _piece(segment, upright)
    for loose in axes.collections:
        if isinstance(loose, LineCollection) and id(loose) not in known:
            for segment in loose.get_segments():
                yield from _piece(segment)
    for _, line in _data_lines(axes):
        yield from _piece(_corners(line))


def _piece(segment: Any, upright: bool | None = None) -> Iterator[tuple[bool, float, float, float]]:
    points = [(float(x), float(y)) for x, y in segment]
    if len(points) != 2 or not all(math.isfinite(v) for point in points for v in point):
        return
    (x0, y0), (x1, y1) = points
    if upright is None:
        if (x0 == x1) == (y0 == y1):
            return
        upright = x0 == x1
    yield (True, x0, min(y0, y1), max(y0, y1)) if upright else (False, y0, min(x0, x1), max(x0, x1))


def _points(axes: Axes) -> list[tuple[str, float, float]]:
    """Return scattered points and the markers or corners of lines."""
    import numpy as np
    from matplotlib.collections import PathCollection

    found = []
    for collection in axes.collections:
        if isinstance(collection, PathCollection):
            offsets: Any = np.ma.filled(
                np.ma.asarray(collection.get_offsets(), dtype=float), np.nan
            )
            found += [(_series(collection), x, y) for x, y in _finite(offsets)]
    for label, line in _data_lines(axes):
        # a bare piece along an axis is an interval, and its ends are no points
        bare = line.get_marker() in ("None", "none", None, "", " ")
        if not (bare and list(_piece(_corners(line)))):
            found += [(label, x, y) for x, y in _finite(_corners(line))]
    return sorted(found, key=lambda point: point[1:])[:_MOST_POINTS]


def _lines(axes: Axes) -> list[Plain]:
    return [
        {"series": label, "points": sorted(_finite(_corners(line)))[:_MOST_POINTS]}
        for label, line in _data_lines(axes)
        if line.get_linestyle() not in ("None", "none", " ", "")
    ]


def _data_lines(axes: Axes) -> Iterator[tuple[str, Line2D]]:
    """Return lines in data coordinates with their labels, without the caps of error bars."""
    containers = list(_errorbar_containers(axes))
    caps = {id(cap) for container in containers for cap in container.lines[1]}
    # the container, not its line, carries the label
    labels = {id(c.lines[0]): _series(c) for c in containers if c.lines[0] is not None}
    for line in axes.lines:
        if id(line) not in caps and line.get_transform() == axes.transData:
            yield labels.get(id(line), _series(line)), line


def _corners(line: Line2D) -> list[tuple[float, float]]:
    import numpy as np

    return [(float(x), float(y)) for x, y in np.asarray(line.get_xydata(), dtype=float)]


def _series(artist: Any) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def _finite(points: Iterable[Any]) -> list[tuple[float, float]]:
    pairs = ((float(x), float(y)) for x, y in points)
    return [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y)]


def _matrices(axes: Axes, xticks: Sequence[Tick], yticks: Sequence[Tick]) -> list[Plain]:
    return [
        {
            "values": [[_number(value) for value in row] for row in values],
            "rows": [_nearest(y, yticks) for y in ys],
            "columns": [_nearest(x, xticks) for x in xs],
        }
        for values, xs, ys in (*_images(axes), *_meshes(axes))
    ]


def _images(axes: Axes) -> Iterator[tuple[Any, list[float], list[float]]]:
    import numpy as np

    for image in axes.images:
        values = image.get_array()
        if values is None or np.ndim(values) != 2 or values.size > _MOST_POINTS:
            continue
        height, width = values.shape
        left, right, bottom, top = map(float, image.get_extent())
        first, last = (top, bottom) if image.origin == "upper" else (bottom, top)
        xs = [left + (i + 0.5) * (right - left) / width for i in range(width)]
        ys = [first + (i + 0.5) * (last - first) / height for i in range(height)]
        yield values, xs, ys


def _meshes(axes: Axes) -> Iterator[tuple[Any, list[float], list[float]]]:
    import numpy as np
    from matplotlib.collections import PolyQuadMesh, QuadMesh

    for mesh in axes.collections:
        if not isinstance(mesh, (QuadMesh, PolyQuadMesh)):
            continue
        corners = np.asarray(mesh.get_coordinates(), dtype=float)
        height, width = corners.shape[0] - 1, corners.shape[1] - 1
        values = mesh.get_array()
        if values is None or values.size != height * width or values.size > _MOST_POINTS:
            continue
        xs = [float(x) for x in (corners[0, :-1, 0] + corners[0, 1:, 0]) / 2]
        ys = [float(y) for y in (corners[:-1, 0, 1] + corners[1:, 0, 1]) / 2]
        yield values.reshape(height, width), xs, ys


def _table(cells: dict[tuple[int, int], Any]) -> list[list[str]]:
    rows, columns = sorted({r for r, _ in cells}), sorted({c for _, c in cells})
    return [
        [cells[r, c].get_text().get_text() if (r, c) in cells else "" for c in columns]
        for r in rows
    ]


def _number(value: Any) -> float | None:
    import numpy as np

    return None if np.ma.is_masked(value) or not math.isfinite(value) else float(value)


def _ticks(axis: Axis) -> list[Tick]:
    """Return positions and labels, also where a shared axis hides the labels."""
    positions = [float(position) for position in axis.get_majorticklocs()]
    labels = axis.get_major_formatter().format_ticks(positions)
    # labels given as numbers come back as numbers
    return [(p, str(label).strip()) for p, label in zip(positions, labels, strict=True)]


def _nearest(position: float | None, ticks: Sequence[Tick]) -> str:
    """Return the label of the nearest tick, or "" if none is near."""
    labelled = [tick for tick in ticks if tick[1]]
    if not labelled or position is None or not math.isfinite(position):
        return ""
    places = sorted({place for place, _ in labelled})
    gap = min((b - a for a, b in pairwise(places)), default=1.0)
    place, label = min(labelled, key=lambda tick: abs(tick[0] - position))
    return label if abs(place - position) < _NEAR * gap + 1e-9 else ""


def _is_colorbar(axes: Axes) -> bool:
    return axes.get_label() == "<colorbar>" or getattr(axes, "_colorbar", None) is not None


def _figure_of(returned: Any) -> Figure | None:
    """Return the figure that a value is or holds: axes, lists of them, a library's own grid."""
    from matplotlib.figure import FigureBase

    if isinstance(returned, FigureBase):
        root = returned.get_figure(root=True)
        return root if root is not None else None
    if type(returned).__name__ == "ndarray":
        returned = returned.ravel().tolist()
    if isinstance(returned, (list, tuple)):
        return next(filter(None, map(_figure_of, returned)), None)
    for name in ("figure", "figure_", "fig"):
        held = getattr(returned, name, None)
        if isinstance(held, FigureBase):
            return _figure_of(held)
    return None


def _newest(before: set[int], scratch: int | str) -> Iterator[Figure]:
    """Return figures that were made meanwhile, the current one first and the scratch one last."""
    import matplotlib.pyplot as plt

    current = plt.gcf().number
    made = set(plt.get_fignums()) - before
    for number in sorted(made, key=lambda n: (n == scratch, n != current, -n)):
        yield plt.figure(number)


@contextmanager
def _deaf_show() -> Iterator[None]:
    """Keep `plt.show` from displaying and closing what is about to be read."""
    import matplotlib.pyplot as plt

    show = plt.show
    plt.show = lambda *_, **__: None
    try:
        yield
    finally:
        plt.show = show
