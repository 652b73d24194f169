"""OpenAI Evals samples: JSON Lines with `input` (chat messages) and `ideal` (answers)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evalfirst.evals.interchange.json_samples import JsonSamples

if TYPE_CHECKING:
    from evalfirst.evals.eval_set import EvalSet

_FORMAT = JsonSamples("openai_evals", target="ideal", messages=True)


def read_openai(path: str | Path) -> EvalSet:
    """Read a samples file; fields beside `input` and `ideal` go into `metadata.openai_evals`.

    A sample without an `id` gets the file's name and its number.

    Raises:
        FileNotFoundError: there is no such file.
        BadEvalSet: lines that cannot be read; all are named.
    """
    return _FORMAT.read(Path(path))


def write_openai(samples: EvalSet, path: str | Path) -> Path:
    """Write a samples file. A text becomes one user message; an `ideal` is always text.

    Raises:
        BadEvalSet: a sample holds what JSON cannot.
        OSError: the folder is read-only or the disk is full; the old file is then untouched.
    """
    return _FORMAT.write(samples, Path(path))
