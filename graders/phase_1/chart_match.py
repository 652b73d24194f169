"""Whether a chart's claims are true of a run, and if not, what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graders.phase_1.run_facts import FAILED
from graders.support_desk.tickets import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graders.phase_1.chart_claims import Claims, Matrix, Series
    from graders.phase_1.run_facts import Mode, RunFacts

_TOTALS = re.compile(r"^\W*(all|total|totals|sum|n)\W*$", re.IGNORECASE)
_EPSILON = 1e-9


@dataclass(frozen=True)
class Match:
    """A part of a chart that shows the run as it was.

    Attributes:
        mode: which numbers it shows.
        series, matrix: the part; one of the two.
    """

    mode: Mode
    series: Series | None = None
    matrix: Matrix | None = None

    @property
    def axes(self) -> int:
        """Number of the axes that it stands in."""
        part = self.series or self.matrix
        return part.axes if part else 0


def find_matches(claims: Claims, facts: RunFacts) -> list[Match]:
    """Return all parts of a chart that show the whole run as it was."""
    found = [
        Match(mode, series=series)
        for series in claims.series
        for mode in facts.series_modes()
        if _says(series.values, mode, facts)
    ]
    return found + [
        Match(mode, matrix=matrix)
        for matrix in both_ways(claims.matrices)
        for mode in facts.matrix_modes()
        if _fills(matrix, mode, facts)
    ]


def drops_failures(claims: Claims, facts: RunFacts) -> bool:
    """Return whether some part shows the run as if its failed calls had never been made."""
    return any(
        _says(series.values, mode, facts)
        for series in claims.series
        for mode in facts.answered_only()
    ) or any(
        _fills(matrix, mode, facts)
        for matrix in both_ways(claims.matrices)
        for mode in facts.matrix_modes(drop_failed=True)
    )


def missing_categories(claims: Claims, facts: RunFacts) -> list[str]:
    """Return the categories that the most complete part leaves out."""
    shown = [set(series.values) for series in claims.series]
    shown += [{row for row, _ in m.cells} for m in both_ways(claims.matrices)]
    most = max(shown, key=lambda names: len(names & set(facts.categories)), default=set())
    return [name for name in facts.categories if name not in most]


def both_ways(matrices: Iterable[Matrix]) -> Iterator[Matrix]:
    """Return each matrix as it is and turned: rows may be targets or outputs."""
    for matrix in matrices:
        yield matrix
        yield matrix.turned()


def has_failed_column(matrix: Matrix) -> bool:
    """Return whether a matrix has a row or column for answers that are no category."""
    return any(_extra(name) for key in matrix.cells for name in key)


def contradicts(claims: Claims, match: Match, facts: RunFacts) -> bool:
    """Return whether numbers written into the cells of a right image do not belong there."""
    if match.matrix is None or match.matrix.kind != "colours":
        return False
    is_turned = not any(match.matrix is matrix for matrix in claims.matrices)
    return any(
        not any(
            _agrees(written.turned() if is_turned else written, mode)
            for mode in facts.matrix_modes()
        )
        for written in claims.matrices
        if written.kind == "cells" and written.axes == match.axes
    )


def _agrees(written: Matrix, mode: Mode) -> bool:
    """Return whether each cell that has a number has the right one."""
    return all(
        abs(value - mode.values[key]) <= mode.slack + _EPSILON
        for key, value in written.cells.items()
        if key in mode.values
    )


def _says(values: Mapping[str, float], mode: Mode, facts: RunFacts) -> bool:
    return all(
        name in values and abs(values[name] - mode.values[name]) <= mode.slack + _EPSILON
        for name in facts.categories
    )


def _fills(matrix: Matrix, mode: Mode, facts: RunFacts) -> bool:
    rows = {row for row, _ in matrix.cells}
    columns = {column for _, column in matrix.cells}
    if not set(facts.categories) <= rows:
        return False
    extra = [column for column in columns if _extra(column)]
    for target in facts.categories:
        for output in CATEGORIES:
            # a column of zeros may be left out, and so may the 0 in a cell
            shown = matrix.cells.get((target, output), 0.0)
            if abs(shown - mode.values[target, output]) > mode.slack + _EPSILON:
                return False
        if extra and (target, FAILED) in mode.values:
            shown = sum(matrix.cells.get((target, column), 0.0) for column in extra)
            if abs(shown - mode.values[target, FAILED]) > mode.slack + _EPSILON:
                return False
    return True


def _extra(name: str) -> bool:
    return name not in CATEGORIES and not _TOTALS.match(name)
