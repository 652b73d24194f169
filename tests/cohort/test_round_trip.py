"""Phase 1 through nbgrader: released, filled in, handed in, graded, with feedback.

The answers of each learner stand here as they would type them.
"""

from __future__ import annotations

import json

import pytest

from evalfirst.evals import EvalSet
from graders.cohort.build import Course
from graders.registry import exercises
from tests.cohort.conftest import make_cohort

pytestmark = pytest.mark.xdist_group("nbgrader-phase-1")

NAME = "phase_1_ship"
POINTS = {"p1-eval-set": 10, "p1-detection": 8, "p1-accuracy": 6, "p1-figure": 6}

# The set that the labeller saved, with a card of the learner's own.
OWN_SET = '''
card = """# Tickets of June

Why it exists: the team wants to know before each release whether triage still sends tickets to
the right desk, and which desk suffers if it does not.
Where the rows come from: sixty tickets drawn from the support desk's pool, labelled by me alone
with the labelling guide beside me, hard kinds added on purpose.
Known flaws: nobody labelled them a second time, other languages are rare, and the mix of
categories differs from an ordinary week, so the accuracy does too.
"""
my_set = labelling.eval_set(card)
'''

DROPS_FAILURES = """
from evalfirst.stats import wilson

def accuracy(outcomes):
    answered = [o for o in outcomes if o is not None]
    return sum(answered) / len(answered), *wilson(sum(answered), len(answered))
"""

TEXTBOOK = """
def accuracy(outcomes):
    n = len(outcomes)
    p = sum(o is True for o in outcomes) / n
    half = 1.96 * (p * (1 - p) / n) ** 0.5
    return p, p - half, p + half
"""

STOPS = """
def accuracy(outcomes):
    return sum(outcomes) / n_tickets, 0.5, 0.9
"""

MATRIX = """
import matplotlib.pyplot as plt
import pandas as pd

def draw(frame):
    table = pd.crosstab(frame["target"], frame["output"].fillna("no answer"))
    figure, axes = plt.subplots()
    axes.imshow(table, cmap="Blues")
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=45)
    axes.set_yticks(range(table.shape[0]), table.index)
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            axes.text(column, row, table.iloc[row, column], ha="center", va="center")
    right = frame["correct"].mean()
    axes.set_title(f"Triage is right for {right:.0%} of {len(frame)} tickets")
    axes.set_xlabel("the model's answer (number of tickets)")
    axes.set_ylabel("true category")
    return figure
"""

UNLABELLED = """
import matplotlib.pyplot as plt

def draw(frame):
    figure, axes = plt.subplots()
    shares = frame.groupby("target")["correct"].mean()
    axes.bar(shares.index, shares)
    return figure
"""

LEARNERS = {
    "untouched": {},
    "drops_failures": {
        "p1-eval-set-answer": "my_set = labelling.eval_set('A card.')",
        "p1-detection-answer": "wider_set = my_set",
        "p1-accuracy-answer": DROPS_FAILURES,
        "p1-figure-answer": MATRIX,
    },
    "hurried": {
        "p1-eval-set-answer": OWN_SET + "\nmy_set = my_set[:20]",
        "p1-detection-answer": "wider_set = my_set",
        "p1-accuracy-answer": TEXTBOOK,
        "p1-figure-answer": UNLABELLED,
    },
    "lazy": {
        "p1-eval-set-answer": (
            OWN_SET
            + "\nfrom dataclasses import replace"
            + "\nfrom evalfirst.evals import EvalSet"
            + "\nmy_set = EvalSet(tuple(replace(s, target='billing') for s in my_set))"
        ),
        "p1-detection-answer": "wider_set = my_set",
        "p1-accuracy-answer": STOPS,
        "p1-figure-answer": "def draw(frame):\n    return 'a nice picture'",
    },
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    from graders.phase_1.reference import reference_eval_set

    cohort = make_cohort(Course.here(), NAME, tmp_path_factory.mktemp("phase_1"))
    course = json.loads(cohort.directory.notebook(NAME).read_text())
    solutions = {
        cell["id"]: "".join(cell["source"])
        for cell in course["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    for name, answers in (LEARNERS | {"reference": solutions}).items():
        learner = cohort.join(name)
        learner.answer(answers)
        if name not in ("reference", "untouched"):
            rows = EvalSet(reference_eval_set().samples, "triage")
            rows.save(learner.workspace.evals / "triage.jsonl")
        cohort.hand_in(learner)
    cohort.run("autograde", NAME)
    cohort.run("generate_feedback", NAME)
    return cohort


def test_the_release_of_nbgrader_is_the_notebook_that_is_committed(graded):
    released = graded.directory.root / "release" / NAME / f"{NAME}.ipynb"
    committed = Course.here().root / "notebooks" / f"{NAME}.ipynb"
    assert released.read_bytes() == committed.read_bytes()


def test_the_points_are_those_of_the_exercises(graded):
    assert {name: exercises()[name].points for name in POINTS} == POINTS
    assert graded.marks()["reference"].keys() == POINTS.keys()


def test_the_reference_gets_full_marks(graded):
    assert graded.marks()["reference"] == POINTS


def test_the_untouched_release_gets_nothing_and_runs_to_its_end(graded):
    assert graded.marks()["untouched"] == dict.fromkeys(POINTS, 0)
    folder = graded.directory.root / "autograded" / "untouched" / NAME
    cells = json.loads((folder / f"{NAME}.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert not [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]
    assert graded.feedback("untouched").count("Not attempted yet") == len(POINTS)


def test_dropping_failed_calls_costs_the_cases_with_failed_calls(graded):
    marks = graded.marks()["drops_failures"]
    # 3 of the 12 weights of visible and held-out cases have failed calls in them
    assert marks["p1-accuracy"] == 4.5
    assert marks["p1-figure"] == POINTS["p1-figure"]
    # everything but the card is right, which is 0.5 of 11
    assert marks["p1-eval-set"] == pytest.approx(10 * 10.5 / 11, abs=0.01)
    assert "Failed calls are gone from your accuracy." in graded.feedback("drops_failures")
    # sixty good rows stop most of the changes, and not all
    assert 6 < marks["p1-detection"] < POINTS["p1-detection"]
    assert "Some of these changes would have gone out" in graded.feedback("drops_failures")


def test_a_hurried_answer_gets_part_of_the_marks(graded):
    marks = graded.marks()["hurried"]
    # 20 of 50 tickets; an interval that fails at the ends; right bars that nothing explains
    assert 3 < marks["p1-eval-set"] < 7
    assert marks["p1-detection"] < 4
    assert 2 < marks["p1-accuracy"] < 3.5
    assert 2 < marks["p1-figure"] < 4.5
    feedback = graded.feedback("hurried")
    assert "fewer than 50 distinct tickets" in feedback
    assert "Your interval has no width here." in feedback
    assert "Your figure has no title." in feedback


def test_a_lazy_answer_gets_next_to_nothing(graded):
    marks = graded.marks()["lazy"]
    assert marks["p1-eval-set"] <= 2
    assert marks["p1-detection"] == 0
    assert marks["p1-accuracy"] == 0
    assert marks["p1-figure"] == 0
    feedback = graded.feedback("lazy")
    assert "All rows have the same label." in feedback
    assert "Your code stopped with NameError." in feedback
    assert "returns no matplotlib figure" in feedback
