"""Metrics: pure functions of arrays, with no knowledge of the model."""

from results.metrics.inequality import (
    TheilParts,
    atkinson,
    coefficient_of_variation,
    concentration_index,
    gini,
    mcloone,
    percentile_ratio,
    theil_decomposition,
    theil_l,
    theil_t,
)
from results.metrics.segregation import cross_table, dissimilarity, information_theory_h, mutual_information
from results.metrics.variance import (
    VarianceComponents,
    anova_share,
    between_share,
    gap_from_summary,
    standardised_gap,
    variance_components,
)

__all__ = [
    "TheilParts",
    "VarianceComponents",
    "anova_share",
    "atkinson",
    "between_share",
    "coefficient_of_variation",
    "concentration_index",
    "cross_table",
    "dissimilarity",
    "gap_from_summary",
    "gini",
    "information_theory_h",
    "mcloone",
    "mutual_information",
    "percentile_ratio",
    "standardised_gap",
    "theil_decomposition",
    "theil_l",
    "theil_t",
    "variance_components",
]
