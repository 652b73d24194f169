"""The wheel of this very library, so that a project can carry it and CI can install it."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from evalfirst.commands.refusal import Refused

NAME = "evalfirst"
# the oldest time that a zip file can state; a real one would make each wheel another file
_EPOCH = (1980, 1, 1, 0, 0, 0)
# what an installer adds to a wheel, or says about one installation
_NOT_OF_THE_WHEEL = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


class NoWheel(Refused):
    """No wheel can be made from what is here; the message says what to do."""


def make_wheel(folder: Path) -> Path:
    """Put the wheel into `folder` and return its path.

    From a checkout it is built; from an installation it is packed again out of the files that
    the installation lists.

    Raises:
        NoWheel: neither works.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkout = find_checkout()
    if checkout is not None:
        return _build(checkout, folder)
    try:
        installed = distribution(NAME)
    except PackageNotFoundError:
        raise NoWheel(
            f"{NAME} is neither installed nor a checkout, so no wheel of it can be made. "
            "Install it, and run the command again."
        ) from None
    return repack(installed, folder)


def find_checkout() -> Path | None:
    """Return the checkout that this code runs from; `None` if it was installed from a wheel."""
    root = Path(__file__).resolve().parent.parent.parent
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return None
    return root if project.get("project", {}).get("name") == NAME else None


def _build(checkout: Path, folder: Path) -> Path:
    if importlib.util.find_spec("hatchling") is None:
        raise NoWheel(
            f"{NAME} runs from the checkout {checkout}, and building its wheel takes hatchling: "
            "`pip install hatchling`, or `make install-dev` there."
        )
    before = set(folder.glob("*.whl"))
    done = subprocess.run(  # noqa: S603  (our own interpreter and checkout)
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    made = set(folder.glob("*.whl")) - before
    if done.returncode or len(made) != 1:
        raise NoWheel(f"the wheel of {checkout} could not be built:\n{done.stderr or done.stdout}")
    return made.pop()


def repack(installed: Distribution, folder: Path) -> Path:
    """Pack an installed distribution into a wheel again.

    Raises:
        NoWheel: files that the installation lists are missing or it lists none; it may be an
            editable installation whose checkout is elsewhere.
    """
    name, version = installed.metadata["Name"], installed.version
    listed = installed.files or []
    inside = [
        file
        for file in listed
        # programs stand outside the packages, and are made anew from the entry points
        if not {"..", "__pycache__"} & set(file.parts) and file.name not in _NOT_OF_THE_WHEEL
    ]
    if not any(file.parts[:2] == (NAME, "__init__.py") for file in inside):
        raise NoWheel(
            f"the installation of {name} {version} does not list its own files, as an editable one "
            "does not. Install it from a wheel, or run the command from its checkout."
        )
    missing = [str(file) for file in inside if not Path(str(file.locate())).is_file()]
    if missing:
        raise NoWheel(
            f"files of the installation of {name} {version} are missing, such as {missing[0]}. "
            "Install it again."
        )
    about = next(file.parts[0] for file in inside if file.parts[0].endswith(".dist-info"))
    tag = Parser().parsestr(installed.read_text("WHEEL") or "")["Tag"] or "py3-none-any"
    target = folder / f"{about.removesuffix('.dist-info')}-{tag}.whl"
    record = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in sorted(inside):
            content = Path(str(file.locate())).read_bytes()
            wheel.writestr(zipfile.ZipInfo(file.as_posix(), _EPOCH), content, zipfile.ZIP_DEFLATED)
            record.append(f"{_quoted(file.as_posix())},sha256={_digest(content)},{len(content)}")
        lines = "\n".join([*record, f"{about}/RECORD,,", ""])
        wheel.writestr(zipfile.ZipInfo(f"{about}/RECORD", _EPOCH), lines, zipfile.ZIP_DEFLATED)
    return target


def requirements_of(wheel: Path) -> list[str]:
    """Return what a wheel says that it needs, as PEP 508 lines."""
    with zipfile.ZipFile(wheel) as packed:
        about = next(n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        stated = Parser().parsestr(packed.read(about).decode())
    return stated.get_all("Requires-Dist") or []


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _quoted(path: str) -> str:
    return f'"{path}"' if "," in path else path
