"""JSON as every tool reads it, from files that people edit.

Python's own reader lets NaN, infinity and half characters pass, which no other tool reads and which
cannot be written again; and for too deep a nesting or too long a number it raises other errors than
for a missing comma.
"""

from __future__ import annotations

import json
import math
from typing import Any


class NotJson(ValueError):
    """What is wrong with a text, and where in it; the caller knows which text it is."""


def parse(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotJson: it is none, or holds what cannot be written again.
    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            dumps(value).encode()
    except NotJson:
        raise
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" starting at")
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise NotJson(f"not JSON from {line}column {error.colno} on ({what})") from error
    except UnicodeEncodeError as error:
        raise NotJson("half a character (a lone surrogate) in it") from error
    except (RecursionError, ValueError) as error:
        raise NotJson(
            "not JSON that can be read: nested too deeply, or a number too long"
        ) from error
    return value


def dumps(value: Any) -> str:
    """Return compact JSON in which text stays readable.

    Raises:
        TypeError, ValueError, RecursionError: `value` is no JSON value.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def why_not(value: Any) -> str | None:
    """Return what keeps a value from being written and read again, or `None`."""
    try:
        dumps(value).encode()
    except UnicodeEncodeError:
        return "half a character (a lone surrogate) in it"
    except (RecursionError, TypeError, ValueError) as error:
        if "Out of range float" in str(error):
            return "NaN or infinity in it, which JSON does not have"
        return f"not JSON: {error}"
    return None


def _refuse(constant: str) -> None:
    raise NotJson(f"{constant} is no JSON number")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        _refuse(number)
    return value
