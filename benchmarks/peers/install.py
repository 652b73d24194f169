"""Install the other eval tools, each in an environment of its own under `build/peers`.

    python -m benchmarks.peers.install [NAME ...]

What was installed with the same pins is not installed again. Nothing of it is part of the course:
the benchmark and the slow tests of the interchange need it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "peers"
PINS = Path(__file__).parent / "requirements"
PYTHON_TOOLS = ("inspect_ai", "pydantic_evals", "deepeval", "openai_evals")
TOOLS = (*PYTHON_TOOLS, "promptfoo")
# the version that promptfoo's own dependency asks for
_LIBSQL = "0.5.29"
_LIBSQL_BUILDS = {
    ("Linux", "x86_64"): "linux-x64-gnu",
    ("Linux", "aarch64"): "linux-arm64-gnu",
    ("Darwin", "x86_64"): "darwin-x64",
    ("Darwin", "arm64"): "darwin-arm64",
    ("Windows", "AMD64"): "win32-x64-msvc",
}


class CannotInstall(RuntimeError):
    """A tool could not be installed; the message says what is missing, and how to mend it."""


def install(name: str) -> Path:
    """Install a tool where it is not there yet; return its folder.

    Raises:
        CannotInstall: a program that it needs is missing, or the registry did not answer.
    """
    pins = PINS / (f"{name}.json" if name == "promptfoo" else f"{name}.txt")
    folder = HOME / name
    stamp = folder / "installed"
    told = hashlib.sha256(pins.read_bytes() + _LIBSQL.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == told:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if name == "promptfoo":
        _with_npm(pins, folder)
    else:
        _with_uv(name, pins, folder)
    stamp.write_text(told, encoding="utf-8")
    return folder


def program(name: str, command: str) -> Path:
    """Return the path of a program that an installed tool brought, such as `inspect`."""
    if name == "promptfoo":
        return HOME / name / "node_modules" / ".bin" / command
    return HOME / name / ("Scripts" if os.name == "nt" else "bin") / command


def quiet_environment(home: Path) -> dict[str, str]:
    """Return this environment with every tool's telemetry off and its files under `home`."""
    return {
        **os.environ,
        "DEEPEVAL_DISABLE_DOTENV": "1",
        "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
        "DEEPEVAL_UPDATE_WARNING_OPT_IN": "0",
        "DO_NOT_TRACK": "1",
        "ERROR_REPORTING": "NO",
        "INSPECT_DISPLAY": "none",
        "INSPECT_TRACE_FILE": str(home / "inspect-trace.log"),
        "LOGFIRE_SEND_TO_LOGFIRE": "false",
        "NODE_NO_WARNINGS": "1",
        "NO_COLOR": "1",
        "PROMPTFOO_CACHE_ENABLED": "false",
        "PROMPTFOO_CONFIG_DIR": str(home / "promptfoo"),
        # its own log files have ended runs that were done: "write after end"
        "PROMPTFOO_DISABLE_DEBUG_LOG": "1",
        "PROMPTFOO_DISABLE_ERROR_LOG": "1",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "true",
        "PROMPTFOO_DISABLE_SHARING": "1",
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
    }


def _with_uv(name: str, pins: Path, folder: Path) -> None:
    # uv stands in .venv/bin, beside this Python
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise CannotInstall("uv is not installed. Run `make install-dev`.")
    _run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)], name)
    # --no-deps: the list is whole, and one of the tools asks for packages that it never loads
    _run(
        [
            *(uv, "pip", "install", "--quiet", "--no-deps", "--compile-bytecode"),
            *("--python", str(folder), "--requirement", str(pins)),
        ],
        name,
    )


def _with_npm(pins: Path, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotInstall("promptfoo needs Node.js 20.20 or 22.22 and newer, with npm.")
    shutil.copy(pins, folder / "package.json")
    build = _LIBSQL_BUILDS.get((platform.system(), platform.machine()))
    _run(
        [
            *(npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund"),
            # its optional packages are browsers and the SDKs of every cloud; only SQLite is needed
            *("--omit=optional", "--ignore-scripts", "--loglevel=error"),
            *([f"@libsql/{build}@{_LIBSQL}"] if build else []),
        ],
        "promptfoo",
    )


def _run(command: list[str], name: str) -> None:
    # a busy machine takes longer than uv's minute to compile what it installed
    patient = {**os.environ, "UV_COMPILE_BYTECODE_TIMEOUT": "600"}
    done = subprocess.run(command, env=patient, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(f"{name} could not be installed:\n{done.stdout}{done.stderr}")


def main(*names: str) -> None:
    """Install the tools that are named, or all of them."""
    if unknown := set(names) - set(TOOLS):
        sys.exit(f"no tool {', '.join(sorted(unknown))}; there are: {', '.join(TOOLS)}")
    for name in names or TOOLS:
        try:
            sys.stdout.write(f"{name}: {install(name).relative_to(ROOT)}\n")
        except CannotInstall as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
