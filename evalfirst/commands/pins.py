"""The packages that a project needs, each at the version that is installed here."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def pins_of(requirements: Iterable[str]) -> list[str]:
    """Return `name==version` for all that the requirements lead to, in order of names.

    What is not installed is left out: it belongs to another system or Python.

    Raises:
        InvalidRequirement: a line is no requirement (PEP 508).
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    seen = set()
    waiting = [(line, frozenset[str]()) for line in requirements]
    while waiting:
        line, wanted = waiting.pop()
        needed = Requirement(line)
        if needed.marker and not any(
            needed.marker.evaluate({"extra": extra}) for extra in ("", *wanted)
        ):
            continue
        name, extras = canonicalize_name(needed.name), frozenset(needed.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = f"{name}=={installed.version}"
        waiting += [(line, extras) for line in installed.requires or []]
    return [found[name] for name in sorted(found)]
