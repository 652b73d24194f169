"""inspect_ai datasets: objects with `input`, `target`, `id` and `metadata`, in JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst import strict_json
from evalfirst.evals.interchange import rows
from evalfirst.evals.interchange.json_samples import JsonSamples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evalfirst.evals.eval_set import EvalSet

NAME = "inspect_ai"
_FORMAT = JsonSamples(NAME, target="target", messages=False)
_LINES = ".jsonl"
# what a sample in a log has from the dataset; the rest tells how one run of it went
_OF_THE_DATASET = ("id", "input", "choices", "target", "sandbox", "files", "setup", "metadata")


def read_inspect(path: str | Path) -> EvalSet:
    """Read a dataset (JSON Lines or one JSON list), or the dataset in an eval log (`.json`).

    `choices`, `sandbox`, `files` and the like go into `metadata.inspect_ai`. A sample without an
    `id` gets the file's name and its number; an `id` that is a number becomes text. Of a log, each
    sample is read once, however many epochs it ran.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: samples that cannot be read; all are named.
    """
    path = Path(path)
    text = rows.text_of(path)
    found = rows.Rows(path)
    _FORMAT.add(found, _placed(path, text, found))
    return found.eval_set()


def write_inspect(samples: EvalSet, path: str | Path) -> Path:
    """Write a dataset with the field names that `inspect_ai.dataset.json_dataset` expects.

    It expects JSON Lines in a file named `.jsonl`, and one JSON list in every other.

    Raises:
        BadEvalSet: a sample holds what JSON cannot.
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    path = Path(path)
    if path.suffix.lower() == _LINES:
        return _FORMAT.write(samples, path)
    # a line for each sample all the same, so that a version control system shows what changed
    items = ",\n".join(strict_json.dumps(row) for row in _FORMAT.rows(samples, path))
    return rows.write(path, f"[\n{items}\n]\n", samples.card)


def _placed(path: Path, text: str, found: rows.Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix.lower() == _LINES:
        yield from rows.json_lines(text, found.problems)
        return
    try:
        whole = rows.from_json(text)
    except rows.Fault as fault:
        if text.lstrip()[:1] == "[":
            found.problems.append(f"line 1: {fault}")
        else:
            yield from rows.json_lines(text, found.problems)
        return
    if isinstance(whole, dict):
        whole = list(_from_log(whole["samples"])) if _is_log(whole) else [whole]
    if not isinstance(whole, list):
        found.problems.append("line 1: not a list of samples, and not a log with samples")
        return
    for number, row in enumerate(whole, start=1):
        if isinstance(row, dict):
            yield f"row {number}", row
        else:
            found.problems.append(f"row {number}: {strict_json.dumps(row)[:40]} is no JSON object")


def _is_log(whole: dict[str, Any]) -> bool:
    return isinstance(whole.get("eval"), dict) and isinstance(whole.get("samples"), list)


def _from_log(samples: list[Any]) -> Iterator[Any]:
    seen = set()
    for sample in samples:
        if not isinstance(sample, dict):
            yield sample
            continue
        identity = strict_json.dumps(sample.get("id"))
        if sample.get("epoch", 1) != 1 and identity in seen:
            continue
        seen.add(identity)
        yield {
            name: sample[name] for name in _OF_THE_DATASET if sample.get(name) not in (None, {}, [])
        }
