"""Statistics for evals. Each function names its assumption and its source."""

from __future__ import annotations

from evalfirst.lazy import exports

__getattr__, __all__ = exports(
    __name__,
    {
        "benjamini_hochberg": "multiplicity",
        "change_points_in_shares": "change_points",
        "clopper_pearson": "proportions",
        "clustered_difference": "clustered",
        "clustered_mean": "clustered",
        "cohen_kappa": "agreement",
        "corrected_share": "calibration",
        "cusum_arl": "control",
        "cusum_chart": "control",
        "drop_p_value": "noninferiority",
        "drop_power": "noninferiority",
        "drop_sample_size": "noninferiority",
        "ewma_arl": "control",
        "ewma_chart": "control",
        "holm": "multiplicity",
        "judge_rates": "calibration",
        "krippendorff_alpha": "agreement",
        "largest_drop": "noninferiority",
        "mcnemar": "paired",
        "mcnemar_power": "power",
        "mcnemar_sample_size": "power",
        "noninferiority_p": "noninferiority",
        "paired_bootstrap": "paired",
        "paired_interval": "paired",
        "paired_minimum_effect": "power",
        "paired_permutation": "paired",
        "paired_sample_size": "power",
        "paired_scores": "paired",
        "paired_shares": "paired",
        "prediction_powered_mean": "prediction_powered",
        "rogan_gladen": "calibration",
        "share_minimum_effect": "power",
        "share_sample_size": "power",
        "shewhart_arl": "control",
        "shewhart_chart": "control",
        "variance_parts": "variance_components",
        "wilson": "proportions",
    },
)
