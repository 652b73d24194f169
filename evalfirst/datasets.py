"""Where the data sets lie: beside the checkout, inside the installed package, or where you say."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def dataset(name: str) -> Path:
    """Return the folder of the data set `name`, for example `dataset("tickets")`.

    `EVALFIRST_DATASETS` names another folder of data sets.

    Raises:
        FileNotFoundError: no such data set; the message lists those that exist.
    """
    root = _root()
    folder = root / name
    if folder.is_dir():
        return folder
    known = ", ".join(sorted(p.name for p in root.iterdir() if p.is_dir())) if root.is_dir() else ""
    raise FileNotFoundError(
        f"no data set {name!r} in {root}. "
        + (f"There are: {known}." if known else "That folder does not exist.")
        + " Set EVALFIRST_DATASETS to the datasets/ folder of the course if it lies elsewhere."
    )


def _root() -> Path:
    if named := os.environ.get("EVALFIRST_DATASETS"):
        return Path(named)
    packaged = _PACKAGE / "_datasets"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "datasets"
