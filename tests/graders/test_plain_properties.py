"""Whatever a learner's cell holds, it crosses to the judge's process as plain data."""

import math

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from graders.plain import UNSUPPORTED, is_number, round_trip, to_plain, type_name
from tests.any_values import JSON


class Odd:
    """No plain data, and hard to look at."""

    def __repr__(self):
        raise RuntimeError("no")

    def __getattr__(self, name):
        raise RuntimeError(name)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.complex_numbers()
    | st.binary(max_size=3)
    | st.builds(object)
    | st.floats(width=32).map(np.float32)
    | st.lists(st.integers(-9, 9), max_size=3).map(np.array)
    | st.lists(st.integers(-9, 9), max_size=3).map(pd.Series)
    | st.lists(st.integers(-9, 9), max_size=3).map(lambda v: pd.DataFrame({"a": v, 1: v}))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.sets(st.integers() | st.text(max_size=3), max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(one, other):
    """Whether two values are equal, with NaN equal to itself."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    return type(one) is type(other) and one == other


@given(value=VALUES)
def test_any_value_arrives_and_going_again_changes_nothing(value):
    plain = round_trip(value)
    assert same(plain, round_trip(plain))
    assert same(plain, to_plain(plain))
    assert type_name(plain)
    assert is_number(plain) in (True, False)


@given(value=JSON)
def test_json_arrives_as_it_was(value):
    assert round_trip(value) == value


def test_a_value_that_cannot_be_looked_at_is_named_by_its_type():
    assert round_trip([Odd()]) == [{UNSUPPORTED: "Odd"}]
    assert round_trip({1, "a"}) == round_trip({"a", 1})
