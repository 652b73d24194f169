"""The self-assessment keeps every answer and shows a result only when all six are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evalfirst.progress import ProgressStore
from evalfirst.widgets.self_assessment import KEY, Router

if TYPE_CHECKING:
    from pathlib import Path

STANDARD = dict.fromkeys(range(1, 7), "standard")


@pytest.fixture
def store(tmp_path: Path) -> ProgressStore:
    return ProgressStore(tmp_path / "progress.sqlite")


def give(router: Router, answers: dict[int, str]) -> None:
    """Answer as the browser does: one change a question, with text for keys."""
    for number, answer in answers.items():
        router.form.answers = {**router.form.answers, str(number): answer}


def shown(router: Router) -> str:
    return "".join(output["data"]["text/html"] for output in router.result.outputs)


def test_every_answer_is_kept_when_it_is_given(store: ProgressStore, tmp_path: Path) -> None:
    router = Router(store, folder=tmp_path)
    give(router, {3: "not sure"})
    assert store.recall(KEY) == {"3": "not sure"}
    give(router, {1: "yes", 3: "no"})
    assert store.recall(KEY) == {"1": "yes", "3": "no"}


def test_answers_and_result_come_back_in_a_new_kernel(store: ProgressStore, tmp_path: Path) -> None:
    give(Router(store, folder=tmp_path), STANDARD)
    again = Router(ProgressStore(store.path), folder=tmp_path)
    assert again.answers == STANDARD
    assert again.placement is not None
    assert again.placement.phase == 5
    assert "Start with Phase 5" in shown(again)


def test_there_is_no_result_while_a_question_is_open(store: ProgressStore, tmp_path: Path) -> None:
    router = Router(store, folder=tmp_path)
    give(router, dict.fromkeys((1, 2, 3, 4, 5), "yes"))
    assert (router.placement, shown(router), router.form.status) == (None, "", "")
    give(router, {6: "no"})
    assert "Start with Phase 3" in shown(router)
    assert router.form.status == (
        "Every question is answered. Your result is below: senior range, Phase 3."
    )


def test_a_changed_answer_changes_the_result(store: ProgressStore, tmp_path: Path) -> None:
    router = Router(store, folder=tmp_path)
    give(router, STANDARD)
    give(router, {2: "no"})
    assert "Start with Phase 3" in shown(router)
    assert "Start with Phase 5" not in shown(router)


def test_each_answer_is_confirmed_to_the_browser(store: ProgressStore, tmp_path: Path) -> None:
    router = Router(store, folder=tmp_path)
    give(router, {1: "yes", 2: "no"})
    assert router.form.received == {"1": "yes", "2": "no"}


def test_what_no_question_asked_is_not_restored(store: ProgressStore, tmp_path: Path) -> None:
    store.remember(KEY, {"1": "yes", "2": "perhaps", "9": "yes"})
    assert Router(store, folder=tmp_path).answers == {1: "yes"}


@pytest.mark.parametrize("kept", [["yes"], "yes", None, {"1": ["yes"]}])
def test_a_note_of_another_shape_starts_an_empty_form(
    store: ProgressStore, tmp_path: Path, kept: object
) -> None:
    store.remember(KEY, kept)
    assert Router(store, folder=tmp_path).answers == {}


def test_a_store_that_cannot_be_used_is_said_and_the_answers_still_count(tmp_path: Path) -> None:
    damaged = tmp_path / "progress.sqlite"
    damaged.write_bytes(b"this is no database" * 100)
    router = Router(ProgressStore(damaged), folder=tmp_path)
    give(router, STANDARD)
    assert "not saved" in router.form.notice
    assert str(damaged) in router.form.notice
    assert "Start with Phase 5" in shown(router)


def test_the_form_asks_all_six_with_all_four_answers(store: ProgressStore, tmp_path: Path) -> None:
    form = Router(store, folder=tmp_path).form
    assert [question["number"] for question in form.questions] == [1, 2, 3, 4, 5, 6]
    assert [choice["label"] for choice in form.choices] == [
        "No",
        "Not sure",
        "Yes",
        "Yes, and I set the standard",
    ]
