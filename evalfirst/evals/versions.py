"""What tells one run from another: the versions of feature, scorers, code and interpreter."""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from evalfirst.evals.callables import name_of, prompt_version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from evalfirst.evals.scorers import Scorer

# Values whose text is the same in every process.
_PLAIN = (str, int, float, bool, bytes, list, tuple, dict)
# Seconds that git gets; a run does not wait for a slow disk.
_PATIENCE = 2.0


def run_versions(feature: Callable[..., Any]) -> dict[str, str]:
    """Return the versions that a run was made with, as far as they are known.

    Returns:
        `evalfirst`, `python`, `feature`; `git_commit` and `git_dirty` (`yes` or `no`) where the
        feature's file, or else the working folder, is in a git repository; `prompt` where the
        feature names it by a `prompt_version`.
    """
    versions = {
        **_evalfirst(),
        "python": platform.python_version(),
        "feature": feature_version(feature),
        **(_git(_home(feature)) or _git(Path())),
    }
    prompt = prompt_version_of(feature)
    return versions | ({"prompt": prompt} if prompt is not None else {})


def _evalfirst() -> dict[str, str]:
    try:
        return {"evalfirst": metadata.version("evalfirst")}
    except metadata.PackageNotFoundError:
        return {}  # used from its folder without being installed


def _home(feature: Callable[..., Any]) -> Path:
    """Return the folder of the feature's file; the working folder for one from a notebook."""
    while isinstance(feature, functools.partial):
        feature = feature.func
    module = sys.modules.get(getattr(feature, "__module__", None) or type(feature).__module__)
    file = getattr(module, "__file__", None)
    return Path(file).parent if file and Path(file).is_file() else Path()


def _git(folder: Path) -> dict[str, str]:
    git = shutil.which("git")
    if git is None:
        return {}
    try:
        said = subprocess.run(  # noqa: S603  (our own words, and git is what the PATH says)
            [git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=folder,
            # without it git would write to the repository, and get in the way of other work
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return {}  # no repository, or no commit yet
    commit = said.removesuffix("-dirty")
    return {"git_commit": commit, "git_dirty": "no" if commit == said else "yes"}


def feature_version(feature: Callable[..., Any]) -> str:
    """Return what tells one version of a feature from another.

    Its `version` attribute if it has one; else a hash of its code and of the plain values
    (texts, numbers, lists, ...) that the code reads from its closure, defaults and module, and
    for an object from its attributes. Functions in its closure count; a change in a function of
    its module is not seen: give such a feature a `version`.
    """
    named = getattr(feature, "version", None)
    if named is not None:
        return str(named)
    return hashlib.sha256(repr(list(_decisive(feature))).encode()).hexdigest()[:12]


def _decisive(feature: Any, above: tuple[object, ...] = ()) -> Iterator[object]:
    """Yield what decides on a feature's answers, as far as it can be seen from outside.

    `above` are the functions that hold this one in their closure: a function may hold itself.
    """
    if isinstance(feature, functools.partial):
        yield from _decisive(feature.func)
        yield [_plain(value) for value in feature.args]
        yield _plain_items(feature.keywords)
        return
    if (wrapped := getattr(feature, "__wrapped__", None)) is not None:
        yield from _decisive(wrapped)  # what functools.wraps or cache stands around
    function = feature if inspect.isroutine(feature) else type(feature).__call__
    owner = getattr(feature, "__self__", None) if inspect.isroutine(feature) else feature
    code = getattr(function, "__code__", None)
    if code is None:  # written in C: its name is all there is
        yield getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
        return
    yield _code_facts(code)
    read = inspect.getclosurevars(function)
    yield _plain_items({**read.globals, **read.nonlocals})
    for name, held_function in sorted(read.nonlocals.items()):
        if inspect.isfunction(held_function) and held_function not in (*above, function):
            yield name, list(_decisive(held_function, (*above, function)))
    yield getattr(function, "__defaults__", None), getattr(function, "__kwdefaults__", None)
    if owner is not None:
        kinds = [vars(kind) for kind in reversed(type(owner).__mro__)]
        held = [*kinds, getattr(owner, "__dict__", {})]
        yield _plain_items({k: v for d in held for k, v in d.items() if not k.startswith("__")})


def _code_facts(code: CodeType) -> list[object]:
    # comprehensions and inner functions are constants of the code around them
    constants = [
        _code_facts(constant) if isinstance(constant, CodeType) else _plain(constant)
        for constant in code.co_consts
    ]
    return [code.co_code, code.co_names, constants]


def _plain(value: object) -> object:
    """Return what tells a value from another one in every process; None for an opaque one."""
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    return repr(value) if isinstance(value, _PLAIN) else None


def _plain_items(values: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(name, told) for name, v in sorted(values.items()) if (told := _plain(v)) is not None]


def scorer_name(scorer: Scorer) -> str:
    """Return the name under which a scorer's verdicts are kept."""
    return name_of(scorer)
