"""A set of short texts in three slices."""

from __future__ import annotations

import pytest

from evalfirst.evals import EvalSet, Sample


def make_set(n: int = 100, name: str = "tickets") -> EvalSet:
    slices = ("typos", "long", None, None)
    return EvalSet(
        tuple(
            Sample(
                f"t{i}",
                f"ticket {i}",
                f"desk {i % 3}",
                {"slices": [kind]} if (kind := slices[i % 4]) else {},
            )
            for i in range(n)
        ),
        name,
    )


@pytest.fixture(scope="session")
def tickets() -> EvalSet:
    return make_set()
