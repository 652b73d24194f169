"""What the labelling guide says, by rule and by category, for arguing a disagreement."""

from __future__ import annotations

import re
from functools import cache

from evalfirst.datasets import dataset

_RULE = re.compile(r"^(\d+)\. (.+?)(?=^\d+\. |^#|\Z)", re.MULTILINE | re.DOTALL)
_CATEGORY = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


class BadGuide(ValueError):
    """The guide has no such rule or category; the message names it."""


@cache
def _guide() -> str:
    return (dataset("tickets") / "labelling_guide.md").read_text(encoding="utf-8")


@cache
def rules() -> dict[int, str]:
    """Return the rules by number, as one line of plain text each."""
    return {int(number): _plain(text) for number, text in _RULE.findall(_guide())}


@cache
def belongs() -> dict[str, str]:
    """Return what belongs to each category, in the guide's words."""
    return {name: _plain(what) for name, _, what in _CATEGORY.findall(_guide())}


def argument(category: str, rule: int | None) -> str:
    """Return why the guide gives `category`: its rule, or else what belongs to the category.

    Raises:
        BadGuide: the guide has no such rule or category.
    """
    if rule is None:
        if category not in belongs():
            raise BadGuide(f"the labelling guide describes no category {category!r}")
        return f"Belongs to {category}: {belongs()[category]}."
    if rule not in rules():
        raise BadGuide(f"the labelling guide has no rule {rule}")
    return f"Rule {rule}: {rules()[rule]}"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*`]", "", text).split())
