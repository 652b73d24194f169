"""Scorers: small closures that compare an output with its target.

A scorer is `f(output, target) -> Score`. An output of the wrong kind scores 0 and says why. A
target of the wrong kind raises ValueError: then the eval set is wrong, and not the feature.

A scorer of your own is any function of `(output, target)`, and of `input` if it wants to see that
too, that returns a `Score`, True, False or a number from 0 to 1.
"""

from evalfirst.evals.scorers.fields import json_fields
from evalfirst.evals.scorers.labels import exact, label
from evalfirst.evals.scorers.model_graded import judged
from evalfirst.evals.scorers.number import numeric
from evalfirst.evals.scorers.overlap import set_overlap
from evalfirst.evals.scorers.ranking import ndcg, recall_at_k, reciprocal_rank
from evalfirst.evals.scorers.score import NoVerdict, Score, Scorer
from evalfirst.evals.scorers.similarity import similarity, token_f1
from evalfirst.evals.scorers.text import contains, matches

__all__ = [
    "NoVerdict",
    "Score",
    "Scorer",
    "contains",
    "exact",
    "json_fields",
    "judged",
    "label",
    "matches",
    "ndcg",
    "numeric",
    "recall_at_k",
    "reciprocal_rank",
    "set_overlap",
    "similarity",
    "token_f1",
]
