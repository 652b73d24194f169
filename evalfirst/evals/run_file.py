"""A run on disk: JSON Lines, with a header line and one line a sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalfirst import atomic
from evalfirst.evals.eval_run import EvalRun
from evalfirst.evals.sample_result import SampleResult

if TYPE_CHECKING:
    from collections.abc import Iterator

# Raised when the shape of the lines changes.
FORMAT = 1


class BadEvalRun(ValueError):
    """A file is no saved run, or is damaged; the message names the line and the mend."""


def save(run: EvalRun, path: str | Path) -> Path:
    """Write `run` to `path`; errors as `EvalRun.save` says."""
    path = Path(path)
    atomic.write_pieces(path, _lines(run))
    return path


def _lines(run: EvalRun) -> Iterator[bytes]:
    header = {
        "eval_run": FORMAT,
        "feature": run.feature,
        "eval_set": run.eval_set,
        "scorers": list(run.scorers),
        "started": run.started,
        "versions": dict(run.versions),
        "samples": len(run.results),
    }
    yield json_line(header)
    for result in run.results:
        try:
            yield json_line(result.as_dict())
        except TypeError as error:
            raise TypeError(
                f"the output for sample {result.id!r} cannot be saved: {error}. "
                "Return texts, numbers, lists or dicts from the feature."
            ) from error


def json_line(value: Any) -> bytes:
    """Return one line of a JSON Lines file.

    Raises:
        TypeError: `value` is no JSON value.
    """
    # half a surrogate pair, as a model may write one, is kept as it is
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def load(path: str | Path) -> EvalRun:
    """Read a run; errors as `EvalRun.load` says."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"no run at {path}. Save one with run.save(path), or check the path."
        )
    with path.open("rb") as file:
        header = _header(path, file.readline())
        results = []
        for number, line in enumerate(file, start=2):
            try:
                row = json.loads(line.decode("utf-8", "surrogatepass"))
                results.append(SampleResult.from_dict(row))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise _damaged(path, number, "is no result of a sample") from error
    if len(results) != header["samples"]:
        raise _damaged(
            path, len(results) + 1, f"is the last, but {header['samples']} samples were saved"
        )
    return EvalRun(
        results=tuple(results),
        feature=header["feature"],
        eval_set=header["eval_set"],
        scorers=tuple(header["scorers"]),
        started=header["started"],
        versions=header["versions"],
    )


_FIELDS: dict[str, type] = {
    "feature": str,
    "eval_set": str,
    "scorers": list,
    "started": str,
    "versions": dict,
    "samples": int,
}


def _header(path: Path, line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or "eval_run" not in header:
        raise BadEvalRun(
            f"{path}: line 1 is not the header of a saved run. This may be a run's cache or an "
            "eval set: give the file that run.save(path) wrote."
        )
    if header["eval_run"] != FORMAT:
        raise BadEvalRun(
            f"{path}: line 1 says format {header['eval_run']!r}, and this version of evalfirst "
            f"reads format {FORMAT}. Update evalfirst, or run again and save."
        )
    for name, kind in _FIELDS.items():
        if not isinstance(header.get(name), kind):
            raise _damaged(path, 1, f"has no right field {name!r}")
    if not header["scorers"]:
        raise _damaged(path, 1, "names no scorer")
    return header


def _damaged(path: Path, number: int, what: str) -> BadEvalRun:
    return BadEvalRun(
        f"{path}: line {number} {what}. The file was cut off or edited: take it from a backup or "
        "from git, or run again with the same cache (finished samples cost nothing) and save."
    )
