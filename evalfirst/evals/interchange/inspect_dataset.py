"""inspect_ai datasets: JSON Lines with `input`, `target`, `id` and `metadata`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst.evals.interchange.json_samples import JsonSamples

if TYPE_CHECKING:
    from evalfirst.evals.eval_set import EvalSet

_FORMAT = JsonSamples("inspect_ai", target="target", messages=False)


def read_inspect(path: str | Path) -> EvalSet:
    """Read a dataset; `choices`, `sandbox`, `files` and the like go into `metadata.inspect_ai`.

    A sample without an `id` gets the file's name and its number; an `id` that is a number becomes
    text.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: lines that cannot be read; all are named.
    """
    return _FORMAT.read(Path(path))


def write_inspect(samples: EvalSet, path: str | Path) -> Path:
    """Write a dataset with the field names that `inspect_ai.dataset.json_dataset` expects.

    Raises:
        BadEvalSet: a sample holds what JSON cannot.
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    return _FORMAT.write(samples, Path(path))
