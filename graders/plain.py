"""Plain data: what may cross from the learner's process to the judge's.

Everything goes through JSON, in a notebook as well, so that both ways of judging are one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

UNSUPPORTED = "__unsupported__"

# Deep enough for any honest answer; a list that contains itself ends here.
_DEPTH = 40
# A float holds no integer with more binary digits, so that no judge could count with it.
_BITS = 1023


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return `value` as JSON data: numpy and pandas become lists and numbers, tuples lists.

    What has no plain form becomes `{"__unsupported__": type name}`, so that a judge can say so.
    """
    if depth > _DEPTH:
        return {UNSUPPORTED: "nested too deeply"}
    if isinstance(value, int) and int.bit_length(value) > _BITS:
        return {UNSUPPORTED: "a number too large to count with"}
    # exact types only: a subclass may carry methods of its own
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        # a set has no order; sorted, the same answer gives the same data
        return sorted((to_plain(item, depth + 1) for item in value), key=repr)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    # asked of their objects only: an attribute of a learner's own may be code that fails
    if type(value).__module__.split(".")[0] in ("numpy", "pandas"):
        for method in ("tolist", "to_dict"):  # numpy arrays and scalars, pandas objects
            convert = getattr(value, method, None)
            if callable(convert):
                return to_plain(convert(), depth + 1)
    return {UNSUPPORTED: type(value).__name__}


def round_trip(value: Any) -> Any:
    """Return `value` as the judge's process would receive it."""
    return json.loads(json.dumps(to_plain(value)))


def is_number(value: Any) -> bool:
    """Return whether plain data is a finite number (a bool is none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def type_name(value: Any) -> str:
    """Return what to call plain data in a sentence for a learner."""
    if isinstance(value, dict) and UNSUPPORTED in value:
        return str(value[UNSUPPORTED])
    names = {
        "NoneType": "nothing (None)",
        "str": "a text",
        "list": "a list",
        "dict": "a dict",
        "bool": "True or False",
        "int": "a number",
        "float": "a number",
    }
    return names.get(type(value).__name__, type(value).__name__)
