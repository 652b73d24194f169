from __future__ import annotations

import enum
import math

import numpy as np
import pandas as pd
import pytest

from graders.plain import UNSUPPORTED, is_number, round_trip, type_name


class Loud(str, enum.Enum):  # noqa: UP042  (its str() differs from its value)
    A = "a"


class Liar(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ((1, 2.5, "x", None, True), [1, 2.5, "x", None, True]),
        ({1: (2,), "k": {3}}, {"1": [2], "k": [3]}),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.float64(0.25), 0.25),
        (np.bool_(True), True),
        (pd.Series([1, 2], index=["a", "b"]), [1, 2]),
        (pd.DataFrame({"a": [1]}, index=["x"]), {"a": {"x": 1}}),
        (Loud.A, "a"),
        (frozenset("cab"), ["a", "b", "c"]),
    ],
)
def test_what_has_a_plain_form_becomes_it(value, plain):
    assert round_trip(value) == plain


def test_a_subclass_leaves_its_methods_behind():
    received = round_trip(Liar(3))
    assert type(received) is int
    assert received != 4


@pytest.mark.parametrize("value", [object(), (n for n in [1]), print, range(3)])
def test_what_has_no_plain_form_is_named(value):
    assert round_trip(value) == {UNSUPPORTED: type(value).__name__}
    assert type_name(round_trip(value)) == type(value).__name__


def test_a_list_that_contains_itself_ends():
    endless: list = []
    endless.append(endless)
    assert "nested too deeply" in str(round_trip(endless))


@pytest.mark.parametrize(
    "value", [10**400, -(10**5000), Liar(10**400)], ids=["large", "larger", "a subclass"]
)
def test_a_number_that_no_float_holds_is_named(value):
    assert "too large" in type_name(round_trip(value))


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf])
def test_what_is_no_finite_number_is_refused(value):
    assert not is_number(value)
