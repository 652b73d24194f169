"""`evalfirst new`: all of a project or nothing, and its own gate works where the course is not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from evalfirst.cli import app
from evalfirst.commands import new_project
from evalfirst.commands.new_project import CannotCreate, create
from evalfirst.stats import drop_power, drop_sample_size
from evalfirst.trend import TrendStore

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """One new project, which no test changes."""
    target = tmp_path_factory.mktemp("work") / "inbox"
    create(target)
    return target


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, template):
    """A machine without the checkout: the project's own wheel, and what it needs."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home / "env", with_pip=False, symlinks=True)
    shared = home / "shared"
    shared.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        # an editable installation leads back to the checkout
        if "evalfirst" not in entry.name:
            (shared / entry.name).symlink_to(entry)
    paths = sysconfig.get_paths(vars={"base": str(home / "env"), "platbase": str(home / "env")})
    (Path(paths["purelib"]) / "shared.pth").write_text(f"{shared}\n")
    env = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("OPENAI_", "EVALFIRST_", "PYTHON", "GITHUB_", "VIRTUAL_ENV"))
    }
    env |= {"PATH": f"{paths['scripts']}{os.pathsep}{env['PATH']}", "PIP_NO_INDEX": "1"}
    env |= {"PYTHONDONTWRITEBYTECODE": "1"}
    install = next(step["run"] for step in steps(template) if step.get("name") == "Install")
    done = bash(install, template, env)
    assert done.returncode == 0, done.stdout + done.stderr
    return env


@pytest.fixture
def project(template, tmp_path):
    """A copy of the new project under git, as a learner has it."""
    copy = tmp_path / "inbox"
    subprocess.run(["cp", "-r", str(template), str(copy)], check=True)
    git(copy, "init", "--quiet")
    git(copy, "add", ".")
    git(copy, "commit", "--quiet", "-m", "Begin")
    return copy


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Learner", "-c", "user.email=learner@example.com"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def bash(command: str, folder: Path, env: dict[str, str]):
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )


def steps(folder: Path) -> list[dict]:
    return workflow(folder)["jobs"]["gate"]["steps"]


def workflow(folder: Path) -> dict:
    return yaml.safe_load((folder / ".github" / "workflows" / "evals.yml").read_text())


def ci(folder: Path, env: dict[str, str], name: str) -> subprocess.CompletedProcess:
    """Run one step of the workflow, with its own command and settings."""
    (step,) = [step for step in steps(folder) if step.get("name") == name]
    return bash(step["run"], folder, env | workflow(folder)["jobs"]["gate"]["env"])


def test_it_is_complete_and_leaves_nothing_beside_it(template):
    assert [path.name for path in template.parent.iterdir()] == ["inbox"]
    for name in (
        "README.md",
        "feature.py",
        "prompts/triage.v1.yaml",
        "evals/messages.jsonl",
        "evals/messages.card.md",
        "evals/baseline.jsonl",
        "evalfirst.toml",
        "recordings/answers.jsonl",
        ".github/workflows/evals.yml",
        "decisions/0001-stop-regressions-in-ci.md",
        "tests/test_feature.py",
        ".gitignore",
        "requirements.txt",
    ):
        assert (template / name).is_file(), name
    assert len(list((template / "vendor").glob("evalfirst-*.whl"))) == 1


def test_nothing_is_left_to_be_filled_in(template):
    for path in template.rglob("*"):
        if path.suffix in (".md", ".yml", ".yaml", ".toml", ".py", ".txt"):
            assert not re.search(r"@[A-Z]+@", path.read_text()), path
    readme = (template / "README.md").read_text()
    assert readme.startswith("# inbox\n")
    assert "57 of 80 (71%; 95% interval 61% to 80%)" in readme


def test_every_file_that_the_readme_names_is_there(template):
    readme = (template / "README.md").read_text()
    made_later = {"quality.sqlite", "build/gate.md"}
    named = set(re.findall(r"`([\w./-]+\.(?:py|md|yml|toml|jsonl|sqlite))`", readme))
    named |= {link for link in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in link}
    assert len(named) > 6
    for name in named - made_later:
        assert (template / name).exists(), name


def test_the_weights_that_the_readme_names_are_those_of_the_course(template):
    assert (ROOT / "requirements-model.txt").read_text().strip() in (
        template / "README.md"
    ).read_text()


def test_every_requirement_is_pinned_and_the_library_is_the_one_that_travels(template):
    lines = [
        line
        for line in (template / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert (template / lines[0]).is_file()
    assert all(re.fullmatch(r"[a-z0-9._-]+==[\w.!+]+", line) for line in lines[1:])
    assert any(line.startswith("pytest==") for line in lines)


def test_it_runs_from_its_wheel_and_not_from_the_checkout(template, elsewhere):
    code = "import sys, evalfirst; print(evalfirst.__file__); print(sys.path)"
    done = bash(f'python -c "{code}"', template, elsewhere)
    assert done.returncode == 0, done.stderr
    assert str(ROOT) + "/evalfirst" not in done.stdout
    assert f"'{ROOT}'" not in done.stdout


def test_the_commands_of_its_workflow_pass_at_once_and_leave_git_clean(project, elsewhere):
    # the installation has been run as it stands there
    commands = [step["name"] for step in steps(project) if "run" in step]
    assert commands == ["Install", "Test", "Gate"]
    for name in commands[1:]:
        done = ci(project, elsewhere, name)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    assert "Pass." in done.stdout
    assert (project / "build" / "gate.md").read_text().startswith("## Eval gate: pass")
    assert ET.parse(project / "build" / "gate.xml").getroot().get("failures") == "0"
    kept = steps(project)[-1]["with"]["path"].split()
    assert all((project / path).is_file() for path in kept)
    assert git(project, "status", "--porcelain") == ""


def test_the_first_eval_makes_the_quality_history_and_needs_neither_key_nor_model(
    project, elsewhere
):
    # as the README has it: no setting says who answers
    done = bash("evalfirst eval", project, elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "80 of 80 recorded" in done.stdout
    history = TrendStore(f"sqlite:///{project / 'quality.sqlite'}").trend(feature="triage")
    assert list(history.passes) == [57]
    assert git(project, "status", "--porcelain") == ""


def test_a_prompt_that_was_made_worse_fails_the_gate(project, elsewhere):
    prompt = project / "prompts" / "triage.v1.yaml"
    # the words of two desks change places: what the model is asked stays as it was recorded
    text = (
        prompt.read_text().replace("  loans: [", "  LOANS: [").replace("  rooms: [", "  loans: [")
    )
    prompt.write_text(text.replace("  LOANS: [", "  rooms: ["))
    gate = ci(project, elsewhere, "Gate")
    assert gate.returncode == 1, gate.stdout + gate.stderr
    assert "Fail. The share of right answers dropped" in gate.stdout
    report = (project / "build" / "gate.md").read_text()
    assert "### Got worse" in report
    assert ET.parse(project / "build" / "gate.xml").getroot().get("failures") != "0"


def test_an_eval_set_that_was_cut_down_cannot_tell(project, elsewhere):
    rows = (project / "evals" / "messages.jsonl").read_text().splitlines(keepends=True)
    (project / "evals" / "messages.jsonl").write_text("".join(rows[:8]))
    gate = ci(project, elsewhere, "Gate")
    assert gate.returncode == 2, gate.stdout + gate.stderr
    assert "Too small to tell." in gate.stdout
    assert "72 samples" in gate.stdout


def test_a_prompt_whose_answers_nobody_recorded_cannot_tell_in_ci(project, elsewhere):
    prompt = project / "prompts" / "triage.v1.yaml"
    prompt.write_text(prompt.read_text().replace("public library", "large bookshop"))
    gate = ci(project, elsewhere, "Gate")
    assert gate.returncode == 2, gate.stdout + gate.stderr
    assert "was not recorded" in gate.stderr
    assert "not to blame" in gate.stderr


@pytest.mark.model
@pytest.mark.slow
def test_an_instruction_that_was_lost_fails_with_the_model_and_its_answers_are_kept(
    project, elsewhere
):
    prompt = project / "prompts" / "triage.v1.yaml"
    text = prompt.read_text()
    start, end = text.index("  You work at the front desk"), text.index('user: "{message}"')
    prompt.write_text(f"{text[:start]}  Be helpful and friendly.\n{text[end:]}")
    recording = project / "recordings" / "answers.jsonl"
    before = recording.read_text()
    live = bash("evalfirst gate", project, elsewhere)
    assert live.returncode == 1, live.stdout + live.stderr
    assert recording.read_text().startswith(before)
    assert len(recording.read_text().splitlines()) == 160
    # with the new answers committed, CI comes to the same decision
    assert ci(project, elsewhere, "Gate").returncode == 1


def test_its_eval_set_is_what_its_card_says(template):
    rows = [json.loads(line) for line in (template / "evals/messages.jsonl").open()]
    card = (template / "evals" / "messages.card.md").read_text()
    assert f"{len(rows)} messages, 16 for each desk" in card
    for name, count in re.findall(r"\| `(\w+)` \| [^|]+ \| (\d+) \|", card):
        assert sum(name in row["metadata"]["slices"] for row in rows) == int(count)
    desks = {row["target"] for row in rows}
    assert {desk: sum(row["target"] == desk for row in rows) for desk in desks} == dict.fromkeys(
        desks, 16
    )


def test_its_decision_record_states_sizes_that_hold():
    record = (new_project.SKELETON / "decisions" / "0001-stop-regressions-in-ci.md").read_text()
    assert "about 270 rows" in record
    assert drop_sample_size(0.05, changed=0.1) == pytest.approx(270, abs=5)
    assert "and 530 where a fifth does" in record
    assert drop_sample_size(0.05, changed=0.2) == pytest.approx(530, abs=5)
    assert drop_power(80, 0.15, changed=0.25) > 0.8 > drop_power(80, 0.15, changed=0.3)


def test_an_existing_repository_of_git_keeps_its_history(tmp_path, monkeypatch):
    target = tmp_path / "mine"
    target.mkdir()
    git(target, "init", "--quiet")
    git(target, "commit", "--allow-empty", "--quiet", "-m", "Mine")
    monkeypatch.chdir(target)
    done = CliRunner().invoke(app, ["new", "."])
    assert done.exit_code == 0, done.stderr
    assert git(target, "log", "--format=%s") == "Mine\n"
    assert (target / "feature.py").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("held", ["notes.txt", ".env"])
def test_a_folder_that_holds_anything_is_left_alone(tmp_path, held):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / held).write_text("precious")
    done = CliRunner().invoke(app, ["new", str(tmp_path / "mine")])
    assert done.exit_code == 2
    assert f"is not empty (it holds {held})" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [held]


def test_a_file_in_its_place_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(CannotCreate, match=r"is a file\. Name a new folder"):
        create(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "precious"


def fake_wheel(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / "evalfirst-0-py3-none-any.whl"
    path.write_bytes(b"")
    return path


def test_a_project_that_fails_its_own_eval_is_not_kept(tmp_path, monkeypatch):
    skeleton = tmp_path / "skeleton"
    subprocess.run(["cp", "-r", str(new_project.SKELETON), str(skeleton)], check=True)
    (skeleton / "recordings" / "answers.jsonl").write_text("")
    monkeypatch.setattr(new_project, "SKELETON", skeleton)
    monkeypatch.setattr(new_project, "make_wheel", fake_wheel)
    monkeypatch.setattr(new_project, "_requirements", lambda _: "")
    with pytest.raises(CannotCreate, match=r"not pass its own eval[\s\S]*was not recorded"):
        create(tmp_path / "work" / "mine")
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("exists", [False, True])
def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch, exists):
    if exists:
        (tmp_path / "mine").mkdir()

    def full(_):
        raise OSError(28, "No space left on device", "mine/vendor")

    monkeypatch.setattr(new_project, "make_wheel", full)
    done = CliRunner().invoke(app, ["new", str(tmp_path / "mine")])
    assert done.exit_code == 2
    assert "No space left on device" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == (["mine"] if exists else [])
    assert not exists or list((tmp_path / "mine").iterdir()) == []


def test_a_move_that_stops_half_way_is_taken_back(tmp_path, monkeypatch):
    made, target = tmp_path / "made", tmp_path / "target"
    for folder in (made, target):
        folder.mkdir()
    for name in ("a", "b", "c"):
        (made / name).write_text(name)
    rename = Path.rename

    def stops(self, to):
        if self == made / "c":
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", stops)
    with pytest.raises(OSError, match="Input/output"):
        new_project._put(made, target)
    assert list(target.iterdir()) == []
    assert sorted(path.name for path in made.iterdir()) == ["a", "b", "c"]


def test_python_of_the_workflow_is_the_one_that_made_the_project(template):
    setup = next(step for step in steps(template) if "setup-python" in step.get("uses", ""))
    assert setup["with"]["python-version"] == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_faults_of_the_session_do_not_spoil_the_baseline(tmp_path, template, monkeypatch):
    monkeypatch.setenv("EVALFIRST_FAULTS", "seed=1,refusal=.5")
    create(tmp_path / "inbox")
    told = [(at / "README.md").read_text() for at in (template, tmp_path / "inbox")]
    assert told[0] == told[1]
