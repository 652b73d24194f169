from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

import evalfirst.cli
from evalfirst.workspace import Workspace
from graders.cohort.directory import CourseDirectory
from graders.cohort.submission import BadArchive, CannotPack, collect, pack

NAME = "phase_9_try"


@pytest.fixture
def workspace(tmp_path):
    found = Workspace(tmp_path / "workspace")
    found.evals.mkdir(parents=True)
    (found.root / f"{NAME}.ipynb").write_text('{"cells": []}')
    (found.evals / "triage.jsonl").write_text("a row\n")
    for folder in (".git", "__pycache__"):
        (found.feature / folder).mkdir()
        (found.feature / folder / "large").write_text("x")
    (found.root / "private.txt").write_text("a secret")
    (found.feature / "link").symlink_to(found.root / "private.txt")
    return found


@pytest.fixture
def directory(tmp_path):
    return CourseDirectory(tmp_path / "cohort")


def archive(path, **members):
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in members.items():
            packed.writestr(name, text)
    return path


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_submission_holds_the_notebook_and_the_feature_and_nothing_else(workspace, directory):
    packed = pack(workspace, NAME)
    assert packed.files == 2
    assert packed.feature
    taken = collect(directory, NAME, packed.path, "ada")
    assert taken == directory.root / "submitted" / "ada" / NAME
    assert files(taken) == ["feature/evals/triage.jsonl", f"{NAME}.ipynb", "timestamp.txt"]
    assert (taken / "feature/evals/triage.jsonl").read_text() == "a row\n"


def test_the_archives_time_is_the_submissions(workspace, directory):
    packed = pack(workspace, NAME)
    os.utime(packed.path, (0, 0))
    taken = collect(directory, NAME, packed.path, "ada")
    assert (taken / "timestamp.txt").read_text() == "1970-01-01 00:00:00.000000 UTC"


def test_packing_again_replaces_the_archive_in_one_step(workspace):
    first = pack(workspace, NAME).path
    assert pack(workspace, f"{NAME}.ipynb").path == first
    assert [p.name for p in workspace.root.iterdir() if p.suffix in (".zip", ".tmp")] == [
        f"{NAME}.zip"
    ]


def test_a_notebook_that_is_not_there_is_named_with_those_that_are(workspace):
    with pytest.raises(CannotPack, match=rf"no phase_8.ipynb in .*{NAME}"):
        pack(workspace, "phase_8")


def test_a_folder_around_the_submission_is_taken_off(tmp_path, directory):
    path = archive(
        tmp_path / "ada.zip",
        **{
            f"work/{NAME}.ipynb": "{}",
            "work/feature/a.txt": "a",
            f"work/old/{NAME}.ipynb": "older",
            "work/diary.txt": "not handed in",
        },
    )
    taken = collect(directory, NAME, path, "ada")
    assert files(taken) == ["feature/a.txt", f"{NAME}.ipynb", "timestamp.txt"]
    assert (taken / f"{NAME}.ipynb").read_text() == "{}"


def test_a_second_submission_replaces_the_first_only_on_request(tmp_path, directory):
    for text in ("first", "second"):
        archive(tmp_path / f"{text}.zip", **{f"{NAME}.ipynb": text})
    taken = collect(directory, NAME, tmp_path / "first.zip", "ada")
    with pytest.raises(BadArchive, match=r"has a submission .*--replace"):
        collect(directory, NAME, tmp_path / "second.zip", "ada")
    assert (taken / f"{NAME}.ipynb").read_text() == "first"
    collect(directory, NAME, tmp_path / "second.zip", "ada", replace=True)
    assert (taken / f"{NAME}.ipynb").read_text() == "second"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"other.ipynb": "{}"}, f"no {NAME}.ipynb inside"),
        ({f"{NAME}.ipynb": "{}", "../escape.txt": "x"}, "points outside"),
        ({f"{NAME}.ipynb": "{}", "/etc/escape": "x"}, "points outside"),
        ({f"{NAME}.ipynb": "{}", "C:\\escape": "x"}, "points outside"),
        ({f"{NAME}.ipynb": "{}", "feature/..\\..\\escape": "x"}, "points outside"),
        ({f"{NAME}.ipynb": "{}"} | {f"feature/{n}": "" for n in range(5001)}, "at most 5000"),
    ],
)
def test_an_archive_that_is_no_submission_is_refused_and_changes_nothing(
    tmp_path, directory, members, said
):
    path = archive(tmp_path / "ada.zip", **members)
    with pytest.raises(BadArchive, match=said):
        collect(directory, NAME, path, "ada")
    assert files(directory.root) == []
    assert not list(tmp_path.rglob("escape*"))


def test_what_is_no_archive_is_named(tmp_path, directory):
    (tmp_path / "ada.zip").write_text("no archive")
    with pytest.raises(BadArchive, match=r"ada.zip: cannot be unpacked"):
        collect(directory, NAME, tmp_path / "ada.zip", "ada")


def test_an_archive_whose_bytes_were_damaged_is_named(tmp_path, directory):
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{NAME}.ipynb", str(list(range(999))))
    content = bytearray(path.read_bytes())
    header = 30 + len(f"{NAME}.ipynb")
    content[header : header + 30] = b"\xff" * 30
    path.write_bytes(content)
    with pytest.raises(BadArchive, match=r"ada.zip: cannot be unpacked"):
        collect(directory, NAME, path, "ada")
    assert files(directory.root) == []


def test_a_member_without_a_name_is_passed_over(tmp_path, directory):
    path = archive(tmp_path / "ada.zip", **{f"{NAME}.ipynb": "{}", ".": "x"})
    assert files(collect(directory, NAME, path, "ada")) == [f"{NAME}.ipynb", "timestamp.txt"]


def test_what_was_collected_stays_if_its_successor_cannot_take_its_place(
    tmp_path, directory, monkeypatch
):
    first, second = (
        archive(tmp_path / f"{text}.zip", **{f"{NAME}.ipynb": text}) for text in ("first", "second")
    )
    taken = collect(directory, NAME, first, "ada")
    move = Path.replace

    def full(path, target):
        if path.name == NAME and ".collecting-" in path.parent.name:
            raise OSError(28, "No space left on device")
        return move(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        collect(directory, NAME, second, "ada", replace=True)
    assert (taken / f"{NAME}.ipynb").read_text() == "first"


@pytest.mark.parametrize("pattern", [r"(.+)\.zip", "("])
def test_a_pattern_that_finds_no_learner_is_told_so(directory, checkout, pattern):
    directory.release(checkout)
    done = CliRunner().invoke(
        evalfirst.cli.app,
        ["course", "collect", str(directory.root), NAME, "ada.zip", "--student", pattern],
    )
    assert done.exit_code == 1
    assert "--student" in done.output


@pytest.mark.parametrize("student", ["", "..", "a/b", "a\\b", ".hidden"])
def test_a_name_that_is_a_path_is_refused(tmp_path, directory, student):
    path = archive(tmp_path / "x.zip", **{f"{NAME}.ipynb": "{}"})
    with pytest.raises(BadArchive, match="cannot be a learner's name"):
        collect(directory, NAME, path, student)


def test_a_release_leaves_settings_seed_and_submissions_alone(checkout, directory):
    directory.release(checkout)
    seed = directory.seed.read_text()
    assert len(seed.strip()) >= 32
    assert directory.seed.stat().st_mode & 0o077 == 0
    ignored = (directory.root / ".gitignore").read_text().split()
    assert {"seed.txt", "gradebook.db", "grades.csv", "submitted/", "feedback/"} <= set(ignored)
    config = directory.root / "nbgrader_config.py"
    config.write_text("# mine\n")
    (source,) = checkout.sources
    source.write_text(source.read_text().replace("Write the function.", "Write it."))
    assert directory.release(checkout) == [directory.notebook(NAME)]
    assert directory.release(checkout) == []
    assert config.read_text() == "# mine\n"
    assert directory.seed.read_text() == seed


def test_two_course_directories_have_two_seeds(checkout, tmp_path):
    seeds = set()
    for name in ("a", "b"):
        cohort = CourseDirectory(tmp_path / name)
        cohort.release(checkout)
        seeds.add(cohort.seed.read_text())
    assert len(seeds) == 2


def test_the_commands_take_a_submission_from_learner_to_instructor(
    checkout, workspace, tmp_path, monkeypatch
):
    from graders.cohort.build import Course

    monkeypatch.setattr(Course, "here", classmethod(lambda _: checkout))

    def run(*arguments):
        return CliRunner().invoke(evalfirst.cli.app, ["course", *map(str, arguments)])

    cohort = tmp_path / "cohort"
    assert f"is ready: {NAME}." in run("release", cohort).output
    handed_in = tmp_path / "ada.zip"
    assert run("pack", NAME, "--workspace", workspace.root, "--to", handed_in).exit_code == 0
    (tmp_path / "bob.zip").write_text("broken")
    collected = run("collect", cohort, NAME, handed_in, tmp_path / "bob.zip")
    assert collected.exit_code == 1
    assert "bob.zip: cannot be unpacked" in collected.output
    assert "Collected 1 of 2 archives." in collected.output
    assert (cohort / "submitted" / "ada" / NAME / f"{NAME}.ipynb").is_file()
    assert "There are: phase_9_try" in run("collect", cohort, "phase_8", handed_in).output


@pytest.mark.parametrize("where", ["workspace", "."])
def test_packing_works_in_the_workspace_and_beside_it(workspace, tmp_path, monkeypatch, where):
    from evalfirst import lab

    monkeypatch.setattr(lab, "default_root", lambda: workspace.root)
    monkeypatch.chdir(tmp_path / where)
    done = CliRunner().invoke(evalfirst.cli.app, ["course", "pack", f"{NAME}.ipynb"])
    assert done.exit_code == 0
    assert (workspace.root / f"{NAME}.zip").is_file()
