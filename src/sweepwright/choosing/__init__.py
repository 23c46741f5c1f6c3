"""Choosing on frames: noise, the Pareto front, the rule with its reasons, and the bias of having selected."""

from sweepwright.choosing.noise import error_factor, mean_draws, standard_error
from sweepwright.choosing.pareto import pareto_front
from sweepwright.choosing.rule import Aim, Choice, choose, scores_by_replicate
from sweepwright.choosing.selection_bias import Corrected, bias_corrected

__all__ = [
    "Aim",
    "Choice",
    "Corrected",
    "bias_corrected",
    "choose",
    "error_factor",
    "mean_draws",
    "pareto_front",
    "scores_by_replicate",
    "standard_error",
]
