"""What all formats share: reading files, making samples, and keeping what a format cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evalfirst import atomic, strict_json
from evalfirst.evals.eval_set import (
    BadEvalSet,
    EvalSet,
    Sample,
    card_path,
    content_faults,
    read_card,
    utf8_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# the metadata field for what a format has no place for
KEPT = "evalfirst"
_ORIGINALS = {"id", "input", "target"}


class Fault(ValueError):
    """What is wrong with one row, without its place, which the caller knows."""


class Rows:
    """Collects samples and problems, so that a bad file is reported at once and whole."""

    def __init__(self, path: Path) -> None:
        """Start with an empty list for the file at `path`."""
        self.path = path
        self.samples: list[Sample] = []
        self.problems: list[str] = []
        self._places: dict[str, str] = {}

    def add(self, place: str, row_id: str | None, rest: Mapping[str, Any]) -> None:
        """Check and keep one sample; without an id it gets its number in the file."""
        faults = list(content_faults(rest["input"], rest["metadata"]))
        faults += reserved(rest["metadata"])
        if row_id is None:
            row_id = f"{self.path.stem}-{len(self._places) + 1}"
            while row_id in self._places:
                row_id += "+"
        elif row_id in self._places:
            faults.append(
                f"field 'id': {row_id!r} stands at {self._places[row_id]} already. "
                "Remove one, or give it an id of its own."
            )
        elif not row_id:
            faults.append("field 'id': empty. Give it an id, or leave the field out.")
        self._places.setdefault(row_id, place)
        self.problems += [f"{place}: {fault}" for fault in faults]
        if not faults:
            self.samples.append(Sample(row_id, rest["input"], rest["target"], rest["metadata"]))

    def eval_set(self) -> EvalSet:
        """Return the set, or raise BadEvalSet with every problem."""
        if not self.samples and not self.problems:
            self.problems.append("line 1: no samples in this file")
        if self.problems:
            raise BadEvalSet(str(self.path), self.problems)
        return EvalSet(tuple(self.samples), self.path.stem, read_card(self.path))


def text_of(path: Path) -> str:
    """Return the file's text.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: it is not UTF-8.
    """
    if not path.exists():
        raise FileNotFoundError(f"no file at {path}. Check the path.")
    return utf8_text(path)


def json_lines(text: str, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and object of every line; name the others in `problems`."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = from_json(line)
        except Fault as fault:
            problems.append(f"line {number}: {fault}. Each line is one JSON object.")
            continue
        if isinstance(row, dict):
            yield f"line {number}", row
        else:
            problems.append(f"line {number}: {strict_json.dumps(row)[:40]} is no JSON object")


def from_json(text: str) -> Any:
    """Return the value of a JSON text, or raise Fault."""
    try:
        return strict_json.parse(text)
    except strict_json.NotJson as error:
        raise Fault(str(error)) from error


def write(path: Path, text: str, card: str) -> Path:
    """Write the file in one step, and the set's card beside it where there is one.

    Raises:
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    atomic.write_text(path, text)
    if card:
        atomic.write_text(card_path(path), card)
    return path


def checked(samples: Iterable[Sample], where: Path) -> list[Sample]:
    """Return the samples, or raise BadEvalSet for those that no file can hold."""
    samples = list(samples)
    problems = []
    for sample in samples:
        if what := strict_json.why_not(sample.as_dict()):
            problems.append(f"sample {sample.id!r}: {what}")
        problems += [f"sample {sample.id!r}: {fault}" for fault in reserved(sample.metadata)]
    if problems:
        raise BadEvalSet(str(where), problems)
    return samples


def reserved(metadata: Any) -> list[str]:
    """Return what is wrong with metadata that have a field of our name, and are none of ours."""
    if not isinstance(metadata, Mapping) or KEPT not in metadata:
        return []
    return [f"field 'metadata.{KEPT}' is reserved. Rename yours."]


def keep(metadata: Mapping[str, Any], originals: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata with `originals`, values that the format can only show as text."""
    return {**metadata, KEPT: dict(originals)} if originals else dict(metadata)


def kept(metadata: Any) -> tuple[Any, dict[str, Any]]:
    """Take the originals out of a row's metadata: the rest, and the originals."""
    ours = metadata.get(KEPT) if isinstance(metadata, dict) else None
    if not isinstance(ours, dict) or not ours or not ours.keys() <= _ORIGINALS:
        return metadata, {}
    return {name: v for name, v in metadata.items() if name != KEPT}, ours


def shown(target: Any) -> Any:
    """Return a target as formats with text targets show it: a text, or a list of texts."""
    if isinstance(target, str) or (
        isinstance(target, list) and target and all(isinstance(t, str) for t in target)
    ):
        return target
    return strict_json.dumps(target)


def restored(value: Any, originals: Mapping[str, Any]) -> Any:
    """Return the original target, unless somebody has changed the file's since."""
    if "target" in originals and shown(originals["target"]) == value:
        return originals["target"]
    return value
