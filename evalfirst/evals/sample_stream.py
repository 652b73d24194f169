"""An eval set that stays on disk: samples are read one by one, for sets too large for memory."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst.evals.eval_set import BadEvalSet, Sample, parse_line, sample_line

if TYPE_CHECKING:
    from collections.abc import Iterator

# More would fill the screen, and memory if every line of a large file is wrong.
_MOST_PROBLEMS = 100


@dataclass(frozen=True)
class SampleStream:
    """Samples in a JSONL file, checked once from the first line to the last, then read lazily.

    `run` takes it in place of an `EvalSet`, and its results stay on disk, too.

    Attributes:
        path: the file; it must not change while it is in use.
        name: the file's name.
        version: the same twelve digits that `EvalSet.load(path)` has.
        rows: number of samples.
    """

    path: Path
    name: str
    version: str
    rows: int
    _stamp: tuple[int, int] = field(repr=False)

    @classmethod
    def open(cls, path: str | Path) -> SampleStream:
        """Check every line of a JSONL file, holding one in memory at a time.

        Raises:
            FileNotFoundError: there is no such file.
            BadEvalSet: some lines are wrong; all of them are named at once (the first 100).
        """
        path = Path(path)
        if not path.exists():
            raise FileNotFoundError(
                f"no eval set at {path}. Label some examples first, or check the path."
            )
        stamp = _stamp(path)
        digest = hashlib.sha256()
        problems: list[str] = []
        ids = array("q")
        for number, sample, faults in _lines(path):
            problems += [f"line {number}: {fault}" for fault in faults]
            if len(problems) >= _MOST_PROBLEMS:
                break
            if sample is not None:
                digest.update(sample_line(sample).encode())
                ids.append(_short(sample.id))
        problems += _repeated(path, ids) if not problems else []
        if problems:
            raise BadEvalSet(str(path), problems[:_MOST_PROBLEMS])
        return cls(path, path.stem, digest.hexdigest()[:12], len(ids), stamp)

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.rows

    def __iter__(self) -> Iterator[Sample]:
        """Read the samples in file order.

        Raises:
            BadEvalSet: the file has changed since it was checked.
        """
        if _stamp(self.path) != self._stamp:
            raise BadEvalSet(
                str(self.path),
                ["the file has changed since it was checked. Open it again: EvalSet.stream(path)."],
            )
        for _, sample, _ in _lines(self.path):
            if sample is not None:
                yield sample


def _lines(path: Path) -> Iterator[tuple[int, Sample | None, list[str]]]:
    """Yield number, sample and faults of each line that is not blank."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                yield number, None, ["not UTF-8. Save the file again with the encoding UTF-8."]
                continue
            if text.strip():
                yield number, *parse_line(text)


def _repeated(path: Path, ids: array[int]) -> list[str]:
    """Return a problem for each line whose id stands on an earlier one."""
    import numpy as np

    known, counts = np.unique(np.frombuffer(ids, dtype=np.int64), return_counts=True)
    suspects = set(known[counts > 1].tolist())
    if not suspects:
        return []
    first: dict[str, int] = {}
    problems: list[str] = []
    for number, sample, _ in _lines(path):
        if sample is None or _short(sample.id) not in suspects:
            continue
        earlier = first.setdefault(sample.id, number)
        if earlier != number and len(problems) < _MOST_PROBLEMS:
            problems.append(
                f"line {number}: field 'id': {sample.id!r} stands on line {earlier} already. "
                "Remove one, or give it an id of its own."
            )
    return problems


def _short(sample_id: str) -> int:
    """Return 8 bytes that stand for an id; ids that share them are compared in full."""
    digest = hashlib.blake2b(sample_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _stamp(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
