"""`evalfirst eval`: runs, says how it went, keeps the run, and accepts a baseline on request."""

from __future__ import annotations

import os

import pytest

from evalfirst.commands.project_run import report
from evalfirst.evals import EvalRun
from evalfirst.llm import Usage
from evalfirst.trend import TrendStore
from tests.evals.compared_runs import run_of


def test_a_run_is_reported_and_kept(project):
    done = project.run("eval")
    assert done.exit_code == 0
    assert "right         100 of 100 (100%), likely 96% to 100%" in done.output
    assert "failed calls  none" in done.output
    kept = EvalRun.load(project.root / "runs" / "latest.jsonl")
    assert (len(kept), kept.passes()) == (100, 100)
    assert not (project.root / "evals" / "baseline.jsonl").exists()


def test_failed_calls_are_told_by_kind_and_are_no_failure_of_the_command(project):
    project.write("shouting.py", "def shout(text):\n    raise TimeoutError('slow')\n")
    done = project.run("eval")
    assert done.exit_code == 0
    assert "failed calls  100 (TimeoutError: 100)" in done.output


def test_a_baseline_is_accepted_only_on_request_and_says_what_changes(project):
    assert project.run("eval", "--baseline").exit_code == 0
    project.write("shouting.py", "def shout(text):\n    return text.upper()[:6]\n")
    done = project.run("eval", "--baseline")
    assert "Against the baseline so far: The old version answers 100% right" in done.output
    assert "say why in a decision record" in done.output
    assert EvalRun.load(project.root / "evals" / "baseline.jsonl").passes() == 10


def test_another_set_and_feature_can_be_named(project):
    project.write("evals/two.jsonl", '{"id": "a", "input": "x", "target": 1}\n')
    project.write("shouting.py", "def one(text):\n    return 1\n")
    done = project.run("eval", "--feature", "shouting:one", "--set", "evals/two.jsonl")
    assert "1 of 1 (100%)" in done.output


def test_answers_of_the_model_are_recorded_in_the_project_unless_the_person_chose(project):
    toml = project.root / "evalfirst.toml"
    toml.write_text(toml.read_text() + 'recording = "recordings/answers.jsonl"\n')
    project.run("eval")
    assert os.environ["EVALFIRST_RECORD"] == str(project.root / "recordings" / "answers.jsonl")
    os.environ["EVALFIRST_RECORD"] = "mine.jsonl"
    project.run("eval")
    assert os.environ["EVALFIRST_RECORD"] == "mine.jsonl"


def test_the_quality_history_gets_each_run_in_a_file_of_the_project(project, monkeypatch):
    toml = project.root / "evalfirst.toml"
    toml.write_text(toml.read_text() + 'store = "sqlite:///quality.sqlite"\n')
    monkeypatch.chdir(project.root / "evals")
    project.run("eval")
    project.write("shouting.py", "def shout(text):\n    return text\n")
    done = project.run("eval")
    assert done.exit_code == 0, done.stderr
    assert "added to the quality history" in done.output
    store = TrendStore(f"sqlite:///{project.root / 'quality.sqlite'}")
    assert list(store.trend(feature="shout").passes) == [100, 0]


def test_a_history_that_cannot_be_reached_is_said_and_the_run_is_kept(project):
    done = project.run("eval", "--store", "sqlite:///shouting.py/quality.sqlite")
    assert done.exit_code == 2
    assert "quality.sqlite" in done.stderr
    assert "Traceback" not in done.stderr
    assert (project.root / "runs" / "latest.jsonl").is_file()


@pytest.mark.parametrize("url", ["not a url", "nodatabase://x"])
def test_a_history_that_is_no_database_is_said(project, url):
    done = project.run("eval", "--store", url)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    assert url in done.stderr


NOT_RECORDED = """
from evalfirst.llm import client
def shout(text):
    return client().chat.completions.create(model="small", messages=[
        {"role": "user", "content": text}]).choices[0].message.content
"""


def test_answers_that_nobody_recorded_say_nothing_about_the_feature(project, monkeypatch):
    monkeypatch.setenv("EVALFIRST_LLM", "replay")
    project.write("shouting.py", NOT_RECORDED)
    done = project.run("eval", "--baseline")
    assert done.exit_code == 2
    assert "100 samples of 100 got no answer, and the feature is not to blame" in done.stderr
    assert "was not recorded" in done.stderr
    assert not (project.root / "evals" / "baseline.jsonl").exists()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("evals/words.jsonl", '{"id": 3}\n', "line 1: field 'id'"),
        ("evals/words.jsonl", "", "words is empty"),
        ("evalfirst.toml", "nonsense", "not TOML"),
        ("shouting.py", "def shout(", "SyntaxError"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(project, file, text, message):
    project.write(file, text)
    done = project.run("eval")
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_in_a_scorer_keeps_its_traceback_and_is_no_verdict(project):
    project.write(
        "shouting.py",
        "def shout(text):\n    return 1\ndef odd(output, target):\n    return None.x\n",
    )
    toml = project.root / "evalfirst.toml"
    toml.write_text(toml.read_text().replace('"exact"', '"shouting:odd"'))
    done = project.run("eval")
    assert done.exit_code == 2
    assert "AttributeError" in done.stderr
    assert "nothing about the feature's quality" in " ".join(done.stderr.split())


def test_a_run_that_cannot_be_written_is_said_and_the_old_one_stays(project):
    project.run("eval")
    before = (project.root / "runs" / "latest.jsonl").read_bytes()
    toml = project.root / "evalfirst.toml"
    toml.write_text(toml.read_text() + 'run = "shouting.py/latest.jsonl"\n')
    done = project.run("eval")
    assert done.exit_code == 2
    assert "shouting.py" in done.stderr
    assert (project.root / "runs" / "latest.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("sent", "answered", "told"),
    [(10, 3, "10 in, 3 out"), (10, None, "10 in"), (None, 3, "3 out"), (None, None, None)],
)
def test_of_the_tokens_what_is_known_is_told(sent, answered, told):
    asked = Usage(calls=1, prompt_tokens=sent, completion_tokens=answered, dollars=0.00042)
    lines = [line.split(maxsplit=1) for line in report(run_of("R", usage=asked)).splitlines()]
    found = dict(line for line in lines if len(line) == 2)
    assert found.get("tokens") == told
    assert found["money"] == "$0.00042"
