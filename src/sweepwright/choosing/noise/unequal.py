"""Trials, and conditions, whose runs vary more, or less, than those of the others: the one noise of a goal is not theirs."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from sweepwright.choosing.frame import run_numbers, valued
from sweepwright.choosing.holm import sure_together
from sweepwright.choosing.noise.components import copies_of, residuals_of
from sweepwright.nouns.statement import Statement

FEWEST = 2  # distances to a median, of a trial and of the others, to speak of a spread
ROUNDING = 1e-6  # of the largest distance
FEWEST_CELLS = 5  # repeated configurations of a condition, to speak of its spread
SHUFFLES = 999
SURE = 0.02  # over all trials together (Holm): measured .003 to .016 on normal runs, .010 to .033 on Student t with 5 degrees of freedom


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
    """The trials whose own spread differs from that of all others: Levene's test on roots of distances to the median, Holm over trials.

    What a draw does to all trials is taken out first. Folds of one draw share training rows and are averaged. A trial needs 3 runs in one
    condition, or 2 in each of two.

    >>> rng = np.random.default_rng(0)
    >>> runs = pd.DataFrame({"run": np.arange(60), "trial": np.repeat(np.arange(6), 10), "condition": "all", "step": "explore",
    ...     "replicate": np.tile(np.arange(10), 6), "ending": "COMPLETED", "used": True})
    >>> runs["measure.f1"] = runs["trial"] + np.where(runs["trial"] == 4, 1.0, 0.1) * rng.standard_normal(60)
    >>> [found.trial for found in unequal_spreads(runs, "f1")]
    [4]
    """
    rows = valued(runs[~copies_of(runs)], measure)
    if folds > 1 and "draw" in rows:
        by = ["trial", "condition", "draw"]
        rows = (
            rows.groupby(by, as_index=False)
            .agg(value=("value", "mean"), run=("run", "first"))
            .assign(replicate=lambda t: t["draw"])
        )
    left, share = residuals_of(rows)
    cell = rows.groupby(["trial", "condition"]).ngroup().to_numpy()
    trial, away = _deviations(left, rows["trial"].to_numpy(), cell)
    found = []
    for one in np.unique(trial).tolist():
        mine = trial == one
        p = _p_of(away[mine], away[~mine])
        if p is None:
            continue
        own = rows["trial"].to_numpy() == one
        sd = _sd(left[own], share * (own.sum() - len(np.unique(cell[own]))))
        numbers = run_numbers(rows[own])
        found.append((p, OwnSpread(measure, int(one), sd, 0.0, p, numbers)))
    # A trial that varies much moves the means of the splits that it shares: the others are looked at without it.
    return [replace(one, others=_spread(rows[rows["trial"] != one.trial])) for one in sure_together(found, SURE)]


def _p_of(own: np.ndarray, others: np.ndarray) -> float | None:
    """The p value of Student's test of two means; None for too few values, or where these do not differ but by rounding."""
    freedom = len(own) + len(others) - 2
    if min(len(own), len(others)) < FEWEST:
        return None
    variance = (float(np.var(own)) * len(own) + float(np.var(others)) * len(others)) / freedom
    if variance <= (ROUNDING * float(max(own.max(), others.max()))) ** 2:
        return None
    statistic = (own.mean() - others.mean()) / np.sqrt(variance * (1 / len(own) + 1 / len(others)))
    return float(2 * student.sf(abs(statistic), freedom))


def _deviations(left: np.ndarray, trial: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Square roots of the distances to the cell's median, each with its trial: one value fewer than runs.

    The smallest of a cell is left out: it is 0, or, of an even number of runs, equal to the next (Hines & Hines 2000,
    doi:10.1111/j.0006-341X.2000.00451.x). Kept, the two runs of a pair would count as two findings of one distance.
    """
    table = pd.DataFrame({"trial": trial, "cell": cell, "left": left})
    table["away"] = (table["left"] - table.groupby("cell")["left"].transform("median")).abs()
    kept = table.sort_values(["cell", "away"], kind="stable").groupby("cell").cumcount() > 0
    kept = kept.reindex(table.index)
    return table["trial"][kept].to_numpy(), np.sqrt(table["away"][kept].to_numpy(float))


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
    rows = valued(runs[~copies_of(runs)], measure)
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
