"""An eval set: examples with the answer that a good feature gives, kept as JSON Lines."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from evalfirst import atomic

_FIELDS = ("id", "input", "target", "metadata")


@dataclass(frozen=True)
class Sample:
    """One example: what goes in, and what should come out.

    Attributes:
        id: unique within its set.
        input: the text for the feature, or chat messages (`{"role": ..., "content": ...}`).
        target: the right answer; any JSON value, `None` where nobody has labelled it yet.
        metadata: slices, source, labeller, reviewed, and whatever else belongs to it.
    """

    id: str
    input: str | list[dict[str, Any]]
    target: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slices(self) -> tuple[str, ...]:
        """The named groups it belongs to, such as `typos`."""
        return tuple(self.metadata.get("slices", ()))

    @property
    def text(self) -> str:
        """The input as one text; the messages' contents on lines of their own."""
        if isinstance(self.input, str):
            return self.input
        return "\n".join(str(message.get("content", "")) for message in self.input)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form, in the order in which files show it."""
        return {
            "id": self.id,
            "input": self.input,
            "target": self.target,
            "metadata": dict(self.metadata),
        }


class BadEvalSet(ValueError):
    """One or more lines cannot be read; `problems` names each with line, field and mend."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        """Keep `problems` and show them all."""
        self.problems = tuple(problems)
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        super().__init__(f"{where}: {count}\n" + "\n".join(f"  {p}" for p in problems))


@dataclass(frozen=True)
class EvalSet(Sequence[Sample]):
    """An immutable, ordered set of samples with unique ids.

    Attributes:
        samples: the examples.
        name: short name, by default the file's.
        card: what the set is, in Markdown: why it exists, where it comes from, its known flaws.
    """

    samples: tuple[Sample, ...]
    name: str = "eval set"
    card: str = ""

    def __post_init__(self) -> None:
        """Refuse repeated ids: a comparison by id would be wrong without a sign."""
        object.__setattr__(self, "samples", tuple(self.samples))
        repeated = [i for i, count in Counter(s.id for s in self.samples).items() if count > 1]
        if repeated:
            raise BadEvalSet(
                self.name, [f"id {i!r} stands on more than one sample" for i in repeated]
            )

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> EvalSet: ...
    def __getitem__(self, index: int | slice) -> Sample | EvalSet:
        """Return one sample, or a smaller set for a slice."""
        if isinstance(index, slice):
            return EvalSet(self.samples[index], self.name, self.card)
        return self.samples[index]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        """Iterate over the samples in file order."""
        return iter(self.samples)

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever a sample does."""
        digest = hashlib.sha256()
        for sample in self.samples:
            digest.update(_line(sample).encode())
        return digest.hexdigest()[:12]

    @classmethod
    def load(cls, path: str | Path) -> EvalSet:
        """Read a JSONL file, and `<name>.card.md` beside it if there is one.

        Raises:
            FileNotFoundError: there is no such file.
            BadEvalSet: some lines are wrong; all of them are named at once.
        """
        path = Path(path)
        if not path.exists():
            raise FileNotFoundError(
                f"no eval set at {path}. Label some examples first, or check the path."
            )
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            problem = f"line {line}: not UTF-8. Save the file again with the encoding UTF-8."
            raise BadEvalSet(str(path), [problem]) from error
        samples, problems = _parse(text)
        if problems:
            raise BadEvalSet(str(path), problems)
        card = path.with_suffix(".card.md")
        return cls(
            tuple(samples), path.stem, card.read_text(encoding="utf-8") if card.exists() else ""
        )

    def save(self, path: str | Path) -> Path:
        """Write the JSONL file, and the card beside it, each in one step.

        Raises:
            OSError: the folder is read-only or the disk is full; the old file is then untouched.
        """
        path = Path(path)
        atomic.write_text(path, "".join(_line(sample) + "\n" for sample in self.samples))
        if self.card:
            atomic.write_text(path.with_suffix(".card.md"), self.card)
        return path

    def where(self, keep: Iterable[str]) -> EvalSet:
        """Return the samples with these ids, in this set's order.

        Raises:
            KeyError: an id is not in the set.
        """
        wanted = set(keep)
        if unknown := wanted - {sample.id for sample in self.samples}:
            raise KeyError(f"not in {self.name}: {', '.join(sorted(unknown))}")
        return EvalSet(tuple(s for s in self.samples if s.id in wanted), self.name, self.card)

    def describe(self) -> dict[str, Any]:
        """Count what is in the set.

        Returns:
            `rows`, `labelled`, `duplicates` (rows whose text stands earlier in the set),
            `targets` and `slices` (name to count), and `precision`, a sentence that says how
            well this many rows can tell an accuracy of 80%.
        """
        from evalfirst.stats import wilson

        texts = [" ".join(sample.text.split()).lower() for sample in self.samples]
        n = len(self.samples)
        low, high = wilson(round(0.8 * n), n) if n else (0.0, 1.0)
        return {
            "rows": n,
            "labelled": sum(sample.target is not None for sample in self.samples),
            "duplicates": n - len(set(texts)),
            "targets": dict(Counter(str(sample.target) for sample in self.samples)),
            "slices": dict(Counter(name for sample in self.samples for name in sample.slices)),
            "precision": (
                f"With {n} rows, a measured accuracy of 80% means a true one of "
                f"{low:.0%} to {high:.0%} (95% interval)."
            ),
        }


def _line(sample: Sample) -> str:
    return json.dumps(sample.as_dict(), ensure_ascii=False)


def _parse(text: str) -> tuple[list[Sample], list[str]]:
    samples: list[Sample] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(
                f"line {number}: not JSON from column {error.colno} on "
                f"({error.msg.removesuffix(' starting at')}). "
                "Each line is one JSON object; the line may have been cut off."
            )
            continue
        found = list(_faults(row))
        problems += [f"line {number}: {fault}" for fault in found]
        if found:
            continue
        if row["id"] in first_line:
            problems.append(
                f"line {number}: field 'id': {row['id']!r} stands on line "
                f"{first_line[row['id']]} already. Remove one, or give it an id of its own."
            )
            continue
        first_line[row["id"]] = number
        samples.append(Sample(row["id"], row["input"], row.get("target"), row.get("metadata", {})))
    return samples, problems


def _faults(row: object) -> Iterator[str]:
    if not isinstance(row, dict):
        yield 'not an object. Write {"id": ..., "input": ..., "target": ..., "metadata": {...}}.'
        return
    if not isinstance(row.get("id"), str) or not row["id"]:
        yield "field 'id': missing or not a text. Give every sample a unique id."
    yield from content_faults(row.get("input"), row.get("metadata", {}))
    for name in row.keys() - set(_FIELDS):
        yield f"field {name!r}: unknown. Put extra facts into 'metadata'."


def content_faults(given: object, metadata: object) -> Iterator[str]:
    """Yield what keeps an input and its metadata from being a sample's, with field and mend."""
    if isinstance(given, str):
        if not given.strip():
            yield "field 'input': empty. Put in the text that the feature gets."
    elif not (
        isinstance(given, list)
        and given
        and all(isinstance(m, dict) and {"role", "content"} <= m.keys() for m in given)
    ):
        yield (
            "field 'input': missing, or neither a text nor a list of messages with 'role' "
            "and 'content'."
        )
    if not isinstance(metadata, dict):
        yield "field 'metadata': not an object. Leave it out or write {}."
        return
    slices = metadata.get("slices", [])
    if not (isinstance(slices, list) and all(isinstance(name, str) for name in slices)):
        yield "field 'metadata.slices': not a list of names."
