"""Scorers for search: a ranked list of ids against the ids that answer the question.

The output is a list of ids, best first, or a JSON list. The target is the relevant ids, or a dict
of id to grade (0 is irrelevant) where some answer better than others. An id that comes twice
counts once and still takes up its second place, as it does for the person who reads the list.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from evalfirst.evals.scorers.overlap import names_in
from evalfirst.evals.scorers.score import Score, Scorer


def recall_at_k(k: int) -> Scorer:
    """Return a scorer for the share of relevant ids that stand among the first `k`.

    |relevant in the first k| / |relevant| (Manning, Raghavan, Schütze: Introduction to Information
    Retrieval, 2008, section 8.4). With more relevant ids than `k` it cannot reach 1. The scorer's
    name tells k: `recall_at_5`.

    Raises:
        ValueError: `k` is below 1; or, when it scores, the target names no relevant id.
    """
    _check(k)

    def recall_at_k(output: Any, target: Any) -> Score:
        grades = _grades(target)
        ranked = names_in(output)
        if ranked is None:
            return Score(0.0, output, f"{output!r} is no list of ids")
        missing = [name for name in grades if name not in ranked[:k]]
        value = (len(grades) - len(missing)) / len(grades)
        said = [_place(name, ranked) for name in missing]
        explanation = f"not in the first {k}: {', '.join(said)}" if said else ""
        return Score(value, ranked[:k], explanation)

    recall_at_k.__name__ = f"recall_at_{k}"
    return recall_at_k


def reciprocal_rank(k: int | None = None) -> Scorer:
    """Return a scorer for 1 / the place of the first relevant id; 0 if none comes up to `k`.

    Its mean over a set is the mean reciprocal rank, MRR (Voorhees, TREC-8 question answering
    track, 1999).

    Raises:
        ValueError: `k` is below 1; or, when it scores, the target names no relevant id.
    """
    _check(k)

    def reciprocal_rank(output: Any, target: Any) -> Score:
        grades = _grades(target)
        ranked = names_in(output)
        if ranked is None:
            return Score(0.0, output, f"{output!r} is no list of ids")
        place = next((n for n, name in enumerate(ranked[:k], 1) if name in grades), None)
        if place is None:
            return Score(0.0, ranked[:k], f"none of {', '.join(map(str, grades))} was found")
        explanation = "" if place == 1 else f"the first relevant id stands at place {place}"
        return Score(1 / place, ranked[:k], explanation)

    reciprocal_rank.__name__ = "reciprocal_rank" if k is None else f"reciprocal_rank_at_{k}"
    return reciprocal_rank


def ndcg(k: int | None = None, *, gain: Literal["linear", "exponential"] = "linear") -> Scorer:
    """Return a scorer for normalised discounted cumulative gain.

    DCG = sum over places i (from 1) of gain(grade_i) / log2(i + 1), divided by the DCG of the best
    possible order (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002, with the discount as in
    trec_eval). `linear` gain is the grade; `exponential` is 2^grade - 1 (Burges et al., ICML
    2005), which makes the top grade weigh more. Tools differ in this, so compare like with like.

    Raises:
        ValueError: `k` is below 1, or an unknown gain; or, when it scores, the target names no
            relevant id.
    """
    _check(k)
    if gain not in ("linear", "exponential"):
        raise ValueError(f"gain is 'linear' or 'exponential', not {gain!r}")

    def dcg(grades: Sequence[float]) -> float:
        gains = (2**grade - 1 if gain == "exponential" else grade for grade in grades[:k])
        return math.fsum(g / math.log2(place + 1) for place, g in enumerate(gains, 1))

    def ndcg(output: Any, target: Any) -> Score:
        grades = _grades(target)
        ranked = names_in(output)
        if ranked is None:
            return Score(0.0, output, f"{output!r} is no list of ids")
        first = {name: place for place, name in reversed(list(enumerate(ranked)))}
        found = [grades.get(n, 0.0) if first[n] == i else 0.0 for i, n in enumerate(ranked)]
        best = sorted(grades.values(), reverse=True)
        value = dcg(found) / dcg(best)
        if found[:k] == best[:k]:
            return Score(1.0, ranked[:k])
        said = ", ".join(_place(name, ranked) for name in grades)
        return Score(value, ranked[:k], f"relevant: {said}")

    ndcg.__name__ = "ndcg" if k is None else f"ndcg_at_{k}"
    return ndcg


def _check(k: int | None) -> None:
    if k is not None and (isinstance(k, bool) or not isinstance(k, int) or k < 1):
        raise ValueError(f"k is a whole number of at least 1, not {k!r}")


def _grades(target: Any) -> dict[Any, float]:
    """Return the relevant ids and their grades."""
    if isinstance(target, Mapping):
        bad = [g for g in target.values() if not isinstance(g, (int, float)) or not 0 <= g < 1024]
        if bad:
            raise ValueError(f"the target's grade {bad[0]!r} is no number of at least 0")
        grades = {name: float(grade) for name, grade in target.items() if grade > 0}
    else:
        grades = dict.fromkeys(names_in(target) or [], 1.0)
    if not grades:
        raise ValueError(
            f"the target {target!r} names no relevant id. Score a question without an answer by "
            "what the feature says about it, not by its ranking."
        )
    return grades


def _place(name: Any, ranked: Sequence[Any]) -> str:
    return f"{name} (place {ranked.index(name) + 1})" if name in ranked else f"{name} (not found)"
