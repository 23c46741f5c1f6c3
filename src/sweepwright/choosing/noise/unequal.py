"""Trials whose runs vary more, or less, than those of the others: the one noise of a goal is not theirs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import levene

from sweepwright.choosing.frame import valued
from sweepwright.choosing.holm import sure_together
from sweepwright.choosing.noise.components import residuals_of
from sweepwright.nouns.statement import Statement

FEWEST_RUNS = 3  # of a trial, to speak of its spread
SURE = (
    0.02  # over all trials together (Holm); Levene's test of four runs is wrong more often than it says: .07 at .02, .13 at .05
)


@dataclass(frozen=True, slots=True)
class OwnSpread:
    """A trial whose runs scatter by `sd` where those of the others scatter by `others` (both in the measure's unit)."""

    measure: str
    trial: int
    sd: float
    others: float
    p: float
    runs: tuple[int, ...]

    @property
    def statement(self) -> Statement:
        """The finding in words."""
        more = "more" if self.sd > self.others else "less"
        text = (
            f"Trial {self.trial} varies {more} from run to run than the others do: sd {self.sd:.3g} against {self.others:.3g} "
            f"in {self.measure} (Levene, p = {self.p:.1g})."
        )
        numbers = {"trial": self.trial, "sd": self.sd, "others": self.others, "p": self.p}
        return Statement("noise.unequal", text, numbers, self.runs)


def unequal_spreads(runs: pd.DataFrame, measure: str, folds: int = 1) -> list[OwnSpread]:
    """The trials whose own spread differs from that of all others, by Levene's test about the median, Holm over trials.

    What a draw does to all trials is taken out first. Folds of one draw share training rows and are averaged; a trial needs 3 runs.

    >>> rng = np.random.default_rng(0)
    >>> runs = pd.DataFrame({"run": np.arange(60), "trial": np.repeat(np.arange(6), 10), "condition": "all", "step": "explore",
    ...     "replicate": np.tile(np.arange(10), 6), "ending": "COMPLETED", "used": True})
    >>> runs["measure.f1"] = runs["trial"] + np.where(runs["trial"] == 4, 1.0, 0.1) * rng.standard_normal(60)
    >>> [found.trial for found in unequal_spreads(runs, "f1")]
    [4]
    """
    rows = valued(runs, measure)
    if folds > 1 and "draw" in rows:
        by = ["trial", "condition", "draw"]
        rows = (
            rows.groupby(by, as_index=False)
            .agg(value=("value", "mean"), run=("run", "first"))
            .assign(replicate=lambda t: t["draw"])
        )
    left = residuals_of(rows)
    trial = rows["trial"].to_numpy()
    counts = pd.Series(trial).value_counts()
    asked = sorted(int(t) for t in counts.index[counts >= FEWEST_RUNS])
    repeated = np.isin(trial, counts.index[counts >= 2])
    found = []
    for one in asked:
        own, others = left[trial == one], left[repeated & (trial != one)]
        if len(others) < FEWEST_RUNS or (np.ptp(own) == 0 and np.ptp(others) == 0):
            continue
        numbers = tuple(int(run) for run in rows["run"].to_numpy()[trial == one]) if "run" in rows else ()
        p = float(levene(own, others, center="median").pvalue)
        found.append(
            OwnSpread(measure, one, _sd(own, 1), _sd(others, len(np.unique(trial[repeated & (trial != one)]))), p, numbers)
        )
    return sure_together([(one.p, one) for one in found], SURE)


def _sd(left: np.ndarray, trials: int) -> float:
    return float(np.sqrt((left**2).sum() / max(len(left) - trials, 1)))
