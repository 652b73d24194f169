"""What counts as an answer that nobody has written yet."""

from __future__ import annotations

import dis
import types
from typing import Any

# What a body of `...`, `pass` or a docstring compiles to, plain or async, on Python 3.11 to 3.13.
_EMPTY_BODY = frozenset(
    {
        "CALL_INTRINSIC_1",
        "LOAD_CONST",
        "NOP",
        "POP_TOP",
        "RERAISE",
        "RESUME",
        "RETURN_CONST",
        "RETURN_GENERATOR",
        "RETURN_VALUE",
    }
)


def is_blank(answer: Any) -> bool:
    """Return whether the learner has written nothing: `...`, None, or a function with only that."""
    if answer is Ellipsis or answer is None:
        return True
    if not isinstance(answer, types.FunctionType):
        return False
    for step in dis.get_instructions(answer):
        if step.opname not in _EMPTY_BODY:
            return False
        if step.opname in ("LOAD_CONST", "RETURN_CONST") and step.argval not in (None, Ellipsis):
            return False
    return True
