"""The wheel that a project carries: built from a checkout, or packed again from an installation."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution

import pytest

from evalfirst.commands import wheel
from evalfirst.commands.wheel import NoWheel, make_wheel, repack, requirements_of


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return make_wheel(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The wheel, installed by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, "--target", str(folder), str(built)], check=True, capture_output=True)
    (about,) = folder.glob("evalfirst-*.dist-info")
    return PathDistribution(about)


def contents(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {n: packed.read(n) for n in packed.namelist() if not n.endswith("/RECORD")}


def test_a_checkout_builds_a_wheel_that_carries_the_files_of_a_new_project(built):
    inside = contents(built)
    root = wheel.find_checkout()
    wanted = {
        path.relative_to(root).as_posix()
        for path in (root / "evalfirst" / "skeleton").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(wanted) > 10
    assert wanted - inside.keys() == set()


def test_an_installation_is_packed_into_the_same_wheel_again(built, installed, tmp_path):
    again = repack(installed, tmp_path)
    assert again.name == built.name
    assert contents(again) == contents(built)


def test_what_was_packed_again_installs(installed, tmp_path):
    again = repack(installed, tmp_path)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    done = subprocess.run(
        [*pip, "--target", str(tmp_path / "there"), str(again)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there" / "evalfirst" / "cli.py").is_file()


def test_packing_twice_gives_the_same_bytes(installed, tmp_path):
    one, other = (repack(installed, _made(tmp_path / name)) for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def _made(folder):
    folder.mkdir()
    return folder


def test_the_wheel_says_what_it_needs(built):
    assert any(line.startswith("pydantic") for line in requirements_of(built))


def test_a_checkout_without_hatchling_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NoWheel, match=r"runs from the checkout .*pip install hatchling"):
        make_wheel(tmp_path)


def test_a_build_that_fails_shows_why(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "evalfirst"\n')
    monkeypatch.setattr(wheel, "find_checkout", lambda: tmp_path)
    with pytest.raises(NoWheel, match=r"could not be built:\n[\s\S]*version"):
        make_wheel(tmp_path / "out")


def test_an_editable_installation_without_its_checkout_says_so(tmp_path):
    about = _made(tmp_path / "evalfirst-1.0.dist-info")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: evalfirst\nVersion: 1.0\n")
    (about / "RECORD").write_text("_editable_evalfirst.pth,,\nevalfirst-1.0.dist-info/METADATA,,\n")
    with pytest.raises(NoWheel, match="does not list its own files, as an editable one"):
        repack(PathDistribution(about), tmp_path)


def test_a_damaged_installation_names_a_missing_file(tmp_path):
    about = _made(tmp_path / "evalfirst-1.0.dist-info")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: evalfirst\nVersion: 1.0\n")
    (about / "RECORD").write_text("evalfirst/__init__.py,,\nevalfirst-1.0.dist-info/METADATA,,\n")
    with pytest.raises(NoWheel, match=r"are missing, such as evalfirst/__init__.py. Install it ag"):
        repack(PathDistribution(about), tmp_path)


def test_without_any_installation_it_says_so(monkeypatch, tmp_path):
    def absent(name):
        raise wheel.PackageNotFoundError(name)

    monkeypatch.setattr(wheel, "find_checkout", lambda: None)
    monkeypatch.setattr(wheel, "distribution", absent)
    with pytest.raises(NoWheel, match="neither installed nor a checkout"):
        make_wheel(tmp_path)
