"""Opening the course: the learner's copies are theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evalfirst import lab
from evalfirst.cli import app


@pytest.fixture
def course(tmp_path) -> list[Path]:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("start_here.ipynb", "phase_1_ship.ipynb"):
        (folder / name).write_text(f"published {name}")
    return lab.published_notebooks(folder)


def test_a_new_workspace_gets_every_notebook(course, tmp_path):
    copied = lab.prepare(tmp_path / "mine", course)
    assert [path.name for path in copied] == ["phase_1_ship.ipynb", "start_here.ipynb"]
    assert (tmp_path / "mine" / "start_here.ipynb").read_text() == "published start_here.ipynb"


def test_a_notebook_with_the_learners_work_is_never_overwritten(course, tmp_path):
    mine = tmp_path / "mine" / "start_here.ipynb"
    mine.parent.mkdir()
    mine.write_text("my answers")
    copied = lab.prepare(tmp_path / "mine", course)
    assert mine.read_text() == "my answers"
    assert [path.name for path in copied] == ["phase_1_ship.ipynb"]


def test_outside_a_checkout_it_says_how_to_get_the_course(tmp_path):
    with pytest.raises(lab.CannotOpen, match="clone the repository and run `make lab`"):
        lab.published_notebooks(tmp_path)


def test_an_unusable_workspace_is_one_line_with_the_mend(tmp_path):
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["lab", "--workspace", str(tmp_path / "file" / "inside")])
    assert result.exit_code == 1
    assert "cannot write to the workspace" in result.stderr
    assert "--workspace FOLDER" in result.stderr
    assert "Traceback" not in result.output


def test_kernels_find_the_workspace_and_the_server_keeps_the_users_own_settings(tmp_path):
    made = lab.environment(
        tmp_path, {"PATH": "/usr/bin", "JUPYTER_CONFIG_PATH": "/home/me/jupyter"}
    )
    assert made["EVALFIRST_WORKSPACE"] == str(tmp_path)
    assert made["JUPYTER_CONFIG_PATH"].split(os.pathsep) == [str(lab.CONFIG), "/home/me/jupyter"]
    assert "JUPYTER_CONFIG_DIR" not in made
    assert made["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]


def test_a_key_in_the_environment_is_not_used_unless_the_learner_says_so(tmp_path):
    key = {"PATH": "/usr/bin", "OPENAI_API_KEY": "sk-mine"}
    assert lab.environment(tmp_path, key)["EVALFIRST_LLM"] == "local"
    chosen = lab.environment(tmp_path, {**key, "EVALFIRST_LLM": "live"})
    assert chosen["EVALFIRST_LLM"] == "live"


def test_the_server_opens_start_here(tmp_path):
    assert f"--LabApp.default_url=/lab/tree/{lab.START}" in lab.command(tmp_path)
    assert lab.command(tmp_path, ["--no-browser"])[-1] == "--no-browser"


def test_the_quiet_interface_keeps_validate():
    disabled = json.loads((lab.CONFIG / "labconfig" / "page_config.json").read_text())
    hidden = disabled["disabledExtensions"]
    assert hidden["@jupyter/nbgrader:formgrader"] is True
    assert not any("validate" in name for name in hidden)


def test_a_host_that_starts_jupyter_itself_gets_exports_that_a_shell_understands(tmp_path):
    root = tmp_path / "a folder with spaces"
    done = subprocess.run(
        [
            "bash",
            "-c",
            'eval "$("$0" -m evalfirst.lab)" && echo "$EVALFIRST_WORKSPACE"',
            sys.executable,
        ],
        env={**os.environ, "EVALFIRST_WORKSPACE": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(root)
    assert (root / lab.START).exists()
