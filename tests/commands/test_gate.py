"""`evalfirst gate`: 0 pass, 1 fail, 2 cannot tell, and the report where people look for it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

WORSE = """
def shout(text):
    return text if int(text[5:]) % 3 == 0 else text.upper()
"""


@pytest.fixture
def accepted(project):
    assert project.run("eval", "--baseline").exit_code == 0
    return project


def test_an_unchanged_feature_passes(accepted):
    done = accepted.run("gate")
    assert done.exit_code == 0
    assert "Pass. No drop of the share of right answers by more than 2.6 points" in done.output


def test_a_worse_feature_fails(accepted):
    accepted.write("shouting.py", WORSE)
    done = accepted.run("gate")
    assert done.exit_code == 1
    assert "Fail. The share of right answers dropped by 34 points" in done.output


def test_a_set_that_was_cut_down_cannot_tell_and_says_what_is_missing(accepted):
    accepted.set(12)
    done = accepted.run("gate")
    assert done.exit_code == 2
    assert "Too small to tell." in done.output
    assert "About 66 samples would do" in done.output
    assert "88 samples (w12, w13, w14, ...) of the old run are missing" in done.output


def test_without_a_baseline_it_says_how_to_accept_one(project):
    done = project.run("gate")
    assert done.exit_code == 2
    assert "there is no run at" in done.stderr
    assert "`evalfirst eval --baseline`" in done.stderr


def test_a_damaged_baseline_is_named_with_file_and_mend(accepted):
    baseline = accepted.root / "evals" / "baseline.jsonl"
    baseline.write_bytes(baseline.read_bytes()[:-30])
    done = accepted.run("gate")
    assert done.exit_code == 2
    assert str(baseline) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_set_with_other_targets_has_nothing_to_compare(accepted):
    accepted.set(100, target="OTHER")
    done = accepted.run("gate")
    assert done.exit_code == 2
    assert "behind each of them the input or the target differs" in done.stderr


def test_summary_and_junit_are_written_where_they_are_asked_for(accepted):
    accepted.write("shouting.py", WORSE)
    done = accepted.run("gate", "--summary", "build/gate.md", "--junit", "build/gate.xml")
    assert done.exit_code == 1
    text = (accepted.root / "build" / "gate.md").read_text()
    assert text.startswith("## Eval gate: fail")
    root = ET.parse(accepted.root / "build" / "gate.xml").getroot()
    assert root.get("failures") == "1"


def test_the_step_summary_of_github_is_added_to_and_not_replaced(accepted, monkeypatch):
    step = accepted.write("step.md", "what another step said\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    accepted.run("gate")
    assert step.read_text().startswith("what another step said\n## Eval gate: pass")


def test_a_kept_run_can_be_decided_on_without_running_anything(accepted):
    accepted.write("shouting.py", WORSE)
    accepted.run("eval")
    accepted.write("shouting.py", "raise SystemError('not run')")
    done = accepted.run("gate", "--run", "runs/latest.jsonl")
    assert done.exit_code == 1


def test_settings_of_the_gate_are_those_of_the_file(accepted):
    toml = accepted.root / "evalfirst.toml"
    toml.write_text(toml.read_text() + "[gate]\nfloor = 0.99\n")
    done = accepted.run("gate")
    assert done.exit_code == 2
    assert "the floor of 99% lies in between" in done.output
