"""What all formats share: reading files, making samples, and keeping what a format cannot say."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from evalfirst import atomic
from evalfirst.evals.eval_set import BadEvalSet, EvalSet, Sample, content_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

# the metadata field for what a format has no place for
KEPT = "evalfirst"


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
        card = card_path(self.path)
        return EvalSet(tuple(self.samples), self.path.stem, text_of(card) if card.exists() else "")


def text_of(path: Path) -> str:
    """Return the file's text.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: it is not UTF-8.
    """
    if not path.exists():
        raise FileNotFoundError(f"no file at {path}. Check the path.")
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"line {line}: not UTF-8. Save the file again with the encoding UTF-8."
        raise BadEvalSet(str(path), [problem]) from error


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
            problems.append(f"line {number}: {as_json(row)[:40]} is no JSON object")


def from_json(text: str) -> Any:
    """Return the value of a JSON text, or raise Fault."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            as_json(value).encode()
        return value
    except Fault:
        raise
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" starting at")
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise Fault(f"not JSON from {line}column {error.colno} on ({what})") from error
    except UnicodeEncodeError as error:
        raise Fault("half a character (a lone surrogate) in it. Take it out.") from error
    except (RecursionError, ValueError) as error:
        raise Fault("not JSON that can be read: nested too deeply, or a number too long") from error


def as_json(value: Any) -> str:
    """Return compact JSON in which text stays readable."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write(path: Path, text: str, card: str) -> Path:
    """Write the file in one step, and the set's card beside it where there is one.

    Raises:
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    atomic.write_text(path, text)
    if card:
        atomic.write_text(card_path(path), card)
    return path


def card_path(path: Path) -> Path:
    """Return where a set's card stands: no other tool's format has a place for it inside."""
    return path.with_suffix(".card.md")


def checked(samples: Iterable[Sample], where: Path) -> list[Sample]:
    """Return the samples, or raise BadEvalSet for those that no file can hold."""
    samples = list(samples)
    problems = []
    for sample in samples:
        try:
            as_json(sample.as_dict()).encode()
        except UnicodeEncodeError:
            problems.append(f"sample {sample.id!r}: half a character (a lone surrogate) in it")
        except (RecursionError, TypeError, ValueError) as error:
            problems.append(f"sample {sample.id!r}: not JSON: {error}")
        kept = sample.metadata.get(KEPT)
        if kept is not None:
            problems.append(
                f"sample {sample.id!r}: field 'metadata.{KEPT}' is reserved. Rename yours."
            )
    if problems:
        raise BadEvalSet(str(where), problems)
    return samples


def keep(metadata: Mapping[str, Any], originals: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata with `originals`, values that the format can only show as text."""
    return {**metadata, KEPT: dict(originals)} if originals else dict(metadata)


def kept(metadata: Any) -> tuple[Any, dict[str, Any]]:
    """Take the originals out of a row's metadata: the rest, and the originals."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get(KEPT), dict):
        return metadata, {}
    return {name: v for name, v in metadata.items() if name != KEPT}, metadata[KEPT]


def shown(target: Any) -> Any:
    """Return a target as formats with text targets show it: a text, or a list of texts."""
    if isinstance(target, str) or (
        isinstance(target, list) and target and all(isinstance(t, str) for t in target)
    ):
        return target
    return as_json(target)


def restored(value: Any, originals: Mapping[str, Any]) -> Any:
    """Return the original target, unless somebody has changed the file's since."""
    if "target" in originals and shown(originals["target"]) == value:
        return originals["target"]
    return value


def _refuse(constant: str) -> None:
    raise Fault(f"{constant} is no JSON number")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        _refuse(number)
    return value
