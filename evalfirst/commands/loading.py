"""The feature and the scorers that a project's settings name, from the project's own modules."""

from __future__ import annotations

import importlib
import sys
import traceback
from functools import reduce
from typing import TYPE_CHECKING, Any

from evalfirst.commands.settings import BadSettings, NamedScorer

if TYPE_CHECKING:
    from pathlib import Path

    from evalfirst.commands.settings import Settings
    from evalfirst.evals.scorers import Scorer


def load_feature(settings: Settings) -> Any:
    """Return the feature; a class is called once, without arguments.

    Raises:
        BadSettings: its module or name does not exist, it is not callable, or its code raises.
    """
    return load_callable(settings.folder, settings.eval.feature, _where(settings, "feature"))


def load_callable(folder: Path, named: str, where: str) -> Any:
    """Return what `named`, as in `feature:triage`, is in `folder`; a class is called once.

    Args:
        folder: the project's; its own modules come first.
        named: module and name in it.
        where: who named it; every message begins with it.

    Raises:
        BadSettings: its module or name does not exist, it is not callable, or its code raises.
    """
    found = _named(folder, named, where)
    if isinstance(found, type):
        try:
            found = found()
        except Exception as error:
            raise BadSettings(f"{where}: {named} cannot be made: {_short(error)}") from error
    if not callable(found):
        raise BadSettings(
            f"{where}: {named} is {found!r}, which cannot be called. Name a function that takes a "
            "sample's input."
        )
    return found


def _where(settings: Settings, key: str) -> str:
    return f"{settings.path}: [eval] {key}"


def load_scorers(settings: Settings) -> list[Scorer]:
    """Return the scorers in the order of the settings.

    Raises:
        BadSettings: one does not exist, or does not take the options given.
    """
    return [_scorer(settings, asked) for asked in settings.eval.scorers]


def _scorer(settings: Settings, asked: str | NamedScorer) -> Scorer:
    from evalfirst.evals import scorers

    if isinstance(asked, str) and ":" in asked:
        own: Scorer = _named(settings.folder, asked, _where(settings, "scorers"))
        return own
    name, options = (asked, {}) if isinstance(asked, str) else (asked.name, asked.model_extra or {})
    # classes (Score and its kin) begin with a capital, functions that make scorers do not
    known = sorted(n for n in scorers.__all__ if n.islower())
    if name not in known:
        raise BadSettings(
            f"{settings.path}: [eval] scorers: no scorer is called {name!r}. There are: "
            f'{", ".join(known)}; or write one yourself and name it, as in "checks:polite".'
        )
    try:
        made: Scorer = getattr(scorers, name)(**options)
    except (TypeError, ValueError) as error:
        raise BadSettings(f"{settings.path}: [eval] scorers: {name}: {error}") from error
    return made


def _named(folder: Path, name: str, where: str) -> Any:
    module_name, _, path = name.partition(":")
    # the project's own modules come first, as they do when Python runs a file there
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name == module_name.split(".")[0]:
            raise BadSettings(
                f"{where}: there is no module {module_name!r} in {folder}."
            ) from error
        raise BadSettings(
            f"{where}: {module_name} imports {error.name}, which is not installed."
        ) from error
    except Exception as error:
        raise BadSettings(f"{where}: {module_name} cannot be imported: {_short(error)}") from error
    try:
        return reduce(getattr, path.split("."), module)
    except AttributeError:
        raise BadSettings(
            f"{where}: {_place(module)} has nothing called {path!r}. Check the spelling."
        ) from None


def _place(module: Any) -> str:
    file: str | Path | None = getattr(module, "__file__", None)
    return str(file or module.__name__)


def _short(error: Exception) -> str:
    """Return an error with the line of the project that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
