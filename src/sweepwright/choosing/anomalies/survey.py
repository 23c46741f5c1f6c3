"""All anomalies of a sweep."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sweepwright.choosing.anomalies.growth import grown_ranges
from sweepwright.choosing.anomalies.order import changes_in_time, order_is_time
from sweepwright.choosing.anomalies.ranges import added_parameters, confounded, declared_ranges, too_few_for_single_effects
from sweepwright.choosing.anomalies.values import (
    alike_measures,
    best_of_its_own,
    clipped,
    copied_runs,
    different_scales,
    endings,
    frozen,
)
from sweepwright.choosing.encoding import Axes, inferred_axes
from sweepwright.choosing.frame import completed, used
from sweepwright.choosing.rule import Aim
from sweepwright.nouns.statement import Statement


def anomalies_in(
    runs: pd.DataFrame,
    aims: Sequence[Aim],
    axes: Axes | None = None,
    curves: pd.DataFrame | None = None,
    declared: Mapping[int, str] | None = None,
) -> list[Statement]:
    """Everything odd that a frame shows about its measures, parameters, order and conditions; empty for a clean one.

    `runs` may have a column ``started`` (time stamps), else their numbers are the order. `curves` (run, epoch, name, value) are
    looked at for objectives that are the best of their own folds or epochs. `declared` are the ranges that each run was drawn from, where
    the sweep's tool recorded them (see `declared_ranges`); without them the values are tested.

    >>> import numpy as np
    >>> runs = pd.DataFrame({"run": range(40), "trial": range(40), "condition": "all", "replicate": 0, "step": "adopted",
    ...     "ending": "COMPLETED", "verdict": "HEALTHY", "used": True, "param.lr": np.linspace(0, 1, 40), "measure.acc": np.sin(np.arange(40))})
    >>> runs["measure.recall"] = runs["measure.acc"]
    >>> print(anomalies_in(runs, [Aim("acc", 1)])[0].text)
    acc and recall are equal in all 40 runs: two names for one measure.
    """
    axes = axes or inferred_axes(runs)
    runs = used(runs).sort_values("run")
    done = completed(runs)
    in_time = order_is_time(runs, axes)
    found = [*endings(runs), *alike_measures(done, aims), *copied_runs(done)]
    for aim in aims:
        found += [*clipped(done, aim), *(frozen(done, aim) if in_time else ()), *changes_in_time(done, aim, axes)]
        found += [*best_of_its_own(done, aim, curves), *different_scales(done, aim)]
    return [
        *found,
        *(added_parameters(runs, axes) if in_time else ()),
        *(grown_ranges(runs, axes) if declared is None else declared_ranges(runs, declared)),
        *confounded(runs, axes),
        *too_few_for_single_effects(runs, axes),
    ]
