"""The results of a run as they come in, to be given out in the eval set's order."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from evalfirst.evals.logged_results import LoggedResults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalfirst.evals.result_log import ResultLog
    from evalfirst.evals.sample_result import SampleResult


class KeptResults:
    """One result for each position: in memory, or only its place in the log, 8 bytes each."""

    def __init__(self, n: int, log: ResultLog, *, in_memory: bool) -> None:
        """Make room for `n` results."""
        self._log = log
        self._in_memory: dict[int, SampleResult] | None = {} if in_memory else None
        self._places = array("q", bytes(0 if in_memory else 8 * n))
        self.models: set[str] = set()

    def add(self, position: int, result: SampleResult, place: int) -> None:
        """Keep a result that stands at `place` in the log."""
        if result.usage is not None:
            self.models.update(result.usage.models)
        if self._in_memory is None:
            self._places[position] = place
        else:
            self._in_memory[position] = result

    def found(self, position: int, place: int) -> SampleResult:
        """Keep a result that an earlier run left in the log, and return it."""
        result = self._log.read(place)
        self.add(position, result, place)
        return result

    def results(self, owner: object) -> Sequence[SampleResult]:
        """Return all results; `owner` is what the log's file belongs to."""
        if self._in_memory is not None:
            return tuple(self._in_memory[i] for i in range(len(self._in_memory)))
        assert self._log.path is not None  # a streamed run always has a file
        return LoggedResults(self._log.path, self._places).keeping(owner)
