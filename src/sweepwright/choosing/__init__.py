"""Choosing on frames: noise, drivers, trade-offs, comparison, the rule with its reasons, and what selection adds.

Every function takes a tidy `runs` frame (one row per run: ``trial``, ``condition``, ``replicate``, ``step``, ``ending``,
``verdict``, ``used``, ``param.<name>``, ``measure.<name>``) and returns frozen values or frames; none writes anything. Names load
when they are first used, as some need scikit-learn.
"""

import importlib
from typing import TYPE_CHECKING, Any

from sweepwright.choosing.estimator.levels import Levels, levels
from sweepwright.choosing.noise.means import confirmed_mean, error_factor
from sweepwright.choosing.noise.pooled import Noise, pooled_noise
from sweepwright.choosing.noise.selection_bias import Corrected, bias_corrected
from sweepwright.choosing.pareto import front_probability, pareto_front
from sweepwright.choosing.rule import Aim, Rule

if TYPE_CHECKING:
    from sweepwright.choosing.anomalies.survey import anomalies_in
    from sweepwright.choosing.comparison import Comparison, compare
    from sweepwright.choosing.decision import Weighing, decide
    from sweepwright.choosing.effects.drivers import Drivers, drivers
    from sweepwright.choosing.effects.inactivity import Inactive, inactive_parameters, merged
    from sweepwright.choosing.effects.shapes import edges, isolation, unit_effects
    from sweepwright.choosing.encoding import Axes, Axis, axes_of, inferred_axes
    from sweepwright.choosing.noise.components import Component, NoiseFloor, noise_floor
    from sweepwright.choosing.tradeoffs import Association, Reversal, association, reversals
    from sweepwright.choosing.tranches import tranche
    from sweepwright.nouns.statement import Statement

_PLACES = {
    "anomalies.anomaly": "Statement",
    "anomalies.survey": "anomalies_in",
    "comparison": "Comparison compare",
    "decision": "Weighing decide",
    "effects.drivers": "Drivers drivers",
    "effects.inactivity": "Inactive inactive_parameters merged",
    "effects.shapes": "edges isolation unit_effects",
    "encoding": "Axes Axis axes_of inferred_axes",
    "noise.components": "Component NoiseFloor noise_floor",
    "tradeoffs": "Association Reversal association reversals",
    "tranches": "tranche",
}
_HOME = {name: module for module, names in _PLACES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Aim",
    "Statement",
    "Association",
    "Axes",
    "Axis",
    "Comparison",
    "Component",
    "Corrected",
    "Weighing",
    "Drivers",
    "Inactive",
    "Noise",
    "NoiseFloor",
    "Levels",
    "Reversal",
    "Rule",
    "anomalies_in",
    "association",
    "axes_of",
    "bias_corrected",
    "compare",
    "confirmed_mean",
    "decide",
    "drivers",
    "edges",
    "error_factor",
    "front_probability",
    "inactive_parameters",
    "inferred_axes",
    "isolation",
    "levels",
    "merged",
    "noise_floor",
    "pareto_front",
    "pooled_noise",
    "reversals",
    "tranche",
    "unit_effects",
]
