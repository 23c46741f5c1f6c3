"""Anomalies of values: endings, names, copies, bounds, stuck or mixed measures."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sweepwright.choosing.effects.evidence import FEWEST
from sweepwright.choosing.frame import measure_column, measures_in
from sweepwright.choosing.noise.components import copies_of, spread_by_condition, unequal_scales
from sweepwright.choosing.rule import Aim
from sweepwright.nouns.statement import Statement, counted

FROZEN = 10  # runs with one value at the end
CLIPPED = 0.05  # share of runs at one extreme value
SAME_ORDER = 0.995
ENDED = (
    ("STOPPED", "was pruned or stopped", "were pruned or stopped"),
    ("RAISED", "failed", "failed"),
    ("DIVERGED", "diverged", "diverged"),
    ("OUT_OF_MEMORY", "ran out of memory", "ran out of memory"),
    ("LOST", "was lost", "were lost"),
)


def endings(runs: pd.DataFrame) -> Iterator[Statement]:
    """How many runs did not come to their end, by how they ended."""
    counts = runs["ending"].value_counts()
    for ending, one, many in ENDED:
        if count := int(counts.get(ending, 0)):
            word, they = (
                (one, "it is counted, never as a bad value") if count == 1 else (many, "they are counted, never as bad values")
            )
            own = tuple(int(run) for run in runs.loc[runs["ending"] == ending, "run"])
            text = f"{count} of {counted(len(runs), 'run', 'runs')} {word}: {they}."
            yield Statement(f"{ending.lower()}_runs", text, {"runs": count, "all": len(runs)}, own)


def alike_measures(runs: pd.DataFrame, aims: Sequence[Aim]) -> Iterator[Statement]:
    """Constant goals, two names for one measure."""
    names = measures_in(runs)
    for aim in aims:
        values = pd.to_numeric(runs[measure_column(aim.measure)], errors="coerce").dropna()
        if len(values) and values.nunique() == 1:
            where = f"all {len(values)} runs" if len(values) > 1 else "the only run that has it"
            text = f"{aim.measure} is {values.iloc[0]:g} in {where}: nothing can be chosen by it."
            yield Statement("constant_measure", text)
    goals = {aim.measure for aim in aims}
    table = runs[[measure_column(name) for name in names]].apply(pd.to_numeric, errors="coerce")
    for first, second in combinations(names, 2):
        a, b = table[measure_column(first)], table[measure_column(second)]
        both = a.notna() & b.notna()
        if both.sum() >= 3 and a[both].nunique() > 2 and bool((a[both] == b[both]).all()):
            text = f"{first} and {second} are equal in all {int(both.sum())} runs: two names for one measure."
            yield Statement("same_measure", text, {"runs": int(both.sum())})
        elif {first, second} & goals and both.sum() >= 12 and a[both].nunique() > 2 and b[both].nunique() > 2:
            order = float(np.corrcoef(rankdata(a[both]), rankdata(b[both]))[0, 1])
            if abs(order) > SAME_ORDER:
                text = f"{first} and {second} order the runs alike (rank correlation {order:.3f}): there is no trade-off between them."
                yield Statement("same_order", text, {"correlation": order})


def copied_runs(runs: pd.DataFrame) -> Iterator[Statement]:
    copied = copies_of(runs)
    if copied.any():
        count = int(copied.sum())
        what = counted(count, "run repeats another run of its", "runs repeat another run of their")
        text = f"{what} configuration to the last digit: copies, counted once."
        yield Statement("copies", text, {"runs": count}, tuple(map(int, runs.loc[copied, "run"])))


def clipped(runs: pd.DataFrame, aim: Aim) -> Iterator[Statement]:
    """Many runs at one extreme value, or none where others have one: a stopping rule."""
    values = pd.to_numeric(runs[measure_column(aim.measure)], errors="coerce")
    known = values.dropna()
    if len(known) < FEWEST or known.nunique() < 5:
        return
    for end, value in (("highest", known.max()), ("lowest", known.min())):
        share, count = float((known == value).mean()), int((known == value).sum())
        others = int(known[known != value].value_counts().max())  # counts and levels have many runs at every value
        if share > CLIPPED and count >= 5 and count > 2 * others:
            text = f"{count} of {len(known)} runs have the {end} {aim.measure}, {value:g}: it seems to be cut off there."
            yield Statement("clipped", text, {"share": share, "value": float(value)})
    missing = float(values.isna().mean())
    if missing > CLIPPED and "time" in aim.measure.lower():
        text = f"{aim.measure} is missing in {int(values.isna().sum())} of {len(values)} runs: a time that was never reached is censored, not absent."
        yield Statement("censored", text, {"missing": int(values.isna().sum()), "runs": len(values)})


def frozen(runs: pd.DataFrame, aim: Aim) -> Iterator[Statement]:
    """A measure that has one value from some run on."""
    known = runs[["run", measure_column(aim.measure)]].dropna()
    values = known[measure_column(aim.measure)].to_numpy(dtype=float)
    if len(values) < 2 * FROZEN or np.ptp(values) == 0:
        return
    tail = len(values) - 1 - int(np.flatnonzero(values != values[-1])[-1])
    if tail >= FROZEN:
        first = int(known["run"].iloc[len(values) - tail])
        rows = tuple(map(int, known["run"].iloc[len(values) - tail :]))
        text = f"{aim.measure} is {values[-1]:g} in every run from run {first} on ({tail} runs): it froze. Look at these before they count."
        yield Statement("frozen", text, {"from": first, "runs": tail}, rows)


def best_of_its_own(runs: pd.DataFrame, aim: Aim, curves: pd.DataFrame | None) -> Iterator[Statement]:
    """A stored objective that is the best of a few values of its own run: folds, perhaps, where a mean was meant."""
    if curves is None or curves.empty:
        return
    name = next((n for n in ("val", "val_loss") if n in set(curves["name"])), None)
    if name is None:
        return
    grouped = curves[(curves["name"] == name) & curves["run"].isin(runs["run"])].groupby("run")["value"]
    extreme = (grouped.max() if aim.sign > 0 else grouped.min()).reindex(runs["run"]).to_numpy()
    values, size = runs[measure_column(aim.measure)].to_numpy(dtype=float), grouped.size()
    if len(size) < FEWEST or size.nunique() > 1 or not 2 <= size.iloc[0] <= 10 or not np.allclose(extreme, values, rtol=1e-9):
        return
    means = grouped.mean().reindex(runs["run"]).to_numpy()
    best, other = (int(runs["trial"].iloc[int(np.argmax(aim.sign * v))]) for v in (values, means))
    text = (
        f"{aim.measure} is the {'maximum' if aim.sign > 0 else 'minimum'} of {size.iloc[0]} values in each of {len(size)} runs: if these "
        f"are folds, it is optimistic; by their mean the best is trial {other}, not trial {best}."
    )
    yield Statement("best_of", text, {"values": int(size.iloc[0]), "best_by_extreme": best, "best_by_mean": other})


def different_scales(runs: pd.DataFrame, aim: Aim) -> Iterator[Statement]:
    """Conditions in which a measure moves by very different amounts: their mean is that of the widest."""
    if unequal_scales(runs, aim.measure):
        spread = spread_by_condition(runs, aim.measure)
        text = (
            f"{aim.measure} varies by {spread.max():.3g} in condition {spread.idxmax()} and by {spread.median():.3g} in the median one: a mean "
            "over conditions is mostly that one. Choose condition by condition."
        )
        yield Statement("unequal_scales", text, {"widest": float(spread.max()), "median": float(spread.median())})
