"""Every example in the docstrings is true, and every public function has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

from evalfirst import stats

MODULES = sorted(module.name for module in pkgutil.iter_modules(stats.__path__))


def functions(module):
    return [
        thing
        for name, thing in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and thing.__module__ == module.__name__
    ]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    result = doctest.testmod(importlib.import_module(f"evalfirst.stats.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_shows_an_example(name):
    found = functions(importlib.import_module(f"evalfirst.stats.{name}"))
    assert found
    assert [f.__name__ for f in found if ">>>" not in (f.__doc__ or "")] == []


@pytest.mark.parametrize("name", stats.__all__)
def test_every_public_name_says_what_it_takes_assumes_and_refuses_and_where_it_comes_from(name):
    function = getattr(stats, name)
    assert inspect.isfunction(function)
    for part in ("Assumes", "\n    Args:\n", "\n    Raises:\n", "\n    Source: "):
        assert part in function.__doc__, part
    listed = function.__doc__.split("    Args:\n")[1].split("\n\n")[0]
    for argument in inspect.signature(function).parameters:
        assert f" {argument}" in listed or argument in ("resamples", "seed"), argument
