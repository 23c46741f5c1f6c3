"""Trials, and conditions, whose runs vary more, or less, than those of the others: the one noise of a goal is not theirs."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import levene

from sweepwright.choosing.frame import valued
from sweepwright.choosing.holm import sure_together
from sweepwright.choosing.noise.components import residuals_of
from sweepwright.nouns.statement import Statement

FEWEST_RUNS = 3  # of a trial, to speak of its spread
FEWEST_CELLS = 5  # repeated configurations of a condition, to speak of its spread
SHUFFLES = 999
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
    left, share = residuals_of(rows)
    cell = rows.groupby(["trial", "condition"]).ngroup().to_numpy()
    several = np.bincount(cell, minlength=1)[cell] > 1  # what ran once in a condition has no spread there
    rows, left, cell = rows[several], left[several], cell[several]
    trial = rows["trial"].to_numpy()
    counts = pd.Series(trial).value_counts()
    found = []
    for one in sorted(int(t) for t in counts.index[counts >= FEWEST_RUNS]):
        mine = trial == one
        own, others = left[mine], left[~mine]
        if len(others) < FEWEST_RUNS or (np.ptp(own) == 0 and np.ptp(others) == 0):
            continue
        numbers = tuple(int(run) for run in rows["run"].to_numpy()[mine]) if "run" in rows else ()
        p = float(levene(own, others, center="median").pvalue)
        found.append((p, OwnSpread(measure, one, _sd(own, share * (len(own) - len(np.unique(cell[mine])))), 0.0, p, numbers)))
    # A trial that varies much moves the means of the splits that it shares: the others are looked at without it.
    return [replace(one, others=_spread(rows[trial != one.trial])) for one in sure_together(found, SURE)]


def _spread(rows: pd.DataFrame) -> float:
    """What runs of one trial and condition vary by, in the measure's unit."""
    left, share = residuals_of(rows)
    return _sd(left, share * (len(left) - rows.groupby(["trial", "condition"]).ngroups))


def _sd(left: np.ndarray, freedom: float) -> float:
    return float(np.sqrt((left**2).sum() / max(freedom, 1)))


# --- conditions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnequalConditions:
    """Runs of one configuration scatter otherwise in one condition than in another: sd by condition, in the measure's unit."""

    measure: str
    spreads: dict[str, float]
    p: float

    @property
    def statement(self) -> Statement:
        """The finding in words."""
        least, most = (pick(self.spreads, key=self.spreads.__getitem__) for pick in (min, max))
        text = (
            f"Runs of one configuration vary by sd {self.spreads[most]:.3g} of {self.measure} in condition {most} and by {self.spreads[least]:.3g} in "
            f"{least} (p = {self.p:.1g}): the one noise of all conditions together holds in neither. Choose condition by condition."
        )
        return Statement(
            "noise.unequal_conditions", text, {"most": self.spreads[most], "least": self.spreads[least], "p": self.p}
        )


def unequal_conditions(runs: pd.DataFrame, measure: str, seed: int = 0) -> UnequalConditions | None:
    """Whether what runs of one configuration vary by differs between conditions; None where it is not seen, or not known.

    Conditions with 5 repeated configurations or more are looked at. The largest ratio of two conditions' variances, against those of
    999 shuffles of configurations over conditions, at 2 %.

    >>> rng = np.random.default_rng(0)
    >>> runs = pd.DataFrame({"run": np.arange(80), "trial": np.arange(80) // 4, "condition": np.repeat(["a", "b"], 40), "step": "adopted",
    ...     "replicate": np.arange(80) % 4, "ending": "COMPLETED", "used": True})
    >>> runs["measure.f1"] = np.where(runs["condition"] == "a", 1.0, 0.1) * rng.standard_normal(80)
    >>> unequal_conditions(runs, "f1").p < 0.01
    True
    """
    rows = valued(runs, measure)
    if rows["condition"].nunique() < 2:
        return None
    left, share = residuals_of(rows)
    cells = rows.assign(square=left**2).groupby(["condition", "trial"], as_index=False)["square"].agg(["sum", "size"])
    cells = cells[cells["size"] > 1]
    counts = cells["condition"].value_counts()
    cells = cells[cells["condition"].isin(counts.index[counts >= FEWEST_CELLS])]
    names, place = np.unique(cells["condition"].astype(str), return_inverse=True)
    if len(names) < 2 or share == 0:
        return None
    squares, freedom = cells["sum"].to_numpy(float), share * (cells["size"].to_numpy(float) - 1)
    own = _variances(squares, freedom, place)
    if not (own > 0).all():
        return None
    rng = np.random.default_rng(seed)
    again = [_variances(squares, freedom, rng.permutation(place)) for _ in range(SHUFFLES)]
    as_far = sum(bool(found.max() >= own.max() / own.min() * found.min()) for found in again)
    p = (1 + as_far) / (1 + SHUFFLES)
    if p > SURE:
        return None
    return UnequalConditions(measure, dict(zip(names.tolist(), np.sqrt(own).tolist(), strict=True)), p)


def _variances(squares: np.ndarray, freedom: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.bincount(place, squares) / np.bincount(place, freedom)
