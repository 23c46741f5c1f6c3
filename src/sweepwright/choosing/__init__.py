"""Choosing on frames: noise, the Pareto front, the rule with its reasons, and the bias of having selected."""

from sweepwright.choosing.noise import error_factor, mean_draws, standard_error
from sweepwright.choosing.pareto import pareto_front
from sweepwright.choosing.rule import Aim, Choice, choose, scores_by_replicate
from sweepwright.choosing.selection_bias import Corrected, bias_corrected
from sweepwright.choosing.shrinkage import Noise, pooled_noise, shrunken_means

__all__ = [
    "Aim",
    "Choice",
    "Corrected",
    "Noise",
    "bias_corrected",
    "choose",
    "error_factor",
    "mean_draws",
    "pareto_front",
    "pooled_noise",
    "scores_by_replicate",
    "shrunken_means",
    "standard_error",
]
