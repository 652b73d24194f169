"""Results that stay on disk, for runs too large for memory."""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from evalfirst.evals.sample_result import SampleResult


class LoggedResults(Sequence[SampleResult]):
    """Results that stay in a log; in memory is only where each one begins."""

    def __init__(self, path: Path, places: Sequence[int]) -> None:
        """Read from `path` the lines that begin at `places`, in that order."""
        self.path = path
        self.places = places
        self._owner: object = None

    def keeping(self, owner: object) -> LoggedResults:
        """Hold on to what the file belongs to for as long as the results are needed."""
        self._owner = owner
        return self

    @overload
    def __getitem__(self, index: int) -> SampleResult: ...
    @overload
    def __getitem__(self, index: slice) -> LoggedResults: ...
    def __getitem__(self, index: int | slice) -> SampleResult | LoggedResults:
        """Read one result; a slice reads nothing yet."""
        if isinstance(index, slice):
            return LoggedResults(self.path, self.places[index]).keeping(self._owner)
        with self._file() as file:
            return self._at(file, self.places[index])

    def __len__(self) -> int:
        """Return the number of results."""
        return len(self.places)

    def __iter__(self) -> Iterator[SampleResult]:
        """Read one result after the other."""
        with self._file() as file:
            for place in self.places:
                yield self._at(file, place)

    def _file(self) -> Any:
        try:
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"the results of this run were kept in {self.path}, and the file is gone. Put it "
                "back, or run again."
            ) from error

    def _at(self, file: Any, place: int) -> SampleResult:
        file.seek(place)
        row = log_row(file.readline())
        if row is None:
            raise ValueError(
                f"{self.path}: no result begins at byte {place} any more: the file was changed "
                "after the run. Run again with the same cache."
            )
        return row[1]


def log_row(line: bytes) -> tuple[str, SampleResult] | None:
    """Return key and result of a line of a log; `None` if it is cut off or no result."""
    try:
        row = json.loads(line.decode("utf-8", "surrogatepass"))
        return str(row["key"]), SampleResult.from_dict(row["result"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


class Scratch:
    """A file for the results of a streamed run without a cache; it goes with its last user."""

    def __init__(self) -> None:
        """Make the file.

        Raises:
            OSError: there is no place for temporary files.
        """
        handle, name = tempfile.mkstemp(prefix="evalfirst-run-", suffix=".jsonl")
        os.close(handle)
        self.path = Path(name)
        self._end = weakref.finalize(self, self.path.unlink, missing_ok=True)
