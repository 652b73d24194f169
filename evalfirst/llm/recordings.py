"""Recorded exchanges on disk: JSON Lines, plain or gzipped, one exchange a line."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst.llm.errors import BadRecording, CannotRecord
from evalfirst.llm.wire import content_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Where the learner's own calls are kept, inside `feature/recordings/`.
OWN = "exchanges.jsonl"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        endpoint: `chat/completions` or `completions`.
        request: the body, without what does not bear on the answer.
        response: the answer's body.
        seconds: what the model took.
        model: the model that answered, by its real name.
        at: ISO 8601 time in UTC.
    """

    endpoint: str
    request: dict[str, Any]
    response: dict[str, Any]
    seconds: float | None
    model: str
    at: str

    @property
    def key(self) -> str:
        """What replay looks it up by."""
        return content_key(self.endpoint, self.request)

    def line(self) -> str:
        """Return the JSON line, without its end."""
        row = {
            "key": self.key,
            "model": self.model,
            "at": self.at,
            "seconds": self.seconds,
            "endpoint": self.endpoint,
            "request": self.request,
            "response": self.response,
        }
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        # half a surrogate pair, as a text cut in an emoji has one, stands as its escape
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


# the fields of an exchange, in order, as JSON has them
_KINDS: dict[str, Any] = {
    "endpoint": str,
    "request": dict,
    "response": dict,
    "seconds": int | float | None,
    "model": str,
    "at": str,
}


def parse(line: str) -> Exchange | None:
    """Return the exchange on a line; `None` if it was cut off by a crash, or holds no exchange."""
    try:
        row = json.loads(line)
        exchange = Exchange(*(row[name] for name in _KINDS))
        choices = exchange.response["choices"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    fits = all(isinstance(row[name], kind) for name, kind in _KINDS.items())
    return exchange if fits and choices and all(isinstance(c, dict) for c in choices) else None


def read_recordings(path: Path) -> list[Exchange]:
    """Return the exchanges of one file, or of every `*.jsonl` and `*.jsonl.gz` in a folder.

    Raises:
        BadRecording: a file cannot be read or unpacked.
    """
    return [e for file in files_in(path) for line in _lines(file) if (e := parse(line))]


def files_in(path: Path) -> list[Path]:
    """Return the recording files at `path`, in order of their names; none if nothing is there."""
    if path.is_dir():
        return sorted((*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")))
    return [path] if path.is_file() else []


def write_compact(path: Path, exchanges: Iterable[Exchange]) -> None:
    """Write a gzipped recording in one step, byte-identical for the same exchanges."""
    text = "".join(exchange.line() + "\n" for exchange in exchanges)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    os.replace(temporary, path)


def _lines(path: Path) -> Iterator[str]:
    with _named_if_unreadable(path):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from data.decode("utf-8", errors="replace").split("\n")


@contextlib.contextmanager
def _named_if_unreadable(path: Path) -> Iterator[None]:
    # anything else the SDK would try again, and then call a connection error
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise BadRecording(
            f"cannot read the recording {path}: {error}. Get the file again (`git checkout "
            "datasets/recordings` brings back those of the course), or move it out of its folder."
        ) from error


_appending = threading.Lock()


def append(path: Path, exchange: Exchange) -> None:
    """Append one exchange; threads and processes may do so at the same time.

    Raises:
        CannotRecord: the file cannot be written; what was in it stays.
    """
    try:
        with _appending:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                _append_locked(handle, exchange.line())
            finally:
                os.close(handle)
    except OSError as error:
        raise CannotRecord(
            f"cannot record to {path}: {error.strerror or error}. Check that the folder is "
            "writable and the disk is not full. The file is named by EVALFIRST_RECORD, or lies in "
            "your workspace, which EVALFIRST_WORKSPACE can move."
        ) from error


def _append_locked(handle: int, line: str) -> None:
    with _file_lock(handle):
        end = os.lseek(handle, 0, os.SEEK_END)
        data = line.encode() + b"\n"
        if end:
            os.lseek(handle, end - 1, os.SEEK_SET)
            # a crash may have left half a line: the next one must not be glued to it
            data = data if os.read(handle, 1) == b"\n" else b"\n" + data
        while data:
            data = data[os.write(handle, data) :]


@contextlib.contextmanager
def _file_lock(handle: int) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows has none; threads of one process are locked out all the same
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


class Shelf:
    """The exchanges of some files and folders by key; what is appended later is found too."""

    def __init__(self, paths: Iterable[Path], model: str | None = None) -> None:
        """Look into `paths`, which need not exist yet; keep what `model` answered, if named."""
        self.paths = tuple(paths)
        self._model = model
        # inode, size and time of change as they were when the file was read
        self._read: dict[Path, tuple[int, int, int]] = {}
        # lines stay text until they are wanted: parsed, a sweep would take many times the memory
        self._lines: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def find(self, key: str) -> list[Exchange]:
        """Return the exchanges with this key, oldest first within each file."""
        with self._lock:
            self._refresh()
            lines = list(self._lines.get(key, ()))
        return [exchange for line in lines if (exchange := parse(line))]

    def __len__(self) -> int:
        """Return how many different requests are on the shelf."""
        with self._lock:
            self._refresh()
            return len(self._lines)

    def _refresh(self) -> None:
        for file in (file for path in self.paths for file in files_in(path)):
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            inode, seen, stamp = self._read.get(file, (status.st_ino, 0, 0))
            if (status.st_ino, status.st_size, status.st_mtime_ns) == (inode, seen, stamp):
                continue
            if file.suffix == ".gz" or status.st_size < seen or status.st_ino != inode:
                seen = 0
            self._read[file] = (status.st_ino, self._take(file, seen), status.st_mtime_ns)

    def _take(self, file: Path, start: int) -> int:
        if file.suffix == ".gz":
            for line in _lines(file):
                self._keep(line)
            return file.stat().st_size
        with _named_if_unreadable(file), file.open("rb") as source:
            source.seek(start)
            data = source.read()
        for line in data.decode("utf-8", errors="replace").split("\n"):
            self._keep(line)
        # another process may be in the middle of the last line: it is read again when it is whole
        whole = data.rfind(b"\n") + 1
        return start + whole

    def _keep(self, line: str) -> None:
        exchange = parse(line)
        if exchange is None or (self._model and exchange.model != self._model):
            return
        lines = self._lines.setdefault(exchange.key, [])
        if line not in lines:
            lines.append(line)
