"""Pins: everything that is needed, at the version that is installed, and nothing else."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from packaging.requirements import InvalidRequirement, Requirement

from evalfirst.commands.pins import pins_of


def test_what_is_needed_by_what_is_needed_is_pinned_too():
    found = pins_of(["openai>=3"])
    assert f"openai=={version('openai')}" in found
    assert f"anyio=={version('anyio')}" in found
    names = [Requirement(pin).name for pin in found]
    assert names == sorted(names)


def test_every_pin_is_exact_and_stands_once():
    names = [Requirement(pin).name for pin in pins_of(["pandas", "matplotlib", "pandas"])]
    assert len(names) == len(set(names))
    assert "numpy" in names


def test_an_extra_is_followed_only_where_it_is_asked_for():
    fastapi = f"fastapi=={version('fastapi')}"
    assert fastapi not in pins_of(["evalfirst"])
    assert fastapi in pins_of(["evalfirst[service]"])


def test_what_is_for_another_system_or_not_installed_is_left_out():
    assert pins_of(['typer; sys_platform == "nowhere"', "a-package-that-is-absent"]) == []


def test_a_line_that_is_no_requirement_is_refused():
    with pytest.raises(InvalidRequirement):
        pins_of(["not a requirement at all!"])
