# ruff: noqa: ARG005  (a stub does not use its arguments)

from __future__ import annotations

import pytest

from graders.blanks import is_blank


def ellipsis_only(a, b): ...


def passing(a):
    pass


def documented(a: int) -> int:
    """What it should do."""


def documented_stub(a: int) -> int:
    """What it should do."""
    ...  # noqa: PIE790  (the released form of a documented function)


def returns_the_stub():
    return ...


async def asynchronous(a): ...


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        None,
        ellipsis_only,
        passing,
        documented,
        documented_stub,
        returns_the_stub,
        asynchronous,
        lambda x: ...,
    ],
)
def test_what_nobody_wrote_is_blank(answer):
    assert is_blank(answer)


@pytest.mark.parametrize(
    "answer", [0, "", [], False, lambda x: x, lambda x: 0, lambda: open, int, print]
)
def test_a_lazy_answer_is_not_blank(answer):
    assert not is_blank(answer)
