"""Anomalies of order: jumps and drift in what the hyperparameters do not explain."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import kruskal, rankdata

from sweepwright.choosing.anomalies.sure import SURE
from sweepwright.choosing.effects.evidence import FEWEST, fitted
from sweepwright.choosing.encoding import Axes, Kind, label
from sweepwright.choosing.frame import measure_column, measures_in, parameter_column
from sweepwright.choosing.noise.conditions import levelled
from sweepwright.choosing.rule import Aim
from sweepwright.nouns.statement import Statement

SITTING_GAP = 20  # times the median time between runs
FEWEST_VALUES = 5  # of a column, to speak of its being sorted


def changes_in_time(runs: pd.DataFrame, aim: Aim, axes: Axes) -> Iterator[Statement]:
    """Jumps with the order of runs, drift between sittings: in what the hyperparameters do not explain."""
    known = runs[np.isfinite(pd.to_numeric(runs[measure_column(aim.measure)], errors="coerce").astype(float))]
    if len(known) < 2 * FEWEST or len(axes) == 0:
        return
    left = _unexplained(known, aim.measure, axes)
    if left is None or np.ptp(left) == 0:
        return
    sitting = _sittings(known)
    if sitting is not None:
        groups = [left[sitting == s] for s in np.unique(sitting) if (sitting == s).sum() >= 5]
        if len(groups) > 1 and (p := float(kruskal(*groups).pvalue)) < SURE:
            medians = ", ".join(f"{np.median(g):+.3g}" for g in groups)
            text = (
                f"{aim.measure} drifts between the {len(groups)} sittings in which the sweep was run (median residual {medians}; "
                f"p = {p:.1g}): runs of different sittings cannot be compared."
            )
            yield Statement("drift", text, {"sittings": len(groups), "p": p})
            return
    if not order_is_time(known, axes):
        return
    at, p = _jump(left)
    if p < SURE:
        number = int(known["run"].iloc[at])
        change = float(np.median(left[at:]) - np.median(left[:at]))
        text = (
            f"{aim.measure} jumps by {change:+.3g} at run {number}, with nothing in the hyperparameters to explain it (p = {p:.1g}): "
            "something else changed there."
        )
        yield Statement("jump", text, {"run": number, "change": change, "p": p}, tuple(map(int, known["run"].iloc[at:])))


def order_is_time(runs: pd.DataFrame, axes: Axes) -> bool:
    """Whether the order of runs may be the order in which they ran: by their time stamps, else where nothing else explains it.

    A table that is sorted by its condition, a hyperparameter or a measure has lost its order in time.
    """
    if "started" in runs and _stamps(runs) is not None:
        return True
    return not (_is_in_blocks(runs, axes) or _is_monotone(runs, axes))


def _is_monotone(runs: pd.DataFrame, axes: Axes) -> bool:
    """Whether a measure or a numeric hyperparameter only ever rises, or only ever falls."""
    columns = [measure_column(name) for name in measures_in(runs)]
    columns += [parameter_column(axis.name) for axis in axes.axes if axis.kind is not Kind.CATEGORICAL]
    for column in columns:
        values = pd.to_numeric(runs[column], errors="coerce").dropna()
        if (
            len(values) >= FEWEST
            and values.nunique() >= FEWEST_VALUES
            and (values.is_monotonic_increasing or values.is_monotonic_decreasing)
        ):
            return True
    return False


def _is_in_blocks(runs: pd.DataFrame, axes: Axes) -> bool:
    """Whether equal conditions, or equal values of a hyperparameter, stand together."""
    for column in ["condition", *(parameter_column(name) for name in axes.names)]:
        values = runs[column].dropna().map(label).to_numpy()
        kinds = len(set(values))
        blocks = 1 + int((values[1:] != values[:-1]).sum()) if len(values) else 0
        if kinds > 1 and blocks <= 2 * kinds and len(values) >= 4 * kinds:
            return True
    return False


def _unexplained(runs: pd.DataFrame, measure: str, axes: Axes) -> np.ndarray | None:
    """The measure less what the effect model says of it, run by run."""
    model = fitted(runs, measure, axes)
    if model is None:
        return None
    columns = runs[[parameter_column(name) for name in axes.names]]
    values = levelled(runs[["trial", "condition"]].assign(value=runs[measure_column(measure)].astype(float)))["value"]
    return (values - model.tables()(axes.encode(columns))).to_numpy()


def _sittings(runs: pd.DataFrame) -> np.ndarray | None:
    """The sitting of each run, from long gaps between their time stamps; None without stamps."""
    stamps = _stamps(runs)
    if stamps is None:
        return None
    gaps = np.diff(stamps, prepend=stamps[:1])
    limit = max(3600.0, SITTING_GAP * float(np.median(gaps[1:])))
    sitting = np.cumsum(gaps > limit)
    return sitting if sitting[-1] > 0 else None


def _stamps(runs: pd.DataFrame) -> np.ndarray | None:
    """When each run started, in seconds, where that is known of all and is their order."""
    if "started" not in runs or runs["started"].isna().any():
        return None
    stamps = pd.to_datetime(runs["started"], errors="coerce", utc=True, format="mixed")
    if stamps.isna().any() or not stamps.is_monotonic_increasing:
        return None
    return (stamps - stamps.iloc[0]).dt.total_seconds().to_numpy() if len(stamps) else None


def _jump(values: np.ndarray, shuffles: int = 400, margin: int = 8) -> tuple[int, float]:
    """Where the level changes most, by ranks, and how often a shuffled order changes as much."""
    ranks = rankdata(values) - (len(values) + 1) / 2
    places = np.arange(margin, len(values) - margin)
    if len(places) == 0:
        return 0, 1.0
    scale = np.sqrt(places * (len(values) - places))

    def height(order: np.ndarray) -> np.ndarray:
        return np.abs(np.cumsum(order, axis=-1)[..., places - 1]) / scale

    own = height(ranks)
    at = int(places[int(np.argmax(own))])
    rng = np.random.default_rng(0)
    others = height(rng.permuted(np.tile(ranks, (shuffles, 1)), axis=1)).max(axis=1)
    return at, float((1 + (others >= own.max()).sum()) / (1 + shuffles))
