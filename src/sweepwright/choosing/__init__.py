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
from sweepwright.nouns.statement import Statement

if TYPE_CHECKING:
    from sweepwright.choosing.anomalies.survey import anomalies_in
    from sweepwright.choosing.comparison import Comparison, compare
    from sweepwright.choosing.decision import Weighing, decide
    from sweepwright.choosing.effects.bounds import Bounded, bounded_parameters
    from sweepwright.choosing.effects.drivers import Drivers, drivers
    from sweepwright.choosing.effects.edges import edges
    from sweepwright.choosing.effects.inactivity import Inactive, inactive_parameters
    from sweepwright.choosing.effects.shapes import isolation, unit_effects
    from sweepwright.choosing.effects.stated import stated_inactive
    from sweepwright.choosing.effects.twins import merged
    from sweepwright.choosing.encoding import Axes, Axis, axes_of, inferred_axes
    from sweepwright.choosing.noise.components import Component, NoiseFloor, noise_floor
    from sweepwright.choosing.tradeoffs import Association, Reversal, association, reversals
    from sweepwright.choosing.tranches import tranche

_PLACES = {
    "anomalies.survey": "anomalies_in",
    "comparison": "Comparison compare",
    "decision": "Weighing decide",
    "effects.drivers": "Drivers drivers",
    "effects.bounds": "Bounded bounded_parameters",
    "effects.inactivity": "Inactive inactive_parameters",
    "effects.stated": "stated_inactive",
    "effects.twins": "merged",
    "effects.edges": "edges",
    "effects.shapes": "isolation unit_effects",
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
    "Bounded",
    "Inactive",
    "Noise",
    "NoiseFloor",
    "Levels",
    "Reversal",
    "Rule",
    "anomalies_in",
    "association",
    "axes_of",
    "bounded_parameters",
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
    "stated_inactive",
    "tranche",
    "unit_effects",
]
