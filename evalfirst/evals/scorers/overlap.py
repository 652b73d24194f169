"""A scorer for outputs that are a set of names: tags, entities, affected products."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any, Literal

from evalfirst.evals.scorers.score import Score, Scorer

_MEASURES = ("f1", "precision", "recall")


def set_overlap(
    measure: Literal["f1", "precision", "recall"] = "f1",
    *,
    ignore_case: bool = True,
    separator: str = ",",
) -> Scorer:
    """Return a scorer for sets; order and repetition do not count.

    With `hits` = what output and target share, precision = hits / output, recall = hits / target,
    and F1 = 2 hits / (output + target) (van Rijsbergen 1979, chapter 7). Two empty sets agree
    and score 1; where only one is empty, all three are 0.

    Args:
        measure: which of the three is the value; the scorer is called `set_f1` and so on.
        ignore_case: upper and lower case count as the same. Space around a name never counts.
        separator: what parts the names of a text that is no JSON list.

    Raises:
        ValueError: an unknown measure; or, when it scores, the target is no list, set or text.
    """
    if measure not in _MEASURES:
        raise ValueError(f"measure is one of {', '.join(_MEASURES)}, not {measure!r}")

    def set_overlap(output: Any, target: Any) -> Score:
        gold = names_in(target, separator)
        if gold is None:
            raise ValueError(f"the target {target!r} is no list, set or text of names")
        given = names_in(output, separator)
        if given is None:
            return Score(0.0, output, f"{output!r} is no list of names")
        have = {_key(name, ignore_case): name for name in given}
        want = {_key(name, ignore_case): name for name in gold}
        missing = [name for key, name in want.items() if key not in have]
        invented = [name for key, name in have.items() if key not in want]
        hits = len(have) - len(invented)
        if not have and not want:
            value = 1.0
        else:
            over = {"f1": (len(have) + len(want)) / 2, "precision": len(have), "recall": len(want)}
            value = hits / over[measure] if have and want else 0.0
        said = [
            f"{word}: {', '.join(map(str, names))}"
            for word, names in (("missing", missing), ("not in the target", invented))
            if names
        ]
        return Score(value, list(have.values()), "; ".join(said))

    set_overlap.__name__ = f"set_{measure}"
    return set_overlap


def names_in(value: Any, separator: str = ",") -> list[Any] | None:
    """Return the names in a list, set, JSON list or separated text, in order; None for others."""
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, list):
            return [part.strip() for part in value.split(separator) if part.strip()]
        value = read
    if isinstance(value, Set):
        value = sorted(value, key=str)
    if not isinstance(value, (list, tuple)):
        return None
    if not all(isinstance(name, (str, int, float)) for name in value):
        return None
    return [name.strip() if isinstance(name, str) else name for name in value]


def _key(name: Any, ignore_case: bool) -> Any:
    return name.casefold() if ignore_case and isinstance(name, str) else name
