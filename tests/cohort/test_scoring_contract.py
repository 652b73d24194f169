"""nbgrader itself releases, grades and writes feedback; the marks must be those of the checks."""

from __future__ import annotations

import json
import shutil

import pytest

from graders.judging import held_out_cases
from graders.registry import exercises
from graders.seed import Seed
from tests.cohort.conftest import make_checkout, make_cohort, nbgrader

# one worker grades for all of these tests
pytestmark = pytest.mark.xdist_group("nbgrader-contract")

NAME = "phase_9_try"
RIGHT = "def double(n):\n    return n + n"
TEN = "rows = ['row'] * 10"

ANSWERS = {
    "reference": {"p9-double-answer": RIGHT, "p9-rows-answer": TEN},
    "untouched": {},
    "half": {
        "p9-double-answer": "def double(n):\n    return n",
        "p9-rows-answer": "rows = ['row'] * 5",
    },
    "crashing": {
        "p9-double-answer": "def double(n):\n    return {}[n]",
        "p9-rows-answer": TEN,
    },
    "noisy": {
        "p9-double-answer": (
            "import sys, warnings, logging\n"
            "import matplotlib.pyplot as plt\n"
            "def double(n):\n"
            "    display('shown'); plt.subplots()\n"
            "    print('to stderr', file=sys.stderr)\n"
            "    warnings.warn('old')\n"
            "    logging.getLogger('x').error('a line')\n"
            "    return n + n"
        ),
        "p9-rows-answer": TEN,
    },
    "lying": {
        "p9-double-answer": (
            "class Any(float):\n"
            "    def __eq__(self, other): return True\n"
            "    def __repr__(self): return '99'\n"
            "    __hash__ = float.__hash__\n"
            "def double(n):\n"
            "    return Any(1e9)"
        ),
        "p9-rows-answer": TEN,
    },
    "renaming": {
        "p9-double-answer": RIGHT + "\ngrade = check = lambda *_: 99.0",
        "p9-rows-answer": TEN,
    },
    "deleting": {"p9-double-answer": RIGHT, "p9-double": None, "p9-rows-answer": TEN},
    "with_files": {
        "p9-double-answer": RIGHT,
        "p9-rows-answer": (
            "from evalfirst.workspace import Workspace\n"
            "rows = (Workspace.here().evals / 'rows.txt').read_text().split()"
        ),
    },
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    course = make_checkout(folder / "checkout")
    course.build()
    cohort = make_cohort(course, NAME, folder)
    for name, answers in ANSWERS.items():
        learner = cohort.join(name)
        learner.answer(answers)
        if name == "with_files":
            learner.workspace.evals.mkdir(parents=True)
            (learner.workspace.evals / "rows.txt").write_text("row\n" * 10)
        cohort.hand_in(learner)
    instructors = folder / "instructors_own_workspace"
    cohort.run("autograde", NAME, EVALFIRST_WORKSPACE=str(instructors))
    cohort.run("generate_feedback", NAME)
    assert not instructors.exists()
    return cohort


def test_what_nbgrader_releases_is_the_learner_edition(graded):
    released = graded.directory.root / "release" / NAME / f"{NAME}.ipynb"
    built = graded.folder / "checkout" / "notebooks" / f"{NAME}.ipynb"
    assert released.read_bytes() == built.read_bytes()


@pytest.mark.parametrize(
    ("name", "double", "rows"),
    [
        ("reference", 4, 2),
        ("untouched", 0, 0),
        ("half", 1, 1),
        ("crashing", 0, 2),
        ("noisy", 4, 2),
        ("lying", 0, 2),
        ("renaming", 4, 2),
        ("deleting", 4, 2),
        ("with_files", 4, 2),
    ],
)
def test_the_gradebook_has_the_marks_that_the_answer_deserves(graded, name, double, rows):
    assert graded.marks()[name] == {"p9-double": double, "p9-rows": rows}


def test_the_untouched_release_runs_to_its_end(graded):
    folder = graded.directory.root / "autograded" / "untouched" / NAME
    cells = json.loads((folder / f"{NAME}.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert not [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]


def test_a_graded_cell_shows_the_card_and_nothing_else(graded):
    folder = graded.directory.root / "autograded" / "noisy" / NAME
    cells = json.loads((folder / f"{NAME}.ipynb").read_text())["cells"]
    (cell,) = (cell for cell in cells if cell["id"] == "p9-double")
    (output,) = cell["outputs"]
    assert output["data"]["text/plain"] == ["4.0"]
    assert "Correct" in "".join(output["data"]["text/html"])


def test_feedback_names_the_mistakes(graded):
    assert "The result is not twice the input." in graded.feedback("half")
    assert "There are fewer than ten rows." in graded.feedback("half")
    assert "Your code stopped with KeyError." in graded.feedback("crashing")
    assert "Not attempted yet" in graded.feedback("untouched")
    assert "not twice" not in graded.feedback("reference")


def test_feedback_shows_no_held_out_value(graded):
    secret = Seed(graded.directory.seed.read_text().strip(), practice=False)
    hidden = held_out_cases(exercises()["p9-double"], secret)
    assert len(hidden) == 2
    for name in ANSWERS:
        for case in hidden:
            assert str(case.given) not in graded.feedback(name)
            assert str(case.expected) not in graded.feedback(name)


def test_grading_leaves_no_attempts_or_evidence_in_a_submission(graded):
    folder = graded.directory.root / "autograded" / "reference" / NAME
    assert not list(folder.rglob("progress.sqlite"))
    assert not list(folder.rglob("1.2.json"))


def test_without_a_seed_nothing_is_graded(graded, tmp_path):
    copy = tmp_path / "cohort"
    shutil.copytree(graded.directory.root, copy)
    shutil.rmtree(copy / "autograded")
    (copy / "seed.txt").unlink()
    done = nbgrader(copy, "autograde", NAME, "--student=reference")
    assert done.returncode != 0
    assert "Nothing was graded" in done.stderr
    assert "seed.txt" in done.stderr
    assert not list(copy.glob("autograded/*/*/*.ipynb"))


@pytest.mark.parametrize(
    ("answers", "said"), [("reference", "Success!"), ("half", "VALIDATION FAILED ON 2 CELL(S)")]
)
def test_validate_agrees_with_the_checks(graded, answers, said):
    learner = graded.join(f"validating-{answers}")
    learner.answer(ANSWERS[answers])
    done = nbgrader(learner.workspace.root, "validate", learner.notebook.name)
    assert said in done.stdout
