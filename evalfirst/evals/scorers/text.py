"""Scorers for free text: phrases that must occur, and patterns that it must have."""

from __future__ import annotations

import re
from typing import Any

from evalfirst.evals.scorers.score import Score, Scorer


def contains(*, ignore_case: bool = True, whole_words: bool = True) -> Scorer:
    """Return a scorer for texts that must hold the target phrase, or each of a list of phrases.

    The value is the share of phrases found. Line breaks and repeated spaces count as one space.
    `whole_words` keeps `cat` from being found in `category`. It knows nothing of meaning: `not
    refundable` contains `refundable`.

    Raises (when it scores):
        ValueError: the target is no text or list of texts, or a phrase is empty: every output
            contains the empty text.
    """

    def contains(output: Any, target: Any) -> Score:
        phrases = texts_in(target)
        if not phrases:
            raise ValueError(f"the target {target!r} is no phrase, or list of phrases, to look for")
        if not isinstance(output, str):
            return Score(0.0, output, f"{output!r} is no text")
        text = _one_line(output)
        missing = [p for p in phrases if not _occurs(_one_line(p), text, ignore_case, whole_words)]
        explanation = f"does not contain {', '.join(map(repr, missing))}" if missing else ""
        return Score((len(phrases) - len(missing)) / len(phrases), output, explanation)

    return contains


def matches(pattern: str | None = None, *, whole: bool = True, ignore_case: bool = False) -> Scorer:
    """Return a scorer for texts that must fit a regular expression (Python's `re`).

    Args:
        pattern: the expression for every sample; without it, each sample's target is one.
        whole: the whole text must fit, apart from space around it. With False one fitting piece
            is enough, and an answer that hedges (`yes or no`) fits both `yes` and `no`.
        ignore_case: upper and lower case count as the same.

    Raises:
        ValueError: the pattern (or, when it scores, the target) is no regular expression.
    """
    flags = re.IGNORECASE if ignore_case else 0
    fixed = None if pattern is None else _compiled(pattern, flags)

    def matches(output: Any, target: Any) -> Score:
        expression = fixed or _compiled(target, flags)
        if not isinstance(output, str):
            return Score(0.0, output, f"{output!r} is no text")
        text = output.strip()
        found = expression.fullmatch(text) if whole else expression.search(text)
        if found:
            return Score(1.0, found.group())
        inside = expression.search(text) if whole else None
        hint = f"; only {inside.group()!r} in it does" if inside and inside.group() else ""
        return Score(0.0, text, f"{text!r} does not fit {expression.pattern!r}{hint}")

    return matches


def texts_in(target: Any) -> list[str]:
    """Return the texts of a target, one or several; none where it is anything else or empty."""
    texts = [target] if isinstance(target, str) else target
    if not isinstance(texts, (list, tuple)):
        return []
    sound = all(isinstance(text, str) and text.strip() for text in texts)
    return list(texts) if sound else []


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _occurs(phrase: str, text: str, ignore_case: bool, whole_words: bool) -> bool:
    if ignore_case:
        phrase, text = phrase.casefold(), text.casefold()
    if not whole_words:
        return phrase in text
    # not \b, which asks for a letter at the phrase's edge: "C++" has none
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def _compiled(pattern: Any, flags: int) -> re.Pattern[str]:
    if not isinstance(pattern, str):
        raise ValueError(f"{pattern!r} is no regular expression: give a text")
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
