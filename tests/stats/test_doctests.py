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


def test_every_public_name_leads_to_a_function_of_its_module_that_says_what_it_refuses():
    for name in stats.__all__:
        thing = getattr(stats, name)
        assert inspect.isfunction(thing) or inspect.isclass(thing)
        assert "Raises:" in (thing.__doc__ or ""), name
