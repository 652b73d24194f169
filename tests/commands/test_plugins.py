"""Commands of other packages load when they are asked for, and say why if they cannot."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
from typer.testing import CliRunner

import evalfirst.cli
from evalfirst.cli import GROUP, app


@pytest.fixture
def broken(monkeypatch):
    entry = EntryPoint("broken", "a_library_that_is_absent.cli:app", GROUP)
    working = {"course": EntryPoint("course", "graders.cohort.cli:app", GROUP)}
    monkeypatch.setattr(evalfirst.cli, "_plugins", lambda: {**working, "broken": entry})


@pytest.mark.usefixtures("broken")
def test_a_broken_plugin_says_why_when_it_is_asked_for_whatever_it_is_asked():
    done = CliRunner().invoke(app, ["broken", "do", "--this"])
    assert done.exit_code == 2
    assert "No module named 'a_library_that_is_absent'" in done.stderr
    assert "evalfirst[course]" in done.stderr


@pytest.mark.usefixtures("broken")
def test_a_broken_plugin_takes_no_other_command_away_and_says_nothing_then():
    done = CliRunner().invoke(app, ["gate", "--help"])
    assert done.exit_code == 0
    assert "absent" not in done.output + done.stderr
    assert CliRunner().invoke(app, ["course", "--help"]).exit_code == 0


@pytest.mark.usefixtures("broken")
def test_the_list_of_commands_names_it_as_not_available():
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    assert "Not available in this installation" in " ".join(done.output.split())
    assert "course" in done.output


def test_the_gate_loads_neither_jupyter_nor_nbgrader_nor_the_course():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom evalfirst.cli import app\n"
        "done = CliRunner().invoke(app, ['gate', '--config', 'nowhere.toml'])\n"
        "assert done.exit_code == 2, done.output\n"
        "heavy = {'nbgrader', 'jupyterlab', 'nbformat', 'graders', 'ipywidgets', 'openai'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_command_is_refused_with_those_that_exist_near_it():
    done = CliRunner().invoke(app, ["gat"])
    assert done.exit_code == 2
    assert "gate" in done.stderr
