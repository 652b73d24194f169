"""An eval set: examples with the answer that a good feature gives, kept as JSON Lines."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from evalfirst import atomic, strict_json

if TYPE_CHECKING:
    from evalfirst.evals.description import Description
    from evalfirst.evals.sample_stream import SampleStream

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
        """Refuse what would make comparisons wrong without a sign: repeated ids, odd slices."""
        object.__setattr__(self, "samples", tuple(self.samples))
        repeated = [i for i, count in Counter(s.id for s in self.samples).items() if count > 1]
        problems = [f"id {i!r} stands on more than one sample" for i in repeated]
        problems += [
            # a text would be taken as a slice for each of its letters
            f"sample {s.id!r}: slices is a list of names, such as [{s.metadata['slices']!r}]"
            for s in self.samples
            if isinstance(s.metadata, Mapping) and isinstance(s.metadata.get("slices"), str)
        ]
        if problems:
            raise BadEvalSet(self.name, problems)

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
            digest.update(sample_line(sample).encode("utf-8", "surrogatepass"))
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
        samples, problems = _parse(utf8_text(path))
        if problems:
            raise BadEvalSet(str(path), problems)
        return cls(tuple(samples), path.stem, read_card(path))

    @staticmethod
    def stream(path: str | Path) -> SampleStream:
        """Return the samples of a JSONL file without loading them, for a set of any size.

        Raises:
            FileNotFoundError: there is no such file.
            BadEvalSet: some lines are wrong; all of them are named at once (the first 100).
        """
        from evalfirst.evals.sample_stream import SampleStream

        return SampleStream.open(path)

    def save(self, path: str | Path) -> Path:
        """Write the JSONL file, and the card beside it, each in one step.

        Raises:
            BadEvalSet: a sample holds what no JSON file can, such as NaN; nothing is written.
            OSError: the folder is read-only or the disk is full; the old file is then untouched.
        """
        path = Path(path)
        problems = [
            f"sample {sample.id!r}: {what}"
            for sample in self.samples
            if (what := strict_json.why_not(sample.as_dict()))
        ]
        if problems:
            raise BadEvalSet(str(path), problems)
        atomic.write_text(path, "".join(sample_line(sample) + "\n" for sample in self.samples))
        if self.card:
            atomic.write_text(card_path(path), self.card)
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

    def describe(self) -> Description:
        """Count what is in the set; a notebook shows the answer as a table.

        Returns:
            `rows`, `labelled`, `duplicates` (rows whose text stands earlier in the set),
            `targets` and `slices` (name to count), `precision`, a sentence that says how well
            this many rows can tell an accuracy of 80%, and `minimum_effect`, sentences that say
            the smallest changes which the labelled rows can show.
        """
        from evalfirst.evals.description import describe

        return describe(self)


def card_path(path: Path) -> Path:
    """Return where the card of the set at `path` stands, in whatever format the set is."""
    return path.with_suffix(".card.md")


def read_card(path: Path) -> str:
    """Return the card of the set at `path`; empty if it has none.

    Raises:
        BadEvalSet: the card is not UTF-8.
    """
    card = card_path(path)
    return utf8_text(card) if card.exists() else ""


def utf8_text(path: Path) -> str:
    """Return a file's text with its line ends as they are.

    Raises:
        BadEvalSet: it is not UTF-8.
    """
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"line {line}: not UTF-8. Save the file again with the encoding UTF-8."
        raise BadEvalSet(str(path), [problem]) from error


def sample_line(sample: Sample) -> str:
    """Return a sample as a line of an eval set's file, without its end."""
    return json.dumps(sample.as_dict(), ensure_ascii=False)


def _parse(text: str) -> tuple[list[Sample], list[str]]:
    samples: list[Sample] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        sample, found = parse_line(line)
        problems += [f"line {number}: {fault}" for fault in found]
        if sample is None:
            continue
        if sample.id in first_line:
            problems.append(
                f"line {number}: field 'id': {sample.id!r} stands on line "
                f"{first_line[sample.id]} already. Remove one, or give it an id of its own."
            )
            continue
        first_line[sample.id] = number
        samples.append(sample)
    return samples, problems


def parse_line(line: str) -> tuple[Sample | None, list[str]]:
    """Return the sample on a line; or `None` and what is wrong with it, with field and mend."""
    try:
        row = strict_json.parse(line)
    except strict_json.NotJson as error:
        return None, [f"{error}. Each line is one JSON object; the line may have been cut off."]
    if found := list(_faults(row)):
        return None, found
    return Sample(row["id"], row["input"], row.get("target"), row.get("metadata", {})), []


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
