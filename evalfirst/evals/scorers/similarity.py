"""Scorers for free text that say how alike two texts look. None of them knows what a text means.

`The refund is not possible` is 80 % like `The refund is possible`. Take them to find the rows that
are worth reading, or where targets are near copies (translations, extracts, corrections); for
meaning ask people, or a judge that you have measured against people.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Any, Literal

from evalfirst.evals.scorers.score import Score, Scorer
from evalfirst.evals.scorers.text import texts_in

Metric = Literal["chrf", "chrf++", "bleu", "ter"]

_COMPARES = {
    "chrf": "sequences of letters",
    "chrf++": "sequences of letters and pairs of words",
    "bleu": "sequences of words",
    "ter": "the words that an editor would change",
}
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def similarity(
    metric: Metric = "chrf", *, at_least: float | None = None, ignore_case: bool = False
) -> Scorer:
    """Return a scorer for texts that should look like the target, or like one of a list of targets.

    0 is nothing in common and 1 the same text:

    - `chrf`: F-score of shared letter sequences. Takes inflection and short texts best
      (M. Popović, WMT 2015), and is the default for that.
    - `chrf++`: with pairs of words added (M. Popović, WMT 2017).
    - `bleu`: precision of shared word sequences, with a penalty for short outputs (K. Papineni
      and others, ACL 2002; sentence BLEU, of as many words as the output has). Made for corpora:
      on one sentence it is rough.
    - `ter`: 1 - edits / words of the target, so that higher is better here too; 0 where it
      takes more edits than words (M. Snover and others, AMTA 2006).

    Computed by sacrebleu with its standard settings.

    Args:
        metric: which; the scorer has its name.
        at_least: turns the value into right (1, from here on) or wrong (0). Set it on labelled
            rows: no value is good in itself. Without it only an equal text counts as right.
        ignore_case: upper and lower case count as the same.

    Raises:
        ValueError: an unknown metric, or `at_least` is not above 0 and at most 1; or, when it
            scores, the target is no text or list of texts, or an empty one.
    """
    if metric not in _COMPARES:
        raise ValueError(f"metric is one of {', '.join(_COMPARES)}, not {metric!r}")
    if at_least is not None and not 0 < at_least <= 1:
        raise ValueError(f"at_least is above 0 and at most 1, got {at_least}")

    def similarity(output: Any, target: Any) -> Score:
        targets = _targets(target)
        if not isinstance(output, str):
            return Score(0.0, output, f"{output!r} is no text")
        if ignore_case:
            output, targets = output.casefold(), [text.casefold() for text in targets]
        alike = _alike(metric, output, targets)
        said = "" if alike == 1 else f"{alike:.0%} like the target, by {_COMPARES[metric]}"
        if at_least is None:
            return Score(alike, output, said)
        right = alike >= at_least
        return Score(float(right), output, "" if right else f"{said}; asked for {at_least:.0%}")

    similarity.__name__ = metric
    return similarity


def token_f1() -> Scorer:
    """Return a scorer for short answers: F1 of the words that output and target share.

    Order does not count; neither do case, punctuation and the articles a, an, the. With several
    targets the best one counts.

    Source: P. Rajpurkar and others, SQuAD, EMNLP 2016, section 6.1; as its evaluation script has
    it, an answer without words is right only where the target has none.

    Raises (when it scores):
        ValueError: the target is no text or list of texts, or an empty one.
    """

    def token_f1(output: Any, target: Any) -> Score:
        targets = _targets(target)
        if not isinstance(output, str):
            return Score(0.0, output, f"{output!r} is no text")
        given = _tokens(output)
        value, best = max(((_f1(given, _tokens(text)), text) for text in targets), key=_first)
        if value == 1:
            return Score(1.0, output)
        wanted = Counter(_tokens(best))
        missing, extra = (wanted - Counter(given)), (Counter(given) - wanted)
        said = [
            f"{what}: {' '.join(words)}"
            for what, words in (("missing", missing), ("not in the target", extra))
            if words
        ]
        return Score(value, output, "; ".join(said))

    return token_f1


def _targets(target: Any) -> list[str]:
    texts = texts_in(target)
    if not texts:
        raise ValueError(f"the target {target!r} is no text, or list of texts, to compare with")
    return texts


def _alike(metric: Metric, output: str, targets: list[str]) -> float:
    score: float = _metric(metric).sentence_score(output, targets).score / 100
    # an equal text scores 100.00000000000004 in BLEU
    value = round(1 - score if metric == "ter" else score, 6)
    return min(1.0, max(0.0, value))


def _metric(metric: Metric) -> Any:
    """Return a new object, because sacrebleu's keep facts of the last call."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    if metric == "bleu":
        return BLEU(effective_order=True)
    return TER() if metric == "ter" else CHRF(word_order=2 if metric == "chrf++" else 0)


def _tokens(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def _f1(given: list[str], wanted: list[str]) -> float:
    if not given or not wanted:
        return float(given == wanted)
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted))


def _first(pair: tuple[float, str]) -> float:
    return pair[0]
