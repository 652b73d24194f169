"""Statistics for evals. Each function names its assumption and its source."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "clopper_pearson": "proportions",
        "wilson": "proportions",
    },
)
