"""Warnings that a better value may lie outside of what was searched."""

from dataclasses import dataclass

import pandas as pd

from sweepwright.choosing.effects.evidence import evidence_of
from sweepwright.choosing.effects.location import edges_of, locations
from sweepwright.choosing.encoding import Axes, inferred_axes
from sweepwright.nouns.statement import Statement


@dataclass(frozen=True, slots=True)
class Edge:
    """The best values of a parameter lie at an end of its range: a better one may lie outside."""

    parameter: str
    end: str
    value: str
    measure: str

    @property
    def statement(self) -> Statement:
        """The warning in words."""
        edge = f"{self.end} edge of {self.parameter} ({self.value})"
        text = f"The best {self.measure} lies at the {edge}: a better value may lie outside."
        return Statement("edge", text)


def edges(runs: pd.DataFrame, measure: str, sign: int = 1, axes: Axes | None = None) -> list[Edge]:
    """Parameters that are best at an end of their range beyond which there are values, and better there than next to it.

    Three conditions: the end is open (`closed=` on the parameter, counts from 0 or 1, sizes from 0 and shares are not); the
    outermost level, or fifth of a continuum, beats its neighbour (one-sided t, Holm at 5 % over all open ends); and no other level may
    be the best (see `Location`).

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rate, depth = rng.random(80) + 0.5, rng.integers(1, 5, 80)
    >>> runs = pd.DataFrame({"trial": range(80), "step": "explore", "condition": "all", "ending": "COMPLETED", "verdict": "HEALTHY",
    ...     "used": True, "param.lr": rate, "param.depth": depth, "measure.f1": rate - 0.2 * depth + 0.05 * rng.standard_normal(80)})
    >>> [(edge.parameter, edge.end) for edge in edges(runs, "f1")]
    [('lr', 'upper')]
    """
    axes = axes or inferred_axes(runs)
    found = locations(evidence_of(runs, measure, axes), measure, axes, sign)
    warned = edges_of(list(found.values()))
    return [Edge(one.parameter, end, one.levels[one.best], measure) for one, end in warned]
