"""A scorer for structured outputs, with credit for each field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from evalfirst.evals.scorers.score import Score, Scorer

_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL | re.IGNORECASE)


def json_fields(
    fields: Iterable[str] | None = None, *, compare: Mapping[str, Scorer] | None = None
) -> Scorer:
    """Return a scorer for JSON objects: the mean over the fields of what each one scores.

    The output is a dict or JSON text, also in a Markdown code fence. A field that is null and
    one that is missing are the same. A field that the target does not have costs as much as
    a wrong one, unless you name `fields`: a feature that invents facts is no better for it.

    Args:
        fields: which fields count, all with the same weight; by default those of the target and
            those that the output adds.
        compare: scorers for some fields, such as `{"total": numeric(absolute=0.01)}`; the others
            must be equal, and `true` is not 1.

    Raises (when it scores):
        ValueError: the target is no JSON object.
    """
    named = None if fields is None else tuple(dict.fromkeys(fields))
    if named == ():
        raise ValueError("name at least one field, or leave `fields` out")
    scorers = dict(compare or {})

    def json_fields(output: Any, target: Any) -> Score:
        gold, fault = _object(target)
        if gold is None:
            raise ValueError(f"the target {target!r} is no JSON object: {fault}")
        given, fault = _object(output)
        if given is None:
            return Score(0.0, output, fault)
        extra = [name for name, value in given.items() if name not in gold and value is not None]
        names = named or (*gold, *extra)
        if not names:
            return Score(1.0, given)
        total, wrong = 0.0, []
        for name in names:
            score = _field(name, given.get(name), gold.get(name), scorers)
            total += score.value
            if score.value < 1:
                wrong.append(f"{name}: {score.explanation}")
        if not wrong:
            return Score(1.0, given)
        right = f"{len(names) - len(wrong)} of {len(names)} fields right"
        return Score(total / len(names), given, "; ".join([right, *wrong]))

    return json_fields


def _field(name: str, value: Any, wanted: Any, scorers: Mapping[str, Scorer]) -> Score:
    if wanted is None:
        if value is None:
            return Score(1.0)
        return Score(0.0, value, f"{value!r}, but the target has none")
    if value is None:
        return Score(0.0, None, f"missing, expected {wanted!r}")
    if name in scorers:
        return scorers[name](value, wanted)
    if _same(value, wanted):
        return Score(1.0, value)
    return Score(0.0, value, f"{value!r} instead of {wanted!r}")


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; in Python, True == 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(v, other[k]) for k, v in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


class _Twice(ValueError):
    """A field stands twice in one object; `json` would keep the last without a word."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in fields if names.count(name) > 1)
        raise _Twice(f"the field {twice!r} stands in it twice")
    return fields


def _object(value: Any) -> tuple[dict[str, Any] | None, str]:
    """Return the object, or None and what is wrong with `value`."""
    if isinstance(value, Mapping):
        return dict(value), ""
    if not isinstance(value, str):
        return None, f"{value!r} is no JSON object"
    fenced = _FENCE.fullmatch(value.strip())
    try:
        read = json.loads(fenced[1] if fenced else value, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        return None, f"not JSON from line {error.lineno}, column {error.colno} on ({error.msg})"
    except _Twice as error:
        return None, str(error)
    except (RecursionError, ValueError):
        return None, "not JSON that can be read: nested too deeply, or a number too long"
    if not isinstance(read, dict):
        return None, f"JSON, but a {type(read).__name__} and no object"
    return read, ""
