"""Settings: the gate's own names and defaults, and errors that say what to write instead."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from evalfirst.commands.settings import BadSettings, Settings
from evalfirst.evals import Gate

EVAL = {"feature": "shouting:shout", "set": "evals/words.jsonl", "scorers": ["exact"]}
FILE = Path("/project/evalfirst.toml")


def settings(gate=None, **changed) -> Settings:
    return Settings(FILE, {"eval": EVAL | changed, "gate": gate or {}})


def test_without_a_gate_section_the_gate_has_its_own_defaults():
    assert Settings(FILE, {"eval": EVAL}).gate == Gate()


def test_every_setting_of_the_gate_can_stand_in_the_file():
    given = {
        "drop": 0.2,
        "false_alarm": 0.01,
        "power": 0.9,
        "scorer": "exact",
        "errors": "excluded",
        "slices": ["typos"],
        "slice_drop": 0.3,
        "floor": 0.5,
        "failed_calls": 0.1,
        "p95_seconds": 2,
        "dollars_per_thousand": 1.5,
    }
    assert given.keys() == {field.name for field in fields(Gate)}
    assert settings(given).gate == Gate(**{**given, "slices": ("typos",)})


def test_paths_start_at_the_file_and_not_where_the_command_is_given():
    found = settings({"baseline": "evals/old.jsonl", "junit": "build/gate.xml"})
    assert found.baseline == Path("/project/evals/old.jsonl")
    assert found.junit == Path("/project/build/gate.xml")
    assert found.summary is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, r"\[eval\]: missing. Write a section \[eval\]"),
        ({"eval": EVAL, "gates": {}}, r"\[gates\]: unknown. Did you mean gate\?"),
        ({"eval": {**EVAL, "feature": "shouting"}}, r"\[eval\] feature: 'shouting' names no call"),
        ({"eval": {**EVAL, "scorers": []}}, r'\[eval\] scorers: empty. Write scorers = \["exact"'),
        ({"eval": {**EVAL, "concurrency": 0}}, r"concurrency: .*greater than or equal to 1, got 0"),
        ({"eval": {**EVAL, "sets": "x"}}, r"\[eval\] sets: unknown. Did you mean set\?"),
        ({"eval": EVAL, "gate": {"drop": "ten"}}, r"\[gate\] drop: .*valid number.*got 'ten'"),
        ({"eval": EVAL, "gate": {"drop": 10}}, r"\[gate\] drop must be between 0 and 1"),
        ({"eval": EVAL, "gate": {"errors": "none"}}, r"\[gate\] errors: .*'wrong' or 'excluded'"),
        ({"eval": EVAL, "gate": {"qqq": 1}}, r"\[gate\] qqq: unknown. There are: baseline, doll"),
    ],
)
def test_a_problem_is_named_with_file_key_and_mend(data, message):
    with pytest.raises(BadSettings, match=message) as refused:
        Settings(FILE, data)
    assert str(refused.value).startswith(str(FILE))


def test_all_problems_are_named_at_once():
    with pytest.raises(BadSettings, match="3 problems"):
        Settings(FILE, {"eval": {**EVAL, "feature": "x", "nonsense": 1}, "gate": {"drop": "x"}})


def test_the_file_is_found_from_a_folder_inside_the_project(project, monkeypatch):
    monkeypatch.chdir(project.root / "evals")
    assert Settings.load().folder == project.root


def test_a_project_without_settings_is_told_how_to_begin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings, match=r"no evalfirst.toml in .*`evalfirst new DIR`"):
        Settings.load()


def test_a_file_that_is_no_toml_is_named_with_the_line(project):
    project.write("evalfirst.toml", "[eval]\nfeature = shouting:shout\n")
    with pytest.raises(BadSettings, match=r"not TOML: .*line 2.*Texts stand in quotes"):
        Settings.load()


@pytest.mark.usefixtures("project")
def test_what_the_command_line_says_goes_before_the_file():
    assert Settings.load(concurrency=9, feature=None).eval.concurrency == 9
    with pytest.raises(BadSettings, match="'nonsense' names no callable"):
        Settings.load(feature="nonsense")
