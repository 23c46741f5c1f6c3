"""The report: the verdict in words, figures as functions, and the pages made of them.

Figures load when they are first used: ``sw.report.tradeoff(study)`` returns an Altair chart.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweepwright.figures.saving import save_figure as save_figure
    from sweepwright.report.charts.association import associations as associations
    from sweepwright.report.charts.association import strata as strata
    from sweepwright.report.charts.choice import estimate_intervals as estimate_intervals
    from sweepwright.report.charts.choice import rank_intervals as rank_intervals
    from sweepwright.report.charts.driving import coverage as coverage
    from sweepwright.report.charts.driving import driver_matrix as driver_matrix
    from sweepwright.report.charts.driving import isolation as isolation
    from sweepwright.report.charts.driving import pair_surface as pair_surface
    from sweepwright.report.charts.driving import partial_dependence as partial_dependence
    from sweepwright.report.charts.progress import history as history
    from sweepwright.report.charts.progress import timeline as timeline
    from sweepwright.report.charts.progress import tuning_curve as tuning_curve
    from sweepwright.report.charts.robustness import conditions as conditions
    from sweepwright.report.charts.robustness import noise as noise
    from sweepwright.report.charts.robustness import replicates as replicates
    from sweepwright.report.charts.training import curves as curves
    from sweepwright.report.charts.training import health_counts as health_counts
    from sweepwright.report.charts.trials import tradeoff as tradeoff
    from sweepwright.report.charts.turning import tradeoff_3d as tradeoff_3d
    from sweepwright.report.charts.turning import tradeoff_3d_still as tradeoff_3d_still
    from sweepwright.report.examples import example_study as example_study
    from sweepwright.report.writing import write_report as write_report

_PLACES = {
    "report.charts.association": "associations strata",
    "report.charts.choice": "estimate_intervals rank_intervals",
    "report.charts.driving": "coverage driver_matrix isolation pair_surface partial_dependence",
    "report.charts.progress": "history timeline tuning_curve",
    "report.charts.robustness": "conditions noise replicates",
    "report.charts.training": "curves health_counts",
    "report.charts.trials": "tradeoff",
    "report.charts.turning": "tradeoff_3d tradeoff_3d_still",
    "report.examples": "example_study",
    "figures.saving": "save_figure",
    "report.writing": "write_report",
}
_HOME = {name: f"sweepwright.{module}" for module, names in _PLACES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sweepwright.report' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_HOME)
