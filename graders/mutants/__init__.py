"""Degraded and harmless versions of the desk's triage: what an eval set is graded on.

A set earns marks for what it detects, not for how many rows it has. `degraded` versions lose 20
points or more, overall or on a slice of 30 tickets or more; `equivalent` ones stay within 3. What
counts is the effect measured on the whole pool (`measured`), never what the change sounds like.
"""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "Effect": "effects",
        "Mutant": "recorded",
        "base_answers": "recorded",
        "changes_seen": "seen",
        "detects": "detection",
        "measured": "effects",
        "mutants": "recorded",
    },
)
