"""Finished samples on disk, one JSON line each, so that a killed run can continue."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import IO

from evalfirst.evals.eval_run import SampleResult


class ResultLog:
    """Append-only log of results by content key. Without a path it keeps nothing.

    A line that was cut off by a crash is dropped, and so is any line that is no result: those
    samples run again. Failed samples are not offered as finished.
    """

    def __init__(self, path: str | Path | None) -> None:
        """Read what an earlier run left at `path`."""
        self.path = None if path is None else Path(path)
        self.finished: dict[str, SampleResult] = {}
        self._file: IO[str] | None = None
        self._lock = threading.Lock()
        if self.path is None or not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").split("\n"):
            try:
                row = json.loads(line)
                result = SampleResult.from_dict(row["result"])
            except (ValueError, KeyError, TypeError):
                continue
            if result.failure is None:
                self.finished[row["key"]] = result

    def append(self, key: str, result: SampleResult) -> None:
        """Put one finished sample on disk before the run goes on.

        Raises:
            OSError: the file cannot be written; what was written before stays.
            TypeError: the feature's output is no JSON value; the message names the sample.
        """
        if self.path is None:
            return
        try:
            line = json.dumps({"key": key, "result": result.as_dict()}, ensure_ascii=False)
        except TypeError as error:
            raise TypeError(
                f"the output for sample {result.id!r} cannot be kept in {self.path}: {error}. "
                "Return texts, numbers, lists or dicts from the feature, or run without cache."
            ) from error
        with self._lock:
            if self._file is None:
                self._file = self._open_after_whole_lines(self.path)
            self._file.write(line + "\n")
            self._file.flush()

    @staticmethod
    def _open_after_whole_lines(path: Path) -> IO[str]:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8", newline="\n")
        if file.tell():
            with path.open("rb") as tail:
                tail.seek(-1, 2)
                if tail.read(1) != b"\n":
                    file.write("\n")
        return file

    def __enter__(self) -> ResultLog:
        """Return the log; the file opens with the first result."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
