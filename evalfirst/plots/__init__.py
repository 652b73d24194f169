"""Figures with a finding for a title, colours that everybody can tell apart, and alt text."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "Picture": "picture",
        "Change": "detection",
        "all_right": "spot_checks",
        "annotator_agreement": "agreement",
        "interval_by_size": "precision",
        "caught_changes": "detection",
        "draw_ladder": "ladder",
        "outcome_grid": "outcomes",
        "paired_change": "comparison",
        "same_feature_many_sets": "precision",
        "trend": "quality_trend",
    },
)
