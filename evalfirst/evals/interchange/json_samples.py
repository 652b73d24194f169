"""Samples as JSON objects, as far as the formats that use them agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalfirst import strict_json
from evalfirst.evals.interchange import rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from evalfirst.evals.eval_set import EvalSet, Sample


@dataclass(frozen=True)
class JsonSamples:
    """One such format.

    Attributes:
        name: the metadata field for what only this format knows.
        target: what it calls the target.
        messages: whether every input is a list of messages.
    """

    name: str
    target: str
    messages: bool

    def read(self, path: Path) -> EvalSet:
        """Return the samples of a file of JSON Lines, or raise BadEvalSet."""
        found = rows.Rows(path)
        self.add(found, rows.json_lines(rows.text_of(path), found.problems))
        return found.eval_set()

    def add(self, found: rows.Rows, placed: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Add the sample of each object, of which the place is told."""
        for place, row in placed:
            given = row.get("metadata")
            metadata, originals = rows.kept({} if given is None else given)
            row_id = row.get("id")
            extra = {name: value for name, value in row.items() if name not in self._own}
            if row_id is not None and not isinstance(row_id, str):
                extra["id"] = row_id
            if extra and isinstance(metadata, dict):
                if self.name in metadata:
                    found.problems.append(
                        f"{place}: field 'metadata.{self.name}' is needed for "
                        f"{', '.join(sorted(extra))}. Rename it."
                    )
                metadata = {**metadata, self.name: extra}
            text = _only_text(row.get("input")) if originals.get("input") == "text" else None
            sample = {
                "input": row.get("input") if text is None else text,
                "target": rows.restored(row.get(self.target), originals),
                "metadata": metadata,
            }
            found.add(place, None if row_id is None else str(row_id), sample)

    def write(self, samples: EvalSet, path: Path) -> Path:
        """Write a file of JSON Lines in one step."""
        lines = [strict_json.dumps(row) + "\n" for row in self.rows(samples, path)]
        return rows.write(path, "".join(lines), samples.card)

    def rows(self, samples: EvalSet, path: Path) -> list[dict[str, Any]]:
        """Return the object of each sample, or raise BadEvalSet."""
        return [self._row(sample) for sample in rows.checked(samples, path)]

    @property
    def _own(self) -> frozenset[str]:
        return frozenset({"id", "input", self.target, "metadata"})

    def _row(self, sample: Sample) -> dict[str, Any]:
        originals: dict[str, Any] = {}
        metadata = dict(sample.metadata)
        extra: dict[str, Any] = {}
        if self._is_ours(metadata.get(self.name), sample.id):
            extra = metadata.pop(self.name)
        row: dict[str, Any] = {"id": sample.id, "input": sample.input}
        if self.messages and isinstance(sample.input, str):
            row["input"] = [{"role": "user", "content": sample.input}]
            originals["input"] = "text"
        if sample.target is not None:
            row[self.target] = rows.shown(sample.target)
            if row[self.target] != sample.target:
                originals["target"] = sample.target
        row |= extra
        if filled := rows.keep(metadata, originals):
            row["metadata"] = filled
        return row

    def _is_ours(self, extra: Any, sample_id: str) -> bool:
        """Whether `read` could have put `extra` there, so that it belongs beside the input."""
        if not isinstance(extra, dict) or not extra or extra.keys() & (self._own - {"id"}):
            return False
        row_id = extra.get("id", sample_id)
        return str(row_id) == sample_id and ("id" not in extra or not isinstance(row_id, str))


def _only_text(given: Any) -> str | None:
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], dict):
        content = given[0].get("content")
        return content if isinstance(content, str) else None
    return None
