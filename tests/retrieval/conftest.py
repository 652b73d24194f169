"""The help centre as a folder on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .help_centre import ARTICLES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def help_centre(tmp_path: Path) -> Path:
    folder = tmp_path / "help_centre"
    for name, text in ARTICLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
