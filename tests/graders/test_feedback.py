# ruff: noqa: ARG001, ARG005  (wrong answers ignore their input)

from __future__ import annotations

import json
import math
import sqlite3

import pytest

from evalfirst.evidence import read
from evalfirst.progress import ProgressStore
from graders import feedback, registry, seed, versions
from graders.cards import note_card, verdict_card
from graders.exercise import CaseVerdict, Outcome, Verdict
from graders.feedback import Marks, check, grade, hint, solution


def right(n):
    return 2 * n


def wrong(n):
    return n + 1000


def test_marks_are_a_plain_number_within_bounds():
    card = note_card("A card", ["Text."])
    for value, shown in ((2.5, "2.5"), (-1, "0.0"), (9, "4.0"), (math.nan, "0.0")):
        marks = Marks(value, 4, card, None)
        assert repr(marks) == shown
        assert isinstance(marks, float)


def test_a_right_answer_is_kept_as_an_attempt_and_as_evidence(workspace):
    marks = check("p9-double", right)
    assert marks == 4
    assert [a.outcome for a in ProgressStore(workspace.progress).attempts()] == ["correct"]
    practice = read(workspace, "1.2").practised["p9-double"]
    assert (practice.marks, practice.attempts, practice.solution_seen) == (4, 1, False)
    assert "feature/evidence/1.2.json" in marks.text


def test_the_card_says_what_passed_what_did_not_and_why():
    text = check("p9-double", lambda n: n).text
    assert "Double a number: not right yet, 2 of 4 points." in text
    assert "- Passed: zero" in text
    assert "- Not yet: a small number" in text
    assert "The result is not twice the input. Everything built on it is off." in text
    assert "double(3) gave 3, expected 6" in text
    assert "Attempts so far: 1." in text
    assert "Held-out cases remain." in text
    assert "Next step:" in text


def test_partial_marks_are_explained():
    assert "earns 50% of its marks" in check("p9-double", lambda n: 2 * n + 1).text


def test_what_several_cases_share_is_said_once():
    text = check("p9-double", lambda n: 10).text
    assert text.count("The result is not twice the input.") == 1
    for part in (
        "- Not yet: a small number",
        "- Not yet: zero",
        "double(3) gave",
        "double(0) gave",
    ):
        assert part in text


def test_of_many_details_to_one_message_three_are_shown():
    cases = tuple(
        CaseVerdict(f"case {i}", Outcome.WRONG, 0.0, "Not what was asked.", f"gave {i}")
        for i in range(5)
    )
    text = verdict_card(Verdict("p9-any", "Any", Outcome.WRONG, 0.0, 1.0, cases)).text
    assert [f"gave {i}" in text for i in range(5)] == [True, True, True, False, False]
    assert all(f"Not yet: case {i}" in text for i in range(5))


def test_an_exercise_without_held_out_cases_does_not_claim_any():
    assert "Held-out" not in check("p9-rows", ["row"] * 5).text


@pytest.mark.parametrize(
    ("exercise", "answer", "headline"),
    [
        ("p9-double", ..., "not attempted yet"),
        ("p9-double", right, "correct"),
        ("p9-double", wrong, "not right yet"),
        ("p9-double", lambda n: n.missing, "your code stopped"),
        ("p9-broken", 1, "could not be checked"),
    ],
)
def test_the_five_outcomes_have_words_of_their_own(exercise, answer, headline):
    assert headline in check(exercise, answer).text.splitlines()[0]


def test_a_fault_of_ours_is_named_ours_and_counts_as_no_attempt(workspace):
    marks = check("p9-broken", 1)
    assert "fault of the course, not yours" in marks.text
    assert ProgressStore(workspace.progress).attempts() == []


def test_a_blank_is_no_attempt(workspace):
    assert check("p9-double", ...) == 0
    assert ProgressStore(workspace.progress).attempts() == []


def test_a_wrong_answer_leaves_no_evidence(workspace):
    check("p9-double", wrong)
    assert read(workspace, "1.2").state == "open"


def test_html_is_escaped():
    marks = check("p9-double", lambda n: {}["<script>alert(1)</script>"])
    assert "<script>" not in marks._repr_html_()
    assert "&lt;script&gt;" in marks._repr_html_()


def test_an_unknown_exercise_is_a_card_and_not_an_exception():
    marks = check("p9-nothing", 1)
    assert marks == 0
    assert "no exercise is called 'p9-nothing'" in marks.text
    assert "no exercise is called" in hint("p9-nothing").text
    assert "no exercise is called" in solution("p9-nothing").text


def test_an_exercise_module_that_does_not_load_is_a_card(monkeypatch):
    monkeypatch.setenv(registry.VARIABLE, "no_such_module_anywhere")
    registry.exercises.cache_clear()
    assert "fault of the course" in check("p9-double", right).text
    assert "fault of the course" in hint("p9-double").text


def test_a_damaged_progress_store_costs_no_marks(workspace):
    workspace.root.mkdir()
    workspace.progress.write_bytes(b"this is no database, and quite long enough to be one" * 99)
    marks = check("p9-double", right)
    assert marks == 4
    assert "could not be saved" in marks.text
    assert "rename it" in marks.text
    assert hint("p9-double").text.count("Multiply") == 1


@pytest.mark.parametrize("value", ['"many"', "not JSON", "[]"])
def test_a_store_that_was_edited_by_hand_costs_no_marks_and_no_hint(workspace, value):
    store = ProgressStore(workspace.progress)
    store.remember("hints/p9-double", 1)
    with sqlite3.connect(workspace.progress) as db:
        db.execute("UPDATE note SET value = ?", (value,))
    marks = check("p9-double", right)
    assert marks == 4
    assert marks.verdict.outcome is Outcome.CORRECT
    assert "could not be saved" in marks.text
    assert hint("p9-double").text


def test_evidence_with_a_text_for_a_number_costs_no_marks(workspace):
    check("p9-double", right)
    file = workspace.evidence("1.2")
    file.write_text(file.read_text().replace('"marks": 4.0', '"marks": "four"'))
    before = file.read_text()
    marks = check("p9-double", right)
    assert marks == 4
    assert "could not be saved" in marks.text
    assert file.read_text() == before


def test_a_folder_that_was_removed_under_the_kernel_is_a_card(monkeypatch, tmp_path):
    monkeypatch.delenv("EVALFIRST_WORKSPACE")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for shown in (hint, solution):
        assert "cannot be shown" in shown("p9-double").text


def test_damaged_evidence_is_left_as_it_is(workspace):
    file = workspace.evidence("1.2")
    file.parent.mkdir(parents=True)
    file.write_text('{"practised": ')
    marks = check("p9-double", right)
    assert marks == 4
    assert f"{file}: not JSON" in marks.text
    assert file.read_text() == '{"practised": '


def test_grade_tries_held_out_cases_and_saves_nothing(workspace, monkeypatch):
    monkeypatch.setenv(seed.VALUE_VARIABLE, "secret")
    marks = grade("p9-double", lambda n: 2 * n if n < 100 else 0)
    assert marks == 3
    assert "Held-out cases: 1 of 2 passed." in marks.text
    assert "practice seed" not in marks.text
    assert not workspace.root.exists()


def test_grade_on_the_public_seed_says_so():
    assert "practice seed" in grade("p9-double", right).text


def test_grade_without_its_seed_file_is_ungradable_and_not_a_gift(monkeypatch, tmp_path):
    monkeypatch.setenv(seed.FILE_VARIABLE, str(tmp_path / "gone"))
    marks = grade("p9-double", right)
    assert marks == 0
    assert marks.verdict.outcome is Outcome.UNGRADABLE


def test_what_nbgrader_runs_again_is_no_attempt(workspace, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert check("p9-double", right) == 4
    assert not workspace.root.exists()


def test_nothing_is_printed(capfd):
    check("p9-double", wrong)
    grade("p9-double", wrong)
    assert capfd.readouterr() == ("", "")


def test_hints_come_one_at_a_time_and_end():
    first = hint("p9-double").text
    assert "1. What is twice 3?" in first
    assert "Multiply" not in first
    assert "1 more" in first
    last = hint("p9-double").text
    assert "1. What is twice 3?" in last
    assert "2. Multiply by 2." in last
    assert "That was the last hint." in last
    assert "no hints" in hint("p9-rows").text


def test_a_hint_is_not_used_up_when_nbgrader_runs_the_notebook_again(monkeypatch):
    hint("p9-double")
    with monkeypatch.context() as grading:
        grading.setenv("NBGRADER_EXECUTION", "autograde")
        assert "Multiply" not in hint("p9-double").text
    assert "Multiply" in hint("p9-double").text


class Evil:
    """Whatever is asked of it, it raises."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __eq__(self, other):
        raise RuntimeError("==")

    def __bool__(self):
        raise RuntimeError("bool")

    def __len__(self):
        raise RuntimeError("len")

    def __repr__(self):
        raise RuntimeError("repr")

    __hash__ = None


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("str")


def raises_unprintable(n):
    raise UnprintableError


@pytest.mark.parametrize("exercise", ["p9-double", "p9-rows", "p9-broken"])
@pytest.mark.parametrize(
    "make",
    [
        Evil,
        lambda: lambda n: Evil(),
        lambda: raises_unprintable,
        object,
        lambda: Evil,
        lambda: 10**6000,
        lambda: lambda n: 10**6000,
    ],
    ids=["evil", "returns evil", "unprintable", "object", "class", "huge", "returns huge"],
)
def test_no_answer_makes_check_or_grade_raise_or_earn_anything(exercise, make):
    # made here, because pytest itself stops at such an object
    answer = make()
    assert check(exercise, answer) == 0
    assert grade(exercise, answer) == 0
    assert check(exercise, answer)._repr_html_()


def test_a_solution_is_shown_after_an_attempt_and_is_remembered(workspace, monkeypatch):
    monkeypatch.setattr(feedback, "_solutions", lambda: {"p9-double": "def double(n):\n    ..."})
    assert "Try it first." in solution("p9-double").text
    check("p9-double", wrong)
    assert "def double(n):" in solution("p9-double").text
    check("p9-double", right)
    practice = read(workspace, "1.2").practised["p9-double"]
    assert practice.solution_seen
    assert practice.attempts == 2


@pytest.mark.parametrize(
    ("built_for", "said"),
    [
        (0, "the notebook is older. Rename your copy"),
        (99, "the installed course is older. Run `git pull`"),
    ],
)
def test_a_notebook_of_another_version_is_told(monkeypatch, tmp_path, built_for, said):
    notebook = tmp_path / "phase.ipynb"
    notebook.write_text(json.dumps({"metadata": {versions.KEY: {"checker": built_for}}}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert said in check("p9-double", right).text


@pytest.mark.parametrize("content", ["{}", "no json", None])
def test_a_notebook_of_the_learners_own_is_let_through(monkeypatch, tmp_path, content):
    notebook = tmp_path / "own.ipynb"
    if content is not None:
        notebook.write_text(content)
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert "version" not in check("p9-double", right).text
