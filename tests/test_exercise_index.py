"""The list of exercises is read as the build wrote it, and its absence is no error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from evalfirst.exercise_index import BadExerciseIndex, closing, listed_exercises

if TYPE_CHECKING:
    from pathlib import Path

FULL = {
    "id": "p1-eval-set",
    "title": "An eval set",
    "phase": 1,
    "notebook": "phase_1_ship.ipynb",
    "points": 6,
    "minutes": 40,
    "difficulty": 2,
    "importance": 5,
    "closes": "1.2",
    "core": True,
    "why": "It finds what breaks.",
    "anchor": "p1-eval-set",
}


def write(folder: Path, content: Any) -> Path:
    path = folder / "exercises.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_no_file_means_no_exercises(tmp_path: Path) -> None:
    assert listed_exercises(tmp_path / "exercises.json") == ()


def test_an_entry_keeps_what_a_start_page_needs(tmp_path: Path) -> None:
    (listed,) = listed_exercises(write(tmp_path, [FULL]))
    assert (listed.id, listed.closes, listed.minutes) == ("p1-eval-set", "1.2", 40)
    assert (listed.notebook, listed.anchor) == ("phase_1_ship.ipynb", "p1-eval-set")


def test_a_short_entry_takes_its_phase_from_the_criterion(tmp_path: Path) -> None:
    short = {"id": "p2-trend", "title": "A trend", "closes": "2.1"}
    (listed,) = listed_exercises(write(tmp_path, [short]))
    assert (listed.phase, listed.minutes, listed.notebook) == (2, 0, "")


def test_exercises_are_found_by_the_criterion_they_close(tmp_path: Path) -> None:
    rows = [FULL, {**FULL, "id": "b", "closes": "1.4"}, {**FULL, "id": "c"}]
    exercises = listed_exercises(write(tmp_path, rows))
    assert [exercise.id for exercise in closing("1.2", exercises)] == ["p1-eval-set", "c"]


@pytest.mark.parametrize(
    "content", ["{", '"text"', [{"id": "x"}], [{**FULL, "title": ""}], [1], {"a": 1}]
)
def test_a_damaged_file_is_named_with_the_mend(tmp_path: Path, content: Any) -> None:
    path = write(tmp_path, content)
    with pytest.raises(BadExerciseIndex, match="make notebooks") as caught:
        listed_exercises(path)
    assert str(path) in str(caught.value)
