"""Finished samples on disk, one JSON line each, so that a killed run can continue."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst.evals.logged_results import LoggedResults, log_row
from evalfirst.evals.run_file import json_line

if TYPE_CHECKING:
    from evalfirst.evals.sample_result import SampleResult


class ResultLog:
    """Append-only log of results by content key. Without a path it keeps nothing.

    A line that was cut off by a crash is dropped, and so is any line that is no result: those
    samples run again. Failed samples are not offered as finished. Every line reaches the
    operating system in one piece before `append` returns, so killing the process loses nothing,
    and several runs may write to one file. Only places in the file are kept in memory.
    """

    def __init__(self, path: str | Path | None) -> None:
        """Note what an earlier run left at `path`.

        Raises:
            OSError: the file cannot be read.
        """
        self.path = None if path is None else Path(path)
        self._places: dict[str, int] = {}
        self._tried: dict[str, int] = {}
        self._lock = threading.Lock()
        self._file: int | None = None
        if self.path is None or not self.path.is_file():
            return  # reading a device may never end
        place = 0
        with self.path.open("rb") as file:
            for line in file:
                if (row := log_row(line)) is not None:
                    self._note(row, place)
                place += len(line)

    def _note(self, row: tuple[str, SampleResult], place: int) -> None:
        key, result = row
        if result.failure is None:
            self._places[key] = place
        else:
            self._tried[key] = max(self._tried.get(key, 0) + 1, result.attempt)

    def finished(self, key: str) -> int | None:
        """Return the place of the result that an earlier run finished, or `None`."""
        return self._places.get(key)

    def attempt(self, key: str) -> int:
        """Return the number of the next try: 1, and one more for each that failed before."""
        return self._tried.get(key, 0) + 1

    def read(self, place: int) -> SampleResult:
        """Return the result at `place`."""
        assert self.path is not None  # a log without a file has no places
        return LoggedResults(self.path, [place])[0]

    def open(self) -> ResultLog:
        """Open the file for what comes next.

        Raises:
            OSError: the file cannot be written.
        """
        if self.path is None or self._file is not None:
            return self
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, flags, 0o666)
            if self._cut_off():
                self._write(b"\n")
        except OSError as error:
            raise self._explained(error, "") from error
        return self

    def ready(self) -> None:
        """Find out before the first call, which may cost money, whether results can be kept.

        Raises:
            OSError: the file cannot be written.
        """
        if self.path is None or self._file is not None:
            return
        if self.path.exists():
            self.open()
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not os.access(self.path.parent, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise self._explained(error, "") from error

    def _cut_off(self) -> bool:
        """Return whether the last line has no end: what comes next must not be joined to it."""
        assert self.path is not None
        with self.path.open("rb") as tail:
            if not tail.seek(0, os.SEEK_END):
                return False
            tail.seek(-1, os.SEEK_END)
            return tail.read(1) != b"\n"

    def append(self, key: str, result: SampleResult) -> int:
        """Put one finished sample on disk before the run goes on; return its place.

        Raises:
            OSError: the file cannot be written; what was written before stays.
            TypeError: the feature's output is no JSON value; the message names the sample.
        """
        if self.path is None:
            return 0
        try:
            line = json_line({"key": key, "result": result.as_dict()})
        except TypeError as error:
            raise TypeError(
                f"the output for sample {result.id!r} cannot be kept in {self.path}: {error}. "
                "Return texts, numbers, lists or dicts from the feature, or run without cache."
            ) from error
        with self._lock:
            self.open()
            try:
                return self._write(line)
            except OSError as error:
                raise self._explained(error, f" (sample {result.id!r})") from error

    def _write(self, line: bytes) -> int:
        assert self._file is not None
        written = os.write(self._file, line)
        end = os.lseek(self._file, 0, os.SEEK_CUR)
        while written < len(line):
            # a full disk takes the beginning of a line, and refuses the rest
            try:
                more = os.write(self._file, line[written:])
            except OSError:
                self._take_back(end, written)
                raise
            written += more
            end += more
        return end - len(line)

    def _take_back(self, end: int, written: int) -> None:
        assert self._file is not None
        if os.fstat(self._file).st_size == end:  # else another run has written after it
            os.ftruncate(self._file, end - written)

    def _explained(self, error: OSError, where: str) -> OSError:
        return OSError(
            error.errno,
            f"finished samples cannot be kept{where}: {error.strerror}. Free some space or name "
            "a cache in a folder that you may write to, then run again with the same cache: "
            "samples that it holds stay, and are not run again",
            str(self.path),
        )

    def __enter__(self) -> ResultLog:
        """Return the log; the file opens with the first result."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
