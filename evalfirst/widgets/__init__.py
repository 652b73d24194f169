"""What a learner clicks on in a notebook. Nothing else in the package imports ipywidgets."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "faq": "reference",
        "label": "labeller",
        "ladder_table": "reference",
        "phase_opening": "phases",
        "phase_resources": "phases",
        "router": "self_assessment",
        "spot_check": "spot_checks",
        "symptom_finder": "reference",
        "thesis": "reference",
    },
)
